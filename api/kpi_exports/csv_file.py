"""Answers as one CSV file, which a spreadsheet opens at a double click."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO

from analyzer.formats.rendering import harmless
from analyzer.formats.wording import Wording
from api.kpi_exports.columns import (
    Column,
    Value,
    answer_columns,
    dimensions_of,
    line_columns,
    meaning_columns,
)
from api.kpi_exports.words import export_words
from models.kpis import Answer

_BOM = "\ufeff"
_DELIMITERS = {"fr": ";"}


def to_csv(answers: Sequence[Answer], language: str) -> bytes:
    """A line for each line of the answers, with what each figure means at its end.

    UTF-8 with a byte order mark, without which Excel takes it for another encoding. In French
    with semicolons and decimal commas, as Excel in France reads and writes them; else with commas
    and points. A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    t = export_words(language)
    columns = [
        *answer_columns(t),
        *line_columns(dimensions_of(answers), t),
        *meaning_columns(t),
    ]
    text = StringIO()
    writer = csv.writer(text, delimiter=_DELIMITERS.get(t.language, ","), lineterminator="\r\n")
    writer.writerow([one.heading for one in columns])
    writer.writerows(_rows(answers, columns, t))
    return f"{_BOM}{text.getvalue()}".encode()


def _rows(answers: Sequence[Answer], columns: Sequence[Column], t: Wording) -> Iterator[list[str]]:
    mark = t("number.decimal")
    for answer in answers:
        for line in answer.lines:
            yield [_cell(column.of(answer, line), mark) for column in columns]


def _cell(value: Value, mark: str) -> str:
    match value:
        case None:
            return ""
        case str():
            return str(harmless(value))
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case float():
            return _plain(value).replace(".", mark)


def _plain(value: float) -> str:
    """A number without exponent, and without what is only rounding."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
