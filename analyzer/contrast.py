"""Won minus lost within strata, pooled, with errors from leaving out deals and reps in turn.

Plain arithmetic over arrays: rows by behaviours, strata by behaviours. What it is for and why it
is done so stands in docs/associations.md.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Flags = NDArray[np.bool_]
_SAME = 1e-9
"""Values closer together than this part of their size differ by rounding alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The mean of a deal's calls of one kind by one rep, a row each; NaN where none is known.

    A stratum is a rep's calls of one kind, so a deal stands in it once. Codes count from 0.
    """

    deal: Codes
    rep: Codes
    stratum: Codes
    is_won: Flags
    values: Floats

    @property
    def known(self) -> Flags:
        """Which values are."""
        return np.isfinite(self.values)

    @property
    def filled(self) -> Floats:
        """Values to add up."""
        return np.where(self.known, self.values, 0.0)

    @property
    def outcome(self) -> Flags:
        """Rows as columns, first those that are lost, then those that are won."""
        return np.stack([~self.is_won, self.is_won])[..., np.newaxis]


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Figures by behaviour; the deals compared, `n`, and `mean` are (lost, won).

    `odd` counts deals that differ from the middle one, `deviation` is how far rows lie from the
    mean of their stratum.
    """

    n: Codes
    strata: Codes
    reps: Codes
    odd: Codes
    mean: Floats
    effect: Floats
    error: Floats
    deviation: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """How many values are known and their sums, for each outcome: (lost, won)."""

    n: Floats
    total: Floats

    @property
    def weight(self) -> Floats:
        """How much a stratum tells; nothing where all are won or all lost."""
        lost, won = self.n[0], self.n[1]
        return _ratio(lost * won, lost + won)

    @property
    def mean(self) -> Floats:
        return _ratio(self.total, self.n)

    @property
    def weighted(self) -> Floats:
        """Weight times difference: what adds up to the pooled difference."""
        mean = self.mean
        weighted: Floats = self.weight * (mean[1] - mean[0])
        return weighted


def mean_rows(deal: Codes, rep: Codes, stratum: Codes, is_won: Flags, values: Floats) -> Rows:
    """One row for a deal and stratum, however many calls it had."""
    each = deal * (int(stratum.max()) + 1) + stratum
    _, first, row = np.unique(each, return_index=True, return_inverse=True)
    known = np.isfinite(values)
    n = _sums(row, known, first.size)
    total = _sums(row, np.where(known, values, 0.0), first.size)
    means = np.where(n > 0, _ratio(total, n), np.nan)
    return Rows(deal[first], rep[first], stratum[first], is_won[first], means)


def contrast(rows: Rows) -> Contrast:
    """Compare what is won with what is lost.

    The difference of each stratum weighs n_won * n_lost / (n_won + n_lost). Its error is that
    from leaving out deals or that from leaving out reps, whichever is larger.
    """
    split, outcome = _split(rows), rows.outcome
    weight = split.weight
    total = weight.sum(axis=0)
    used = rows.known & (weight > 0)[rows.stratum]
    by_deal, by_rep = _error_by_deal(rows, split), _error_by_rep(rows, split)
    deviation = _deviation(rows, split, used)
    return Contrast(
        n=np.stack([_seen(rows.deal, used & mine) for mine in outcome]),
        strata=np.count_nonzero(weight > 0, axis=0),
        reps=_seen(rows.rep, used),
        odd=np.where(deviation > 0, _seen(rows.deal, _odd(rows, used)), 0),
        mean=_ratio((weight * split.mean).sum(axis=1), total),
        effect=_ratio(split.weighted.sum(axis=0), total),
        error=np.maximum(by_deal, by_rep),
        deviation=deviation,
    )


def code(keys: Iterable[Hashable]) -> Codes:
    """Keys as numbers, in the order they come."""
    codes: dict[Hashable, int] = {}
    return np.array([codes.setdefault(key, len(codes)) for key in keys], dtype=np.intp)


def _split(rows: Rows) -> _Split:
    size, known, filled = int(rows.stratum.max()) + 1, rows.known, rows.filled
    return _Split(
        np.stack([_sums(rows.stratum, known & mine, size) for mine in rows.outcome]),
        np.stack([_sums(rows.stratum, filled * mine, size) for mine in rows.outcome]),
    )


def _error_by_deal(rows: Rows, split: _Split) -> Floats:
    """The standard error from leaving out each deal in turn, all its rows at once."""
    without = _Split(
        split.n[:, rows.stratum] - rows.outcome * rows.known,
        split.total[:, rows.stratum] - rows.outcome * rows.filled,
    )
    deals = int(rows.deal.max()) + 1
    less = _sums(rows.deal, split.weight[rows.stratum] - without.weight, deals)
    less_weighted = _sums(rows.deal, split.weighted[rows.stratum] - without.weighted, deals)
    return _jackknife(split, less, less_weighted)


def _error_by_rep(rows: Rows, split: _Split) -> Floats:
    """The standard error from leaving out each rep in turn; 0 where only one is compared."""
    rep_of = np.zeros(split.n.shape[1], dtype=np.intp)
    rep_of[rows.stratum] = rows.rep
    reps = int(rows.rep.max()) + 1
    return _jackknife(split, _sums(rep_of, split.weight, reps), _sums(rep_of, split.weighted, reps))


def _jackknife(split: _Split, less: Floats, less_weighted: Floats) -> Floats:
    """How far the pooled difference moves without each part, as a standard error.

    `less` is what a part takes from the weight; one that takes nothing is none.
    """
    weight, weighted = split.weight.sum(axis=0), split.weighted.sum(axis=0)
    is_part = (less != 0) | (less_weighted != 0)
    left = weight - less
    moved = _ratio(weighted - less_weighted, left) - _ratio(weighted, weight)
    spread = np.where(is_part & (left > _SAME * weight), moved**2, 0.0).sum(axis=0)
    parts = np.count_nonzero(is_part, axis=0)
    error: Floats = np.sqrt(_ratio(np.maximum(parts - 1.0, 0.0), parts) * spread)
    return error


def _deviation(rows: Rows, split: _Split, used: Flags) -> Floats:
    """How far rows lie from the mean of their stratum; 0 where they do by rounding alone."""
    middle = _ratio(split.total.sum(axis=0), split.n.sum(axis=0))
    apart = np.where(used, rows.filled - middle[rows.stratum], 0.0)
    free = np.count_nonzero(used, axis=0) - np.count_nonzero(split.weight > 0, axis=0)
    deviation = np.sqrt(_ratio((apart**2).sum(axis=0), free))
    least = _SAME * np.abs(rows.filled).max(axis=0)
    return np.where(deviation > least, deviation, 0.0)


def _odd(rows: Rows, used: Flags) -> Flags:
    """Rows that differ from the middle one, which is what nearly all are of what is rare."""
    odd = np.zeros_like(used)
    for k in np.flatnonzero(used.any(axis=0)):
        mine = rows.values[used[:, k], k]
        odd[used[:, k], k] = np.abs(mine - np.median(mine)) > _SAME * np.abs(mine).max()
    return odd


def _seen(codes: Codes, chosen: Flags) -> Codes:
    """How many codes have a chosen row."""
    seen = _sums(codes, chosen, int(codes.max()) + 1) > 0
    return np.asarray(seen.sum(axis=0), dtype=np.intp)


def _sums(codes: Codes, values: Flags | Floats, size: int) -> Floats:
    """The sums of the rows of each code."""
    sums = np.zeros((size, values.shape[1]))
    np.add.at(sums, codes, values)
    return sums


def _ratio(part: Floats, whole: Floats | Codes) -> Floats:
    """A division in which anything by nothing is 0."""
    nothing = np.zeros(np.broadcast_shapes(part.shape, whole.shape))
    ratio: Floats = np.divide(part, whole, out=nothing, where=whole != 0)
    return ratio
