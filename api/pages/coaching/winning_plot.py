"""A forest plot: each behaviour's difference between won and lost deals, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from analyzer.associations import Association, Difference
from analyzer.formats.associations import told
from analyzer.formats.wording import Wording

WIDTH = 320.0
"""Of the drawing; its middle is no difference."""
_LEAST_REACH = 0.5
_STEP = 0.5
_MOST_REACH = 3.0
"""Intervals that go further are cut: of a few wide ones the rest would not be seen."""


@dataclass(frozen=True, slots=True)
class Row:
    """A behaviour: `low`, `middle` and `high` are places on the axis, as far as they are on it."""

    slug: str
    name: str
    is_said: bool
    low: float
    middle: float
    high: float
    won: str
    lost: str
    told: str
    n_won: int
    n_lost: int
    strata: int
    reps: int
    q: float


@dataclass(frozen=True, slots=True)
class Plot:
    """The rows, what differs first; the axis goes from `-reach` to `reach` deviations."""

    rows: tuple[Row, ...]
    reach: float
    ticks: tuple[tuple[float, str], ...]
    width: float = WIDTH


def plot_of(found: Sequence[Association], t: Wording) -> Plot:
    """The plot of what can be compared."""
    known = [(one, one.difference) for one in found if one.difference is not None]
    ends = [
        abs(end)
        for _, difference in known
        for end in (difference.standardised_low, difference.standardised_high)
    ]
    reach = max(ceil(max(ends, default=0.0) / _STEP) * _STEP, _LEAST_REACH)
    reach = min(reach, _MOST_REACH)
    known.sort(key=lambda one: (one[0].verdict != "differs", -abs(one[1].standardised)))
    rows = tuple(_row(one, difference, reach, t) for one, difference in known)
    return Plot(rows, reach, tuple(_ticks(reach, t)))


def _row(found: Association, difference: Difference, reach: float, t: Wording) -> Row:
    slug, unit = found.behaviour.slug, found.behaviour.unit
    amounts = [
        t.percent(one)
        if unit in {"share", "yes"}
        else t.duration(one)
        if unit == "seconds"
        else t.number(one, 0 if one >= 100 else 1)
        for one in (difference.mean_won, difference.mean_lost)
    ]
    return Row(
        slug,
        t(f"behaviour.{slug}.name"),
        found.verdict == "differs",
        _x(difference.standardised_low, reach),
        _x(difference.standardised, reach),
        _x(difference.standardised_high, reach),
        amounts[0],
        amounts[1],
        told(found, t),
        found.n_won,
        found.n_lost,
        found.strata,
        found.reps,
        difference.q,
    )


def _ticks(reach: float, t: Wording) -> list[tuple[float, str]]:
    minus = "\N{MINUS SIGN}"
    return [
        (_x(one, reach), f"{minus if one < 0 else ''}{t.number(abs(one), _digits(one))}")
        for one in (-reach, -reach / 2, 0.0, reach / 2, reach)
    ]


def _digits(value: float) -> int:
    """As many decimals as a quarter of a step needs."""
    return next(digits for digits in (0, 1, 2) if digits == 2 or value == round(value, digits))


def _x(value: float, reach: float) -> float:
    return WIDTH * (min(max(value / reach, -1.0), 1.0) + 1) / 2
