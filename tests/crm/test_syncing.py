"""Deals back from a CRM on loopback: what changed, resumed where it stopped, and what is gone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from api.settings import Settings
from api.syncing import mind, sync
from api.workshop import Workshop
from models.crm.turns import turn_of
from models.database import session_scope
from models.files import Files
from models.tables import CrmConnection, Deal
from models.tables.columns import now
from tests.api.working import work, workshop_of
from tests.crm.standing import Standing, connected, standing
from tests.models.market import person


@pytest.fixture
def hubspot(tmp_path: Any) -> Iterator[Standing]:
    with standing(Settings(data_folder=tmp_path)) as found:
        yield found


@pytest.fixture
def workshop(hubspot: Standing, engine: Engine, tmp_path: Any) -> Workshop:
    return workshop_of(hubspot.settings, engine, Files(str(tmp_path / "files")))


@pytest.fixture
def crm(hubspot: Standing, workshop: Workshop) -> UUID:
    with session_scope(workshop.engine) as session:
        admin = person(session, "noor", "admin")
        session.expunge(admin)
    return connected(workshop.engine, hubspot.settings, admin, hubspot.url)


def deals(workshop: Workshop) -> dict[str, Deal]:
    with Session(workshop.engine) as session:
        return {one.name: one for one in session.exec(select(Deal))}


def connection(workshop: Workshop, crm: UUID) -> CrmConnection:
    with Session(workshop.engine) as session:
        return session.get_one(CrmConnection, crm)


def test_the_first_round_copies_all_and_the_next_what_changed(
    hubspot: Standing, workshop: Workshop, crm: UUID
) -> None:
    ids = [hubspot.fake.add_deal(f"Deal {n}", company="Harbor") for n in range(3)]
    first = sync(workshop, crm)
    assert first is not None
    assert (first.deals, first.new) == (3, 3)
    assert (connection(workshop, crm).state, connection(workshop, crm).sync_error) == (
        "ready",
        None,
    )
    hubspot.fake.close_deal(ids[1], "won")
    second = sync(workshop, crm)
    assert second is not None
    assert (second.new, second.changed) == (0, 1)
    assert deals(workshop)["Deal 1"].outcome == "won"


def test_a_round_that_is_stopped_goes_on_where_it_was(
    hubspot: Standing, workshop: Workshop, crm: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.crm.hubspot_changes._PAGE", 2)
    for n in range(5):
        hubspot.fake.add_deal(f"Deal {n}", at=now() - timedelta(days=9 - n))
    pages = iter([False, True])
    sync(workshop, crm, should_stop=lambda: next(pages))
    assert len(deals(workshop)) == 2
    assert connection(workshop, crm).sync_cursor is not None
    sync(workshop, crm)
    assert len(deals(workshop)) == 5
    assert connection(workshop, crm).sync_cursor is None


def test_a_round_after_trouble_loses_nothing_and_says_what_it_was(
    hubspot: Standing, workshop: Workshop, crm: UUID
) -> None:
    hubspot.fake.add_deal("Deal")
    hubspot.fake.revoke()
    assert sync(workshop, crm) is None
    found = connection(workshop, crm)
    assert found.state == "needs_login"
    assert found.sync_error
    assert "pat-first-token" not in found.sync_error
    assert sync(workshop, crm) is None  # and it is not asked again
    assert deals(workshop) == {}


def test_a_spent_budget_parks_the_connection(
    hubspot: Standing, workshop: Workshop, crm: UUID
) -> None:
    hubspot.fake.faults.next("daily_limit")
    assert sync(workshop, crm) is None
    until = connection(workshop, crm).parked_until
    assert until is not None
    assert until > now()
    asked = len(hubspot.fake.calls)
    assert sync(workshop, crm) is None
    assert len(hubspot.fake.calls) == asked


def test_what_the_crm_has_no_more_goes_once_a_day(
    hubspot: Standing, workshop: Workshop, crm: UUID
) -> None:
    gone = hubspot.fake.add_deal("Gone")
    hubspot.fake.add_deal("There")
    sync(workshop, crm)
    hubspot.fake.delete_deal(gone)
    sync(workshop, crm)
    assert set(deals(workshop)) == {"Gone", "There"}  # it was asked for all a moment ago
    with session_scope(workshop.engine) as session:
        session.execute(update(CrmConnection).values(sync_counts={}))
    told = sync(workshop, crm)
    assert told is not None
    assert told.gone == 1
    assert set(deals(workshop)) == {"There"}


def test_one_round_at_a_time(hubspot: Standing, workshop: Workshop, crm: UUID) -> None:
    hubspot.fake.add_deal("Deal")
    with turn_of(workshop.engine, crm, "sync") as is_mine:
        assert is_mine
        assert sync(workshop, crm) is None
    assert sync(workshop, crm) is not None


def test_rounds_come_by_themselves_when_they_are_due(
    hubspot: Standing, workshop: Workshop, crm: UUID
) -> None:
    hubspot.fake.add_deal("Deal")
    workshop.keep(mind)
    work(workshop)
    assert set(deals(workshop)) == {"Deal"}
    hubspot.fake.add_deal("Another")
    workshop.keep(mind)
    work(workshop)
    assert set(deals(workshop)) == {"Deal"}
    with session_scope(workshop.engine) as session:
        long_ago = now() - timedelta(hours=1)
        session.execute(update(CrmConnection).values(synced_at=long_ago))
    workshop.keep(mind)
    work(workshop)
    assert set(deals(workshop)) == {"Deal", "Another"}


def test_a_connection_that_is_off_is_left_alone(
    hubspot: Standing, workshop: Workshop, crm: UUID
) -> None:
    with session_scope(workshop.engine) as session:
        session.execute(
            update(CrmConnection).where(col(CrmConnection.id) == crm).values(state="off")
        )
    assert sync(workshop, crm) is None
    assert hubspot.fake.calls == []
