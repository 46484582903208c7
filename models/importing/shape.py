"""What a kind of file is made of: its columns, the table they fill, what tells its rows apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Column as TableColumn
from sqlalchemy import DateTime, Table, Text
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from models.importing.cells import Reader, ident, rep, text


class Need(Enum):
    """What a file cannot be without."""

    NOTHING = "optional"
    COLUMN = "the column"
    CELL = "in every row"


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that names a row of another table, by its id there or another column of it.

    An optional one that names nothing known is left empty with a notice. `any_origin` when it
    does not matter where the other row came from.
    """

    model: type[SQLModel]
    noun: str
    by: str = "ref"
    is_optional: bool = False
    any_origin: bool = False

    @property
    def table(self) -> Table:
        """The table that is pointed to."""
        return table_of(self.model)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file; `field` is the table's, None when the cell goes elsewhere."""

    name: str
    field: str | None
    read: Reader
    about: str
    need: Need = Need.NOTHING
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a row whose cells are each right; a notice unless it is refused."""

    column: str
    message: str
    is_refused: bool = False


Check = Callable[[Mapping[str, object]], Flaw | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of file.

    `key` names the columns that an id is made of where there is none; `is_unique` when there can
    be but one row for each, otherwise rows that are alike are counted. `conflict` is the
    constraint by which a row is known again. `whole_day` is the field that keeps whether only
    the day is known, `needs_one_of` columns of which one must be there. A file that is not named
    the kind is taken for it only with one of the columns `told_by`, where there are any.
    """

    kind: str
    model: type[SQLModel]
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    is_unique: bool = True
    conflict: tuple[str, ...] = ("origin", "ref")
    whole_day: str | None = None
    checks: tuple[Check, ...] = ()
    needs_one_of: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()

    @property
    def table(self) -> Table:
        """The table that is filled."""
        return table_of(self.model)

    @property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    def target(self, column: Column) -> TableColumn[Any] | None:
        """The column of the table that a column of the file fills."""
        return None if column.field is None else self.table.c[column.field]

    def staged_type(self, column: Column) -> TypeEngine[Any]:
        """As what its values wait to be stored."""
        target = self.target(column)
        if column.link is not None:
            return Text()
        if target is None:
            return DateTime(timezone=True)
        return Text() if target.type.python_type is str else target.type

    def longest(self, column: Column) -> int | None:
        """The most signs that a text of the column may have."""
        if column.link is not None:
            target: TableColumn[Any] | None = column.link.table.c[column.link.by]
        else:
            target = self.target(column)
        return getattr(target.type, "length", None) if target is not None else None


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model."""
    return model.metadata.tables[str(model.__tablename__)]


def default_of(target: TableColumn[Any]) -> object:
    """What a column of the table holds where nothing is said and it cannot be empty."""
    default = target.default
    if target.nullable or not isinstance(default, ScalarElementColumnDefault):
        return None
    return default.arg


def id_column(about: str, need: Need = Need.CELL) -> Column:
    """The id of the row where it comes from."""
    return Column("id", "ref", ident, about, need)


def rep_column(about: str, need: Need = Need.NOTHING) -> Column:
    """The rep, by id or e-mail; times without an offset are by their clock."""
    return Column("rep_id", "rep_id", rep, about, need)


def link_column(
    name: str, field: str | None, link: Link, about: str, need: Need = Need.NOTHING
) -> Column:
    """A column that names a row of another table."""
    return Column(name, field, text, about, need, link)


def never_before(first: str, then: str, message: str, *, is_refused: bool = False) -> Check:
    """A check that one time or day does not come before another where both are known."""

    def check(row: Mapping[str, object]) -> Flaw | None:
        earlier, later = row.get(first), row.get(then)
        if earlier is None or later is None or later >= earlier:  # type: ignore[operator]
            return None
        return Flaw(then, message, is_refused)

    return check
