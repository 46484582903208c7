"""Deals over the API: who may do what, what agrees with what, and lists without gaps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.fields import Instant, Minor
from models.database import session_scope
from models.tables import (
    Activity,
    Call,
    Deal,
    Invitation,
    Moment,
    Offer,
    PlannedMeeting,
    StageChange,
)
from tests.api.conftest import People

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE deal; --",
    "=cmd|' /C calc'!A0",
    "\u202e 💥 x",
]


def made(client: TestClient, **given: object) -> dict[str, Any]:
    answer = client.post("/deals", json={"name": "Vantage", **given})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def changed(client: TestClient, deal: dict[str, Any], **change: object) -> dict[str, Any]:
    answer = client.patch(f"/deals/{deal['id']}", json=change)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(client: TestClient, deal: dict[str, Any], **change: object) -> str:
    answer = client.patch(f"/deals/{deal['id']}", json=change)
    assert answer.status_code == 422, answer.text
    assert client.get(f"/deals/{deal['id']}").json()["updated_at"] == deal["updated_at"]
    return str(answer.json()["detail"])


def pages(client: TestClient, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = client.get(path, params={**query, **({"cursor": cursor} if cursor else {})}).json()
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def test_a_deal_is_its_reps_their_managers_and_an_admins(
    rep: TestClient,
    peer: TestClient,
    manager: TestClient,
    stranger: TestClient,
    boss: TestClient,
    admin: TestClient,
) -> None:
    deal = made(rep)
    path = f"/deals/{deal['id']}"
    absent = f"/deals/{uuid4()}"
    for client in (rep, manager, admin):
        assert client.get(path).status_code == 200
        assert [one["id"] for one in client.get("/deals").json()["items"]] == [deal["id"]]
        assert client.patch(path, json={"region": "France"}).status_code == 200
    for client in (peer, stranger, boss):
        assert client.get("/deals").json()["items"] == []
        for one in (path, absent):
            assert client.get(one).status_code == 404
            assert client.get(f"{one}/timeline").status_code == 404
            assert client.patch(one, json={"region": "France"}).status_code == 404
            assert client.delete(one).status_code == 404
    assert rep.delete(path).status_code == 204
    assert rep.get(path).status_code == 404


def test_one_sells_for_oneself_a_manager_for_the_team(
    rep: TestClient, manager: TestClient, admin: TestClient, people: People
) -> None:
    def status(client: TestClient, rep_id: object) -> int:
        given = {"name": "Vantage", "rep_id": rep_id and str(rep_id)}
        return client.post("/deals", json=given).status_code

    peer, stranger, nobody = people.peer.id, people.stranger.id, None
    assert [status(rep, one) for one in (peer, stranger, nobody, uuid4())] == [403, 403, 403, 404]
    assert [status(manager, one) for one in (peer, stranger, nobody)] == [201, 403, 403]
    assert [status(admin, one) for one in (peer, stranger, nobody)] == [201, 201, 201]
    deal = made(rep)
    assert (deal["rep_id"], deal["rep_name"]) == (str(people.rep.id), "Rita")
    path = f"/deals/{deal['id']}"
    assert rep.patch(path, json={"rep_id": str(people.peer.id)}).status_code == 403
    assert manager.patch(path, json={"rep_id": str(people.peer.id)}).status_code == 200
    assert rep.get(path).status_code == 404


def test_a_deal_stands_with_an_account_one_sees(rep: TestClient, stranger: TestClient) -> None:
    account = stranger.post("/accounts", json={"name": "Theirs"}).json()["id"]
    made(stranger, account_id=account)
    given = {"name": "Mine", "account_id": account}
    assert rep.post("/deals", json=given).status_code == 404
    assert rep.post("/deals", json={"name": "M", "referred_by_id": account}).status_code == 404
    own = rep.post("/accounts", json={"name": "Ours"}).json()["id"]
    assert made(rep, account_id=own)["account_name"] == "Ours"


def test_stages_are_noted_in_order(rep: TestClient, people: People) -> None:
    deal = made(rep, stage="qualification", opened_at="2026-03-02T09:00:00Z")
    changed(rep, deal, stage="demo", stage_entered_at="2026-03-04T09:00:00+01:00")
    changed(rep, deal, stage="demo", region="France")
    now = changed(rep, deal, stage="closed_lost")
    early = refused(rep, now, stage="x", stage_entered_at="2026-03-05T00:00:00Z")
    assert "'closed_lost' later" in early
    assert "stage" in refused(rep, now, stage=None)
    assert "stage" in refused(rep, now, stage_entered_at="2026-04-05T00:00:00Z")
    stages = rep.get(f"/deals/{deal['id']}").json()["stages"]
    assert [(one["position"], one["from_stage"], one["stage"]) for one in stages] == [
        (1, None, "qualification"),
        (2, "qualification", "demo"),
        (3, "demo", "closed_lost"),
    ]
    assert [one["entered_at"] for one in stages[:2]] == [
        "2026-03-02T09:00:00Z",
        "2026-03-04T08:00:00Z",
    ]
    assert {one["rep_id"] for one in stages} == {str(people.rep.id)}
    answer = rep.post("/deals", json={"name": "x", "stage_entered_at": "2026-03-05T00:00:00Z"})
    assert answer.status_code == 422


def test_outcome_and_closing_agree(rep: TestClient) -> None:
    before = datetime.now(UTC)
    won = made(rep, outcome="won")
    assert datetime.fromisoformat(won["closed_at"]) >= before
    told = made(rep, outcome="lost", closed_at="2026-05-01T10:00:00Z")
    assert told["closed_at"] == "2026-05-01T10:00:00Z"
    same = changed(rep, told, outcome="lost", name="renamed")
    assert same["closed_at"] == "2026-05-01T10:00:00Z"
    assert "closed at some time" in refused(rep, same, closed_at=None)
    open_again = changed(rep, same, outcome="open")
    assert open_again["closed_at"] is None
    assert "open deal has none" in refused(rep, open_again, closed_at="2026-05-01T10:00:00Z")
    moved = changed(rep, open_again, outcome="won", closed_at="2026-06-01T10:00:00Z")
    assert "before opened_at" in refused(rep, moved, opened_at="2026-06-02T10:00:00Z")
    for bad in ({"outcome": "open"}, {"outcome": "won", "opened_at": "2026-06-02T10:00:00Z"}):
        given = {"name": "x", "closed_at": "2026-06-01T10:00:00Z", **bad}
        assert rep.post("/deals", json=given).status_code == 422


def test_what_an_import_left_unknown_stays_until_it_is_told(
    rep: TestClient, engine: Engine, people: People
) -> None:
    with session_scope(engine) as session:
        deal = Deal(name="Old", rep_id=people.rep.id, outcome="lost", amount_minor=5)
        session.add(deal)
        session.flush()
        path = f"/deals/{deal.id}"
    found = rep.patch(path, json={"name": "Renamed", "outcome": "lost"}).json()
    assert (found["closed_at"], found["currency"]) == (None, None)
    assert rep.patch(path, json={"cost_minor": 3}).status_code == 422
    found = rep.patch(path, json={"currency": "JPY", "cost_minor": 3}).json()
    assert (found["amount_minor"], found["cost_minor"], found["currency"]) == (5, 3, "JPY")


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": -1},
        {"amount_minor": 2**53},
        {"amount_minor": 2**63 + 1},
        {"amount_minor": 10**400},
        {"amount_minor": 12.5},
        {"amount_minor": "12"},
        {"amount_minor": True},
        {"cost_minor": -5},
        {"currency": "eur"},
        {"currency": "EURO"},
        {"currency": "EU\n"},
        {"currency": None},
        {"opened_at": "2026-03-02T09:00:00"},
        {"opened_at": "9999-12-31T23:59:59-12:00"},
        {"opened_at": "0001-01-01T00:00:00Z"},
        {"outcome": "perhaps"},
        {"outcome": None},
        {"kind": "gift"},
        {"kind": None},
        {"name": ""},
        {"name": "   "},
        {"name": None},
        {"name": "x" * 301},
        {"name": "a\0b"},
        {"name": ["a"]},
        {"account_id": "1"},
        {"stage": "x" * 101},
        {"id": "b63aba35-dc63-4cac-aa27-61d084d50000"},
        {"origin": "crm"},
    ],
    ids=lambda change: str(change)[:40],
)
def test_what_cannot_be_kept_is_refused(rep: TestClient, change: dict[str, object]) -> None:
    deal = made(rep, amount_minor=0, currency="EUR")
    assert "Traceback" not in refused(rep, deal, **change)
    if None not in change.values():
        body = {"name": "x", "currency": "EUR", **change}
        assert rep.post("/deals", json=body).status_code == 422


@given(st.integers() | st.floats() | st.booleans() | st.text(max_size=5))
def test_money_is_whole_and_within_what_is_exact(value: object) -> None:
    is_right = type(value) is int and 0 <= value < 2**53
    try:
        assert TypeAdapter(Minor).validate_python(value) == value
        assert is_right
    except ValidationError:
        assert not is_right


@given(st.datetimes(timezones=st.timezones()))
def test_instants_are_those_that_can_be_meant(at: datetime) -> None:
    is_right = datetime(1900, 1, 1, tzinfo=UTC) <= at < datetime(2201, 1, 1, tzinfo=UTC)
    try:
        assert TypeAdapter(Instant).validate_python(at) == at
        assert is_right
    except ValidationError:
        assert not is_right


def test_half_a_sign_is_no_text(rep: TestClient) -> None:
    answer = rep.post("/deals", content=rb'{"name": "\ud800"}')
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_words(rep: TestClient, name: str) -> None:
    deal = made(rep, name=name, stage=name[:100], region=name)
    assert (deal["name"], deal["region"], deal["stage"]) == (name, name, name)
    for query in ({"name": name[1:-1]}, {"stage": name}):
        found = rep.get("/deals", params=query).json()["items"]
        assert [one["id"] for one in found] == [deal["id"]]
    assert rep.get("/deals", params={"name": "a\0"}).status_code == 422
    assert rep.get("/deals", params={"name": "%"}).json()["items"] == []


def test_pages_have_no_gaps_and_unknown_openings_come_last(
    rep: TestClient, engine: Engine, people: People
) -> None:
    with session_scope(engine) as session:
        for n in range(11):
            opened_at = None if n % 3 == 0 else START + timedelta(days=n // 4)
            session.add(Deal(name=f"{n}", rep_id=people.rep.id, opened_at=opened_at))
    whole = rep.get("/deals", params={"limit": 200}).json()["items"]
    assert len(whole) == 11
    for limit in (1, 2, 3, 5, 11):
        assert list(pages(rep, "/deals", limit=limit)) == whole
    opened = [one["opened_at"] for one in whole]
    assert opened[7:] == [None] * 4
    assert opened[:7] == sorted(opened[:7], reverse=True)


def test_lists_are_narrowed(
    admin: TestClient, people: People, rep: TestClient, stranger: TestClient
) -> None:
    account = rep.post("/accounts", json={"name": "Saffron"}).json()["id"]
    one = made(rep, account_id=account, stage="demo", opened_at="2026-03-01T00:00:00Z")
    two = made(stranger, name="Birch 100%", outcome="won", closed_at="2026-04-01T00:00:00Z")

    def found(**query: object) -> set[str]:
        answer = admin.get("/deals", params=query)  # type: ignore[arg-type]
        assert answer.status_code == 200
        return {deal["id"] for deal in answer.json()["items"]}

    first, second = {one["id"]}, {two["id"]}
    assert found(rep_id=people.rep.id) == found(team_id=people.rep.team_id) == first
    assert found(account_id=account) == found(stage=["demo", "x"]) == found(outcome="open") == first
    assert found(opened_since="2026-03-01T00:00:00Z") == first
    assert found(opened_until="2026-03-01T00:00:00Z") == set()
    assert found(closed_since="2026-04-01T00:00:00Z", closed_until="2026-04-02T00:00Z") == second
    assert found(closed_until="2026-04-01T00:00:00Z") == set()
    assert found(name="H 100%") == second
    assert found(outcome=["open", "won"]) == first | second
    assert admin.get("/deals", params={"outcome": "x"}).status_code == 422


def test_a_deal_shows_its_course_and_the_calls_one_may_see(
    rep: TestClient, manager: TestClient, engine: Engine, people: People
) -> None:
    deal = made(rep, stage="demo", opened_at="2026-03-02T09:00:00Z")
    fill(engine, people, deal["id"])
    shown = rep.get(f"/deals/{deal['id']}").json()
    assert ([one["title"] for one in shown["calls"]], shown["calls_count"]) == (["b", "a"], 2)
    theirs = manager.get(f"/deals/{deal['id']}").json()
    assert ([one["title"] for one in theirs["calls"]], theirs["calls_count"]) == (["a"], 1)
    assert [one["amount_minor"] for one in shown["offers"]] == [500]
    assert shown["invitations"] == {
        "sent": 3,
        "accepted": 1,
        "declined": 0,
        "tentative": 0,
        "unanswered": 2,
    }
    assert shown["meetings"] == {"planned": 2, "held": 1, "not_held": 0, "to_come": 1}


def test_a_deleted_deal_leaves_its_calls(rep: TestClient, engine: Engine, people: People) -> None:
    deal = made(rep, stage="demo")
    fill(engine, people, deal["id"])
    assert rep.delete(f"/deals/{deal['id']}").status_code == 204
    with Session(engine) as session:
        assert {call.deal_id for call in session.exec(select(Call))} == {None}
        for table in (StageChange, Offer, PlannedMeeting, Activity, Invitation):
            assert session.exec(select(table)).all() == []


def test_a_ref_is_there_once_and_a_request_made_twice_is_done_once(rep: TestClient) -> None:
    headers = {"idempotency-key": "k1"}
    given = {"name": "Vantage", "ref": "crm-1"}
    first = rep.post("/deals", json=given, headers=headers)
    again = rep.post("/deals", json=given, headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert rep.post("/deals", json=given).status_code == 409


def fill(engine: Engine, people: People, deal_id: str) -> None:
    """Give a deal something of everything."""
    of: dict[str, Any] = {"deal_id": deal_id}
    mine: dict[str, Any] = {**of, "rep_id": people.rep.id}

    def at(day: int) -> datetime:
        return START + timedelta(days=day)

    with session_scope(engine) as session:
        for title, day, is_private in (("a", 1, False), ("b", 2, True)):
            call = Call(title=title, started_at=at(day), is_private=is_private, **mine)
            session.add(call)
            session.flush()
            said: dict[str, Any] = {"speaker": "S1", "utterance": 3, "start_s": 90.0, "end_s": 92.0}
            for kind in ("pricing", "objection", "question"):
                session.add(Moment(call_id=call.id, kind=kind, quote=f"{kind}!", **said))
                session.flush()
        session.add(PlannedMeeting(kind="demo", scheduled_at=at(3), was_held=True, **mine))
        session.add(PlannedMeeting(kind="closing", scheduled_at=at(9), **mine))
        session.add(Offer(kind="quote", sent_at=at(4), amount_minor=500, currency="EUR", **of))
        session.add(Activity(kind="email", at=at(5), is_whole_day=True, **mine))
        for response in ("accepted", None, None):
            session.add(Invitation(sent_at=at(1), response=response, **mine))
