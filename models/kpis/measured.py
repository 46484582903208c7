"""Measured: what a figure came to in one group and stretch of time, and how sure that is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from analyzer.statistics import Interval
from models.kpis.cell import Cell, Key
from models.kpis.periods import Span


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure; None is not known, and `why` says why not: no_rows, no_values, whole_months...

    `n` is the rows it rests on, `missing` those without a value. Shares have `part` and `whole`.
    """

    value: float | None
    interval: Interval | None = None
    n: int | None = None
    part: int | None = None
    whole: int | None = None
    missing: int = 0
    why: str | None = None


Place: TypeAlias = tuple[Key, Span]


def no_intervals(places: Sequence[Place]) -> list[Interval | None]:
    """None for each: of what no interval is known."""
    return [None] * len(places)


@dataclass(frozen=True, slots=True)
class Measures:
    """A figure, group by group; `intervals` tells how sure it is at many places at once."""

    keys: frozenset[Key]
    at: Callable[[Key, Span], Measured]
    intervals: Callable[[Sequence[Place]], list[Interval | None]] = no_intervals


UNKNOWN = Measured(None, why="no_rows")


def counted(cell: Cell) -> Measured:
    """How many rows."""
    return Measured(float(cell.rows), n=cell.rows)


def total(cell: Cell) -> Measured:
    """The sum of the values; of no rows it is zero, of rows without a value unknown."""
    if cell.rows and not cell.sums.n:
        return Measured(None, n=0, missing=cell.missing, why="no_values")
    return Measured(cell.sums.total, n=cell.sums.n, missing=cell.missing)


def mean(cell: Cell) -> Measured:
    """The mean."""
    why = None if cell.sums.n else "no_values" if cell.rows else "no_rows"
    return Measured(cell.sums.mean, n=cell.sums.n, missing=cell.missing, why=why)


def median(cell: Cell) -> Measured:
    """The median."""
    if cell.values is None or not cell.values.size:
        why = "no_values" if cell.rows else "no_rows"
        return Measured(None, n=0, missing=cell.missing, why=why)
    ordered, size = np.sort(cell.values), cell.values.size
    value = float(ordered[(size - 1) // 2] + ordered[size // 2]) / 2
    return Measured(value, n=cell.sums.n, missing=cell.missing)


def share(cell: Cell) -> Measured:
    """The part of the rows."""
    value = cell.part / cell.rows if cell.rows else None
    why = None if cell.rows else "no_rows"
    return Measured(value, n=cell.rows, part=cell.part, whole=cell.rows, why=why)


def quotient(top: Measured, bottom: Measured, factor: float) -> Measured:
    """One divided by the other; by nothing it is unknown."""
    missing = top.missing + bottom.missing
    if top.value is None or bottom.value is None:
        return Measured(None, missing=missing, why=top.why or bottom.why)
    if bottom.value == 0:
        return Measured(None, n=0, missing=missing, why="no_denominator")
    return Measured(factor * top.value / bottom.value, n=bottom.n, missing=missing)


def derived(
    compute: Callable[..., float | None], optional: frozenset[str], parts: Mapping[str, Measured]
) -> Measured:
    """What a formula makes of its parts."""
    missing = sum(one.missing for one in parts.values())
    for name, one in parts.items():
        if one.value is None and name not in optional:
            return Measured(None, missing=missing, why=one.why or "no_values")
    try:
        value = compute(**{name: one.value for name, one in parts.items()})
    except (ArithmeticError, ValueError):
        value = None
    if value is None or not np.isfinite(value):
        return Measured(None, missing=missing, why="no_denominator")
    return Measured(float(value), missing=missing)


def masked(measured: Measured, why: str) -> Measured:
    """Unknown, for a reason."""
    return replace(measured, value=None, interval=None, why=why)
