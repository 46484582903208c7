"""Intervals cover what they promise, and agree with scipy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap

from analyzer.statistics import (
    Interval,
    Sample,
    Sums,
    Values,
    growth_intervals,
    mean_intervals,
    median_intervals,
    sums_of,
    wilson,
)

COVERED = (0.91, 0.985)
"""Of 400 runs: 95 of 100, give or take what chance and small samples take."""


def mean_interval(sample: Sample) -> Interval | None:
    return mean_intervals([sample])[0]


def median_interval(sample: Values) -> Interval | None:
    return median_intervals([sample])[0]


def growth_interval(now: Sample, before: Sample) -> Interval | None:
    return growth_intervals([(now, before)])[0]


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_wilson_is_that_of_scipy(part: int, more: int) -> None:
    found = wilson(part, part + more)
    expected = binomtest(part, part + more).proportion_ci(0.95, method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert mean_interval(np.array([])) is None
    assert mean_interval(np.array([3.0])) is None
    assert median_interval(np.array([1.0, 2.0, 3.0])) is None
    assert growth_interval(np.array([1.0]), np.array([])) is None


def test_the_interval_of_a_mean_is_that_of_scipys_bootstrap() -> None:
    values = np.random.default_rng(1).lognormal(3, 0.8, 60)
    found = mean_interval(values)
    expected = bootstrap((values,), np.mean, method="percentile", rng=2).confidence_interval
    assert found is not None
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=width / 15)
    assert found.high == pytest.approx(expected.high, abs=width / 15)


def test_few_values_and_their_sums_have_nearly_the_same_interval() -> None:
    randomly = np.random.default_rng(3)
    now, before = randomly.gamma(3, 100, 150), randomly.gamma(3, 90, 150)
    one, other = mean_interval(now), mean_interval(sums_of(now))
    assert one is not None
    assert other is not None
    assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=0.02)
    one, other = growth_interval(now, before), growth_interval(sums_of(now), sums_of(before))
    assert one is not None
    assert other is not None
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.03)


def test_the_interval_of_a_mean_covers_the_mean() -> None:
    randomly = np.random.default_rng(4)
    runs = [mean_interval(randomly.gamma(4, 10, 40)) for _run in range(400)]
    share = np.mean([one is not None and one.low <= 40 <= one.high for one in runs])
    assert COVERED[0] <= share <= COVERED[1]


def test_the_interval_of_a_median_covers_the_median() -> None:
    randomly = np.random.default_rng(5)
    runs = [median_interval(randomly.exponential(1, 41)) for _run in range(400)]
    share = np.mean([one is not None and one.low <= np.log(2) <= one.high for one in runs])
    assert COVERED[0] <= share <= 1.0


def test_the_interval_of_growth_covers_growth_though_the_number_of_deals_is_chance() -> None:
    randomly = np.random.default_rng(6)

    def sold(deals: float) -> np.ndarray:
        return randomly.gamma(4, 10, randomly.poisson(deals))

    runs = [growth_interval(sold(60), sold(50)) for _run in range(400)]
    share = np.mean([one is not None and one.low <= 0.2 <= one.high for one in runs])
    assert COVERED[0] <= share <= COVERED[1]


def test_growth_from_what_may_be_nothing_is_not_told() -> None:
    for values in (1, 2, 3):
        assert growth_interval(np.full(20, 5.0), np.ones(values)) is None
    for values in (4, 5, 50):
        found = growth_interval(np.full(20, 5.0), np.ones(values))
        assert found is not None
        assert np.isfinite([found.low, found.high]).all()


@given(st.lists(st.floats(-1e6, 1e6), max_size=20), st.lists(st.floats(-1e6, 1e6), max_size=20))
def test_sums_of_two_heaps_are_those_of_both(one: list[float], other: list[float]) -> None:
    both = sums_of(one) + sums_of(other)
    whole = sums_of([*one, *other])
    assert both.n == whole.n
    assert both.total == pytest.approx(whole.total, abs=1e-3)
    assert both.squares == pytest.approx(whole.squares, rel=1e-9, abs=1e-3)


def test_sums_in_another_currency() -> None:
    assert sums_of([1.0, 2.0]) * 3 == Sums(2, 9.0, 45.0)


def test_many_at_once_are_what_each_is_alone() -> None:
    randomly = np.random.default_rng(7)
    samples = [randomly.gamma(2, 10, size) for size in (0, 1, 2, 7, 40, 200, 900)]
    _alike(mean_intervals(samples), [mean_interval(one) for one in samples])
    _alike(median_intervals(samples), [median_interval(one) for one in samples])
    pairs = list(zip(samples, reversed(samples), strict=True))
    _alike(growth_intervals(pairs), [growth_interval(*one) for one in pairs])
    assert mean_intervals([]) == median_intervals([]) == growth_intervals([]) == []


def _alike(found: list[Interval | None], expected: list[Interval | None]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_the_order_of_values_says_nothing() -> None:
    rng = np.random.default_rng(3)
    now, past = rng.lognormal(4, 1, 12), rng.lognormal(4, 1, 9)
    mixed = [rng.permutation(one) for one in (now, past)]
    assert growth_intervals([(now, past)]) == growth_intervals([(mixed[0], mixed[1])])
    assert mean_intervals([now]) == mean_intervals([mixed[0]])
