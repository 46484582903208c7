"""Evaluating: a figure asked for some stretches of time, from the cells that were counted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from analyzer.statistics import (
    Interval,
    Sums,
    Values,
    growth_intervals,
    mean_intervals,
    median_intervals,
    wilsons,
)
from models.errors import BadInput, Forbidden
from models.kpis import measured
from models.kpis.cell import Cell, Key
from models.kpis.counting import count
from models.kpis.fact import Dimension, Fact, On
from models.kpis.figure import (
    Aim,
    Count,
    Distinct,
    Figure,
    Formula,
    Growth,
    Mean,
    Median,
    Months,
    Quotient,
    Share,
    Total,
)
from models.kpis.frame import Frame
from models.kpis.measured import Measured, Measures, Place, derived, masked, quotient
from models.kpis.periods import Span, before, month_before
from models.kpis.selecting import Counting
from models.kpis.targets import aims

_READ: dict[type[Figure], Callable[[Cell], Measured]] = {
    Count: measured.counted,
    Distinct: measured.counted,
    Total: measured.total,
    Mean: measured.mean,
    Median: measured.median,
    Share: measured.share,
}


def evaluate(frame: Frame, figure: Figure, spans: Sequence[Span]) -> Measures:
    """Measure a figure in stretches of time, for each group of the frame."""
    match figure:
        case Growth():
            return _growth(frame, figure, spans)
        case Quotient(top, bottom, factor):
            above, below = evaluate(frame, top, spans), evaluate(frame, bottom, spans)
            return Measures(
                above.keys | below.keys,
                lambda key, span: quotient(above.at(key, span), below.at(key, span), factor),
            )
        case Formula():
            return _formula(frame, figure, spans)
        case Months():
            return Measures(frozenset(), lambda _key, span: Measured(float(span.months)))
        case Aim(kpi):
            return aims(frame, kpi, spans)
        case _:
            return _counted(frame, figure, spans)


def _counted(
    frame: Frame, figure: Count | Total | Mean | Median | Share | Distinct, spans: Sequence[Span]
) -> Measures:
    cells = count(frame, _counting(figure), spans)
    read = _READ[type(figure)]
    is_monthly = isinstance(figure.of.when, On) and figure.of.when.is_month
    is_told = isinstance(figure, Count | Total) and figure.is_told
    told_apart = [n for n, one in enumerate(frame.by) if one in figure.of.only_with]

    def at(key: Key, span: Span) -> Measured:
        cell = cells.at(key, span)
        if any(key[n] is None for n in told_apart):
            return measured.UNKNOWN
        found = measured.UNKNOWN if is_told and not cell.rows else read(cell)
        return masked(found, "whole_months") if is_monthly and not span.is_of_months else found

    def intervals(places: Sequence[Place]) -> list[Interval | None]:
        return _sure(figure, [cells.at(*one) for one in places])

    return Measures(cells.keys, at, intervals)


def _sure(figure: Figure, cells: Sequence[Cell]) -> list[Interval | None]:
    match figure:
        case Share():
            return wilsons([(one.part, one.rows) for one in cells])
        case Mean():
            return mean_intervals([one.sample for one in cells])
        case Median():
            return median_intervals([_listed(one) for one in cells])
        case _:
            return [None] * len(cells)


def _listed(cell: Cell) -> Values:
    return np.empty(0) if cell.values is None else cell.values


def _counting(figure: Count | Total | Mean | Median | Share | Distinct) -> Counting:
    match figure:
        case Share(fact, part):
            return Counting(fact, part=part)
        case Distinct(fact, about):
            return Counting(replace(fact, value=None, currency=None), about=about)
        case Median(fact):
            return Counting(fact, values="all")
        case Mean(fact):
            return Counting(fact, values="few")
        case Count(fact):
            return Counting(replace(fact, value=None, currency=None))
        case Total(fact):
            return Counting(fact, values="none")


def _growth(frame: Frame, figure: Growth, spans: Sequence[Span]) -> Measures:
    pairs = {one: month_before(one) if figure.monthly else (one, before(one)) for one in spans}
    counting = replace(_counting(figure.of), values="few")
    cells = count(frame, counting, [one for pair in pairs.values() for one in pair])
    is_count = isinstance(figure.of, Count)

    def pair(key: Key, span: Span) -> tuple[Cell, Cell]:
        now, past = (cells.at(key, one) for one in pairs[span])
        return (_as_values(now), _as_values(past)) if is_count else (now, past)

    def intervals(places: Sequence[Place]) -> list[Interval | None]:
        both = [pair(*one) for one in places]
        return growth_intervals([(now.sample, past.sample) for now, past in both])

    return Measures(cells.keys, lambda key, span: _grown(*pair(key, span)), intervals)


def _grown(now: Cell, past: Cell) -> Measured:
    missing, n = now.missing + past.missing, now.sums.n
    if past.sums.total == 0:
        return Measured(None, n=n, missing=missing, why="nothing_before")
    value = (now.sums.total - past.sums.total) / past.sums.total
    return Measured(value, n=n, missing=missing)


def _as_values(cell: Cell) -> Cell:
    """Rows as values of one."""
    return Cell(cell.rows, 0, Sums(cell.rows, cell.rows, cell.rows), None)


def _formula(frame: Frame, figure: Formula, spans: Sequence[Span]) -> Measures:
    parts = {name: evaluate(frame, one, spans) for name, one in figure.parts.items()}

    def at(key: Key, span: Span) -> Measured:
        found = {name: one.at(key, span) for name, one in parts.items()}
        return derived(figure.compute, figure.optional, found)

    return Measures(frozenset().union(*(one.keys for one in parts.values())), at)


def facts_in(figure: Figure) -> Iterator[Fact]:
    """The facts that a figure counts."""
    for one in _parts_of(figure):
        if isinstance(one, Count | Total | Mean | Median | Share | Distinct):
            yield one.of


def dimensions_in(figure: Figure) -> frozenset[Dimension]:
    """By what a figure can be asked: what all of its facts have; targets are of reps and teams."""
    found = [frozenset(one.by) for one in facts_in(figure)]
    if any(isinstance(one, Aim) for one in _parts_of(figure)):
        found.append(frozenset({"rep", "team"}))
    return frozenset.intersection(*found) if found else frozenset()


def _parts_of(figure: Figure) -> Iterator[Figure]:
    yield figure
    match figure:
        case Quotient(top, bottom):
            inner: Iterable[Figure] = (top, bottom)
        case Formula(parts):
            inner = parts.values()
        case Growth(of):
            inner = (of,)
        case _:
            inner = ()
    for one in inner:
        yield from _parts_of(one)


def is_companys(figure: Figure) -> bool:
    """Whether something in it is nobody's in particular, so that it tells of the company."""
    return any(one.is_companys for one in facts_in(figure))


def check(frame: Frame, figure: Figure, slug: str) -> None:
    """Raise BadInput when it cannot be asked so, Forbidden when not by this user."""
    known = dimensions_in(figure)
    for dimension in (*frame.by, *frame.filters):
        if dimension not in known:
            told = ", ".join(sorted(known)) or "nothing"
            raise BadInput(f"{slug}: cannot be asked by {dimension}; it can by {told}")
    if frame.user.role != "rep":
        return
    if is_companys(figure):
        raise Forbidden(f"{slug} tells of the whole company; ask your manager")
    if "team" in (*frame.by, *frame.filters):
        raise Forbidden(f"{slug}: what a team came to is for who leads it; ask without the team")
