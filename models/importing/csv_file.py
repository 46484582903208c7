"""CSV files of any make: delimiter, header, rows with the lines they begin on."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from models.errors import BadImport
from models.importing.encodings import open_text
from models.importing.findings import Findings, ImportOptions, shown
from models.importing.shapes import SHAPES
from models.importing.table import Raw, Row, SalesTable, make_table, plain_name

_LONGEST_LINE = 1_000_000
_DELIMITERS = (",", ";", "\t", "|")
_KNOWN = frozenset(column.name for shape in SHAPES.values() for column in shape.columns)


def read_table(
    source: BinaryIO | bytes,
    name: str,
    *,
    kind: str | None = None,
    options: ImportOptions | None = None,
) -> SalesTable:
    """Open a CSV file; its kind is told by its columns when not named.

    The source must stay open until the rows are read, and is not closed. Raises BadImport when
    it cannot be read as a whole; what is wrong with single lines is told when they are read.
    """
    options = options or ImportOptions()
    findings = Findings(options.most_told)
    name = shown(name) or "the file"
    text = open_text(source, name, options.encoding, findings)
    return make_table(_open_rows(text, name, options), kind, options, findings)


def _open_rows(text: io.TextIOBase, name: str, options: ImportOptions) -> Raw:
    lines = _lines(text, name)
    first, before = "", 0
    for first in lines:
        if first.strip():
            break
        before += 1
    delimiter = options.delimiter
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own way to tell
        delimiter = delimiter or first[4]
        first, before = next(lines, ""), before + 1
    delimiter = delimiter or _delimiter(first)
    rows = _rows(chain([first], lines), delimiter, before, name)
    header = next(rows, None)
    if header is None or header.fault:
        raise BadImport(f"{name} has no line of column names that can be read; add one")
    names = [str(cell) for cell in header.cells]
    return Raw(name, names, _even(rows, len(names)), "," if delimiter == ";" else ".")


def _lines(text: io.TextIOBase, name: str) -> Iterator[str]:
    number = 0
    while line := text.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise BadImport(f"{name}: line {number} is longer than {_LONGEST_LINE:,} signs; cut it")
        yield line


def _delimiter(header: str) -> str:
    """The one that parts the most columns that are known, else the most of any."""

    def found(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:  # told with its line when the header is read
            return 0, 0
        return len(_KNOWN.intersection(map(plain_name, cells))), len(cells)

    return max(_DELIMITERS, key=found)


def _rows(lines: Iterator[str], delimiter: str, before: int, name: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error):
                message = f"{name}: a cell on line {line} is too long; is a quote left open?"
                raise BadImport(message) from None
            yield Row(line, (), f"is not quoted as CSV is ({error})")
            continue
        if cells is None:
            return
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield Row(line, stripped)


def _even(rows: Iterator[Row], columns: int) -> Iterator[Row]:
    """The rows, each with as many cells as the header or a fault that says so."""
    for row in rows:
        count = len(row.cells)
        if row.fault or count == columns:
            yield row
        elif count > columns and not any(row.cells[columns:]):
            yield row._replace(cells=row.cells[:columns])
        else:
            fault = f"has {count} cells where the header has {columns}; is it cut, or unquoted?"
            yield Row(row.line, (), fault)
