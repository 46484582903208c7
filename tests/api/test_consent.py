"""What people agreed to rules what is done with a call, whichever way it comes."""

import json
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from api.settings import Settings
from models.consent import handling_of
from models.errors import BadDatabase
from models.files import Files
from models.tables import AuditEntry, Call, CallFacts, Moment, Recording, Report, Tip, Utterance
from tests.api.byte_by_byte import Search
from tests.api.conftest import People
from tests.api.working import sound, work, workshop_of

WRITTEN = b"WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n<v Rita>Hello Jim, what takes your time?\n\n"
WRITTEN += b"00:00:04.000 --> 00:00:08.000\n<v Jim>It is too expensive as it is.\n"


def team_does(admin: TestClient, people: People, what: str) -> None:
    path = f"/consent/teams/{people.rep.team_id}"
    assert admin.put(path, json={"without_consent": what}).status_code == 200


def send(client: TestClient, pitch_hz: float = 440.0, **call: Any) -> dict[str, Any]:
    answer = client.post(
        "/recordings",
        files={"files": ("call.wav", sound(pitch_hz=pitch_hz))},
        data={"call": json.dumps(call)},
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["items"][0]["call"]
    return made


def state_of(client: TestClient, call: dict[str, Any]) -> str:
    return str(client.get(f"/calls/{call['id']}").json()["state"])


@pytest.fixture
def worked(settings: Settings, engine: Engine, files: Files) -> Any:
    return lambda: work(workshop_of(settings, engine, files))


def jobs(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT task_name FROM procrastinate_jobs")).scalars())


def test_by_default_calls_are_worked_on_as_ever(rep: TestClient, worked: Any) -> None:
    call = send(rep)
    assert call["consent"] == "unknown"
    worked()
    assert state_of(rep, call) == "ready"


def test_a_team_may_refuse_what_comes_without_consent(
    rep: TestClient, admin: TestClient, people: People, engine: Engine, files: Files, worked: Any
) -> None:
    team_does(admin, people, "refuse")
    ways = [
        rep.post("/recordings", files={"files": ("call.wav", sound())}),
        rep.post("/transcripts", files={"files": ("call.vtt", WRITTEN)}),
        rep.post("/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5000"}),
    ]
    empty = rep.post("/calls", json={"title": "Planned"}).json()
    ways.append(rep.put(f"/calls/{empty['id']}/recording?name=a.wav", content=sound()))
    for answer in ways:
        assert answer.status_code == 403
        assert answer.request.url.path.endswith("uploads") or "consent" in answer.text
    with Session(engine) as session:
        assert session.exec(select(Recording)).all() == []
        assert session.exec(select(Utterance)).all() == []
    taken = send(rep, consent="consented", consent_basis="said so on the call")
    worked()
    assert state_of(rep, taken) == "ready"
    agreed = {"consent": "not_needed", "basis": "an order by contract"}
    assert rep.put(f"/calls/{empty['id']}/consent", json=agreed).status_code == 200
    given = rep.put(f"/calls/{empty['id']}/recording?name=a.wav", content=sound(2.0, 220.0))
    assert given.status_code == 201


def test_what_is_kept_unprocessed_begins_when_consent_is_declared(
    rep: TestClient, admin: TestClient, people: People, engine: Engine, worked: Any
) -> None:
    team_does(admin, people, "keep")
    call = send(rep)
    assert call["state"] == "held"
    assert jobs(engine) == []
    worked()
    assert state_of(rep, call) == "held"
    with Session(engine) as session:
        assert session.exec(select(Recording)).one().playable_key is None
    told = rep.put(f"/calls/{call['id']}/consent", json={"consent": "consented"}).json()
    assert (told["state"], told["consent_by_id"]) == ("waiting", str(people.rep.id))
    worked()
    assert state_of(rep, call) == "ready"
    with Session(engine) as session:
        line = session.exec(select(AuditEntry).where(AuditEntry.verb == "declare_consent")).one()
        assert (line.actor, line.subject_id) == (people.rep.email, call["id"])
        assert line.detail == {"consent": "consented", "basis": None, "before": "unknown"}
        assert session.get(CallFacts, UUID(call["id"])) is not None


def test_a_transcript_is_kept_unprocessed_too(
    rep: TestClient, admin: TestClient, people: People, engine: Engine, worked: Any
) -> None:
    team_does(admin, people, "keep")
    answer = rep.post("/transcripts", files={"files": ("call.vtt", WRITTEN)})
    call = answer.json()["items"][0]["call"]
    worked()
    assert state_of(rep, call) == "held"
    with Session(engine) as session:
        assert session.exec(select(Report)).all() == []
    rep.put(f"/calls/{call['id']}/consent", json={"consent": "consented"})
    worked()
    assert state_of(rep, call) == "ready"


def test_only_a_transcript_is_made_until_consent_is_declared(
    rep: TestClient, admin: TestClient, people: People, engine: Engine, worked: Any
) -> None:
    team_does(admin, people, "transcribe")
    call = send(rep)
    worked()
    assert state_of(rep, call) == "ready"
    call_id = UUID(call["id"])
    with Session(engine) as session:
        assert len(session.exec(select(Utterance)).all()) == 4
        for table in (CallFacts, Moment, Tip):
            assert session.exec(select(table)).all() == [], table
        kept = session.get_one(Report, call_id).report
    assert kept["moments"] == []
    assert "Kestrel" not in str(kept["summary"])
    assert rep.get("/search", params={"q": "shifts"}).json()["items"]
    rep.put(f"/calls/{call_id}/consent", json={"consent": "consented"})
    worked()
    with Session(engine) as session:
        assert session.get(CallFacts, call_id) is not None
        assert session.exec(select(Moment)).all()


def test_a_refusal_stops_what_is_under_way(
    rep: TestClient, engine: Engine, people: People, worked: Any
) -> None:
    call = send(rep)
    told = rep.put(f"/calls/{call['id']}/consent", json={"consent": "refused"}).json()
    assert told["state"] == "held"
    worked()
    assert state_of(rep, call) == "held"
    assert rep.post(f"/calls/{call['id']}/retry").status_code == 409
    with Session(engine) as session:
        assert session.exec(select(Utterance)).all() == []


def test_why_no_consent_is_needed_must_be_said(rep: TestClient) -> None:
    call = rep.post("/calls", json={"title": "Planned"}).json()
    for body in ({"consent": "not_needed"}, {"consent": "not_needed", "basis": "  "}):
        assert rep.put(f"/calls/{call['id']}/consent", json=body).status_code == 422
    assert rep.post("/calls", json={"consent": "not_needed"}).status_code == 422
    assert rep.put(f"/calls/{call['id']}/consent", json={"consent": "maybe"}).status_code == 422
    hostile = {"consent": "not_needed", "basis": "a\x00b"}
    assert rep.put(f"/calls/{call['id']}/consent", json=hostile).status_code == 200


def test_whoever_objects_is_left_alone_in_calls_to_come_and_under_way(
    rep: TestClient, admin: TestClient, engine: Engine, worked: Any
) -> None:
    jim = [{"name": "Jim", "email": "Jim@Vantage.example", "side": "buyer"}]
    under_way = send(rep, participants=jim)
    made = admin.post("/objections", json={"email": "jim@vantage.example", "note": "by phone"})
    assert made.status_code == 201
    assert made.json()["calls"] == 1
    assert admin.post("/objections", json={"email": "JIM@vantage.EXAMPLE"}).status_code == 409
    assert state_of(rep, under_way) == "held"
    later = rep.post("/calls", json={"participants": jim, "consent": "consented"}).json()
    content = sound(2.0, 220.0)
    rep.put(f"/calls/{later['id']}/recording?name=a.wav", content=content).raise_for_status()
    worked()
    assert (state_of(rep, under_way), state_of(rep, later)) == ("held", "held")
    with Session(engine) as session:
        assert session.exec(select(Utterance)).all() == []
    assert admin.delete(f"/objections/{made.json()['id']}").status_code == 204
    worked()
    assert (state_of(rep, under_way), state_of(rep, later)) == ("ready", "ready")


def test_somebody_who_objected_and_is_found_to_take_part_stops_the_call(
    rep: TestClient, admin: TestClient, worked: Any
) -> None:
    admin.post("/objections", json={"email": "jim@vantage.example"})
    call = send(rep)
    jim = [{"name": "Jim", "email": "jim@vantage.example"}]
    told = rep.patch(f"/calls/{call['id']}", json={"participants": jim}).json()
    assert told["state"] == "held"
    told = rep.patch(f"/calls/{call['id']}", json={"participants": None}).json()
    assert told["state"] == "waiting"
    worked()
    assert state_of(rep, call) == "ready"


def test_an_objection_between_queue_and_worker_is_seen(
    rep: TestClient, engine: Engine, worked: Any
) -> None:
    call = send(rep, participants=[{"name": "Jim", "email": "jim@vantage.example"}])
    with engine.begin() as connection:  # as by another program
        connection.execute(
            text(
                "INSERT INTO processing_objection (id, email) "
                "VALUES (gen_random_uuid(), 'jim@vantage.example')"
            )
        )
    worked()
    assert state_of(rep, call) == "held"
    with Session(engine) as session:
        assert session.exec(select(Utterance)).all() == []
        assert session.get_one(Call, UUID(call["id"])).job_id is None


def test_only_who_may_change_a_call_declares_and_only_admins_rule(
    rep: TestClient, peer: TestClient, boss: TestClient, manager: TestClient, people: People
) -> None:
    call = send(rep)
    body = {"consent": "consented"}
    for client in (peer, boss):
        assert client.put(f"/calls/{call['id']}/consent", json=body).status_code == 404
    assert manager.put(f"/calls/{call['id']}/consent", json=body).status_code == 200
    rule = {"without_consent": "keep"}
    for client in (rep, manager):
        path = f"/consent/teams/{people.rep.team_id}"
        assert client.put(path, json=rule).status_code == 403
        assert client.get("/consent/teams").status_code == 403
        assert client.get("/objections").status_code == 403
        assert client.post("/objections", json={"email": "a@b.example"}).status_code == 403


def test_who_objected_and_was_erased_is_still_left_alone(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    worked: Any,
) -> None:
    address = "Jimqyx@vantage-qyx.example"
    jim = [{"name": "Jimqyx Kowalqyx", "side": "buyer", "email": address}]
    send(rep, participants=jim)
    worked()
    assert admin.post("/objections", json={"email": address, "note": "Jimqyx said"}).is_success
    asked = {"kind": "person", "email": address, "name": "Jimqyx Kowalqyx"}
    assert admin.post("/privacy/erasures", json=asked).status_code == 202
    worked()
    assert Search(("qyx",)).in_rows(engine) == set()
    (kept,) = admin.get("/objections").json()["items"]
    assert (kept["email"], kept["note"], kept["calls"]) == (None, None, 0)
    assert admin.post("/objections", json={"email": address.upper()}).status_code == 409
    again = send(rep, participants=[{**jim[0], "email": address.upper()}])
    other = send(rep, 330.0, title="Another")
    worked()
    assert (state_of(rep, again), state_of(rep, other)) == ("held", "ready")
    assert admin.get("/objections").json()["items"][0]["calls"] == 1
    assert admin.delete(f"/objections/{kept['id']}").status_code == 204
    worked()
    assert state_of(rep, again) == "ready"


def test_an_erased_objector_is_not_passed_over_by_who_does_not_know_the_key(
    engine: Engine, rep: TestClient
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO processing_objection (id, digest) VALUES (gen_random_uuid(), 'cafe')")
        )
    call = send(rep, participants=[{"name": "Jim", "side": "buyer", "email": "jim@x.example"}])
    with Session(engine) as session, pytest.raises(BadDatabase, match="signing key"):
        handling_of(session, session.get_one(Call, UUID(call["id"])))
