"""One PostgreSQL for the whole run; a database of its own, freshly migrated, for each test."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.database import make_engine, migrate
from models.embedded import start_embedded, stop_embedded

_TEMPLATE = "talktrack_template"
# A busy machine is no failure, and what CI finds must be found again.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")
# Started in the background, a run has Ctrl-C ignored, and so would the programs it interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The server the tests use: TALKTRACK_TEST_DATABASE_URL, else an embedded one.

    Not in pytest's own folder: each run shuts that to all users but its own, the server's too.
    """
    outside = os.environ.get("TALKTRACK_TEST_DATABASE_URL")  # noqa: TID251
    if outside:
        yield outside
        return
    with TemporaryDirectory(prefix="talktrack-tests-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "pg"
        url = start_embedded(folder)
        # Nothing of it outlives the run; the tests of crashes start servers of their own.
        for careless in ("fsync", "full_page_writes", "synchronous_commit"):
            _administer(url, f"ALTER SYSTEM SET {careless} = off")
        _administer(url, "SELECT pg_reload_conf()")
        yield url
        stop_embedded(folder)


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a database with the schema as the migrations build it."""
    name = f"{_TEMPLATE}_{uuid4().hex[:8]}"
    _administer(server_url, f"CREATE DATABASE {name}")
    engine = make_engine(_named(server_url, name))
    migrate(engine)
    engine.dispose()
    yield name
    _administer(server_url, f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def free_databases(server_url: str, template: str) -> Iterator[list[str]]:
    """Databases that a test has done with, empty again."""
    free: list[str] = []
    yield free
    for name in free:
        _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(server_url: str, template: str, free_databases: list[str]) -> Iterator[str]:
    """An empty database with the schema; emptied rather than made, which takes longer."""
    name = free_databases.pop() if free_databases else _create(server_url, template)
    url = _named(server_url, name)
    yield url
    if _emptied(url):
        free_databases.append(name)
    else:
        _administer(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def new_database(server_url: str, template: str) -> Iterator[Callable[[], Engine]]:
    """Makes databases that tests share."""
    made: list[Engine] = []

    def make() -> Engine:
        name = _create(server_url, template)
        made.append(make_engine(_named(server_url, name), connections=5))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
        _administer(server_url, f"DROP DATABASE {engine.url.database} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Connections to that database."""
    engine = make_engine(database_url, connections=5)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on it; what a test wants others to see it commits itself."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _administer(url: str, statement: str) -> None:
    engine = make_engine(url, connections=1)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def _create(url: str, template: str) -> str:
    name = f"talktrack_{uuid4().hex[:12]}"
    _administer(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _emptied(url: str) -> bool:
    """Empty every table that holds anything; False when the schema is not as it was."""
    engine = make_engine(url, connections=1)
    try:
        with engine.begin() as connection:
            connection.execute(text(_EMPTY))
    except DBAPIError:
        return False
    finally:
        engine.dispose()
    return True


_EMPTY = """
DO $$
DECLARE one record; is_used boolean;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', one.tablename) INTO is_used;
        IF is_used THEN
            EXECUTE format('DELETE FROM %I', one.tablename);
        END IF;
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
    END LOOP;
    PERFORM 1 FROM call;  -- raises when the schema is gone
END $$;
"""
