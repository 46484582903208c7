"""Who was erased cannot be found: every table, file, dump, index and log is read byte by byte."""

import json
import logging
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from api.erasing import go_on
from api.settings import Settings
from models.backup import back_up, restore
from models.files import Files
from models.holds import place_hold
from models.privacy.erasing import Eraser
from models.privacy.proofs import check_proofs
from models.privacy.reapplying import reapply
from models.tables import AuditEntry, Call, Erasure, ErasureProof, Recording, Report
from tests.api.byte_by_byte import Search
from tests.api.conftest import People
from tests.api.everywhere import EMAIL, LETTERS, NAME, OTHER, Traces, leave_traces
from tests.api.working import work, workshop_of
from tests.models.buckets import Bucket, new_bucket, s3_server

QUEUES = ("hear", "understand", "housekeeping")


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_folder=tmp_path / "talktrack",
        database_url=SecretStr(database_url),
        secret_key=SecretStr("a key that only the tests know"),
        webhook_hosts=("hooks.invalid",),
    )


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with s3_server() as endpoint:
        yield new_bucket(endpoint)


@pytest.fixture
def traces(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
) -> Traces:
    return leave_traces(
        rep, admin, engine, settings, lambda: work(workshop_of(settings, engine, files), QUEUES)
    )


SEARCH = Search(LETTERS)
is_in, in_rows, in_dump = SEARCH.is_in, SEARCH.in_rows, SEARCH.in_dump
in_folder, in_cluster = SEARCH.in_folder, SEARCH.in_cluster


def erase(
    admin: TestClient, settings: Settings, engine: Engine, files: Files, **asked: Any
) -> dict[str, Any]:
    answer = admin.post("/privacy/erasures", json={"kind": "person", **asked})
    assert answer.status_code == 202, answer.text
    work(workshop_of(settings, engine, files), QUEUES)
    state: dict[str, Any] = admin.get(f"/privacy/erasures/{answer.json()['id']}").json()
    return state


def test_the_search_finds_what_is_there(
    traces: Traces, engine: Engine, settings: Settings, files: Files
) -> None:
    there = in_rows(engine)
    tables = {one.partition(".")[0] for one in there}
    assert tables >= {
        "call",
        "hearing",
        "report",
        "utterance",
        "call_words",
        "call_facts",
        "comment",
        "clip",
        "contact",
        "correction",
        "crm_push",
        "deal",
        "idempotency_key",
        "imported_file",
        "lead",
        "recording",
        "saved_view",
        "upload",
        "webhook_delivery",
    }
    assert not {one for one in there if one.startswith("audit")}
    assert in_dump(engine)
    assert in_cluster(engine)


@pytest.mark.parametrize("calls", ["delete", "take_out"])
def test_who_was_erased_is_nowhere(
    calls: str,
    traces: Traces,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    logged.clear()
    held = admin.post("/privacy/people", json={"email": EMAIL.upper(), "name": NAME}).json()
    assert held["counts"]["calls"] == 3
    assert (held["counts"]["contacts"], held["counts"]["leads"]) == (1, 1)
    state = erase(admin, settings, engine, files, email=EMAIL, name=NAME, calls=calls)
    assert (state["state"], state["counts"]["left"]) == ("done", 0), state
    assert in_rows(engine) == set()
    assert not in_dump(engine)
    assert in_folder(settings.data_folder) == set()
    assert in_cluster(engine) == set()
    assert not is_in(logged.text.encode())
    told = capfd.readouterr()
    assert not is_in((told.out + told.err).encode())


def test_others_keep_what_is_theirs_when_one_is_taken_out(
    traces: Traces, admin: TestClient, engine: Engine, settings: Settings, files: Files
) -> None:
    state = erase(admin, settings, engine, files, email=EMAIL, name=NAME, calls="take_out")
    with Session(engine) as session:
        call = session.get_one(Call, traces.spoken)
        report = session.get_one(Report, call.id).report
        said = " ".join(w["text"] for one in report["utterances"] for w in one["words"])
        assert call.state == "ready"
        names = {one["name"] for one in report["speakers"]}
        assert names >= {OTHER, state["label"]}
        assert "expensive" in said
        assert state["label"] in said
        people = {one["name"]: one.get("email") for one in call.known["participants"]}
        assert people == {OTHER: "marta@acme.example", state["label"]: None}
        assert session.exec(select(Recording)).all() != []


def test_the_sound_goes_too_where_it_was_asked_for(
    traces: Traces, admin: TestClient, engine: Engine, settings: Settings, files: Files
) -> None:
    with Session(engine) as session:
        kept = session.exec(select(Recording).where(Recording.call_id == traces.recorded)).one()
    assert all(map(files.exists, (kept.key, kept.playable_key or "", kept.peaks_key or "")))
    asked = {"email": EMAIL, "name": NAME, "calls": "take_out", "recordings": True}
    assert erase(admin, settings, engine, files, **asked)["state"] == "done"
    assert not any(map(files.exists, (kept.key, kept.playable_key or "", kept.peaks_key or "")))


def test_a_signed_line_stays_and_tells_of_nobody(
    traces: Traces, admin: TestClient, engine: Engine, settings: Settings, files: Files
) -> None:
    state = erase(admin, settings, engine, files, email=EMAIL, name=NAME)
    key = settings.signing_key()
    assert (check_proofs(engine, files, key).count, check_proofs(engine, files, key).problem) == (
        1,
        None,
    )
    assert check_proofs(engine, files, "another key").problem is not None
    with Session(engine) as session:
        proof = session.exec(select(ErasureProof)).one()
        assert (proof.kind, proof.counts["calls"], str(proof.erasure_id)) == (
            "person",
            3,
            state["id"],
        )
        assert session.get_one(Erasure, proof.erasure_id).subject is None
        lines = session.exec(select(AuditEntry).where(col(AuditEntry.verb) == "erase")).all()
        assert {one.subject_id for one in lines} >= {state["id"]}
    with engine.connect() as connection, pytest.raises(Exception, match="only ever added"):
        connection.execute(text("DELETE FROM erasure_proof"))


def test_a_call_goes_with_all_that_tells_of_it(
    traces: Traces, admin: TestClient, engine: Engine, settings: Settings, files: Files
) -> None:
    with Session(engine) as session:
        kept = session.exec(select(Recording).where(Recording.call_id == traces.recorded)).one()
    state = erase(admin, settings, engine, files, kind="call", id=traces.recorded)
    assert (state["state"], state["counts"]["calls"]) == ("done", 1)
    assert not files.exists(kept.key)
    assert not files.exists(str(kept.playable_key))
    allowed = re.compile(r"^(audit_entry|webhook_delivery|procrastinate_jobs)\.")
    with engine.connect() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = current_schema"
            )
        ).all()
        found = {
            f"{table}.{column}"
            for table, column in columns
            for one in connection.execute(
                text(f'SELECT CAST("{column}" AS text) FROM "{table}"')  # noqa: S608
            ).scalars()
            if one is not None and traces.recorded in one
        }
    # The trail, and that the call was deleted, told to whoever listens, by its id alone.
    assert not {one for one in found if not allowed.match(one)}


def test_a_call_under_a_legal_hold_is_not_erased(
    traces: Traces, admin: TestClient, engine: Engine, people: People
) -> None:
    with Session(engine) as session:
        place_hold(session, people.admin, "call", UUID(traces.spoken), "a dispute")
        session.commit()
    asked = {"kind": "person", "email": EMAIL, "name": NAME}
    assert admin.post("/privacy/erasures", json=asked).status_code == 409
    one = {"kind": "call", "id": traces.spoken}
    assert admin.post("/privacy/erasures", json=one).status_code == 409


def test_an_erasure_that_was_cut_off_goes_on_where_it_was(
    traces: Traces, admin: TestClient, engine: Engine, settings: Settings, files: Files
) -> None:
    """Stopped after each step, as by kill -9 between two transactions, and begun again."""
    asked = {"kind": "person", "email": EMAIL, "name": NAME, "calls": "take_out"}
    made = admin.post("/privacy/erasures", json=asked).json()
    eraser = Eraser(engine, files, settings.seal(), settings.signing_key())
    runs = 0
    while admin.get(f"/privacy/erasures/{made['id']}").json()["state"] != "done":
        eraser.run(UUID(made["id"]), iter((False, *[True] * 9)).__next__)
        runs += 1
        assert runs < 60
    assert runs > 6
    assert eraser.run(UUID(made["id"])) == "done"
    work(workshop_of(settings, engine, files), QUEUES)
    assert in_rows(engine) == set()
    with Session(engine) as session:
        assert len(session.exec(select(ErasureProof)).all()) == 1


def test_who_was_erased_is_erased_again_after_a_restore(
    traces: Traces,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    tmp_path: Path,
) -> None:
    back_up(engine, files, tmp_path / "before.tar")
    erase(admin, settings, engine, files, email=EMAIL, name=NAME)
    again: list[int] = []

    def finish(fresh: Engine) -> None:
        again.append(reapply(fresh, files, settings.seal(), settings.signing_key()))

    restore(engine, files, tmp_path / "before.tar", replace=True, finish=finish)
    assert again == [1]
    assert in_rows(engine) == set()
    assert in_folder(settings.data_folder) == set()


def test_notes_at_crms_go_and_what_fails_is_told(
    traces: Traces,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
) -> None:
    def connect(kind: str) -> None:
        with engine.begin() as connection:
            connection.execute(text("UPDATE crm_connection SET kind = :kind"), {"kind": kind})

    connect("hubspot")  # whose address is none
    asked = {"email": EMAIL, "name": NAME, "crm_notes": True}
    state = erase(admin, settings, engine, files, **asked)
    assert (state["state"], state["stage"]) == ("waiting", "notes")
    assert "2 notes at CRMs are still there" in state["failure"]
    assert in_rows(engine) == set()
    connect("console")
    go_on(workshop_of(settings, engine, files), UUID(state["id"]))
    state = admin.get(f"/privacy/erasures/{state['id']}").json()
    assert (state["state"], state["failure"], state["counts"]["crm_notes"]) == ("done", None, 2)
    with Session(engine) as session:
        kinds = {one.kind for one in session.exec(select(ErasureProof))}
    assert kinds == {"person", "crm_notes"}


def test_everything_held_comes_in_one_archive(
    traces: Traces, admin: TestClient, people: People
) -> None:
    asked = {"email": EMAIL, "name": NAME, "with_recordings": True}
    answer = admin.post("/privacy/exports", json=asked)
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        safe = re.compile(r"[a-z_]+\.(json|html)|calls/\d{5}-[0-9a-f-]{36}\.\w+")
        assert all(map(safe.fullmatch, names))
        calls = [json.loads(archive.read(one)) for one in names if re.match(r"calls/.*json$", one)]
        assert len(calls) == 3
        theirs = [said["text"] for one in calls for said in one["transcript"] if said["is_theirs"]]
        assert any("too expensive" in one for one in theirs)
        assert json.loads(archive.read("contacts.json"))[0]["email"] == EMAIL.lower()
        assert len(json.loads(archive.read("leads.json"))) == 1
        assert json.loads(archive.read("mentions_elsewhere.json"))
        page = archive.read("index.html").decode()
        assert "<i>" not in page
        assert sum(one.endswith(".recording") for one in names) == 1
    ours = admin.post("/privacy/exports", json={"user_id": str(people.rep.id)})
    with ZipFile(BytesIO(ours.content)) as archive:
        account = json.loads(archive.read("account.json"))[0]
        assert (account["email"], "password_hash" in account) == (people.rep.email, False)
        tokens = json.loads(archive.read("tokens.json"))
        assert tokens
        assert "digest" not in tokens[0]
        assert len(json.loads(archive.read("audit.json"))) > 3


def test_a_name_that_several_have_needs_an_address(
    rep: TestClient, admin: TestClient, engine: Engine, settings: Settings, files: Files
) -> None:
    for n in (1, 2):
        people = [{"name": "Ann Lee", "side": "buyer", "email": f"ann{n}@acme.example"}]
        made = {"title": f"With Ann Lee {n}", "participants": people}
        rep.post("/calls", json=made).raise_for_status()
    asked = {"kind": "person", "name": "Ann Lee"}
    assert admin.post("/privacy/erasures", json=asked).status_code == 409
    state = erase(admin, settings, engine, files, email="ann1@acme.example", name="Ann Lee")
    assert (state["state"], state["counts"]["calls"]) == ("done", 1)
    (left,) = rep.get("/calls").json()["items"]
    assert left["title"] == "With Ann Lee 2"


def test_a_user_of_ours_is_not_erased_as_a_buyer(admin: TestClient, people: People) -> None:
    asked = {"kind": "person", "email": people.rep.email}
    assert admin.post("/privacy/erasures", json=asked).status_code == 409


def stored(bucket: Bucket) -> list[str]:
    """The keys of a bucket."""
    return bucket.keys()


def test_files_are_gone_from_a_bucket_too(
    rep: TestClient, admin: TestClient, settings: Settings, engine: Engine, bucket: Bucket
) -> None:
    files = bucket.files()
    admin.app.state.files = files  # type: ignore[attr-defined]
    leave_traces(
        rep, admin, engine, settings, lambda: work(workshop_of(settings, engine, files), QUEUES)
    )
    assert {one.split("/")[0] for one in stored(bucket)} >= {"recordings", "uploads"}
    assert erase(admin, settings, engine, files, email=EMAIL, name=NAME)["state"] == "done"
    assert {one.split("/")[0] for one in stored(bucket)} == {"erasures"}
    proofs = list(files.proofs())
    assert len(proofs) == 1
    assert not is_in(proofs[0])


def test_privacy_is_an_admins_business(
    rep: TestClient, manager: TestClient, stranger: TestClient, app_client: TestClient
) -> None:
    for client, status in ((rep, 403), (manager, 403), (stranger, 403), (app_client, 401)):
        for way in ("people", "exports", "erasures", "erasures/preview"):
            body = {"kind": "person", "email": EMAIL}
            asked = {"email": EMAIL} if way in {"people", "exports"} else body
            assert client.post(f"/privacy/{way}", json=asked).status_code == status
        assert client.get("/privacy/erasures").status_code == status
        assert client.get(f"/privacy/erasures/{uuid4()}").status_code == status
