"""A watched folder: what is put there becomes calls, and what does not is told."""

import json
import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api import watching
from api.settings import Settings
from api.watching import look_round
from models.database import session_scope
from models.files import Files
from models.tables import ImportedFile, Recording
from models.watched_places import FolderPlace, Moved
from tests.api.conftest import People
from tests.api.dropping import AT_ONCE, Drop
from tests.api.test_transcripts import VTT
from tests.api.working import sound, work, workshop_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


@pytest.fixture
def settings(settings: Settings, folder: Path, people: People) -> Settings:
    told = {"import_folder": folder, "import_rep": people.rep.email.upper(), "max_upload_mb": 1}
    return settings.model_copy(update=told)


@pytest.fixture
def drop(settings: Settings, engine: Engine, files: Files) -> Drop:
    return Drop(workshop_of(settings, engine, files))


def test_what_is_put_there_becomes_a_call_and_stays(
    drop: Drop, folder: Path, rep: TestClient, people: People
) -> None:
    content = sound()
    (folder / "EMEA").mkdir()
    path = folder / "EMEA" / "Cold call.wav"
    path.write_bytes(content)
    os.utime(path, (1_772_000_000, 1_772_000_000))
    assert drop.look() == {"EMEA/Cold call.wav": "waiting"}
    assert drop.look() == {"EMEA/Cold call.wav": "taken"}
    assert drop.look() == {"EMEA/Cold call.wav": "taken"}
    (call,) = drop.calls()
    assert (call.title, call.rep_id, call.state) == ("Cold call", people.rep.id, "waiting")
    assert call.started_at.timestamp() == 1_772_000_000
    assert path.read_bytes() == content
    work(drop.workshop)
    assert rep.get(f"/calls/{call.id}").json()["state"] == "ready"
    assert rep.get(f"/calls/{call.id}/files/recording").content == content


def test_what_is_still_copied_waits(drop: Drop, folder: Path) -> None:
    content, path = sound(), folder / "call.wav"
    for part in (1000, 2000, 3000):
        path.write_bytes(content[:part])
        assert drop.look() == {"call.wav": "waiting"}
    path.write_bytes(content)
    for name in ("a.wav.part", ".b.wav", "~$c.wav", "d.wav.crdownload", "e.tmp", "f.wav~"):
        (folder / name).write_bytes(content)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "g.wav").write_bytes(content)
    assert drop.take() == {"call.wav": "taken"}
    (folder / "a.wav.part").rename(folder / "a.wav")
    drop.look()
    assert len(drop.calls()) == 1  # the very same sound
    (folder / "b.wav").write_bytes(sound(1.0))
    drop.look()
    (folder / "b.wav").unlink()
    assert set(drop.look()) == {"a.wav", "call.wav"}


def test_a_file_waits_as_long_as_it_is_to(drop: Drop, folder: Path) -> None:
    (folder / "call.wav").write_bytes(sound())
    for _round in range(3):
        look_round(drop.workshop)
    with drop.workshop.session() as session:
        assert session.exec(select(ImportedFile.state)).all() == ["waiting"]


def test_what_is_beside_a_recording_tells_of_it(drop: Drop, folder: Path, rep: TestClient) -> None:
    known = {
        "title": "Demo with Jim",
        "started_at": "2026-03-02T09:00:00+01:00",
        "participants": [{"name": "Jim Kowalski", "side": "buyer"}],
    }
    (folder / "a.wav").write_bytes(sound())
    (folder / "a.json").write_text(json.dumps(known), "utf-8")
    (folder / "b.wav").write_bytes(sound(1.0))
    (folder / "b.wav.json").write_text('{"titel": "b"}')
    (folder / "c.json").write_text(json.dumps(known))
    after = drop.take()
    assert after["a.wav"] == "taken"
    assert "b.wav.json: titel" in after["b.wav"]
    assert "whose file is not here" in after["c.json"]
    (call,) = drop.calls()
    assert (call.title, call.started_at.isoformat()) == (
        "Demo with Jim",
        "2026-03-02T08:00:00+00:00",
    )
    assert rep.get(f"/calls/{call.id}").json()["known"]["participants"][0]["side"] == "buyer"
    (folder / "b.wav.json").write_text('{"title": "Mended"}')
    (folder / "c.wav").write_bytes(sound(0.5))
    (folder / "a.json").write_text(json.dumps({**known, "title": "Renamed", "language": "fr"}))
    after = drop.take()
    assert set(after.values()) >= {"taken"}
    assert "c.json" not in after
    assert [one.title for one in drop.calls()] == ["Demo with Jim", "Mended", "Renamed"]
    assert drop.calls()[2].known["language"] == "fr"


def test_transcripts_become_calls_too(drop: Drop, folder: Path) -> None:
    (folder / "talk.vtt").write_text(VTT)
    (folder / "talk.json").write_text('{"title": "Written down"}')
    (folder / "same.VTT").write_text(VTT)
    (folder / "readme.txt").write_text("Put recordings into this folder.")
    (folder / "call.wav").write_bytes(sound())
    (folder / "call.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nAnn Lee: Hello there.\n")
    after = drop.take()
    assert after.pop("readme.txt").startswith("readme.txt: no line says who speaks")
    assert after == {"call.wav": "taken", "same.VTT": "taken", "talk.vtt": "taken"}
    work(drop.workshop)
    assert {(one.title, one.state) for one in drop.calls()} <= {
        ("Written down", "ready"),
        ("same", "ready"),
        ("call", "ready"),
    }
    assert len(drop.calls()) == 2


def test_what_is_no_recording_is_told_once(
    drop: Drop, folder: Path, admin: TestClient, rep: TestClient
) -> None:
    (folder / "notes.docx").write_bytes(b"PK\x03\x04" + b"x" * 9999)
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "large.wav").write_bytes(b"RIFF" + bytes(1_000_001))
    drop.take()
    after = drop.take()
    assert "ZIP" in after["notes.docx"]
    assert "is empty" in after["empty.mp3"]
    assert "larger than" in after["large.wav"]
    assert drop.calls() == []
    (folder / "notes.docx").write_bytes(sound())
    drop.take()
    assert len(drop.calls()) == 1
    told = admin.get("/imports/watched", params={"state": "failed"}).json()["items"]
    assert {one["name"] for one in told} == {"notes.docx", "empty.mp3", "large.wav"}
    assert rep.get("/imports/watched").status_code == 403


def test_links_lead_nowhere(drop: Drop, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.wav").write_bytes(sound())
    (folder / "link.wav").symlink_to(outside / "secret.wav")
    (folder / "way").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.wav")
    assert drop.take() == {}
    inner = folder / "inner"
    inner.mkdir()
    (inner / "secret.wav").write_bytes(sound())
    place = FolderPlace(folder)
    (found,) = place.look()
    os.utime(outside / "secret.wav", ns=(inner.stat().st_mtime_ns,) * 2)
    (inner / "secret.wav").unlink()
    inner.rmdir()
    inner.symlink_to(outside)  # between the look and the read
    told = (outside / "secret.wav").stat()
    with pytest.raises(Moved):
        list(place.read(replace(found, mark=f"{told.st_size}-{told.st_mtime_ns}")))
    assert drop.calls() == []


def test_a_call_that_was_deleted_does_not_come_again(
    drop: Drop, folder: Path, rep: TestClient
) -> None:
    (folder / "call.wav").write_bytes(sound())
    drop.take()
    (call,) = drop.calls()
    assert rep.delete(f"/calls/{call.id}").status_code == 204
    assert drop.look() == {"call.wav": "taken"}
    assert drop.calls() == []


def test_hostile_names_are_only_names(
    drop: Drop, folder: Path, engine: Engine, admin: TestClient
) -> None:
    names = [
        b"'; DROP TABLE call; --.wav",
        b"<script>alert(1)<.wav",
        b"line\nfeed\t.wav",
        b"caf\xe9.wav",
        b"%2e%2e%2f.wav",
        b"-rf.wav",
        "\u202egnp.\u0639.wav".encode(),
        ("\U0001f600" * 60 + ".wav").encode(),
    ]
    deep = folder.joinpath(*["\u00e9" * 100] * 8)
    deep.mkdir(parents=True)
    (deep / "deep.wav").write_bytes(sound(0.4))
    for n, name in enumerate(names):
        (Path(os.fsdecode(os.path.join(os.fsencode(folder), name)))).write_bytes(  # noqa: PTH118
            sound(0.1 + n / 100)
        )
    after = drop.take()
    assert len(after) == len(names) + 1
    assert {*after.values()} == {"taken"}
    assert len(drop.calls()) == len(after)
    assert len(admin.get("/imports/watched").json()["items"]) == len(after)
    with Session(engine) as session:
        keys = session.exec(select(Recording.key)).all()
    assert all(key.startswith("recordings/") for key in keys)


def test_nothing_is_taken_as_long_as_nobody_says_whose_it_is(
    settings: Settings,
    engine: Engine,
    files: Files,
    folder: Path,
    drop: Drop,
    caplog: pytest.LogCaptureFixture,
    admin: TestClient,
) -> None:
    (folder / "call.wav").write_bytes(sound())
    for email, said in ((None, "set TALKTRACK_IMPORT_REP"), ("no@one.example", "no active user")):
        told = settings.model_copy(update={"import_rep": email})
        admin.app.state.settings = told  # type: ignore[attr-defined]
        watching._warn_once.cache_clear()
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            for _round in range(4):
                look_round(workshop_of(told, engine, files), settle=AT_ONCE)
        assert [said in one.message for one in caplog.records] == [True]
        (problem,) = admin.get("/imports/watched").json()["problems"]
        assert said in problem
    assert drop.calls() == []
    admin.app.state.settings = settings  # type: ignore[attr-defined]
    look_round(workshop_of(settings, engine, files), settle=AT_ONCE)
    assert len(drop.calls()) == 1
    page = admin.get("/imports/watched").json()
    assert (page["problems"], page["places"]) == ([], [str(folder)])
    assert page["items"][0]["call_id"] == str(drop.calls()[0].id)


def test_places_that_hold_our_own_files_are_refused(
    settings: Settings, engine: Engine, files: Files, admin: TestClient, tmp_path: Path
) -> None:
    for wrong in (tmp_path, settings.data_folder, settings.data_folder / "files" / "recordings"):
        told = settings.model_copy(update={"import_folder": wrong})
        admin.app.state.settings = told  # type: ignore[attr-defined]
        files.put([sound()])
        for _round in range(2):
            look_round(workshop_of(told, engine, files), settle=AT_ONCE)
        (problem,) = admin.get("/imports/watched").json()["problems"]
        assert "its own files" in problem
    told = settings.model_copy(update={"import_folder": tmp_path / "not there"})
    admin.app.state.settings = told  # type: ignore[attr-defined]
    look_round(workshop_of(told, engine, files), settle=AT_ONCE)
    assert "is not there" in admin.get("/imports/watched").json()["problems"][0]
    with Session(engine) as session:
        assert session.exec(select(ImportedFile)).all() == []


def test_the_list_is_paged(engine: Engine, admin: TestClient) -> None:
    with session_scope(engine) as session:
        session.add_all(
            ImportedFile(place="/drop", name=f"{n}.wav", mark="1", state="taken") for n in range(5)
        )
    seen: list[str] = []
    cursor = None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/imports/watched", params=asked).json()
        seen += [one["name"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == [f"{n}.wav" for n in range(5)]
    assert admin.get("/imports/watched", params={"state": "lost"}).status_code == 422
