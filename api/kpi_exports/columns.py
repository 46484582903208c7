"""The columns of a table of answers, the same for all that has rows and columns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from analyzer.formats.rendering import one_line
from analyzer.formats.wording import DASH, Wording
from api.kpi_exports.shown import group_name, last_day, reason, unit_name
from models.kpis import Answer, Dimension, Line
from models.kpis.kpi import Words

Value = str | int | float | date | None
Kind = Literal["text", "day", "count", "share", "figure"]
"""A `figure` is in the unit of its answer."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what is in it, and how that is read from a line."""

    heading: str
    kind: Kind
    of: Callable[[Answer, Line], Value]
    is_optional: bool = False
    """Whether it may be left out where nothing is in it."""


def dimensions_of(answers: Sequence[Answer]) -> tuple[Dimension, ...]:
    """What any of the answers is split by."""
    return tuple(dict.fromkeys(one for answer in answers for one in answer.by))


def line_columns(by: Sequence[Dimension], t: Wording) -> Iterator[Column]:
    """What a line says: of which group and days, what it came to, and beside what."""
    for dimension in by:
        yield Column(t(f"dimension.{dimension}"), "text", _group(dimension, t))
    yield Column(t("column.from"), "day", lambda _answer, line: line.span.start_on)
    yield Column(t("column.to"), "day", lambda _answer, line: last_day(line.span))
    yield Column(t("column.running"), "text", lambda _answer, line: _flag(line, t))
    yield Column(t("column.value"), "figure", _value)
    yield from _certainty(t)
    yield from _beside(t)


def answer_columns(t: Wording) -> tuple[Column, ...]:
    """What is the same on all lines of an answer, and goes before them."""
    return (
        Column(t("column.kpi"), "text", lambda answer, _line: one_line(_in(answer.kpi.name, t))),
        Column(t("column.slug"), "text", lambda answer, _line: answer.kpi.slug),
        Column(t("column.variant"), "text", lambda answer, _line: answer.variant),
        Column(t("column.unit"), "text", lambda answer, _line: unit_name(answer, t)),
    )


def meaning_columns(t: Wording) -> tuple[Column, ...]:
    """What the figure means and how it is counted."""
    return (
        Column(t("column.definition"), "text", lambda answer, _line: definition_of(answer, t)),
        Column(t("column.formula"), "text", lambda answer, _line: formula_of(answer, t)),
    )


def definition_of(answer: Answer, t: Wording) -> str:
    """What a KPI tells."""
    return one_line(_in(answer.kpi.definition, t))


def formula_of(answer: Answer, t: Wording) -> str:
    """How it was counted, in the reading that was asked for."""
    kpi = answer.kpi
    formula = kpi.variants[answer.variant].formula if answer.variant else kpi.formula
    return one_line(_in(formula, t))


def name_of(answer: Answer, t: Wording) -> str:
    """The name of a KPI, with that of the reading where it is another."""
    name = one_line(_in(answer.kpi.name, t))
    return f"{name} ({answer.variant.replace('_', ' ')})" if answer.variant else name


def _in(words: Words, t: Wording) -> str:
    return words[t.language]


def _certainty(t: Wording) -> Iterator[Column]:
    yield Column(t("column.low"), "figure", lambda _answer, line: _end(line, "low"), True)
    yield Column(t("column.high"), "figure", lambda _answer, line: _end(line, "high"), True)
    for name in ("n", "part", "whole"):
        yield Column(t(f"column.{name}"), "count", _measured(name), True)
    yield Column(
        t("column.missing"), "count", lambda _answer, line: line.measured.missing or None, True
    )
    yield Column(
        t("column.why"), "text", lambda _answer, line: reason(line.measured, t) or None, True
    )


def _beside(t: Wording) -> Iterator[Column]:
    for name in ("before", "year_before"):
        yield Column(t(f"column.{name}"), "figure", _earlier(name), True)
    yield Column(t("column.target"), "figure", _reached("target"), True)
    yield Column(t("column.reached"), "share", _reached("share"), True)
    yield Column(t("column.pace"), "share", _reached("pace"), True)


def _value(_answer: Answer, line: Line) -> Value:
    return DASH if line.measured.value is None else line.measured.value


def _measured(name: str) -> Callable[[Answer, Line], Value]:
    return lambda _answer, line: getattr(line.measured, name)


def _end(line: Line, name: str) -> Value:
    interval = line.measured.interval
    return getattr(interval, name) if interval else None


def _earlier(name: str) -> Callable[[Answer, Line], Value]:
    def of(_answer: Answer, line: Line) -> Value:
        found = getattr(line, name)
        if found is None:
            return None
        return DASH if found.value is None else float(found.value)

    return of


def _reached(name: str) -> Callable[[Answer, Line], Value]:
    return lambda _answer, line: getattr(line.reached, name) if line.reached else None


def _group(dimension: Dimension, t: Wording) -> Callable[[Answer, Line], Value]:
    def of(_answer: Answer, line: Line) -> Value:
        found = next((one for one in line.groups if one.dimension == dimension), None)
        return group_name(found, t) if found else None

    return of


def _flag(line: Line, t: Wording) -> str:
    return t("flag.yes" if line.span.is_running else "flag.no")
