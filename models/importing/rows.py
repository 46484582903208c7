"""Rows of cells become rows of values, or problems."""

from collections.abc import Iterator
from hashlib import sha256

from models.importing.cells import BadCell, Cell, Surroundings, currency, rep
from models.importing.findings import ImportOptions
from models.importing.shape import Column, Need, Shape, default_of
from models.importing.table import Row, SalesTable
from models.importing.times import key_text

MADE = "~"
"""What ids begin with that are made of cells, so that none that came is taken for one."""

_FIRST = (rep, currency)
"""What other cells of the row are read by."""
_LONGEST_KEY = 180
_EMPTY = ""

Values = tuple[object, ...]


class RowReader:
    """Reads the rows of one table; `lines` counts those it has seen."""

    def __init__(self, table: SalesTable, around: Surroundings, options: ImportOptions) -> None:
        self.lines = 0
        self._table = table
        self._around = around
        self._findings = table.findings
        shape = table.shape
        placed: list[tuple[int | None, Column]] = list(table.columns)
        by_name = shape.by_name
        if options.currency and "currency" in by_name and "currency" not in table.told:
            placed.append((None, by_name["currency"]))
        placed.sort(key=lambda one: one[1].read not in _FIRST)
        self._cells = [
            (place, column, _when_empty(shape, column, options), shape.longest(column))
            for place, column in placed
        ]
        self._place_of = {column.name: place for place, column in placed}
        self._key = {name: by_name[name] for name in shape.key}
        ids = (at for at, column in enumerate(self.columns) if column.field == "ref")
        self._id_at = next(ids, None)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in the order of the values, after what `Staging.rows` begins with."""
        return tuple(column for _, column, _, _ in self._cells)

    def read_all(self) -> Iterator[Values]:
        """The values of each row that is right; what is wrong with the others is told."""
        for row in self._table.rows:
            self.lines += 1
            values = self._read(row)
            if values is not None:
                yield values

    def _read(self, row: Row) -> Values | None:
        self._around.begin(row.line)
        if row.fault:
            self._findings.problem(row.line, None, None, row.fault)
            return None
        told = self._findings.told
        values = [
            self._value(_EMPTY if place is None else row.cells[place], column, empty, longest)
            for place, column, empty, longest in self._cells
        ]
        if self._findings.told > told or not self._is_sound(row, values):
            return None
        ref, is_made = self._ref(row, values)
        whole_day = (self._around.is_whole_day,) if self._table.shape.whole_day else ()
        return (row.line, ref, is_made, self._untold(row), *values, *whole_day)

    def _value(self, cell: Cell, column: Column, empty: object, longest: int | None) -> object:
        if cell == _EMPTY:
            if empty is None and column.need is Need.CELL:
                self._refuse(column.name, None, "is empty, and cannot be")
            return empty
        around = self._around
        around.column, around.cell = column.name, cell
        try:
            value = column.read(cell, around)
        except BadCell as error:
            self._refuse(column.name, cell, str(error))
            return None
        if longest and isinstance(value, str) and len(value) > longest:
            self._refuse(column.name, cell, f"is longer than {longest} signs")
        return value

    def _is_sound(self, row: Row, values: list[object]) -> bool:
        checks = self._table.shape.checks
        if not checks:
            return True
        known = {
            column.name: value
            for (place, column, _, _), value in zip(self._cells, values, strict=True)
            if place not in row.untold
        }
        flaws = [flaw for check in checks if (flaw := check(known))]
        for flaw in flaws:
            value = self._cell(flaw.column, row) or None
            if flaw.is_refused:
                self._refuse(flaw.column, value, flaw.message)
            else:
                self._findings.notice(flaw.message, flaw.column, self._around.line, value)
        return not any(flaw.is_refused for flaw in flaws)

    def _refuse(self, column: str, value: object, message: str) -> None:
        self._findings.problem(self._around.line, column, value, message)

    def _ref(self, row: Row, values: list[object]) -> tuple[str, bool]:
        """The id of the row, and whether it was made of its cells."""
        given = None if self._id_at is None else values[self._id_at]
        if given is not None:
            return str(given), False
        key = MADE + "|".join(self._key_part(name, row) for name in self._key)
        if len(key) > _LONGEST_KEY:
            key = f"{key[:100]}~{sha256(key.encode()).hexdigest()}"
        return key, True

    def _untold(self, row: Row) -> int:
        """A bit for each column of which the row tells nothing."""
        if not row.untold:
            return 0
        places = (place for place, _, _, _ in self._cells)
        return sum(1 << at for at, place in enumerate(places) if place in row.untold)

    def _cell(self, name: str, row: Row) -> Cell:
        place = self._place_of.get(name)
        return _EMPTY if place is None else row.cells[place]

    def _key_part(self, name: str, row: Row) -> str:
        column = self._key[name]
        cell = self._cell(name, row)
        if cell == _EMPTY:
            target = self._table.shape.target(column)
            return str(default_of(target) or "") if target is not None else ""
        return key_text(cell, column.read, self._around)


def _when_empty(shape: Shape, column: Column, options: ImportOptions) -> object:
    """What an empty cell stands for: None, or what the table has where it cannot be empty."""
    if column.read is currency:
        return options.currency
    target = shape.target(column)
    return None if target is None else default_of(target)
