"""A year of sales, imported once for all tests that only read it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.importing import ImportOptions, SalesFile, import_files
from models.tables import Team, User

SALES = Path(__file__).parents[2] / "fixtures" / "sales"
ZONES = {"EMEA": "Europe/Paris", "Americas": "America/Chicago"}
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
"""When the year of sales ends."""


@pytest.fixture(scope="session")
def sold(new_database: Callable[[], Engine]) -> Engine:
    """A database with the year of sales, teams with clocks of their own, and an admin."""
    engine = new_database()
    with Session(engine) as session:
        session.add_all(Team(name=name, time_zone=zone) for name, zone in ZONES.items())
        session.add(User(email="boss@beacon.example", name="Boss", role="admin"))
        session.flush()
        with ExitStack() as opened:
            files = [
                SalesFile(path.name, opened.enter_context(path.open("rb")))
                for path in sorted(SALES.glob("*.csv"))
            ]
            import_files(session, files, ImportOptions())
        session.commit()
    return engine


@pytest.fixture
def year(sold: Engine) -> Iterator[Session]:
    """A session on the year of sales; nothing done in it stays."""
    with Session(sold) as session:
        yield session


@pytest.fixture
def admin(year: Session) -> User:
    """Who sees everything."""
    return year.exec(select(User).where(User.role == "admin")).one()
