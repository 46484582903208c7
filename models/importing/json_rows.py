"""Rows that came as JSON, as the rows of a table."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from decimal import Decimal

from models.errors import BadImport
from models.importing.cells import BadCell, Cell
from models.importing.findings import Findings, ImportOptions, shown
from models.importing.shapes import SHAPES
from models.importing.table import Raw, Row, SalesTable, make_table, plain_name

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def table_of_rows(
    kind: str, rows: Sequence[Mapping[str, object]], options: ImportOptions
) -> SalesTable:
    """The rows as a table whose columns are all keys of any; one left out tells nothing.

    Raises BadImport as `read_table` does.
    """
    findings = Findings(options.most_told)
    names = tuple(dict.fromkeys(plain_name(str(key)) for row in rows for key in _keys(row)))
    if not names:
        raise BadImport(f"there are no {shown(kind)} to import; give rows with names and values")
    known = SHAPES[kind].by_name if kind in SHAPES else {}
    return make_table(Raw(kind, names, _rows(names, rows, known)), kind, options, findings)


def _keys(row: object) -> Iterator[object]:
    return iter(row) if isinstance(row, Mapping) else iter(())


def _rows(
    names: Sequence[str], rows: Sequence[Mapping[str, object]], known: Container[str]
) -> Iterator[Row]:
    for line, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            yield Row(line, (), "is no object with names and values")
            continue
        values = {plain_name(str(key)): value for key, value in row.items()}
        try:
            cells = [to_cell(name, values.get(name)) if name in known else "" for name in names]
        except BadCell as error:
            yield Row(line, (), str(error))
        else:
            left_out = (at for at, name in enumerate(names) if name not in values)
            if any(cell != "" for cell in cells):
                yield Row(line, cells, untold=frozenset(left_out))


def to_cell(name: str, value: object) -> Cell:
    """A value of JSON as a cell. Raises BadCell for what no cell can hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not found.is_finite():
            raise BadCell(f"{name} is no number")
        return found
    if not isinstance(value, str):
        raise BadCell(f"{name} is a list or an object; give a text, a number, true or false")
    if _UNSTORABLE.search(value):
        raise BadCell(f"{name} holds a sign that is no text (NUL, or half a sign)")
    return value.strip()
