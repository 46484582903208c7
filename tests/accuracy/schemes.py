"""Other ways to tell an association from chance, to be measured beside the one Talktrack uses."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit
from scipy.stats import ttest_ind

from analyzer.contrast import Contrast, Rows, _error_by_deal, _error_by_rep, _split, contrast

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
DRAWS = 400
Told = tuple[Floats, Floats, Floats]
"""Low, high and p of each behaviour."""
Scheme = Callable[[Rows, np.random.Generator], Told]


def by_student(found: Contrast, error: Floats, freedom: Floats) -> Told:
    """An interval and a chance by Student's t."""
    half = error * stdtrit(freedom, 0.975)
    far = np.abs(found.effect) / np.maximum(error, np.finfo(float).tiny)
    return found.effect - half, found.effect + half, 2 * stdtr(freedom, -far)


def deals_left_out(rows: Rows, _randomly: np.random.Generator) -> Told:
    """Errors from leaving out each deal in turn; reps do not count."""
    found, error = contrast(rows), _error_by_deal(rows, _split(rows))
    return by_student(found, error, np.maximum(found.n.min(axis=0) - 1.0, 1.0))


def reps_left_out(rows: Rows, _randomly: np.random.Generator) -> Told:
    """Errors from leaving out each rep in turn, as many degrees of freedom as reps less one."""
    found, error = contrast(rows), _error_by_rep(rows, _split(rows))
    return by_student(found, error, np.maximum(found.reps - 1.0, 1.0))


def robust_by_deal(rows: Rows, _randomly: np.random.Generator) -> Told:
    """The sandwich of scores summed by deal, with normal quantiles."""
    known, filled = rows.known, np.nan_to_num(rows.values)
    size = int(rows.stratum.max()) + 1
    many = np.maximum(_sums(rows.stratum, known, size), 1.0)[rows.stratum]
    share = _sums(rows.stratum, known & rows.is_won[:, None], size)[rows.stratum] / many
    middle = _sums(rows.stratum, filled, size)[rows.stratum] / many
    found = contrast(rows)
    apart = np.where(known, rows.is_won[:, None] - share, 0.0)
    score = apart * (filled - middle - found.effect * apart)
    by_deal = _sums(rows.deal, score, int(rows.deal.max()) + 1)
    error = np.sqrt((by_deal**2).sum(axis=0)) / np.maximum((apart**2).sum(axis=0), 1e-12)
    return by_student(found, error, np.full(error.shape, 1e6))


def deals_within_reps(rows: Rows, randomly: np.random.Generator) -> Told:
    """Percentiles of differences over deals drawn again within each rep."""
    rep_of = _rep_of(rows)
    weights = np.zeros((DRAWS, len(rep_of)))
    for rep in np.unique(rep_of):
        mine = np.flatnonzero(rep_of == rep)
        weights[:, mine] = randomly.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), DRAWS)
    return _percentiles(rows, weights)


def reps_then_deals(rows: Rows, randomly: np.random.Generator) -> Told:
    """Percentiles over reps drawn again, and deals drawn again within each."""
    rep_of = _rep_of(rows)
    reps = int(rep_of.max()) + 1
    times = randomly.multinomial(reps, np.full(reps, 1 / reps), DRAWS)
    weights = np.zeros((DRAWS, len(rep_of)))
    for rep in np.unique(rep_of):
        mine = np.flatnonzero(rep_of == rep)
        even = np.full(len(mine), 1 / len(mine))
        weights[:, mine] = randomly.multinomial(times[:, rep] * len(mine), even)
    return _percentiles(rows, weights)


def naive(rows: Rows, _randomly: np.random.Generator) -> Told:
    """Welch's test of all that is won with all that is lost, as if nothing else mattered."""
    known = ttest_ind(
        rows.values[rows.is_won], rows.values[~rows.is_won], equal_var=False, nan_policy="omit"
    )
    low, high = known.confidence_interval(0.95)
    return np.asarray(low), np.asarray(high), np.asarray(known.pvalue)


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "deals left out": deals_left_out,
        "reps left out": reps_left_out,
        "robust by deal": robust_by_deal,
        "deals within reps": deals_within_reps,
        "reps then deals": reps_then_deals,
        "no strata (Welch)": naive,
    }
)


def _rep_of(rows: Rows) -> Codes:
    rep_of = np.zeros(int(rows.deal.max()) + 1, dtype=np.intp)
    rep_of[rows.deal] = rows.rep
    return rep_of


def _percentiles(rows: Rows, weights: Floats) -> Told:
    """From weights of deals, a row a draw, to the middle 95 % of the differences they give."""
    drawn = _drawn(rows, weights)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    beyond = np.minimum((drawn <= 0).mean(axis=0), (drawn >= 0).mean(axis=0))
    return low, high, np.clip(2 * beyond, 1 / DRAWS, 1.0)


def _drawn(rows: Rows, weights: Floats) -> Floats:
    strata, width = int(rows.stratum.max()) + 1, rows.values.shape[1]
    shape = (weights.shape[1], strata * 2, width)
    cell = rows.stratum * 2 + rows.is_won
    n, total = np.zeros(shape), np.zeros(shape)
    np.add.at(n, (rows.deal, cell), rows.known)
    np.add.at(total, (rows.deal, cell), rows.filled)
    n, total = (
        (weights @ one.reshape(len(one), -1)).reshape(-1, strata, 2, width) for one in (n, total)
    )
    many = n.sum(axis=2)
    weight = np.divide(n.prod(axis=2), many, out=np.zeros_like(many), where=many > 0)
    means = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
    apart = (weight * (means[:, :, 1] - means[:, :, 0])).sum(axis=1)
    whole = weight.sum(axis=1)
    drawn: Floats = np.divide(apart, whole, out=np.zeros_like(apart), where=whole > 0)
    return drawn


def _sums(codes: Codes, values: NDArray[np.bool_] | Floats, size: int) -> Floats:
    sums = np.zeros((size, values.shape[1]))
    np.add.at(sums, codes, values)
    return sums
