"""The schema is what the migrations build, and what the tables say."""

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session

from models.database import alembic_config, make_engine, migrate
from models.errors import BadDatabase
from models.tables import AuditEntry, Call, Team, User


def test_the_migrations_build_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        try:
            command.check(config)
        except CommandError as error:
            pytest.fail(str(error))


def test_every_migration_can_be_taken_back_and_done_again(engine: Engine) -> None:
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
        left = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        assert set(left) == {"alembic_version"}
    migrate(engine)


def test_migrating_twice_does_nothing(engine: Engine) -> None:
    migrate(engine)
    migrate(engine)


def test_a_role_that_nobody_has_is_refused(session: Session) -> None:
    session.add(User(email="a@b.example", name="A", role="boss"))
    with pytest.raises(IntegrityError, match="ck_user_role"):
        session.flush()


def test_an_address_is_taken_whatever_its_capitals(session: Session) -> None:
    session.add(User(email="ann@b.example", name="A"))
    session.add(User(email="Ann@B.example", name="B"))
    with pytest.raises(IntegrityError, match="uq_user_email"):
        session.flush()


def test_a_failed_call_says_why(session: Session) -> None:
    user = User(email="a@b.example", name="A")
    session.add(user)
    session.flush()
    session.add(Call(title="x", rep_id=user.id, started_at=user.created_at, state="failed"))
    with pytest.raises(IntegrityError, match="ck_call_failure"):
        session.flush()


def test_an_audit_entry_is_never_changed(session: Session) -> None:
    session.add(AuditEntry(actor="a@b.example", verb="read", noun="call"))
    session.flush()
    with pytest.raises(DatabaseError, match="only ever added"):
        session.execute(text("UPDATE audit_entry SET verb = 'none'"))


def test_a_fiscal_year_starts_in_a_month(session: Session) -> None:
    session.add(Team(name="x", fiscal_year_start=13))
    with pytest.raises(IntegrityError, match="fiscal_year_start"):
        session.flush()


@pytest.mark.parametrize("url", ["mysql://u@h/d", "sqlite:///x.db", "not a url"])
def test_another_database_is_refused_in_words(url: str) -> None:
    with pytest.raises(BadDatabase, match="database URL"):
        make_engine(url)
