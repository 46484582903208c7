"""Coaching over HTTP: who may ask for what, goals by their version, and what cannot be asked."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.app import create_app
from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.tables import AuditEntry, Call, CallFacts, Deal, Tip, User
from models.tables.columns import now
from models.tokens import add_token
from tests.api.conftest import PREFIX, People

Sign = Callable[[User], TestClient]


def held(engine: Engine, rep: User, days_ago: float = 3, **columns: Any) -> Call:
    """A call that was understood, with a tip."""
    with session_scope(engine) as session:
        at = now() - timedelta(days=days_ago)
        call = Call(title="A call", rep_id=rep.id, state="ready", started_at=at, **columns)
        session.add(call)
        session.flush()
        facts = {"people": 2, "sellers": 1, "buyers": 1, "source": "stereo", "next_steps": 0}
        session.add(CallFacts(call_id=call.id, duration_s=600.0, language="en", **facts))
        tip = {"position": 1, "is_best": False, "rule": "r", "quote": "So", "start_s": 1.0}
        session.add(Tip(call_id=call.id, area="clarity", text="T", end_s=2.0, **tip))
        return call


@pytest.fixture
def deal(engine: Engine, people: People) -> Deal:
    with session_scope(engine) as session:
        deal = Deal(name="Rollout", rep_id=people.rep.id, opened_at=now() - timedelta(days=60))
        session.add(deal)
        return deal


@pytest.fixture
def goal(manager: TestClient, people: People) -> dict[str, Any]:
    given = {"text": "Ask who decides", "metric": "talk_ratio", "aim": 0.5}
    made = manager.post(f"/reps/{people.rep.id}/goals", json=given)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"v1"'
    told: dict[str, Any] = made.json()
    return told


def test_the_rep_their_manager_and_an_admin_read_the_same_report(
    rep: TestClient, manager: TestClient, admin: TestClient, engine: Engine, people: People
) -> None:
    for day in (1, 2):
        held(engine, people.rep, day)
    path = f"/reps/{people.rep.id}/coaching"
    until = {"until": (now() - timedelta(minutes=1)).isoformat()}
    told = [client.get(path, params=until).json() for client in (rep, manager, admin)]
    told.append(rep.get("/my/coaching", params=until).json())
    for one in told:
        assert one.pop("made_at")
    assert told[0]["heard"]["calls"] == 2
    assert told[0]["headline"]["work_on"][0]["area"] == "clarity"
    quote = told[0]["areas"][0]["quotes"][0]["replay"]
    assert (quote["start_s"], quote["end_s"], quote["quote"]) == (1.0, 2.0, "So")
    assert told[0] == told[1] == told[2] == told[3]


def test_of_no_team_days_are_those_of_the_settings(
    settings: Settings, engine: Engine, files: Files, people: People
) -> None:
    with session_scope(engine) as session:
        lone = User(email="lone@seller.example", name="Lone", role="rep")
        session.add(lone)
    headers = {}
    with Session(engine) as session:
        for one in (lone, people.admin):
            headers[one.id] = {"authorization": f"Bearer {add_token(session, one, 't').secret}"}
        session.commit()
    own, theirs = headers[lone.id], headers[people.admin.id]
    agreed = []
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        app = create_app(settings.model_copy(update={"time_zone": zone}), engine, files)
        with TestClient(app, base_url=f"http://127.0.0.1{PREFIX}") as client:
            told = client.get("my/coaching", headers=own).raise_for_status().json()
            assert told["zone"] == zone
            given = {"text": "Listen"}
            goal = client.post(f"reps/{lone.id}/goals", json=given, headers=theirs)
            agreed.append(date.fromisoformat(goal.raise_for_status().json()["agreed_on"]))
    assert agreed[0] > agreed[1]  # it is a day later there, at any hour


def test_a_private_call_is_in_its_reps_own_report_alone(
    rep: TestClient, manager: TestClient, engine: Engine, people: People
) -> None:
    held(engine, people.rep, is_private=True)
    assert rep.get("/my/coaching").json()["heard"]["private_calls"] == 1
    theirs = manager.get(f"/reps/{people.rep.id}/coaching").json()
    assert theirs["heard"] == {"calls": 0, "minutes": 0.0, "private_calls": 0, "calls_before": 0}
    assert theirs["areas"] == []
    (member,) = (
        one
        for one in manager.get("/team/coaching").json()["members"]
        if one["rep_id"] == str(people.rep.id)
    )
    assert member["calls"] == 0


def test_nobody_else_reads_it(
    peer: TestClient, stranger: TestClient, boss: TestClient, people: People
) -> None:
    for client in (peer, stranger, boss):
        told = client.get(f"/reps/{people.rep.id}/coaching")
        absent = client.get(f"/reps/{uuid4()}/coaching")
        assert (told.status_code, absent.status_code) == (404, 404)


def test_a_team_is_for_who_coaches_it(
    rep: TestClient, manager: TestClient, boss: TestClient, admin: TestClient, people: People
) -> None:
    assert rep.get("/team/coaching").status_code == 403

    def names(client: TestClient, **params: Any) -> list[str]:
        members = client.get("/team/coaching", params=params).raise_for_status().json()["members"]
        return [one["name"] for one in members]

    assert names(manager) == ["Paul", "Rita"]
    assert names(boss) == ["Sam"]
    assert names(boss, team_id=people.rep.team_id) == []
    assert names(admin) == ["Paul", "Rita", "Sam"]
    assert names(admin, team_id=people.stranger.team_id) == ["Sam"]
    first = admin.get("/team/coaching", params={"limit": 2}).json()
    assert [one["name"] for one in first["members"]] == ["Paul", "Rita"]
    assert names(admin, limit=2, cursor=first["next"]) == ["Sam"]


@pytest.mark.parametrize(
    "params",
    [
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"since": "2300-01-01T00:00:00Z"},
        {"since": "2026-05-02T00:00:00Z", "until": "2026-05-01T00:00:00Z"},
        {"since": "1999-01-01T00:00:00Z"},
        {"by": "hour"},
    ],
)
def test_a_period_that_cannot_be_is_refused(rep: TestClient, params: dict[str, str]) -> None:
    assert rep.get("/my/coaching", params=params).status_code == 422


def test_the_rep_notes_a_goal_and_the_manager_closes_it(
    rep: TestClient, manager: TestClient, goal: dict[str, Any], engine: Engine
) -> None:
    path = f"/goals/{goal['id']}"
    note = rep.post(f"{path}/notes", json={"text": "Harder than I thought"})
    assert (note.status_code, note.json()["author_name"]) == (201, "Rita")
    changed = manager.patch(path, json={"aim": None}, headers={"if-match": '"v1"'})
    assert (changed.json()["aim"], changed.json()["version"]) == (None, 2)
    stale = manager.post(f"{path}/close", json={"state": "reached"}, headers={"if-match": '"v1"'})
    assert stale.status_code == 412
    assert "goal" in stale.json()["detail"]
    closed = manager.post(
        f"{path}/close",
        json={"state": "reached"},
        headers={"if-match": changed.headers["etag"]},
    )
    assert (closed.json()["state"], closed.headers["etag"]) == ("reached", '"v3"')
    assert manager.post(f"{path}/close", json={"state": "dropped"}).status_code == 409
    assert manager.post(f"{path}/reopen").json()["state"] == "open"
    read = rep.get(path)
    assert [one["text"] for one in read.json()["notes"]] == ["Harder than I thought"]
    assert rep.get(path, headers={"if-none-match": read.headers["etag"]}).status_code == 304
    assert rep.delete(f"{path}/notes/{note.json()['id']}").status_code == 204
    assert manager.delete(path).status_code == 204
    assert rep.get(path).status_code == 404
    with Session(engine) as session:
        told = session.exec(select(AuditEntry.verb).where(AuditEntry.noun == "goals")).all()
    verbs = ["agree_goal", "note_goal", "alter_goal", "close_goal", "reopen_goal"]
    assert sorted(told) == sorted([*verbs, "delete_note", "delete_goal"])


def test_a_rep_agrees_changes_closes_and_deletes_no_goal(
    rep: TestClient, goal: dict[str, Any], people: People
) -> None:
    path = f"/goals/{goal['id']}"
    told = [
        rep.post(f"/reps/{people.rep.id}/goals", json={"text": "My own"}),
        rep.patch(path, json={"text": "Less"}),
        rep.post(f"{path}/close", json={"state": "reached"}),
        rep.post(f"{path}/reopen"),
        rep.delete(path),
    ]
    assert [one.status_code for one in told] == [403] * 5
    assert [one["id"] for one in rep.get("/goals").json()["items"]] == [goal["id"]]


def test_who_does_not_coach_the_rep_finds_no_goal(
    peer: TestClient,
    stranger: TestClient,
    boss: TestClient,
    manager: TestClient,
    goal: dict[str, Any],
    people: People,
) -> None:
    path = f"/goals/{goal['id']}"
    note = manager.post(f"{path}/notes", json={"text": "x"}).json()["id"]
    for client in (peer, stranger, boss):
        told = [
            client.get(path),
            client.patch(path, json={"text": "x"}),
            client.post(f"{path}/close", json={"state": "reached"}),
            client.post(f"{path}/reopen"),
            client.post(f"{path}/notes", json={"text": "x"}),
            client.delete(f"{path}/notes/{note}"),
            client.delete(path),
            client.post(f"/reps/{people.rep.id}/goals", json={"text": "x"}),
        ]
        assert [one.status_code for one in told] == [404] * 8
        assert client.get("/goals", params={"rep_id": str(people.rep.id)}).json()["items"] == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"text": ""},
        {"text": "   "},
        {"text": "x" * 2001},
        {"text": "a\x00b"},
        {"text": 3},
        {"text": "x", "metric": "charm"},
        {"text": "x", "aim": 0.5},
        {"text": "x", "metric": "talk_ratio", "aim": -1},
        {"text": "x", "metric": "talk_ratio", "aim": 1e300},
        {"text": "x", "agreed_on": "0001-01-01"},
        {"text": "x", "review_on": "9999-12-31"},
        {"text": "x", "agreed_on": "2026-05-02", "review_on": "2026-05-01"},
        {"text": "x", "state": "reached"},
    ],
)
def test_a_goal_that_cannot_be_is_refused(
    manager: TestClient, people: People, given: dict[str, Any]
) -> None:
    assert manager.post(f"/reps/{people.rep.id}/goals", json=given).status_code == 422


def test_a_goal_agreed_twice_by_one_request_is_one(manager: TestClient, people: People) -> None:
    path, key = f"/reps/{people.rep.id}/goals", {"idempotency-key": uuid4().hex}
    made = [manager.post(path, json={"text": "Once"}, headers=key).json()["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert len(manager.get("/goals").json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/goals", {"state": "lost"}),
        ("/goals", {"limit": 0}),
        ("/goals", {"cursor": "nowhere"}),
        ("/deals/risks", {"risk": "weather"}),
        ("/deals/risks", {"silent_days": 0}),
        ("/deals/risks", {"cursor": "nowhere"}),
        ("/team/coaching", {"team_id": "ours"}),
        ("/team/coaching", {"cursor": "nowhere"}),
        ("/reps/me/coaching", {}),
    ],
)
def test_what_cannot_be_asked_is_refused(
    manager: TestClient, path: str, params: dict[str, Any]
) -> None:
    assert manager.get(path, params=params).status_code == 422


def test_the_risks_of_a_deal_are_for_who_sees_it(
    rep: TestClient,
    peer: TestClient,
    boss: TestClient,
    manager: TestClient,
    engine: Engine,
    people: People,
    deal: Deal,
) -> None:
    call = held(engine, people.rep, deal_id=deal.id)
    path = f"/deals/{deal.id}/risks"
    for client in (rep, manager):
        told = client.get(path).json()["risks"]
        assert [one["kind"] for one in told] == ["no_next_step", "single_contact"]
        seen = told[0]["evidence"][0]
        assert (seen["call_id"], seen["start_s"], seen["end_s"]) == (str(call.id), 540.0, 600.0)
    for client in (peer, boss):
        assert client.get(path).status_code == 404
        assert client.get("/deals/risks").json()["items"] == []
    assert rep.get(path, params={"silent_days": 2}).json()["risks"][1]["kind"] == "silent"


def test_deals_are_listed_by_their_risks(
    manager: TestClient, engine: Engine, people: People, deal: Deal
) -> None:
    assert deal.name == "Rollout"
    (listed,) = manager.get("/deals/risks", params={"risk": ["silent", "price_objection"]}).json()[
        "items"
    ]
    assert (listed["deal"]["name"], listed["deal"]["rep_name"]) == ("Rollout", "Rita")
    assert [one["kind"] for one in listed["risks"]] == ["silent"]
    held(engine, people.rep, deal_id=deal.id)
    assert manager.get("/deals/risks", params={"risk": "silent"}).json()["items"] == []
    assert len(manager.get("/deals/risks").json()["items"]) == 1


@pytest.mark.parametrize(
    ("form", "begins"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-"), ("json", b"{")]
)
def test_the_report_is_had_as_a_file_by_those_who_may_read_it(
    rep: TestClient,
    manager: TestClient,
    stranger: TestClient,
    engine: Engine,
    people: People,
    form: str,
    begins: bytes,
) -> None:
    held(engine, people.rep)
    path = f"/reps/{people.rep.id}/coaching/file"
    for client in (rep, manager):
        got = client.get(path, params={"format": form, "language": "fr"}).raise_for_status()
        assert got.content.lower().startswith(begins.lower())
        assert f'filename="coaching.{form}"' in got.headers["content-disposition"]
        assert got.headers["cache-control"] == "private, no-store"
    assert stranger.get(path, params={"format": form}).status_code == 404
    assert rep.get(path, params={"format": "exe"}).status_code == 422
