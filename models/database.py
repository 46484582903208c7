"""The one PostgreSQL: engines, sessions, and the schema brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.pq import Format
from sqlalchemy import Connection, Engine, ExecutionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session

from models.errors import BadDatabase

_DRIVER = "postgresql+psycopg"
_OLDEST = 16
_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_411_700
"""Held while the schema changes, so that processes that start together do it once."""
PATIENCE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How libpq finds out, within a minute, that a server on another machine is gone."""
IN_BINARY = "talktrack_in_binary"
"""The option of a statement whose answer is many numbers."""
_IDLE = "idle_in_transaction_session_timeout"


def make_engine(url: str, *, connections: int = 20, idle_s: float = 600) -> Engine:
    """A pool of connections to the database at `url` (postgresql://...).

    A connection that died, as at a restart of PostgreSQL, is replaced before it is used. What a
    process locked that stops in the middle of a transaction is free again after `idle_s`.
    """
    engine = create_engine(
        with_driver(url),
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=30,
        connect_args={"connect_timeout": 10, "application_name": "talktrack", **PATIENCE},
    )

    def limit(connection: psycopg.Connection, _record: object) -> None:
        connection.execute(f"SET {_IDLE} = {round(idle_s * 1000)}".encode())
        connection.commit()

    event.listen(engine, "connect", limit)
    event.listen(engine, "before_cursor_execute", _answer_in_binary)
    return engine


def _answer_in_binary(
    _connection: Connection,
    cursor: Any,
    _statement: str,
    _parameters: object,
    context: ExecutionContext,
    _is_many: bool,
) -> None:
    """Take the answer to what is marked so as it is kept: many numbers are read sooner."""
    if context.execution_options.get(IN_BINARY):
        cursor.format = Format.BINARY


def keyed(engine: Engine, key: str) -> Engine:
    """The same connections, whose sessions know the key by which people are recognised."""
    return engine.execution_options(talktrack_key=key)


def key_of(session: Session) -> str | None:
    """The key that a session's engine was given."""
    key = session.get_bind().get_execution_options().get("talktrack_key")
    return str(key) if key is not None else None


def take_time(session: Session) -> None:
    """Let the transaction that has begun wait for files between its statements."""
    session.execute(text(f"SET LOCAL {_IDLE} = '30min'"))


def is_away(error: DBAPIError) -> bool:
    """Whether the database went away, so that the same may be done when it is back."""
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def with_driver(url: str) -> str:
    """The URL as SQLAlchemy needs it. Raises BadDatabase when it is not PostgreSQL's."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadDatabase(f"the database URL cannot be read ({error}); {_EXAMPLE}") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        kind = parsed.get_backend_name()
        raise BadDatabase(
            f"the database URL names {kind}; Talktrack keeps to PostgreSQL, {_EXAMPLE}"
        )
    return parsed.set(drivername=_DRIVER).render_as_string(hide_password=False)


def plain_url(engine: Engine) -> str:
    """The URL as PostgreSQL's own programs read it."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


_EXAMPLE = "such as postgresql://user:password@host/talktrack"


@contextmanager
def session_scope(engine: Engine) -> Iterator[Session]:
    """One transaction: committed when the block ends well, undone when it raises."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


def migrate(engine: Engine) -> None:
    """Bring the schema up to date. Raises BadDatabase when the server is too old."""
    with engine.connect() as connection:
        _check_server(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        try:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()


def releases(engine: Engine) -> tuple[str | None, str]:
    """The revision a database's schema has, None of an empty one, and the newest there is."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    with engine.connect() as connection:
        _check_server(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
        current = MigrationContext.configure(connection).get_current_revision()
    return current, str(newest)


def alembic_config() -> Config:
    """Alembic's settings; it has no file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _check_server(version: str) -> None:
    major = int(version) // 10_000
    if major < _OLDEST:
        raise BadDatabase(f"the server is PostgreSQL {major}; Talktrack needs {_OLDEST} or newer")
