"""Where the rows of a file wait: a table of their own, in which they are looked at as a whole."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import OperationalError

from models.importing import shape as shapes
from models.importing.findings import Findings
from models.importing.rows import Values

_STAGED, _TOUCHED = "import_staged", "import_touched"


class Staging:
    """The rows of one file while they are imported, and the ids of the rows they touched.

    `rows` has their lines, ids, whether the ids were made of cells, a bit for each column that
    tells nothing, and their values; `touched` the rows that are new or changed. Nothing of it
    outlives `close`.
    """

    def __init__(
        self, connection: Connection, shape: shapes.Shape, columns: Sequence[shapes.Column]
    ) -> None:
        self.connection = connection
        self.shape = shape
        self.columns = {column.name: column for column in columns}
        staged: list[Column[Any]] = [Column(one.name, shape.staged_type(one)) for one in columns]
        if shape.whole_day:
            staged.append(Column(shape.whole_day, Boolean))
        fixed: list[Column[Any]] = [
            Column("line", BigInteger),
            Column("ref", Text),
            Column("is_made", Boolean),
            Column("untold", BigInteger),
        ]
        self.rows = _temporary(_STAGED, [*fixed, *staged])
        self.touched = _temporary(_TOUCHED, [Column("id", Uuid), Column("is_new", Boolean)])
        self.rows.create(connection)
        self.touched.create(connection)

    def close(self) -> None:
        """Forget the rows."""
        self.rows.drop(self.connection)
        self.touched.drop(self.connection)

    def fill(self, rows: Iterable[Values]) -> None:
        """Take the rows in as they come, a few at a time."""
        raw = self.connection.connection.dbapi_connection
        assert isinstance(raw, psycopg.Connection)  # noqa: S101  the only driver there is
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in self.rows.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(_STAGED), names)
        try:
            with closing(raw.cursor()) as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.OperationalError as error:  # told as SQLAlchemy tells it elsewhere
            raise OperationalError("COPY", None, error) from None
        self.connection.exec_driver_sql(f"ANALYZE {_STAGED}")

    def count(self) -> int:
        """How many rows there are, without those refused."""
        return self.connection.execute(select(func.count()).select_from(self.rows)).scalar_one()

    def is_uneven(self) -> bool:
        """Whether some rows tell of columns of which others say nothing."""
        return bool(self.connection.scalar(select(exists().where(self.rows.c.untold != 0))))

    def touched_rows(self) -> tuple[int, int]:
        """How many rows are new, and how many others changed."""
        each = select(func.bool_or(self.touched.c.is_new).label("is_new"))
        rows = each.group_by(self.touched.c.id).subquery()
        counts = select(
            func.count().filter(rows.c.is_new), func.count().filter(~rows.c.is_new)
        ).select_from(rows)
        new, changed = self.connection.execute(counts).one()
        return new, changed

    def joined(self, column: shapes.Column, origin: str) -> tuple[FromClause, ColumnElement[bool]]:
        """The rows that a linking column may name, and when it names one."""
        link = column.link
        assert link is not None  # noqa: S101  asked of linking columns only
        other = link.table.alias()
        is_named = other.c[link.by] == self.rows.c[column.name]
        if link.by == "ref" and not link.any_origin:
            is_named = and_(is_named, other.c.origin == origin)
        return other, is_named

    def refuse(
        self, found: Select[tuple[int, str]], column: str, message: str, findings: Findings
    ) -> None:
        """Tell a problem of each line and value that is found, and drop these lines."""
        lines = found.subquery()
        count = self.connection.execute(select(func.count()).select_from(lines)).scalar_one()
        if not count:
            return
        told = select(lines).order_by(lines.c[0]).limit(findings.most)
        for line, value in self.connection.execute(told):
            findings.problem(line, column, value, message)
        findings.untold += max(0, count - findings.most)
        gone = delete(self.rows).where(self.rows.c.line.in_(select(lines.c[0])))
        self.connection.execute(gone)

    def refuse_repeated(self, findings: Findings) -> None:
        """Refuse a row whose id, or what stands for it, is that of a row before it."""
        rows = self.rows
        if not self.shape.is_unique:
            twice = select(rows).where(~rows.c.is_made).subquery()
        else:
            twice = select(rows).subquery()
        nth = func.row_number().over(partition_by=twice.c.ref, order_by=twice.c.line)
        counted = select(twice.c.line, twice.c.ref, nth.label("nth")).subquery()
        found = select(counted.c.line, counted.c.ref).where(counted.c.nth > 1)
        name = "id" if "id" in self.columns else self.shape.key[0]
        self.refuse(found, name, "is there before, on another line", findings)

    def number_alike(self) -> None:
        """Give each of the rows that are alike its number, in the order of the lines."""
        rows = self.rows
        nth = func.row_number().over(partition_by=rows.c.ref, order_by=rows.c.line)
        counted = select(rows.c.line, nth.label("nth")).where(rows.c.is_made).subquery()
        numbered = rows.c.ref.concat("#").concat(cast(counted.c.nth, Text))
        alike = update(rows).values(ref=numbered)
        self.connection.execute(alike.where(rows.c.line == counted.c.line, counted.c.nth > 1))

    def refuse_unknown(self, origin: str, findings: Findings) -> None:
        """Refuse a row that names what is not known; where that is optional, only tell it."""
        told = findings.told
        found: dict[str, ColumnElement[bool]] = {}
        for column in self.columns.values():
            if column.link is None:
                continue
            other, is_named = self.joined(column, origin)
            lost = ~exists(select(other.c.id).where(is_named).correlate(self.rows))
            found[column.name] = and_(self.rows.c[column.name].is_not(None), lost)
            self._tell_unknown(column, found[column.name], findings)
        needed = [lost for name, lost in found.items() if not _is_optional(self.columns[name])]
        if findings.told > told:
            self.connection.execute(delete(self.rows).where(or_(*needed)))

    def _tell_unknown(
        self, column: shapes.Column, lost: ColumnElement[bool], findings: Findings
    ) -> None:
        assert column.link is not None  # noqa: S101  asked of linking columns only
        lines = select(self.rows.c.line, self.rows.c[column.name]).where(lost)
        count = self.connection.execute(
            select(func.count()).select_from(lines.subquery())
        ).scalar_one()
        noun = column.link.noun
        first = lines.order_by(self.rows.c.line)
        if _is_optional(column) and count:
            line, value = self.connection.execute(first.limit(1)).one()
            message = f"names no {noun} that is known, and is left empty"
            findings.notice(message, column.name, line, value, count)
        elif count:
            message = f"is no {noun} that is known; import it first, or with this"
            for line, value in self.connection.execute(first.limit(findings.most)):
                findings.problem(line, column.name, value, message)
            findings.untold += max(0, count - findings.most)


def _temporary(name: str, columns: Sequence[Column[Any]]) -> Table:
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])


def _is_optional(column: shapes.Column) -> bool:
    return column.link is not None and column.link.is_optional
