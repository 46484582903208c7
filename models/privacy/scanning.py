"""Every text the database keeps, looked through for a person; tables to come are found too."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from models.privacy.matching import Mentions, hint_of

NEVER = frozenset(
    {
        "alembic_version",
        "audit_entry",
        "audit_link",
        "erasure",
        "erasure_proof",
        "user",
        "team",
        "api_token",
        "user_identity",
        "user_session",
        "sign_in_failure",
    }
)
"""Of those who work here, or a trail that holds ids and cannot be changed."""
HEAVY = frozenset({"hearing", "report", "stage_result"})
"""Whole documents; what they say of a person is in the rows made of them, too."""
_TEXTS = ("text", "character varying", "json", "jsonb", "ARRAY")
_AT_ONCE = 500

_SHAPES = """
SELECT c.table_name, c.column_name, c.data_type, c.udt_name, c.character_maximum_length AS longest
FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = current_schema AND t.table_type = 'BASE TABLE'
AND c.is_generated = 'NEVER' AND c.data_type IN :kinds
ORDER BY c.table_name, c.ordinal_position
"""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column that holds text; `longest` in signs, None without a bound."""

    name: str
    kind: str
    longest: int | None = None

    @property
    def is_json(self) -> bool:
        """Whether it holds JSON."""
        return self.kind in {"json", "jsonb"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that names a person; `place` finds it again, `values` are the columns that do."""

    table: str
    place: str
    values: dict[str, Any]
    call_id: Any = None


def shapes(session: Session) -> dict[str, list[TextColumn]]:
    """The columns that can hold text, by table."""
    found: dict[str, list[TextColumn]] = {}
    asked = text(_SHAPES.replace(":kinds", str(_TEXTS)))
    for table, column, kind, inner, longest in session.execute(asked):
        if table in NEVER or (kind == "ARRAY" and inner not in {"_text", "_varchar"}):
            continue
        found.setdefault(table, []).append(TextColumn(column, kind, longest))
    return found


def scan(
    session: Session,
    mentions: Mentions,
    *,
    tables: Callable[[str], bool] = lambda _table: True,
    call_ids: Collection[Any] | None = None,
) -> Iterator[Hit]:
    """Every row that names a person, a table after the other; of some calls only, if given."""
    for table, columns in shapes(session).items():
        if tables(table):
            yield from _scan_table(session, table, columns, mentions, call_ids)


def scrub(session: Session, hit: Hit, mentions: Mentions, label: str) -> bool:
    """Put the label in the person's place in a row; False when the row may not be so."""
    columns = {one.name: one for one in shapes_of(session, hit.table)}
    changed: dict[str, Any] = {}
    for name, value in hit.values.items():
        cleaned = mentions.out_of_value(value, label)
        longest = columns[name].longest
        changed[name] = cleaned[:longest] if isinstance(cleaned, str) else cleaned
    sets = ", ".join(_set(columns[name]) for name in changed)
    at = "ctid = CAST(:place AS tid)"
    statement = text(f'UPDATE "{hit.table}" SET {sets} WHERE {at}')  # noqa: S608 (names of ours)
    given = {f"v_{name}": _given(columns[name], value) for name, value in changed.items()}
    try:
        with session.begin_nested():
            session.execute(statement, {"place": hit.place, **given})
    except IntegrityError:
        return False
    return True


def remove(session: Session, hit: Hit) -> None:
    """Delete a row."""
    at = "ctid = CAST(:place AS tid)"
    statement = text(f'DELETE FROM "{hit.table}" WHERE {at}')  # noqa: S608 (names of ours)
    session.execute(statement, {"place": hit.place})


def shapes_of(session: Session, table: str) -> list[TextColumn]:
    """The columns of one table that can hold text."""
    return shapes(session)[table]


def _scan_table(
    session: Session,
    table: str,
    columns: list[TextColumn],
    mentions: Mentions,
    call_ids: Collection[Any] | None,
) -> Iterator[Hit]:
    is_of_call = _has_call(session, table)
    if call_ids is not None and not is_of_call:
        return
    key = ("id" if table == "call" else "call_id") if is_of_call else "NULL"
    listed = ", ".join(f'"{one.name}"' for one in columns)
    where, given = _where(columns, mentions)
    if call_ids is not None:
        where, given = f"({where}) AND {key} = ANY(:calls)", {**given, "calls": list(call_ids)}
    columns_asked = f"CAST(ctid AS text), {key}, {listed}"
    statement = text(f'SELECT {columns_asked} FROM "{table}" WHERE {where}')  # noqa: S608
    for row in session.execute(statement, given).yield_per(_AT_ONCE):
        values = dict(zip((one.name for one in columns), row[2:], strict=True))
        named = {name: value for name, value in values.items() if mentions.in_value(value)}
        if named:
            yield Hit(table, row[0], named, row[1])


def _has_call(session: Session, table: str) -> bool:
    asked = text(
        "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema "
        "AND table_name = :table AND column_name = 'call_id'"
    )
    return table == "call" or session.execute(asked, {"table": table}).first() is not None


def _where(columns: list[TextColumn], mentions: Mentions) -> tuple[str, dict[str, Any]]:
    """What every row that names them fulfils; all rows where no plain letters tell them."""
    wanted = [*mentions.emails, *mentions.names, *mentions.parts]
    hints = [hint_of(one) for one in wanted]
    if not wanted:
        return "false", {}
    if any(hint is None for hint in hints):
        return "true", {}
    given = {f"h{n}": f"%{hint}%" for n, hint in enumerate(dict.fromkeys(hints))}
    told = [
        f'lower({_as_text(column)} COLLATE "C") LIKE :{name}'
        for column in columns
        for name in given
    ]
    return " OR ".join(told), given


def _as_text(column: TextColumn) -> str:
    if column.kind == "json":
        return f'CAST(CAST("{column.name}" AS jsonb) AS text)'
    return f'CAST("{column.name}" AS text)'


def _set(column: TextColumn) -> str:
    if column.is_json:
        return f'"{column.name}" = CAST(:v_{column.name} AS {column.kind})'
    return f'"{column.name}" = :v_{column.name}'


def _given(column: TextColumn, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if column.is_json else value
