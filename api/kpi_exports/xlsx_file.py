"""Answers as a workbook: a sheet of numbers for each KPI, and one of what they mean."""

import re
from collections.abc import Sequence
from datetime import UTC, date
from io import BytesIO
from typing import Any

import xlsxwriter

from analyzer.formats.wording import DASH, Wording
from api.kpi_exports.columns import (
    Column,
    Value,
    definition_of,
    formula_of,
    line_columns,
    name_of,
)
from api.kpi_exports.shown import notes, unit_name
from api.kpi_exports.words import export_words
from models.currencies import decimals_of
from models.kpis import Answer

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 31
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_UNITS = {"share": "0.0%", "count": "#,##0", "points": "0.0"}


def to_xlsx(answers: Sequence[Answer], language: str) -> bytes:
    """Numbers are numbers with formats of their own, days are days, all text is only text."""
    t = export_words(language)
    file = BytesIO()
    book = xlsxwriter.Workbook(file, _OPTIONS)
    if answers:
        book.set_properties(
            {"title": t("export.title"), "created": answers[0].asked_at.astimezone(UTC)}
        )
    look = _Look(book)
    for number, answer in enumerate(answers, 1):
        _values(book.add_worksheet(_sheet_name(number, name_of(answer, t))), answer, look, t)
    _definitions(book.add_worksheet(t("export.definitions")), answers, look, t)
    book.close()
    return file.getvalue()


class _Look:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[str, Any] = {}
        self.heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.dash = book.add_format({"align": "right"})

    def of(self, column: Column, answer: Answer) -> Any:
        """The format of the numbers or days of a column; None for texts."""
        match column.kind:
            case "text":
                return None
            case "day":
                return self._format("yyyy-mm-dd")
            case "count":
                return self._format("#,##0")
            case "share":
                return self._format("0.0%")
            case "figure":
                return self._format(_number_format(answer))

    def _format(self, code: str) -> Any:
        if code not in self._made:
            self._made[code] = self._book.add_format({"num_format": code})
        return self._made[code]


def _number_format(answer: Answer) -> str:
    if answer.unit == "money" and answer.currency:
        decimals = decimals_of(answer.currency)
        return f'#,##0{"." + "0" * decimals if decimals else ""} "{answer.currency}"'
    return _UNITS.get(answer.unit, "#,##0.00")


def _values(sheet: Any, answer: Answer, look: _Look, t: Wording) -> None:
    """The lines of one answer, without columns that would be empty."""
    table = [
        (column, [column.of(answer, line) for line in answer.lines])
        for column in line_columns(answer.by, t)
    ]
    shown = [
        (column, values)
        for column, values in table
        if not column.is_optional or any(value is not None for value in values)
    ]
    for at, (column, values) in enumerate(shown):
        unit = f" ({unit_name(answer, t)})" if column.kind == "figure" else ""
        sheet.write_string(0, at, f"{column.heading}{unit}", look.heading)
        sheet.set_column(at, at, _width(column, values))
        _fill(sheet, at, values, look.of(column, answer), look)
    sheet.freeze_panes(1, len(answer.by))
    sheet.autofilter(0, 0, len(answer.lines), len(shown) - 1)


def _fill(sheet: Any, at: int, values: Sequence[Value], form: Any, look: _Look) -> None:
    for row, value in enumerate(values, 1):
        match value:
            case None:
                continue
            case str():
                sheet.write_string(row, at, value, look.dash if value == DASH else None)
            case date():
                sheet.write_datetime(row, at, value, form)
            case int() | float():
                sheet.write_number(row, at, value, form)


def _width(column: Column, values: Sequence[Value]) -> int:
    if column.kind != "text":
        return 14
    return min(max((len(str(one)) for one in values), default=0) + 2, 60) or 14


def _definitions(sheet: Any, answers: Sequence[Answer], look: _Look, t: Wording) -> None:
    """What each figure means, a row each, and how to read all of them."""
    names = ("kpi", "slug", "definition", "formula", "unit", "better", "needs", "source")
    for at, (name, width) in enumerate(zip(names, (30, 24, 60, 60, 10, 12, 20, 24), strict=True)):
        sheet.write_string(0, at, t(f"column.{name}"), look.heading)
        sheet.set_column(at, at, width)
    for row, answer in enumerate(answers, 1):
        kpi = answer.kpi
        cells = (
            name_of(answer, t),
            kpi.slug,
            definition_of(answer, t),
            formula_of(answer, t),
            unit_name(answer, t),
            t(f"better.{kpi.better}"),
            ", ".join(kpi.needs),
            kpi.source,
        )
        for at, cell in enumerate(cells):
            sheet.write_string(row, at, cell, look.wrapped)
    for row, note in enumerate(notes(answers, t), len(answers) + 2):
        sheet.write_string(row, 0, note)
    sheet.freeze_panes(1, 0)


def _sheet_name(number: int, name: str) -> str:
    """A name that a sheet may have, and no other sheet has."""
    return f"{number} {_FORBIDDEN.sub(' ', name)}"[:_LONGEST_NAME].strip()
