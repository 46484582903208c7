"""The benchmark's requirements read the right runs."""

from tests.benchmarks.bench import Bench, bench_checks
from tests.benchmarks.measured import MIB, Run


def bench(minutes: float, *runs: tuple[float, int]) -> Bench:
    return Bench("it", minutes, tuple(Run(seconds, mib * MIB, 0, "") for seconds, mib in runs))


def test_the_median_time_and_the_largest_peak_count() -> None:
    one = bench(60, (100, 900), (400, 1000), (120, 800))
    assert (one.seconds, one.peak_bytes) == (120, 1000 * MIB)
    assert one.real_time_factor == 120 / 3600


def test_speed_growth_and_memory_are_judged() -> None:
    first, long, peer = bench(60, (100, 1600)), bench(180, (320, 2000)), bench(60, (260, 9000))
    got = [(check.value, check.passed) for check in bench_checks(first, long, peer)]
    assert got == [(2.6, True), (3.2, True), (1600 / 1024, False), (2000 / 1024, True)]


def test_what_was_skipped_is_not_judged() -> None:
    got = [check.passed for check in bench_checks(bench(60, (100, 100)), None, None)]
    assert got == [None, None, True, None]
