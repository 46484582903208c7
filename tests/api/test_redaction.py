"""What a rule strikes out of a call is nowhere any more: every table, file, index and log."""

import io
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, select

from analyzer import BadRecording, Hearing
from analyzer.engines.scripted import ScriptedEngines
from api import redacting
from api.settings import Settings
from api.workshop import Workshop
from models.database import session_scope
from models.files import Files, StoredFile
from models.forgetting import sweep_unused
from models.redaction_rules import sound_is_open
from models.tables import (
    AuditEntry,
    Call,
    Comment,
    DoomedFile,
    Original,
    Recording,
    Redaction,
    Report,
)
from tests.api.byte_by_byte import Search
from tests.api.conftest import People
from tests.api.working import new_recording, sound, work, workshop_of
from tests.builders import conversation

_AGES_AGO = timedelta(0)

CARD, PHONE, IBAN = "4242424242424242", "07700900461", "DE89370400440532013000"
MAIL = "jim.qx@acme.example"
SAID = (
    ("A", "Hello Jim, this is Rita from Beacon. What takes most of your time today?"),
    ("B", f"Planning the shifts. You can call me on {PHONE} if it is too expensive."),
    ("A", "It costs 400 pounds a month. Shall I send you a proposal by Friday?"),
    ("B", f"Yes, the card number is {CARD} and I will send the IBAN, {IBAN} by Friday."),
    ("A", f"Thank you, I will write to {MAIL} about the budget tomorrow."),
)
LETTERS = ("42424242", "7700900461", "04400532", "jim.qx", "qx@acme")
"""Long enough to be in no digest by chance."""
SEARCH = Search(LETTERS)
ALL = ["card", "bank", "identity", "email", "phone", "address"]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_folder=tmp_path / "talktrack",
        database_url=SecretStr(database_url),
        secret_key=SecretStr("a key that only the tests know"),
        webhook_hosts=("hooks.invalid",),
    )


@pytest.fixture
def shop(settings: Settings, engine: Engine, files: Files) -> Callable[[], Workshop]:
    hearing: Hearing = conversation(SAID)
    return lambda: workshop_of(settings, engine, files, lambda: ScriptedEngines(hearing))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def rule(admin: TestClient, kinds: list[str], originals: str = "none") -> None:
    asked = {"kinds": kinds, "originals": originals}
    admin.put("/redaction/rules", json=asked).raise_for_status()


def length_s() -> float:
    return conversation(SAID).duration_s


def long_sound() -> bytes:
    return sound(length_s(), 330.0)


def said(rep: TestClient, call_id: UUID) -> str:
    report = rep.get(f"/calls/{call_id}/report").raise_for_status().json()
    return " ".join(w["text"] for one in report["utterances"] for w in one["words"])


def samples(content: bytes) -> np.ndarray[Any, np.dtype[np.int16]]:
    import av

    with av.open(io.BytesIO(content)) as file:
        return np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])


def nowhere(engine: Engine, settings: Settings) -> None:
    assert SEARCH.in_rows(engine) == set()
    assert not SEARCH.in_dump(engine)
    assert SEARCH.in_folder(settings.data_folder) == set()
    assert SEARCH.in_cluster(engine) == set()


def test_nothing_is_struck_out_by_itself(
    rep: TestClient, engine: Engine, files: Files, people: People, shop: Callable[[], Workshop]
) -> None:
    call_id = new_recording(engine, files, people.rep, long_sound())
    work(shop())
    assert CARD in said(rep, call_id)
    assert rep.get(f"/calls/{call_id}/files/playable").status_code == 200


def test_what_a_new_call_says_is_never_kept(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    files: Files,
    settings: Settings,
    people: People,
    shop: Callable[[], Workshop],
    logged: pytest.LogCaptureFixture,
) -> None:
    admin.post(
        "/webhooks",
        json={"url": "https://hooks.invalid/x", "events": ["call.created", "call.ready"]},
    ).raise_for_status()
    rule(admin, ALL)
    call_id = new_recording(engine, files, people.rep, long_sound())
    for what in ("recording", "playable", "peaks"):
        closed = rep.get(f"/calls/{call_id}/files/{what}")
        assert closed.status_code == 404
    logged.clear()
    work(shop())
    text = said(rep, call_id)
    assert "[card number]" in text
    assert "[phone number]" in text
    assert "400 pounds" in text
    for name in ("html", "md", "txt", "srt", "vtt", "hearing"):
        answer = rep.get(f"/calls/{call_id}/report", params={"format": name})
        assert not SEARCH.is_in(answer.content)
    nowhere(engine, settings)
    assert not SEARCH.is_in(logged.text.encode())
    assert rep.get("/search", params={"q": CARD}).json()["items"] == []
    assert rep.get(f"/calls/{call_id}/files/playable").status_code == 200
    assert rep.get(f"/calls/{call_id}/original").status_code == 404
    with Session(engine) as session:
        line = session.exec(select(AuditEntry).where(AuditEntry.verb == "strike_out")).one()
        assert line.detail["found"]["card"] == 1


def test_a_tone_lies_over_the_sound_and_nowhere_else(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    files: Files,
    people: People,
    shop: Callable[[], Workshop],
) -> None:
    rule(admin, ["card"])
    before = samples(long_sound())
    call_id = new_recording(engine, files, people.rep, long_sound())
    with Session(engine) as session:
        old = session.exec(select(Recording)).one().key
    work(shop())
    content = rep.get(f"/calls/{call_id}/files/recording").content
    after = samples(content)
    with Session(engine) as session:
        row = session.get_one(Redaction, call_id)
        [[kind, start, end]] = row.stretches
        assert (kind, row.sound, row.toned) == ("card", "done", 1)
    assert len(after) == len(before)
    inside = slice(int(float(start) * 16_000), int(float(end) * 16_000))
    assert not np.array_equal(after[inside], before[inside])
    spectrum = np.abs(np.fft.rfft(after[inside].astype(float)))
    assert abs(spectrum.argmax() * 16_000 / len(after[inside]) - 440) < 2
    edge = int(0.3 * 16_000)
    assert np.array_equal(after[: inside.start - edge], before[: inside.start - edge])
    assert np.array_equal(after[inside.stop + edge :], before[inside.stop + edge :])
    assert not files.exists(old)


def test_a_written_call_and_words_put_right_go_the_same_way(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    shop: Callable[[], Workshop],
) -> None:
    rule(admin, ALL)
    vtt = f"WEBVTT\n\n00:00.000 --> 00:09.000\n<v Rita>Hello Jim, the card number is {CARD} yes?\n"
    vtt += "\n00:09.000 --> 00:14.000\n<v Jim>No it is wrong, the last part is something.\n"
    sent = rep.post("/transcripts", content=vtt.encode(), params={"name": "a.vtt"})
    call_id = sent.raise_for_status().json()["items"][0]["call"]["id"]
    work(shop())
    assert "[card number]" in said(rep, call_id)
    report = rep.get(f"/calls/{call_id}/report").json()
    words = report["utterances"][1]["words"]
    what = {
        "start": words[-2]["start"],
        "end": words[-1]["end"] + 0.01,
        "speaker": report["utterances"][1]["speaker"],
        "text": f"my mail is {MAIL} and {CARD}",
    }
    rep.post(
        f"/calls/{call_id}/corrections", json={"kind": "fix_words", "what": what}
    ).raise_for_status()
    rep.post(f"/calls/{call_id}/comments", json={"text": f"Jim's: {PHONE}"}).raise_for_status()
    work(shop())
    assert "[e-mail]" in said(rep, call_id)
    with Session(engine) as session:
        assert session.exec(select(Comment)).one().text == "Jim's: [phone number]"
    nowhere(engine, settings)


def test_calls_there_are_gone_through_when_an_admin_says_so(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    files: Files,
    settings: Settings,
    people: People,
    shop: Callable[[], Workshop],
) -> None:
    call_id = new_recording(engine, files, people.rep, long_sound())
    work(shop())
    clip = {"title": "The price", "start_s": 0.0, "end_s": 4.0}
    made = rep.post(f"/calls/{call_id}/clips", json=clip).raise_for_status().json()["id"]
    assert rep.get(f"/calls/{call_id}/clips/{made}/sound").status_code == 200
    rep.post(f"/calls/{call_id}/comments", json={"text": f"Write to {MAIL}"}).raise_for_status()
    rule(admin, ALL)
    tried = admin.get("/redaction/dry-run").json()
    assert (tried["calls"], tried["looked_at"]) == (1, 1)
    assert tried["found"] == {"card": 1, "bank": 1, "email": 1, "phone": 1}
    assert CARD in said(rep, call_id)
    assert admin.post("/redaction/runs").status_code == 202
    work(shop())
    assert admin.get("/redaction").json()["calls_due"] == 0
    assert "[account number]" in said(rep, call_id)
    assert rep.get(f"/calls/{call_id}/clips/{made}/sound").status_code == 200
    nowhere(engine, settings)
    with Session(engine) as session:
        recording = session.exec(select(Recording)).one()
        assert session.exec(select(DoomedFile)).all() == []
        kinds = ("recordings", "playable", "peaks")
        kept = {one for kind in kinds for one in _stored(settings, kind)}
        assert kept == {recording.key, recording.playable_key, recording.peaks_key}


def _stored(settings: Settings, kind: str) -> set[str]:
    place = settings.data_folder / "files"
    return {str(p.relative_to(place)) for p in (place / kind).rglob("*") if p.is_file()}


def test_an_original_is_for_whom_the_rule_names(
    rep: TestClient,
    manager: TestClient,
    boss: TestClient,
    admin: TestClient,
    engine: Engine,
    files: Files,
    settings: Settings,
    people: People,
    shop: Callable[[], Workshop],
) -> None:
    rule(admin, ALL, "managers")
    call_id = new_recording(engine, files, people.rep, long_sound())
    work(shop())
    nowhere(engine, settings)  # what was heard is sealed
    path = f"/calls/{call_id}/original"
    assert rep.get(path).status_code == 403
    assert boss.get(path).status_code == 404
    told = manager.get(path).raise_for_status().json()
    assert CARD in " ".join(line["text"] for line in told["lines"])
    assert admin.get(f"{path}/recording").content == long_sound()
    with Session(engine) as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.verb == "read_original")).all()
        assert [(one.actor, one.subject_id) for one in lines] == [
            (people.manager.email, str(call_id))
        ]
        key = session.get_one(Original, call_id).key or ""
    sweep_unused(engine, files, _AGES_AGO)
    assert files.exists(key)
    rep.delete(f"/calls/{call_id}").raise_for_status()
    work(shop())
    assert not files.exists(key)
    with Session(engine) as session:
        assert session.get(Original, call_id) is None


def test_who_dies_in_between_leaves_nothing_half(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    files: Files,
    people: People,
    shop: Callable[[], Workshop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stopped after the file is stored, then after the rows were changed: each time begun again."""
    rule(admin, ["card"])
    call_id = new_recording(engine, files, people.rep, long_sound())
    with Session(engine) as session:
        old = session.exec(select(Recording)).one().key
    workshop = shop()

    class Died(BaseException):
        pass

    def die(*_given: object) -> StoredFile:
        raise Died

    work(shop(), queues=["hear"])
    with monkeypatch.context() as patched:
        patched.setattr(redacting, "_swap", die)
        with pytest.raises(Died):
            redacting.lay_tone(workshop, call_id)
    with Session(engine) as session:
        assert not sound_is_open(session, call_id)
        assert session.exec(select(Recording)).one().key == old
    with monkeypatch.context() as patched:
        patched.setattr(redacting, "drop_doomed", die)
        with pytest.raises(Died):
            redacting.lay_tone(workshop, call_id)
    with Session(engine) as session:
        new = session.exec(select(Recording)).one().key
        assert session.exec(select(DoomedFile.key)).all() == [old]
    redacting.lay_tone(workshop, call_id)
    assert (files.exists(old), files.exists(new)) == (False, True)
    work(workshop)
    assert rep.get(f"/calls/{call_id}/files/playable").status_code == 200


def test_rules_are_checked_and_told(
    admin: TestClient, rep: TestClient, people: People, engine: Engine
) -> None:
    wrong = admin.put("/redaction/rules", json={"kinds": ["shoe size"]})
    assert wrong.status_code == 422
    team = str(people.rep.team_id)
    rule(admin, ["card"])
    own = {"team_id": team, "kinds": ["phone", "card"], "originals": "admins"}
    rules = admin.put("/redaction/rules", json=own).json()["rules"]
    mine = next(one for one in rules if one["team_id"] == team)
    assert (mine["kinds"], mine["originals"], mine["is_own"]) == (["card", "phone"], "admins", True)
    assert admin.delete(f"/redaction/rules/{team}").status_code == 204
    rules = admin.get("/redaction").json()["rules"]
    assert [one["kinds"] for one in rules] == [["card"]] * len(rules)
    with session_scope(engine) as session:
        told = session.exec(select(AuditEntry).where(AuditEntry.noun == "redaction")).all()
        assert {one.verb for one in told} >= {"change", "follow"}
        assert {"kinds": ["card", "phone"], "originals": "admins"} in [one.detail for one in told]
        assert session.exec(select(Call)).all() == []
        assert session.exec(select(Report)).all() == []


def test_a_recording_that_no_tone_can_be_laid_over_stays_closed(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    files: Files,
    people: People,
    shop: Callable[[], Workshop],
) -> None:
    rule(admin, ["card"])
    call_id = new_recording(engine, files, people.rep, long_sound())
    work(shop(), queues=["hear"])
    with session_scope(engine) as session:
        recording = session.exec(select(Recording)).one()
        files.put_at(recording.key, [b"no sound any more"])
    with pytest.raises(BadRecording):
        redacting.lay_tone(shop(), call_id)
    closed = rep.get(f"/calls/{call_id}/files/recording")
    assert closed.status_code == 404
    with Session(engine) as session:
        assert session.get_one(Redaction, call_id).sound == "failed"
        assert "no tone" in (session.exec(select(Recording)).one().unplayable or "")
