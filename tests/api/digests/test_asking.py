"""Digests: who asks for one, when it is due, and how it ends."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from api.signing import sign_link
from api.worker import make_queue_app
from api.workshop import Workshop
from models import digests
from models.database import session_scope
from models.files import Files
from models.tables import Digest, Team, User
from tests.api.conftest import PREFIX, People
from tests.api.digests.conftest import (
    DIALLED,
    MONDAY,
    Asking,
    digest_of,
    rounds,
    text_of,
)
from tests.api.post_office import PostOffice
from tests.api.working import workshop_of


def test_nobody_asks_where_no_mail_is_sent(
    settings: Settings, engine: Engine, files: Files, people: People, rep: TestClient
) -> None:
    rep.app.state.settings = settings.model_copy(update={"smtp_url": None})  # type: ignore[attr-defined]
    refused = rep.put("/me/digest", json={"every": "week"})
    assert refused.status_code == 409
    assert "TALKTRACK_SMTP_URL" in refused.json()["detail"]
    told = rep.get("/me/digest").json()
    assert (told["every"], told["is_available"]) == (None, False)


@pytest.mark.parametrize("missing", ["smtp_url", "mail_from", "public_url"])
def test_without_the_settings_nothing_is_dialled(
    missing: str, workshop: Workshop, engine: Engine, files: Files, people: People, asked: Asking
) -> None:
    asked(people.rep)
    off = workshop_of(workshop.settings.model_copy(update={missing: None}), engine, files)
    DIALLED.clear()
    assert rounds(off) == 0
    assert DIALLED == []
    assert rounds(workshop) == 1
    assert len(DIALLED) == 1


@pytest.mark.parametrize("is_on", [True, False])
def test_rounds_are_made_where_mail_is_sent(
    is_on: bool, workshop: Workshop, engine: Engine, files: Files
) -> None:
    if not is_on:
        misspelt = {"smtp_url": SecretStr("smtp://user:sekret@mail.example")}
        workshop = workshop_of(workshop.settings.model_copy(update=misspelt), engine, files)
    app = make_queue_app(workshop)
    made = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    assert ("send_digests" in made) is is_on
    asyncio.run(app.tasks["send_digests"].func(timestamp=0))


def test_asking_changing_and_stopping(rep: TestClient, people: People) -> None:
    made = rep.put("/me/digest", json={"every": "week"}).json()
    assert made["every"] == "week"
    assert made["email"] == "rita@beacon.example"
    assert date.fromisoformat(made["next_on"]).weekday() == 0
    assert date.fromisoformat(made["next_on"]) > datetime.now(UTC).date() - timedelta(days=1)
    assert rep.get("/me/digest").json() == made
    assert (
        date.fromisoformat(rep.put("/me/digest", json={"every": "month"}).json()["next_on"]).day
        == 1
    )
    assert rep.put("/me/digest", json={"every": "day"}).status_code == 422
    assert rep.delete("/me/digest").status_code == 204
    assert rep.delete("/me/digest").status_code == 204
    assert rep.get("/me/digest").json()["every"] is None


def test_who_asks_anew_is_not_told_of_the_past(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep, at=MONDAY + timedelta(days=14))
    assert rounds(workshop) == 0
    assert rounds(workshop, MONDAY + timedelta(days=7)) == 1
    assert [to for to, _message in office.received] == ["rita@beacon.example"]


@pytest.mark.parametrize(
    ("own", "team", "default", "at", "is_due"),
    [
        (None, "UTC", "UTC", "2026-11-23T04:59+00:00", False),
        (None, "UTC", "UTC", "2026-11-23T05:00+00:00", True),
        ("Asia/Tokyo", "UTC", "UTC", "2026-11-22T20:00+00:00", True),
        ("America/New_York", "UTC", "UTC", "2026-11-23T09:59+00:00", False),
        (None, "America/New_York", "Asia/Tokyo", "2026-11-23T09:59+00:00", False),
        (None, "America/New_York", "Asia/Tokyo", "2026-11-23T10:00+00:00", True),
        ("Nowhere/Atall", "Asia/Tokyo", "UTC", "2026-11-22T20:00+00:00", True),
        (None, "UTC", "UTC", "2026-11-26T04:59+00:00", True),
        (None, "UTC", "UTC", "2026-11-26T05:00+00:00", False),
        ("Pacific/Auckland", "UTC", "UTC", "2026-11-22T16:00+00:00", True),
    ],
)
def test_it_is_due_in_the_morning_where_the_user_is(
    own: str | None,
    team: str,
    default: str,
    at: str,
    is_due: bool,
    engine: Engine,
    people: People,
    asked: Asking,
) -> None:
    with session_scope(engine) as session:
        user = session.get_one(User, people.rep.id)
        user.time_zone = own
        session.get_one(Team, user.team_id).time_zone = team
    asked(people.rep)
    with Session(engine) as session:
        found = digests.due_digests(session, datetime.fromisoformat(at), default)
    assert [one.last_on for one in found] == [date(2026, 11, 22)] * is_due


def test_one_click_in_the_mail_ends_it(
    workshop: Workshop,
    engine: Engine,
    office: PostOffice,
    people: People,
    asked: Asking,
    app_client: TestClient,
) -> None:
    asked(people.rep, people.peer)
    rounds(workshop)
    mails = dict(office.received)
    link = mails["rita@beacon.example"]["List-Unsubscribe"].strip("<>")
    path = link.removeprefix(f"https://talktrack.beacon.example{PREFIX}")
    seen = app_client.get(path)
    assert seen.status_code == 200
    assert "Stop them" in seen.text
    assert digest_of(engine, people.rep).every == "week"
    body = {"List-Unsubscribe": "One-Click"}
    for _again in range(2):
        done = app_client.post(path, data=body)
        assert done.status_code == 200
        assert "no more" in done.text
    with Session(engine) as session:
        left = session.exec(select(Digest.user_id)).all()
    assert left == [people.peer.id]
    assert link in text_of(mails["rita@beacon.example"])


@pytest.mark.parametrize("token", ["x", "ImFiYyI.abc", "\x00", "é" * 400])
def test_a_forged_link_ends_nothing(app_client: TestClient, token: str) -> None:
    for method in ("GET", "POST"):
        answer = app_client.request(method, "/digests/stop", params={"token": token})
        assert answer.status_code == 404


def test_a_link_to_something_else_ends_nothing(
    settings: Settings, app_client: TestClient, people: People, engine: Engine, asked: Asking
) -> None:
    asked(people.rep)
    signed = sign_link(settings.signing_key(), people.rep.id.hex)
    assert app_client.post("/digests/stop", params={"token": signed}).status_code == 404
    assert digest_of(engine, people.rep).user_id == UUID(str(people.rep.id))
