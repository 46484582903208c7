"""How the server does: figures, alerts, and who may see them."""

from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from api.operation import room_of
from api.settings import Settings
from models.alerts import Room, alerts_of
from models.database import session_scope
from models.files import Files
from models.operation import forget_times, operation_state
from models.queue import defer
from models.tables import Call, CrmConnection, CrmPush, Erasure, User
from models.tables.columns import now
from models.trail import note
from tests.api.working import work, workshop_of
from tests.models.market import person

TOKEN = "scrape-me-0123456789"


def codes(engine: Engine, room: Room | None = None) -> dict[str, str]:
    with Session(engine) as session:
        found = alerts_of(session, operation_state(session), room)
        return {one.code: one.severity for one in found}


def waited(engine: Engine, hours: float) -> None:
    with session_scope(engine) as session:
        moved = text("UPDATE procrastinate_events SET at = at - make_interval(hours => :hours)")
        session.execute(moved, {"hours": hours})


def worker(engine: Engine) -> None:
    with session_scope(engine) as session:
        session.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))


def test_nothing_is_wrong_with_a_server_that_is_at_rest(engine: Engine) -> None:
    assert codes(engine, Room(free=10**12, size=10**12)) == {}


def test_jobs_without_a_worker_are_bad_and_a_queue_that_is_behind_is_told(engine: Engine) -> None:
    with session_scope(engine) as session:
        defer(session, "understand_again", team_id="")
    assert codes(engine) == {"no_worker": "bad"}
    worker(engine)
    assert codes(engine) == {}
    waited(engine, 2)
    assert codes(engine) == {"queue_stalled": "warn"}


def test_what_is_to_come_later_does_not_wait(engine: Engine) -> None:
    with session_scope(engine) as session:
        defer(session, "understand_again", after_s=3600, team_id="")
    assert codes(engine) == {}


def test_what_failed_lately_is_told_by_its_kind(engine: Engine) -> None:
    with session_scope(engine) as session:
        rep = person(session, "tom")
        for kind in ("BadRecording", "BadRecording", "EngineFailed"):
            failed = {"state": "failed", "failure": "no", "failure_kind": kind}
            session.add(Call(title="a", rep_id=rep.id, started_at=now(), **failed))
        old = Call(title="a", rep_id=rep.id, started_at=now(), state="failed", failure="no")
        old.updated_at = now() - timedelta(days=2)
        session.add(old)
    with Session(engine) as session:
        assert operation_state(session).failures == {"BadRecording": 2, "EngineFailed": 1}
    assert codes(engine) == {"calls_failed": "warn"}


def test_a_crm_that_shuts_us_out_or_falls_silent_is_told(engine: Engine) -> None:
    with session_scope(engine) as session:
        long_ago = now() - timedelta(hours=9)
        for name, state in (("A", "needs_login"), ("B", "ready"), ("C", "off")):
            session.add(
                CrmConnection(
                    name=name,
                    kind="hubspot",
                    origin=name,
                    address="",
                    secrets=b"",
                    state=state,
                    synced_at=long_ago if name != "A" else None,
                )
            )
    assert codes(engine) == {"crm_login": "bad", "crm_silent": "warn"}


def test_jobs_notes_and_erasures_that_failed_are_told(engine: Engine) -> None:
    with session_scope(engine) as session:
        rep = person(session, "tom")
        call = Call(title="a", rep_id=rep.id, started_at=now())
        crm = CrmConnection(
            name="A", kind="hubspot", origin="A", address="", secrets=b"", state="ready"
        )
        session.add_all([call, crm])
        session.flush()
        defer(session, "sync_crm", connection_id=str(crm.id))
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
        session.execute(
            text(
                "INSERT INTO procrastinate_events (job_id, type) SELECT id, 'failed' FROM "
                "procrastinate_jobs"
            )
        )
        failed = CrmPush(connection_id=crm.id, call_id=call.id, state="failed", last_error="no")
        session.add(failed)
        session.add(Erasure(kind="call", label="Anon1", state="failed", failure="no"))
    told = {"jobs_failed": "warn", "crm_failed": "warn", "erasure_failed": "bad"}
    assert codes(engine) == told


def test_lines_of_the_trail_that_nobody_chains_are_bad(engine: Engine) -> None:
    with session_scope(engine) as session:
        note(session, "tests", verb="do", noun="things")
    assert codes(engine) == {}
    with session_scope(engine) as session:
        session.execute(text("SET session_replication_role = replica"))
        session.execute(text("UPDATE audit_entry SET at = at - interval '1 hour'"))
    assert codes(engine) == {"trail_unlinked": "bad"}


@pytest.mark.parametrize(
    ("free", "told"), [(10**9, {"disk_full": "bad"}), (3 * 10**9, {}), (10**11, {})]
)
def test_a_disk_that_is_nearly_full_is_bad(engine: Engine, free: int, told: object) -> None:
    assert codes(engine, Room(free=free, size=10**12)) == told


def test_the_room_is_that_of_the_files_folder_and_of_no_bucket(tmp_path: Path) -> None:
    here = room_of(Settings(data_folder=tmp_path / "not" / "yet"))
    assert here is not None
    assert 0 < here.free <= here.size
    assert room_of(Settings(data_folder=tmp_path, files_url="s3://bucket/talktrack")) is None


def test_how_long_work_took_is_told_after_the_queue_forgot_it(
    engine: Engine, files: Files, settings: Settings
) -> None:
    with session_scope(engine) as session:
        for _ in range(3):
            defer(session, "understand_again", team_id="")
    work(workshop_of(settings, engine, files))
    with session_scope(engine) as session:
        assert session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one() == 0
        times = {one.task: one for one in operation_state(session).times}
        told = times["understand_again"]
        assert told.done == 3
        assert 0 <= told.half_s <= told.most_s < 60
        session.execute(text("UPDATE job_time SET at = at - interval '2 days'"))
        forget_times(session)
        assert operation_state(session).times == []
        assert session.execute(text("SELECT count(*) FROM job_time")).scalar_one() == 0


def test_only_admins_read_alerts(
    rep: TestClient, manager: TestClient, admin: TestClient, app_client: TestClient
) -> None:
    asked = [one.get("/alerts").status_code for one in (app_client, rep, manager, admin)]
    assert asked == [401, 403, 403, 200]


def test_metrics_are_for_who_shows_the_token_and_hold_no_names(
    admin: TestClient, app_client: TestClient, engine: Engine
) -> None:
    assert admin.get("/metrics").status_code == 404
    settings = app_client.app.state.settings  # type: ignore[attr-defined]
    app_client.app.state.settings = settings.model_copy(  # type: ignore[attr-defined]
        update={"metrics_token": SecretStr(TOKEN)}
    )
    try:
        for shown in ("", "Bearer wrong", f"Bearer {TOKEN}x", "Bearer ünïcode".encode()):
            headers = {"authorization": shown}
            assert app_client.get("/metrics", headers=headers).status_code == 401
        with session_scope(engine) as session:
            defer(session, "understand_again", team_id="")
        answer = app_client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    finally:
        app_client.app.state.settings = settings  # type: ignore[attr-defined]
    assert answer.status_code == 200
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["talktrack_jobs_waiting", "housekeeping"] == 1
    assert found["talktrack_workers",] == 0
    assert found["talktrack_alerts", "no_worker"] == 1
    with Session(engine) as session:
        for user in session.exec(select(User)):
            assert user.email not in answer.text
