"""A table to import, wherever it comes from: which kind it is, its columns, its rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import PurePath
from typing import NamedTuple

from models.errors import BadImport
from models.importing.amounts import Mark, told_mark
from models.importing.cells import Cell, fraction, money, positive
from models.importing.findings import Findings, ImportOptions, shown
from models.importing.shape import Column, Need, Shape
from models.importing.shapes import SHAPES

_MOST_COLUMNS = 500
_SAMPLE = 200
_SAMPLE_SIZE = 1_000_000


class Row(NamedTuple):
    """A row as it came: where it begins, its cells, or why it has none.

    `untold` are the places of cells that are not even empty: what is kept there stays.
    """

    line: int
    cells: Sequence[Cell]
    fault: str | None = None
    untold: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SalesTable:
    """An opened table; its rows can be read once, and only a few are held at a time.

    `columns` are those that are known, with their places in a row. `mark` is the decimal mark,
    and `is_mark_sure` whether it was said or can be seen.
    """

    name: str
    shape: Shape
    columns: tuple[tuple[int, Column], ...]
    rows: Iterator[Row]
    mark: Mark
    is_mark_sure: bool
    findings: Findings

    @property
    def kind(self) -> str:
        """Which kind of file it is."""
        return self.shape.kind

    @property
    def told(self) -> tuple[str, ...]:
        """The names of the known columns that it has."""
        return tuple(column.name for _, column in self.columns)


@dataclass(frozen=True, slots=True)
class Raw:
    """A table whose columns have not been looked at; `usual_mark` is a guess by its making."""

    name: str
    header: Sequence[str]
    rows: Iterator[Row]
    usual_mark: Mark = "."


def make_table(
    raw: Raw, kind: str | None, options: ImportOptions, findings: Findings
) -> SalesTable:
    """Match columns to those of a kind; that of the columns themselves where none is named.

    Raises BadImport when a column is missing or twice there, or no kind fits.
    """
    names = [plain_name(name) for name in raw.header]
    _check_header(raw.name, names)
    shape = _shape_of_kind(kind) if kind else _told_shape(raw.name, names, options)
    if lacking := _lacking(shape, names, options):
        listed = ", ".join(lacking)
        raise BadImport(f"{raw.name}: {shape.kind} need the columns {listed}; add them")
    known = shape.by_name
    columns = tuple((at, known[name]) for at, name in enumerate(names) if name in known)
    if unknown := [name for name in names if name and name not in known]:
        findings.notice(f"columns that are not known are left out: {shown(', '.join(unknown))}")
    mark, is_sure, rows = _decimal_mark(raw, columns, options)
    return SalesTable(raw.name, shape, columns, rows, mark, is_sure, findings)


def plain_name(name: str) -> str:
    """A column's name however it is written: "Deal ID" is deal_id."""
    return "_".join(name.strip("\ufeff").strip().lower().replace("-", " ").split())


def _check_header(file: str, names: Sequence[str]) -> None:
    if len(names) > _MOST_COLUMNS:
        raise BadImport(f"{file} has {len(names)} columns; keep to {_MOST_COLUMNS}")
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise BadImport(f"{file}: columns are there twice: {shown(', '.join(sorted(twice)))}")
    if not any(names):
        raise BadImport(f"{file} has no column names in its first line; add them")


def _shape_of_kind(kind: str) -> Shape:
    if kind not in SHAPES:
        raise BadImport(f"there is no kind {shown(kind)!r}; choose from {', '.join(SHAPES)}")
    return SHAPES[kind]


def _told_shape(file: str, names: Sequence[str], options: ImportOptions) -> Shape:
    matching = {kind: len(set(shape.by_name) & set(names)) for kind, shape in SHAPES.items()}
    fitting = [
        kind
        for kind, shape in SHAPES.items()
        if not _lacking(shape, names, options)
        and (not shape.told_by or not set(names).isdisjoint(shape.told_by))
    ]
    best = [kind for kind in fitting if matching[kind] == max(matching[one] for one in fitting)]
    own = PurePath(file).stem.lower()
    named = [own] if own in SHAPES else [k for k in best or SHAPES if k in own]
    if own in SHAPES and own not in fitting:  # it must not be taken for something else
        return SHAPES[own]
    if len(best) == 1:
        return SHAPES[best[0]]
    if best and len(named) == 1:
        return SHAPES[named[0]]
    if best:
        raise BadImport(f"{file} may hold {' or '.join(best)}; say which kind it is")
    nearest = max(named or SHAPES, key=lambda kind: (matching[kind], len(kind)))
    listed = ", ".join(_lacking(SHAPES[nearest], names, options))
    raise BadImport(
        f"{file} has the columns of no kind; nearest is {nearest}, which also needs {listed}"
    )


def _lacking(shape: Shape, names: Sequence[str], options: ImportOptions) -> list[str]:
    needed = [column.name for column in shape.columns if column.need is not Need.NOTHING]
    given = {*names, "currency"} if options.currency else set(names)
    lacking = [name for name in needed if name not in given]
    if shape.needs_one_of and given.isdisjoint(shape.needs_one_of):
        lacking.append(" or ".join(shape.needs_one_of))
    return lacking


def _decimal_mark(
    raw: Raw, columns: Sequence[tuple[int, Column]], options: ImportOptions
) -> tuple[Mark, bool, Iterator[Row]]:
    if options.decimal:
        return options.decimal, True, raw.rows
    first = _sample(raw.rows)
    seen = told_mark(_numbers(first, columns))
    return seen or raw.usual_mark, seen is not None, chain(first, raw.rows)


def _sample(rows: Iterator[Row]) -> list[Row]:
    """The first rows: some hundred, or fewer where they are long."""
    first: list[Row] = []
    size = 0
    for row in islice(rows, _SAMPLE):
        first.append(row)
        size += sum(len(cell) for cell in row.cells if isinstance(cell, str))
        if size > _SAMPLE_SIZE:
            break
    return first


def _numbers(rows: Sequence[Row], columns: Sequence[tuple[int, Column]]) -> Iterable[str]:
    places = [at for at, column in columns if column.read in {money, fraction, positive}]
    cells = (row.cells[at] for row in rows for at in places if at < len(row.cells))
    return (cell for cell in cells if isinstance(cell, str))
