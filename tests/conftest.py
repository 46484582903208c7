"""One PostgreSQL for the whole run; a database of its own, freshly migrated, for each test."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session

from models.database import make_engine, migrate
from models.embedded import start_embedded, stop_embedded
from tests.emptying import Emptying

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
LONGEST_FIRST = (
    "tests/browser/test_first_run.py",
    "tests/e2e/test_serve.py",
    "tests/crm/test_exactly_once.py",
    "tests/faults/test_web.py",
    "tests/faults/test_workers.py",
    "tests/faults/test_database.py",
    "tests/api/test_uploads_live.py",
    "tests/api/test_schema_fuzz.py",
    "tests/e2e/test_analyze.py",
    "tests/engines/test_contracts.py",
    "tests/kpis/test_against_independent.py",
    "tests/api/test_hostile_text.py",
    "tests/browser/test_every_page.py",
    "tests/crm/tryton/test_deals.py",
)
"""Files that take half a minute or more. A process keeps a file to its end, so what is long must
not begin when the other processes are about to be done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long begins first; all else stays in order."""
    place = {name: n for n, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.location[0], len(place)))


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
        # Nothing of it outlives the run; the tests of crashes start servers of their own. Plans
        # must not hang on whether a table was looked at while it happened to be empty.
        for careless in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
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


@pytest.fixture(scope="session")
def emptying(free_databases: list[str]) -> Iterator[Emptying]:
    """What empties them."""
    emptying = Emptying()
    yield emptying
    emptying.end()


@pytest.fixture
def database_url(
    server_url: str, template: str, free_databases: list[str], emptying: Emptying
) -> Iterator[str]:
    """An empty database with the schema; emptied rather than made, which takes longer."""
    name = free_databases.pop() if free_databases else _create(server_url, template)
    url = _named(server_url, name)
    yield url
    if emptying.empty(url):
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


@pytest.fixture(scope="session")
def engine_of() -> Callable[[str], Engine]:
    """The engine of a database: one, however many tests have it, for it knows their queries."""
    return cache(partial(make_engine, connections=5))


@pytest.fixture
def engine(database_url: str, engine_of: Callable[[str], Engine]) -> Iterator[Engine]:
    """Connections to that database; who listens to them does so for one test."""
    engine = engine_of(database_url).execution_options()
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on it; what a test wants others to see it commits itself."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def _named(url: str, database: str) -> str:
    named = make_url(url).set(drivername="postgresql", database=database)
    return named.render_as_string(hide_password=False)


def _administer(url: str, statement: str) -> None:
    engine = make_engine(url, connections=1)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def _create(url: str, template: str) -> str:
    name = f"talktrack_{uuid4().hex[:12]}"
    _administer(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    return name
