"""Rows that wait become rows that are kept: new, changed, or left as they are."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from models.importing.shape import default_of
from models.importing.staging import Staging

_BY_ID = ("origin", "ref")


def save(staging: Staging, origin: str) -> None:
    """Add rows that are new and change those that differ; what no column tells stays."""
    shape, table = staging.shape, staging.shape.table
    is_by_id = shape.conflict == _BY_ID
    sources, joined = _sources(staging, origin)
    fixed: dict[str, ColumnElement[Any]] = {
        "origin": literal(origin),
        "ref": staging.rows.c.ref if is_by_id else null(),
    }
    for name in shape.conflict:
        fixed.setdefault(name, literal(default_of(table.c[name])))
    values, joined = _keep_untold(staging, fixed | sources, joined)
    values["id"] = func.gen_random_uuid()
    statement = upsert(table).from_select(
        list(values), select(*values.values()).select_from(joined)
    )
    updated = [name for name in sources if name not in shape.conflict]
    differs = or_(*(table.c[name].is_distinct_from(statement.excluded[name]) for name in updated))
    done = (
        statement.on_conflict_do_update(
            index_elements=list(shape.conflict),
            set_={name: statement.excluded[name] for name in updated},
            where=differs,
        )
        .returning(table.c.id, literal_column("xmax = 0").label("is_new"))
        .cte("done")
    )
    touch(staging, select(done.c.id, done.c.is_new))


def touch(staging: Staging, rows: Select[Any]) -> None:
    """Note the rows that were added or changed: their ids, and whether they are new."""
    staging.connection.execute(insert(staging.touched).from_select(["id", "is_new"], rows))


def _sources(staging: Staging, origin: str) -> tuple[dict[str, ColumnElement[Any]], FromClause]:
    """Where the value of each field comes from, and the rows joined to those they name."""
    joined: FromClause = staging.rows
    sources: dict[str, ColumnElement[Any]] = {}
    for column in staging.columns.values():
        if column.field in {None, "ref"}:
            continue
        if column.link is None:
            sources[str(column.field)] = staging.rows.c[column.name]
        else:
            other, is_named = staging.joined(column, origin)
            joined = joined.outerjoin(other, is_named)
            sources[str(column.field)] = other.c.id
    if staging.shape.whole_day:
        sources[staging.shape.whole_day] = staging.rows.c[staging.shape.whole_day]
    return sources, joined


def _keep_untold(
    staging: Staging, values: dict[str, ColumnElement[Any]], joined: FromClause
) -> tuple[dict[str, ColumnElement[Any]], FromClause]:
    """The values, with those that are there for what single rows tell nothing of."""
    rows, shape = staging.rows, staging.shape
    if not staging.is_uneven():
        return values, joined
    there = shape.table.alias()
    is_there = and_(*(there.c[name].is_not_distinct_from(values[name]) for name in shape.conflict))
    kept = dict(values)
    for bit, column in enumerate(staging.columns.values()):
        name = str(column.field)
        if name in values and name not in shape.conflict:
            is_untold = rows.c.untold.bitwise_and(1 << bit) != 0
            stays = func.coalesce(there.c[name], values[name])
            kept[name] = case((is_untold, stays), else_=values[name])
    return kept, joined.outerjoin(there, is_there)
