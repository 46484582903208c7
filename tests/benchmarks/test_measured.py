"""A command's time, peak memory, output and end are its own."""

import signal
import sys

from tests.benchmarks.measured import MIB, run


def test_the_peak_is_that_of_the_command() -> None:
    small = run([sys.executable, "-c", "pass"])
    large = run([sys.executable, "-c", f"x = b'x' * {600 * MIB}"])
    assert 600 * MIB <= large.peak_bytes <= small.peak_bytes + 700 * MIB


def test_output_and_exit_code_are_kept() -> None:
    script = "import sys; print('said'); print('complained', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-u", "-c", script])
    assert (done.exit_code, done.output.split()) == (3, ["said", "complained"])


def test_a_command_that_hangs_is_killed() -> None:
    done = run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.5)
    assert done.exit_code == -signal.SIGKILL
    assert 0.5 <= done.seconds < 30
