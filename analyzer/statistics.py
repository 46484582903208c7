"""Intervals around what was counted, and corrections for looking often; arithmetic only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from statistics import NormalDist
from typing import TypeAlias, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
DRAWS = 1000
FEW = 100
"""Up to so many values are resampled; of more, sums are as good as normal."""
_AT_ONCE = 64
_SEED = 20_260_101
_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
"""So many deviations from the middle lie its ends."""
Values = NDArray[np.float64]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true figure lies, 95 times of 100."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sums:
    """All that is kept of many values: how many, their sum, the sum of their squares."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float | None:
        """None of nothing."""
        return self.total / self.n if self.n else None

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def __mul__(self, factor: float) -> "Sums":
        return Sums(self.n, self.total * factor, self.squares * factor * factor)


Sample: TypeAlias = Values | Sums
"""Values one by one, or what is kept of many."""


def wilson(part: int, whole: int) -> Interval | None:
    """The interval of a share (E. B. Wilson, 1927); None of nothing."""
    if whole == 0:
        return None
    share, each = part / whole, _Z * _Z / whole
    middle = (share + each / 2) / (1 + each)
    half = _Z * sqrt(share * (1 - share) / whole + each / (4 * whole)) / (1 + each)
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


def wilsons(shares: Sequence[tuple[int, int]]) -> list[Interval | None]:
    """The intervals of many shares."""
    return [wilson(part, whole) for part, whole in shares]


def mean_intervals(samples: Sequence[Sample]) -> list[Interval | None]:
    """The intervals of means: of few values by the bootstrap, of many by their spread.

    None below two values. A value is drawn again as often as chance has it (the Poisson
    bootstrap); all samples are drawn with the same chance, which makes many of them cheap.
    """
    few = {n: one for n, one in enumerate(samples) if _is_small(one)}
    found = [None if n in few else _by_spread(_sums(one)) for n, one in enumerate(samples)]
    for small in _batches([n for n, one in few.items() if len(one) > 1]):
        sizes = np.array([len(few[n]) for n in small])
        drawn = _drawn([few[n] for n in small], 0)
        drawn /= _drawn_of_first(0)[sizes - 1]  # how many were drawn of each sample
        for n, one in zip(small, _middles(drawn), strict=True):
            found[n] = one
    return found


def median_intervals(samples: Sequence[Values]) -> list[Interval | None]:
    """The intervals of medians by the order of the values (Conover); None where they are too few.

    Of the values in order, those at the two ranks between which the median lies.
    """
    from scipy.stats import binom  # takes long to load

    sizes = np.array([one.size for one in samples], dtype=int)
    ranks = binom.ppf((1 - LEVEL) / 2, np.maximum(sizes, 1), 0.5).astype(int)
    found: list[Interval | None] = []
    for values, rank in zip(samples, ranks, strict=True):
        ordered = np.sort(values) if rank else values  # else from least to greatest is too little
        found.append(Interval(float(ordered[rank - 1]), float(ordered[-rank])) if rank else None)
    return found


def growth_intervals(pairs: Sequence[tuple[Sample, Sample]]) -> list[Interval | None]:
    """The intervals of (now - before) / before, of sums of as many values as happened to come.

    None without values before, or where their sum may be as good as nothing.
    """
    return [one for batch in _batches(pairs) for one in _growths(batch)]


def _growths(pairs: Sequence[tuple[Sample, Sample]]) -> list[Interval | None]:
    now = _sums_drawn([one for one, _before in pairs], 0)
    before = _sums_drawn([one for _now, one in pairs], 1)
    is_some = before > 0  # not so for NaN
    are_sure = is_some.mean(axis=1) > (1 + LEVEL) / 2  # so that the upper end is one of them
    known = ~np.isnan(now[:, 0]) & are_sure
    drawn = np.full((int(known.sum()), DRAWS), np.inf)
    np.divide(now[known], before[known], out=drawn, where=is_some[known])
    found = iter(_middles(drawn - 1))
    return [next(found) if one else None for one in known]


def sums_of(values: Sequence[float] | Values) -> Sums:
    """What is kept of values."""
    known = np.asarray(values, dtype=np.float64)
    return Sums(int(known.size), float(known.sum()), float((known * known).sum()))


def _sums_drawn(samples: Sequence[Sample], stream: int) -> Values:
    """Sums of each sample drawn again, a row a sample; NaN for a sample of nothing."""
    chance = np.random.default_rng([_SEED, stream]).standard_normal(DRAWS)
    drawn = np.full((len(samples), DRAWS), np.nan)
    small = {n: one for n, one in enumerate(samples) if _is_small(one)}
    if small:
        drawn[list(small)] = _drawn(list(small.values()), stream)
    for n, one in enumerate(samples):
        sums = _sums(one)
        if sums.n and not _is_small(one):
            drawn[n] = sums.total + chance * sqrt(sums.squares)
    return drawn


def _by_spread(sums: Sums) -> Interval | None:
    """The interval of a mean of many values."""
    if sums.n < 2 or sums.mean is None:
        return None
    variance = max(sums.squares / sums.n - sums.mean**2, 0.0) * sums.n / (sums.n - 1)
    half = _Z * sqrt(variance / sums.n)
    return Interval(sums.mean - half, sums.mean + half)


@cache
def _weights(stream: int) -> Values:
    """How often each of up to FEW values is drawn, a column a draw; the same every time."""
    drawn = np.random.default_rng([_SEED, stream]).poisson(1.0, (DRAWS, FEW))
    return np.ascontiguousarray(drawn.T, dtype=np.float64)


@cache
def _drawn_of_first(stream: int) -> Values:
    """How many values are drawn of the first one, two, three..., a column a draw; one at least."""
    return np.maximum(np.cumsum(_weights(stream), axis=0), 1.0)


def _drawn(samples: Sequence[Values], stream: int) -> Values:
    """Sums of small samples drawn again, a row a sample, a column a draw.

    Of values in order, so that the same values have the same interval, however they were gathered.
    """
    most = max(map(len, samples))
    rows = np.full((len(samples), most), np.inf)
    for n, one in enumerate(samples):
        rows[n, : len(one)] = one
    rows.sort(axis=1)
    rows[np.isinf(rows)] = 0.0
    return rows @ _weights(stream)[:most]


def _batches(of: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """A few at a time: their draws stay in the processor's own memory."""
    return (of[start : start + _AT_ONCE] for start in range(0, len(of), _AT_ONCE))


def _is_small(sample: Sample) -> TypeGuard[Values]:
    return not isinstance(sample, Sums) and 0 < sample.size <= FEW


def _sums(sample: Sample) -> Sums:
    return sample if isinstance(sample, Sums) else sums_of(sample)


def _middles(drawn: Values) -> list[Interval]:
    """Between which 95 of 100 draws lie, row by row; the draws are put into another order."""
    last = drawn.shape[1] - 1
    low, high = round(last * (1 - LEVEL) / 2), round(last * (1 + LEVEL) / 2)
    drawn.partition((low, high), axis=1)
    return list(map(Interval, drawn[:, low].tolist(), drawn[:, high].tolist()))
