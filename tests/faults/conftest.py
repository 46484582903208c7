"""One Talktrack on the run's PostgreSQL for the faults that are not the database's."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine

from models.database import plain_url
from tests.faults.running import Place, Web, let_in, new_place


@pytest.fixture(scope="session")
def shared_engine(new_database: Callable[[], Engine]) -> Engine:
    """A database that tests share."""
    return new_database()


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder that other users may reach, as an embedded server's must be."""
    with TemporaryDirectory(prefix="talktrack-faults-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def shared_place(shared_engine: Engine) -> Iterator[Place]:
    with TemporaryDirectory(prefix="talktrack-faults-", ignore_cleanup_errors=True) as folder:
        place = new_place(Path(folder), plain_url(shared_engine))
        place.token = let_in(shared_engine)
        yield place
        place.end_workers()


@pytest.fixture(scope="session")
def shared_web(shared_place: Place) -> Iterator[Web]:
    """A web process that no test ends."""
    with shared_place.web() as web:
        yield web


@pytest.fixture
def place(shared_place: Place) -> Iterator[Place]:
    """The shared Talktrack, with fast engines at first."""
    shared_place.pace()
    shared_place.forget_said()
    yield shared_place
    shared_place.pace()
