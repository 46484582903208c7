"""What the first release left is there after every later one, and by way of a backup."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session, SQLModel, select

from models import tables
from models.audit_chain import check_chain, link_entries
from models.backup import back_up, restore
from models.database import alembic_config, make_engine, migrate, session_scope
from models.files import Files
from models.retention import is_on
from models.tables import Call, Comment, Deal, Recording, StageChange, User
from tests.models.first_release import FIRST, ROWS, WHEN, counts, fill, upgrade


@pytest.fixture
def old(server_url: str) -> Iterator[Engine]:
    """A database at the first release, with everything it could hold."""
    name = f"talktrack_{uuid4().hex[:12]}"
    admin = make_engine(server_url, connections=1)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        engine = make_engine(url)
        upgrade(engine, FIRST)
        fill(engine)
        yield engine
        engine.dispose()
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def check_kept(engine: Engine) -> None:
    """Every table can be read as it is now, and some of it is compared."""
    with Session(engine) as session:
        for table in vars(tables).values():
            if isinstance(table, type) and issubclass(table, SQLModel) and table is not SQLModel:
                session.exec(select(table)).all()
        assert sorted(one.role for one in session.exec(select(User))) == ["admin", "manager", "rep"]
        assert {one.title for one in session.exec(select(Call))} == {
            "Cold call",
            "Démo",
            "Renewal \N{SNOWMAN}",
        }
        assert {one.started_at for one in session.exec(select(Call))} == {WHEN}
        assert {one.text for one in session.exec(select(Comment))} == {
            "Well asked",
            "Très bien",
            "ok",
        }
        assert {one.key for one in session.exec(select(Recording))} == {"a.wav", "b.wav"}
        deals = {one.outcome: one for one in session.exec(select(Deal))}
        assert (deals["won"].amount_minor, deals["won"].currency) == (120_000, "EUR")
        # What later releases keep beside it was worked out for the rows that were there.
        assert (deals["won"].ended_at, deals["open"].ended_at) == (WHEN, None)
        won = {one.deal_id: one.deal_was_won for one in session.exec(select(StageChange))}
        assert won == {
            deals["won"].id: True,
            deals["lost"].id: False,
            deals["open"].id: None,
        }
        assert {one.consent for one in session.exec(select(Call))} == {"unknown"}
        assert not is_on(session), "nobody saw what would be deleted"
    with session_scope(engine) as session:
        link_entries(session)
    found = check_chain(engine)
    assert (found.problem, found.linked) == (None, ROWS)


def test_what_was_there_is_there_after_every_release(old: Engine) -> None:
    before = counts(old)
    assert len(before) > 45
    assert set(before.values()) == {ROWS}
    steps = [*ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]
    assert steps[0].revision == FIRST
    for step in steps[1:]:
        upgrade(old, step.revision)
        after = counts(old)
        assert {name: after[name] for name in before} == before, step.revision
    check_kept(old)


def test_a_backup_of_the_first_release_is_restored_and_brought_up_to_date(
    old: Engine, engine: Engine, tmp_path: Path
) -> None:
    files, others = Files(str(tmp_path / "files")), Files(str(tmp_path / "others"))
    before = counts(old)
    back_up(old, files, tmp_path / "old.tar")
    restore(engine, others, tmp_path / "old.tar", replace=True)
    after = counts(engine)
    assert {name: after[name] for name in before} == before
    check_kept(engine)


def test_processes_that_start_at_once_upgrade_once(old: Engine) -> None:
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(migrate, old) for _ in range(3)]:
            done.result(timeout=60)
    assert counts(old)["call"] == ROWS
