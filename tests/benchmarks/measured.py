"""One command run to its end, with its time and its peak memory; and how tables tell of it."""

import os
import platform
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20
GIB = 2**30
_DAY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a command took; `peak_bytes` is the largest resident size of its process."""

    seconds: float
    peak_bytes: int
    exit_code: int
    output: str


def run(command: Sequence[str | Path], timeout_s: float = _DAY_S) -> Run:
    """Run a command from the repository's root; past the timeout it is killed.

    Linux lets a child start with its parent's peak, so the caller must stay small.
    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        killer = threading.Timer(timeout_s, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        killer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    return Run(seconds, _bytes(usage.ru_maxrss), process.returncode, text)


def machine() -> str:
    """What figures were measured on, for the title of their table."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def in_ms(seconds: float) -> str:
    """Milliseconds, as tables have them."""
    return f"{1000 * seconds:.1f}"


def _bytes(maxrss: int) -> int:
    is_linux = Path("/proc/self").exists()
    return maxrss * 1024 if is_linux else maxrss  # macOS counts in bytes
