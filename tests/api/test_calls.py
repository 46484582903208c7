"""Calls over the API: who sees them, how they are told of, changed, and deleted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.tables import Call, Recording, User
from tests.api.conftest import People
from tests.api.working import new_recording, sound, work, workshop_of

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def call_id(rep: TestClient) -> str:
    made = rep.post("/calls", json={"title": "Cold call", "started_at": AT.isoformat()})
    assert made.status_code == 201
    return str(made.json()["id"])


def test_each_sees_the_calls_they_may(
    rep: TestClient,
    peer: TestClient,
    manager: TestClient,
    stranger: TestClient,
    boss: TestClient,
    admin: TestClient,
    call_id: str,
) -> None:
    for client, sees in ((rep, 1), (manager, 1), (admin, 1), (peer, 0), (stranger, 0), (boss, 0)):
        assert len(client.get("/calls").json()["items"]) == sees
        assert client.get(f"/calls/{call_id}").status_code == (200 if sees else 404)


def test_a_private_call_is_the_reps_alone(
    rep: TestClient, manager: TestClient, admin: TestClient, call_id: str
) -> None:
    assert rep.patch(f"/calls/{call_id}", json={"is_private": True}).status_code == 200
    assert manager.get(f"/calls/{call_id}").status_code == 404
    assert manager.get("/calls").json()["items"] == []
    assert admin.get(f"/calls/{call_id}").status_code == 200


def test_who_may_be_mentioned_is_who_sees_the_call(
    rep: TestClient, peer: TestClient, call_id: str
) -> None:
    def names() -> list[str]:
        return [one["name"] for one in rep.get(f"/calls/{call_id}/people").json()["items"]]

    assert names() == ["Ada", "Mona", "Rita"]
    assert peer.get(f"/calls/{call_id}/people").status_code == 404
    rep.patch(f"/calls/{call_id}", json={"is_private": True})
    assert names() == ["Ada", "Rita"]


def test_a_manager_adds_calls_for_the_team_only(
    manager: TestClient, rep: TestClient, people: People
) -> None:
    assert manager.post("/calls", json={"rep_id": str(people.rep.id)}).status_code == 201
    assert manager.post("/calls", json={"rep_id": str(people.stranger.id)}).status_code == 403
    assert rep.post("/calls", json={"rep_id": str(people.peer.id)}).status_code == 403
    assert manager.post("/calls", json={"rep_id": str(uuid4())}).status_code == 404


def test_what_is_known_of_a_call_is_kept_and_checked(rep: TestClient) -> None:
    given = {
        "title": "Demo",
        "language": "fr",
        "participants": [{"name": "Jim", "side": "buyer"}],
        "agenda": ["Prix", {"title": "Suite", "minutes": 5}],
        "competitors": ["Kestrel"],
    }
    made = rep.post("/calls", json=given).json()
    assert made["known"]["language"] == "fr"
    assert made["known"]["participants"][0]["name"] == "Jim"
    assert [one["title"] for one in made["known"]["agenda"]] == ["Prix", "Suite"]
    assert made["state"] == "empty"
    wrong = rep.post("/calls", json={"participants": [{"name": "Jim", "side": "left"}]})
    assert wrong.status_code == 422
    assert "participants.0.side" in wrong.json()["detail"]
    assert rep.post("/calls", json={"started_at": "2026-03-02T09:00:00"}).status_code == 422


def test_what_changed_meanwhile_is_not_overwritten(rep: TestClient, call_id: str) -> None:
    tag = rep.get(f"/calls/{call_id}").headers["etag"]
    first = rep.patch(f"/calls/{call_id}", json={"title": "A"}, headers={"if-match": tag})
    assert first.status_code == 200
    second = rep.patch(f"/calls/{call_id}", json={"title": "B"}, headers={"if-match": tag})
    assert second.status_code == 412
    assert rep.get(f"/calls/{call_id}").json()["title"] == "A"


def test_a_call_known_elsewhere_is_added_once(rep: TestClient) -> None:
    assert rep.post("/calls", json={"ref": "zoom-1"}).status_code == 201
    assert rep.post("/calls", json={"ref": "zoom-1"}).status_code == 409


def test_lists_are_narrowed_and_paged_without_gaps(
    rep: TestClient, admin: TestClient, engine: Engine, people: People
) -> None:
    with session_scope(engine) as session:
        for number in range(7):
            # Two at the same instant, so that only the id tells them apart.
            at = AT + timedelta(days=number // 2)
            session.add(Call(title=f"Call {number}", rep_id=people.rep.id, started_at=at))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = rep.get(
            "/calls", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [one["title"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        if len(seen) == 3:
            rep.post("/calls", json={"title": "Newer", "started_at": "2026-12-01T00:00:00Z"})
    assert sorted(seen) == [f"Call {number}" for number in range(7)]
    since = (AT + timedelta(days=2)).isoformat()
    found = admin.get("/calls", params={"since": since, "title": "call"}).json()["items"]
    assert {one["title"] for one in found} == {"Call 4", "Call 5", "Call 6"}
    assert admin.get("/calls", params={"state": ["ready", "failed"]}).json()["items"] == []


def test_a_call_goes_with_everything_of_it(
    rep: TestClient,
    peer: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    people: People,
) -> None:
    call_id = new_recording(engine, files, people.rep)
    work(workshop_of(settings, engine, files))
    with Session(engine) as session:
        recording = session.exec(select(Recording)).one()
    assert peer.delete(f"/calls/{call_id}").status_code == 404
    assert rep.delete(f"/calls/{call_id}").status_code == 204
    assert rep.get(f"/calls/{call_id}").status_code == 404
    for key in (recording.key, recording.playable_key, recording.peaks_key):
        assert key is not None
        assert not files.exists(key)


def test_a_file_that_another_call_uses_stays(
    rep: TestClient, engine: Engine, files: Files, people: People
) -> None:
    first = new_recording(engine, files, people.rep)
    second = new_recording(engine, files, people.stranger)
    with Session(engine) as session:
        key = session.exec(select(Recording.key).where(Recording.call_id == second)).one()
    assert rep.delete(f"/calls/{first}").status_code == 204
    assert files.exists(key)


def test_the_report_comes_in_every_format(
    rep: TestClient,
    peer: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    people: People,
) -> None:
    call_id = new_recording(engine, files, people.rep)
    waiting = rep.get(f"/calls/{call_id}/report")
    assert waiting.status_code == 404
    work(workshop_of(settings, engine, files))
    for form, media in {
        "json": "application/json",
        "hearing": "application/json",
        "html": "text/html",
        "md": "text/markdown",
        "txt": "text/plain",
        "vtt": "text/vtt",
        "srt": "application/x-subrip",
    }.items():
        answer = rep.get(f"/calls/{call_id}/report", params={"format": form})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media)
        assert "expensive" in answer.text
        assert peer.get(f"/calls/{call_id}/report", params={"format": form}).status_code == 404
    assert rep.get(f"/calls/{call_id}/report", params={"format": "exe"}).status_code == 422


def test_a_correction_makes_everything_anew_and_can_be_undone(
    rep: TestClient,
    peer: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    people: People,
) -> None:
    call_id = new_recording(engine, files, people.rep)
    workshop = workshop_of(settings, engine, files)
    work(workshop)
    before = rep.get(f"/calls/{call_id}/report").json()
    path = f"/calls/{call_id}/corrections"
    given = {"kind": "name_speaker", "what": {"speaker": "S2", "name": "Jim Kowalski"}}
    assert peer.post(path, json=given).status_code == 404
    made = rep.post(path, json=given)
    assert made.status_code == 201
    assert rep.get(f"/calls/{call_id}").json()["state"] == "understanding"
    work(workshop)
    after = rep.get(f"/calls/{call_id}/report").json()
    assert [one["name"] for one in after["speakers"]][1] == "Jim Kowalski"
    undone = rep.post(f"{path}/{made.json()['id']}/undo")
    assert undone.json()["undone_at"] is not None
    work(workshop)
    assert rep.get(f"/calls/{call_id}/report").json() == before
    assert len(rep.get(path).json()["items"]) == 1
    wrong = rep.post(path, json={"kind": "name_speaker", "what": {"speaker": "S9", "name": "X"}})
    assert wrong.status_code == 422
    assert "S9" in wrong.json()["detail"]


def test_a_recording_plays_by_range_and_by_link(
    rep: TestClient,
    peer: TestClient,
    app_client: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    people: People,
) -> None:
    content = sound()
    call_id = new_recording(engine, files, people.rep, content)
    path = f"/calls/{call_id}/files"
    whole = rep.get(f"{path}/recording")
    assert whole.content == content
    assert whole.headers["content-type"] == "application/octet-stream"
    part = rep.get(f"{path}/recording", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    last = rep.get(f"{path}/recording", headers={"range": "bytes=-5"})
    assert last.content == content[-5:]
    beyond = rep.get(f"{path}/recording", headers={"range": f"bytes={len(content)}-"})
    assert beyond.status_code == 416
    assert rep.get(f"{path}/playable").status_code == 404
    assert peer.get(f"{path}/recording").status_code == 404
    work(workshop_of(settings, engine, files))
    assert rep.get(f"{path}/playable").headers["content-type"].startswith(("audio/", "video/"))
    assert rep.get(f"{path}/peaks").json()["duration_s"] == pytest.approx(2.0, abs=0.1)
    link = rep.post(f"{path}/playable/link").json()["url"].removeprefix("/api/v1")
    assert app_client.get(link).status_code == 200
    assert app_client.get(link[:-2] + "xx").status_code == 403
    assert peer.post(f"{path}/playable/link").status_code == 404


def test_hostile_words_are_kept_as_words(rep: TestClient) -> None:
    for title in ("'; DROP TABLE call; --", "<script>alert(1)</script>", "{{7*7}}", "a" * 300):
        made = rep.post("/calls", json={"title": title})
        assert made.json()["title"] == title
        assert rep.get("/calls", params={"title": title}).json()["items"][0]["title"] == title
    assert rep.post("/calls", json={"title": "a\0b"}).status_code == 422
    assert rep.post("/calls", json={"title": "a" * 301}).status_code == 422


def test_a_deleted_users_calls_are_not_lost(engine: Engine, people: People, tmp_path: Path) -> None:
    from sqlalchemy.exc import IntegrityError

    with session_scope(engine) as session:
        session.add(Call(title="x", rep_id=people.rep.id, started_at=AT))
    with Session(engine) as session:
        session.delete(session.get_one(User, people.rep.id))
        with pytest.raises(IntegrityError):
            session.flush()
