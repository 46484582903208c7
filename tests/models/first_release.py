"""A database as the first release left it, every table of it filled, without knowing later ones."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from alembic import command
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    func,
    inspect,
    select,
    text,
    types,
)
from sqlalchemy.dialects.postgresql import ARRAY

from models.database import alembic_config

FIRST, SEED = "0001", UUID("00000000-0000-4000-8000-000000000001")
WHEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROWS = 3
"""How many of each table."""
_OWN: dict[tuple[str, str], Any] = {
    ("user", "role"): ("rep", "manager", "admin"),
    ("user", "email"): ("rita@beacon.example", "mona@beacon.example", "ada@beacon.example"),
    ("deal", "outcome"): ("won", "lost", "open"),
    ("deal", "closed_at"): (WHEN, WHEN, None),
    ("deal", "currency"): "EUR",
    ("deal", "amount_minor"): (120_000, 5_000, None),
    ("stage_change", "stage"): ("Demo", "Offer", "Demo"),
    ("call", "state"): "ready",
    ("call", "title"): ("Cold call", "Démo", "Renewal \N{SNOWMAN}"),
    ("call", "known"): {"participants": [{"name": "Jim", "email": "jim@vantage.example"}]},
    ("comment", "text"): ("Well asked", "Très bien", "ok"),
    ("clip", "end_s"): 5.0,
    ("fx_rate", "currency"): ("USD", "GBP", "CHF"),
    ("figure", "value"): 2.0,
    ("moment", "end_s"): 5.0,
    ("utterance", "end_s"): 5.0,
    ("passage", "end_s"): 5.0,
    ("passage", "vector"): [1.0] + [0.0] * 383,
    ("passage", "last_utterance"): 9,
    ("recording", "sha256"): ("a" * 64, "b" * 64, "a" * 64),
    ("recording", "key"): ("a.wav", "b.wav", "a.wav"),
    ("custom_kpi", "slug"): ("one", "two", "three"),
    ("upload", "size"): 10,
}
_ANYWHERE = {"currency": "EUR", "language": "en", "time_zone": "UTC"}
_PLAIN: tuple[tuple[type[types.TypeEngine[Any]], Any], ...] = (
    (types.Boolean, False),
    (types.Float, 1.0),
    (types.Numeric, 1),
    (types.Integer, 1),
    (types.DateTime, WHEN),
    (types.Date, date(2026, 3, 1)),
    (types.LargeBinary, b"x"),
    (types.JSON, {}),
    (ARRAY, []),
)


def upgrade(engine: Engine, revision: str) -> None:
    """Bring a database to a revision."""
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def fill(engine: Engine) -> dict[str, int]:
    """Put rows into every table there is; returns how many each has."""
    with engine.begin() as connection:
        found = MetaData()
        found.reflect(connection)
        for table in found.sorted_tables:
            if not table.name.startswith(("procrastinate", "alembic")):
                _fill_table(connection, table)
    return counts(engine)


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {
            name: connection.execute(
                select(func.count()).select_from(text(f'"{name}"'))
            ).scalar_one()
            for name in names
            if not name.startswith(("procrastinate", "alembic"))
        }


def _fill_table(connection: Connection, table: Table) -> None:
    words = _words_of(connection, table.name)
    for number in range(ROWS):
        row = {
            column.name: _value(table, column, number, words)
            for column in table.columns
            if column.computed is None and column.identity is None
        }
        kept = {name: one for name, one in row.items() if one is not None}
        connection.execute(table.insert().values(**kept))


def _value(table: Table, column: Column[Any], number: int, words: dict[str, str]) -> Any:
    key = next(iter(column.foreign_keys), None)
    if (table.name, column.name) in _OWN:
        own = _OWN[table.name, column.name]
        found = own[number] if isinstance(own, tuple) else own
    elif key is not None:
        found = _id(key.column.table.name, number) if key.column.table is not table else None
    elif column.primary_key and isinstance(column.type, types.Uuid):
        found = _id(table.name, number)
    elif column.name in words:
        found = words[column.name]
    elif column.nullable or column.server_default is not None:
        found = None
    else:
        found = _ANYWHERE.get(column.name) or _plain(column, number)
    return found


def _plain(column: Column[Any], number: int) -> Any:
    plain = next((value for kind, value in _PLAIN if isinstance(column.type, kind)), None)
    if plain is None:
        return f"{column.name} {number}"[: getattr(column.type, "length", None)]
    return number + 1 if isinstance(plain, int) and not isinstance(plain, bool) else plain


def _words_of(connection: Connection, table: str) -> dict[str, str]:
    """The first word that each column which takes only certain ones does take."""
    found = {}
    for check in inspect(connection).get_check_constraints(table):
        told = re.match(r"\(?\(?(\w+)\)?::text = ANY \(+ARRAY\['(\w+)'", check["sqltext"])
        if told:
            found[told[1]] = told[2]
    return found


def _id(table: str, number: int) -> UUID:
    return uuid5(SEED, json.dumps([table, number]))
