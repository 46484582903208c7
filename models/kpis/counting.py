"""Counting: what PostgreSQL counts of a fact, in cells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy import Float, Select, case, cast, func, null, select, true
from sqlalchemy.sql.elements import Null

from analyzer.statistics import FEW, Sums
from models.currencies import minor_units
from models.database import IN_BINARY
from models.kpis.cell import Cell, Cells, gathered
from models.kpis.fact import THERE_NUMBER, Lasting
from models.kpis.frame import Frame
from models.kpis.periods import Span, months_of
from models.kpis.selecting import Counting, in_order, numbered, pieces, selected, spread

_DAY = timedelta(days=1)


def count(frame: Frame, counting: Counting, spans: Iterable[Span]) -> Cells:
    """Count the rows of a fact in stretches of time, by the groups of the frame."""
    wanted = sorted(set(spans), key=lambda one: (one.start_on, one.end_on))
    if not wanted:
        return Cells({})
    if isinstance(counting.fact.when, Lasting):
        return _count_lasting(frame, counting, in_order(counting.fact.when, wanted))
    if counting.about is not None:  # the same thing in two pieces is one thing in both
        layers = [_count_passing(frame, counting, layer) for layer in _disjoint(wanted)]
        return Cells({place: cell for one in layers for place, cell in one.by_place.items()})
    return _count_passing(frame, counting, wanted)


def _count_passing(frame: Frame, counting: Counting, spans: Sequence[Span]) -> Cells:
    """Rows of an instant or a day: counted between all bounds there are, then put together."""
    bounds = _bounds(counting, spans)
    pieces = list(pairwise(bounds))
    statement = _statement(frame, counting, bounds, spans)
    holders = [[one for one in spans if _holds(one, piece)] for piece in pieces]
    return gathered(
        (key, span, cell)
        for key, number, cell in _cells(frame, counting, statement, bounds)
        if 0 <= number < len(pieces)
        for span in holders[number]
    )


def _count_lasting(frame: Frame, counting: Counting, spans: Sequence[Span]) -> Cells:
    """Rows that last: in each of the stretches of time they are there in, which are `in_order`."""
    last_days = [one.end_on - _DAY for one in spans]
    statement = _statement(frame, counting, last_days, spans)
    return gathered(
        (key, spans[number], cell)
        for key, number, cell in _cells(frame, counting, statement, last_days)
    )


def _statement(
    frame: Frame, counting: Counting, bounds: Sequence[date], spans: Sequence[Span]
) -> Select[Any]:
    """Groups with what is counted; what a row is worth is found out once, and then counted."""
    fact = counting.fact
    currency = [fact.currency] if fact.currency is not None else []
    groups = [*(fact.by[one] for one in frame.by), numbered(frame, fact, bounds), *currency]
    named = {f"g{n}": one for n, one in enumerate(groups)}
    wanted = {"value": _value(counting), "part": counting.part, "about": counting.about}
    known = {name: one for name, one in wanted.items() if one is not None}
    if counting.about is None and (counting.values == "none" or "value" not in known):
        summed = _summed(frame, counting, named, known, spans)
        if summed is not None:
            return summed
    columns = [one.label(name) for name, one in (named | known).items()]
    found = selected(frame, counting, columns, spans, by_clock=False)
    once = found.distinct() if counting.about is not None else found.offset(0)
    rows = once.subquery("row")
    by = [rows.c[name] for name in named]
    return select(*by, *_counted(counting, rows.c)).group_by(*by)


def _summed(
    frame: Frame,
    counting: Counting,
    named: Mapping[str, Any],
    known: Mapping[str, Any],
    spans: Sequence[Span],
) -> Select[Any] | None:
    """As `_statement`, of rows that last: those of the same spans are put together first.

    A row that is there for a year is counted once then, not in each of twelve months.
    """
    if not isinstance(counting.fact.when, Lasting):
        return None
    number = next(name for name, one in named.items() if one is THERE_NUMBER)
    own = {name: one for name, one in named.items() if name != number}
    columns = [one.label(name) for name, one in (own | dict(known)).items()]
    found = pieces(frame, counting, columns, spans)
    if found is None:
        return None
    rows = found.offset(0).subquery("row")
    by = [rows.c[name] for name in (*own, "first", "last")]
    counted = _counted(counting, rows.c)
    totals = [one.label(f"c{n}") for n, one in enumerate(counted)]
    few = select(*by, *totals).group_by(*by).subquery("few")
    there = spread(few.c.first, few.c.last, len(spans))
    groups = [THERE_NUMBER if name == number else few.c[name] for name in named]
    sums = [
        one if isinstance(one, Null) else cast(func.sum(few.c[total.name]), one.type)
        for one, total in zip(counted, totals, strict=True)
    ]
    return select(*groups, *sums).select_from(few.join(there, true())).group_by(*groups)


def _value(counting: Counting) -> Any:
    value = counting.fact.value
    return None if value is None or counting.part is not None else cast(value, Float)


def _counted(counting: Counting, row: Any) -> list[Any]:
    """Rows, the part, and count, sum, sum of squares and list of the values."""
    if counting.part is not None:
        is_part = func.count().filter(row.part)
        return [func.count(row.part), is_part, null(), null(), null(), null()]
    if counting.about is not None:
        return [func.count(row.about), *[null()] * 5]
    if "value" not in row:
        return [func.count(), *[null()] * 5]
    known, total = func.count(row.value), func.sum(row.value)
    if counting.values == "none":
        return [func.count(), null(), known, total, null(), null()]
    listed: Any = func.array_agg(row.value).filter(row.value.is_not(None))
    if counting.values == "all":
        return [func.count(), null(), known, null(), null(), listed]
    listed = case((known <= FEW, listed))
    return [func.count(), null(), known, total, func.sum(row.value * row.value), listed]


def _cells(
    frame: Frame, counting: Counting, statement: Select[Any], days: Sequence[date]
) -> Iterator[tuple[Any, int, Cell]]:
    """What the database counted, in the currency asked for."""
    has_value = counting.fact.value is not None and counting.part is None
    width, has_currency = len(frame.by), counting.fact.currency is not None
    for row in (
        frame.session.connection()
        .execute(statement, frame.parameters, execution_options={IN_BINARY: True})
        .all()
    ):
        key, number = tuple(row[:width]), row[width]
        rows, part, known, total, squares, values = row[-6:]
        cell = Cell(rows, part or 0, values=np.empty(0))
        if has_value:
            sums = Sums(known, total or 0.0, squares or 0.0)
            listed = np.array(values or (), float) if values or not known else None
            cell = Cell(rows, part or 0, sums, listed)
        if has_currency:
            day = days[min(max(number - 1, 0), len(days) - 1)]
            cell = _exchanged(frame, cell, row[width + 1], day.replace(day=1))
        yield key, number - 1, cell


def _exchanged(frame: Frame, cell: Cell, currency: str | None, month: date) -> Cell:
    factor = frame.rates.factor(currency, frame.currency, month)
    if factor is None or currency is None:
        return cell.unvalued()
    return cell * (factor / minor_units(currency))


def _bounds(counting: Counting, spans: Sequence[Span]) -> list[date]:
    """All first days, those after the last, and first days of months where money needs rates."""
    days = {day for one in spans for day in (one.start_on, one.end_on)}
    if counting.fact.currency is not None:
        days |= {month for one in spans for month in months_of(one) if month > one.start_on}
    return sorted(days)


def _holds(span: Span, piece: tuple[date, date]) -> bool:
    return span.start_on <= piece[0] and piece[1] <= span.end_on


def _disjoint(spans: Sequence[Span]) -> list[list[Span]]:
    """The spans in as few lists as it takes for none to overlap another of its list."""
    layers: list[list[Span]] = []
    for span in spans:
        free = next((one for one in layers if one[-1].end_on <= span.start_on), None)
        if free is None:
            layers.append([span])
        else:
            free.append(span)
    return layers
