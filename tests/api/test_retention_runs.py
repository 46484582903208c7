"""Holds hold, runs end what they began, and nothing goes before an admin saw it."""

import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from api.settings import Settings
from models.database import plain_url, session_scope
from models.files import Files
from models.retaining import enforce
from models.retention import Days, is_late, turn_off
from models.stores import Patience
from models.tables import (
    Call,
    DoomedFile,
    Recording,
    RetentionRun,
)
from models.tables.columns import now
from tests.api.conftest import People
from tests.api.keeping import FOR_GOOD, age, cut, hear, heard, lying, rule
from tests.api.working import new_recording, sound, work, workshop_of
from tests.models.buckets import bad_line, new_bucket, s3_server

__all__ = ["heard"]


@pytest.mark.parametrize("kind", ["call", "deal", "account"])
def test_a_hold_keeps_everything_even_from_hands(
    kind: str,
    settings: Settings,
    engine: Engine,
    files: Files,
    people: People,
    rep: TestClient,
    admin: TestClient,
    heard: UUID,
) -> None:
    clip_id = cut(rep, heard)
    account = admin.post("/accounts", json={"name": "Harbor Foods"}).json()["id"]
    whose = {"account_id": account, "rep_id": str(people.rep.id)}
    deal = admin.post("/deals", json={"name": "Rollout", **whose}).json()["id"]
    assert rep.patch(f"/calls/{heard}", json={"deal_id": deal}).status_code == 200
    work(workshop_of(settings, engine, files))
    subject = {"call": str(heard), "deal": deal, "account": account}[kind]
    placed = admin.post("/holds", json={f"{kind}_id": subject, "reason": "A lawsuit"})
    assert placed.status_code == 201
    assert admin.post("/holds", json={f"{kind}_id": subject, "reason": "x"}).status_code == 409
    before = lying(settings)
    age(engine, 1000)
    rule(engine, people, Days(1, 1, 1, 1))
    assert admin.get("/retention/dry-run").json()["kinds"][0]["calls"] == 0
    run = enforce(engine, files)
    assert run is not None
    assert run.counts == {}
    assert lying(settings) == before
    comment = rep.get(f"/calls/{heard}/comments").json()["items"][0]["id"]
    for path in (
        f"/calls/{heard}",
        f"/calls/{heard}/comments/{comment}",
        f"/calls/{heard}/clips/{clip_id}",
    ):
        refused = rep.delete(path)
        assert refused.status_code == 409, path
        assert "A lawsuit" in refused.json()["detail"]
    if kind != "call":
        assert rep.patch(f"/calls/{heard}", json={"deal_id": None}).status_code == 409
    assert admin.delete(f"/deals/{deal}").status_code == 409
    hold_id = placed.json()["id"]
    assert [one["id"] for one in admin.get("/holds").json()["items"]] == [hold_id]
    assert admin.delete(f"/holds/{hold_id}").status_code == 204
    assert admin.delete(f"/holds/{hold_id}").status_code == 409
    enforce(engine, files)
    assert lying(settings) == {}


def test_nothing_goes_before_an_admin_saw_what_would(
    settings: Settings, engine: Engine, files: Files, admin: TestClient, heard: UUID
) -> None:
    age(engine, 1000)
    before = lying(settings)
    assert enforce(engine, files) is None
    assert lying(settings) == before
    assert admin.get("/retention").json()["is_on"] is False
    assert [one["recording"] for one in admin.get("/retention").json()["rules"]] == [180] * 3
    dry = admin.get("/retention/dry-run").json()
    assert [(one["kind"], one["calls"]) for one in dry["kinds"]] == [
        ("recording", 1),
        ("transcript", 1),
        ("analysis", 1),
        ("notes", 1),
    ]
    assert dry["kinds"][0]["first"][0]["id"] == str(heard)
    assert dry["kinds"][0]["size"] == len(sound())
    stricter = {"recording": 1, "transcript": None, "analysis": None, "notes": None}
    assert admin.put("/retention/rules", json=stricter).status_code == 200
    assert admin.post("/retention/on", json={"seen": dry["seen"]}).status_code == 409
    seen = admin.get("/retention/dry-run").json()["seen"]
    assert admin.post("/retention/on", json={"seen": seen}).json()["is_on"] is True
    enforce(engine, files)
    assert lying(settings) == {}
    runs = admin.get("/retention/runs").json()["items"]
    assert [one["counts"] for one in runs] == [{"recording": 1, "files": 3}]
    assert admin.post("/retention/off").json()["is_on"] is False


def test_a_call_that_was_added_late_stays_a_week(
    settings: Settings, engine: Engine, files: Files, people: People, heard: UUID
) -> None:
    rule(engine, people, Days())
    for came_days, left in ((0, 3), (6, 3), (8, 0)):
        age(engine, came_days)
        with session_scope(engine) as session:
            session.get_one(Call, heard).started_at = now() - timedelta(days=1000)
        enforce(engine, files)
        assert len(lying(settings)) == left


def test_what_is_under_way_is_left_and_switching_off_stops(
    settings: Settings, engine: Engine, files: Files, people: People
) -> None:
    new_recording(engine, files, people.rep)
    age(engine, 1000)
    rule(engine, people, Days(1, 1, 1, 1))
    run = enforce(engine, files)
    assert run is not None
    assert run.counts == {}
    work(workshop_of(settings, engine, files))
    with session_scope(engine) as session:
        turn_off(session, people.admin)
    assert enforce(engine, files) is None
    assert len(lying(settings)) == 3


def test_a_run_killed_between_rows_and_files_is_brought_to_its_end(
    settings: Settings, engine: Engine, files: Files, people: People, heard: UUID
) -> None:
    hear(settings, engine, files, people, 330.0)
    age(engine, 1000)
    rule(engine, people, Days(30, None, None, None))
    killed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _DEADLY, plain_url(engine), settings.files_place],
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with Session(engine) as session:
        assert len(session.exec(select(Recording)).all()) == 1, "one batch was committed"
        assert len(session.exec(select(DoomedFile)).all()) == 3
        died = session.exec(select(RetentionRun)).one()
        assert died.finished_at is None
    assert len(lying(settings)) == 6
    run = enforce(engine, files)
    assert run is not None
    assert (run.id, run.counts) == (died.id, {"recording": 2, "files": 6})
    assert lying(settings) == {}


_DEADLY = """
import os, signal, sys
from models.database import make_engine
from models.files import Files
from models.retaining import enforce

class Deadly(Files):
    def delete(self, key):
        os.kill(os.getpid(), signal.SIGKILL)

enforce(make_engine(sys.argv[1]), Deadly(sys.argv[2]), at_once=1)
"""


def test_only_one_runs_at_a_time(engine: Engine, files: Files, people: People) -> None:
    rule(engine, people, FOR_GOOD)
    with engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(7411704)"))
        assert enforce(engine, files) is None
        other.execute(text("SELECT pg_advisory_unlock(7411704)"))
    assert enforce(engine, files) is not None


def test_a_run_that_did_not_come_is_told(
    engine: Engine, files: Files, people: People, admin: TestClient
) -> None:
    rule(engine, people, FOR_GOOD)
    assert admin.get("/retention").json()["is_late"] is False
    with session_scope(engine) as session:
        session.execute(text("UPDATE retention SET turned_at = now() - interval '3 hours'"))
        assert is_late(session)
    assert "retention_late" in admin.get("/alerts").text
    enforce(engine, files)
    assert admin.get("/retention").json()["is_late"] is False
    with session_scope(engine) as session:
        assert not is_late(session)


def test_the_rules_are_run_by_a_worker(
    settings: Settings, engine: Engine, files: Files, people: People, heard: UUID
) -> None:
    age(engine, 1000)
    rule(engine, people, Days(30, None, None, None))
    with session_scope(engine) as session:
        session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                "VALUES ('housekeeping', 'enforce_retention', '{\"timestamp\": 0}')"
            )
        )
    work(workshop_of(settings, engine, files))
    assert lying(settings) == {}


def test_a_run_can_be_asked_for_by_who_saw_what_goes(
    settings: Settings, engine: Engine, files: Files, admin: TestClient, heard: UUID
) -> None:
    age(engine, 1000)
    seen = admin.get("/retention/dry-run").json()["seen"]
    assert admin.post("/retention/runs", json={"seen": seen}).status_code == 409
    seen = admin.get("/retention/dry-run").json()["seen"]
    admin.post("/retention/on", json={"seen": seen}).raise_for_status()
    assert admin.post("/retention/runs", json={"seen": "old"}).status_code == 409
    seen = admin.get("/retention/dry-run").json()["seen"]
    for _twice in range(2):
        assert admin.post("/retention/runs", json={"seen": seen}).status_code == 202
    work(workshop_of(settings, engine, files))
    assert lying(settings) == {}
    runs = admin.get("/retention/runs").json()["items"]
    assert [one["counts"]["recording"] for one in runs] == [1]
    trail = admin.get("/audit").json()["items"]
    assert [one["verb"] for one in trail].count("ask_run") == 2


def test_retention_deletes_from_a_bucket_and_waits_for_one_that_is_away(
    settings: Settings, engine: Engine, people: People
) -> None:
    with s3_server() as endpoint:
        bucket = new_bucket(endpoint)
        files = bucket.files()
        shared = hear(settings, engine, files, people, 330.0)
        hear(settings, engine, files, people, 330.0)
        age(engine, 1000, shared)
        whole = bucket.keys()
        assert len(whole) == 3
        rule(engine, people, Days(30, None, None, None))
        enforce(engine, files)
        assert bucket.keys() == whole, "another call has the same recording"
        age(engine, 1000)
        with bad_line(endpoint) as line:
            line.failures = -1
            away = bucket.files(line.address, Patience(0, 0.1, 1.0, 1.0))
            run = enforce(engine, away)
        assert run is not None
        assert run.failure
        assert bucket.keys() == whole
        run = enforce(engine, files)
        assert run is not None
        assert (run.failure, bucket.keys()) == (None, [])
        with Session(engine) as session:
            assert session.exec(select(DoomedFile)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"recording": 0},
        {"recording": -1},
        {"transcript": 10**9},
        {"keep_percent": 101},
        {"analysis": "soon"},
        {"team_id": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_a_rule_that_cannot_be_is_refused(admin: TestClient, wrong: dict[str, object]) -> None:
    good = {"recording": 180, "transcript": 365, "analysis": 365, "notes": None}
    assert admin.put("/retention/rules", json=good | wrong).status_code in {404, 422}


def test_nobody_but_an_admin_keeps_or_deletes_by_rule(
    rep: TestClient, manager: TestClient, heard: UUID
) -> None:
    asked: Iterable[tuple[str, str, dict[str, object] | None]] = (
        ("GET", "/retention", None),
        ("GET", "/retention/dry-run", None),
        ("GET", "/retention/runs", None),
        ("PUT", "/retention/rules", {"recording": 1, "transcript": 1, "analysis": 1, "notes": 1}),
        ("POST", "/retention/on", {"seen": "x"}),
        ("POST", "/retention/off", None),
        ("POST", "/retention/runs", {"seen": "x"}),
        ("GET", "/holds", None),
        ("POST", "/holds", {"call_id": str(heard), "reason": "x"}),
    )
    for method, path, body in asked:
        for client in (rep, manager):
            assert client.request(method, path, json=body).status_code == 403, path
