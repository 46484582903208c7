"""What is over its days is really gone: from the tables, and from the store."""

from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.files import Files
from models.retaining import enforce, what_would_go
from models.retention import Days, bucket_of
from models.tables import (
    AuditEntry,
    Call,
    CallFacts,
    Clip,
    DoomedFile,
    Moment,
    Recording,
    Report,
    ScorecardAnswer,
)
from tests.api.conftest import People
from tests.api.keeping import FOR_GOOD, SPOKEN, age, cut, hear, heard, lying, rows_with, rule
from tests.api.working import new_recording, sound, work, workshop_of

__all__ = ["heard"]


def test_a_recording_over_its_days_leaves_no_byte_and_the_report_stays(
    settings: Settings, engine: Engine, files: Files, people: People, rep: TestClient, heard: UUID
) -> None:
    clip_id = cut(rep, heard)
    content = sound()
    assert len([one for one in lying(settings).values() if one]) == 4  # with copy, peaks and clip
    age(engine, 181)
    rule(engine, people, Days())
    run = enforce(engine, files)
    assert run is not None
    assert run.counts == {"recording": 1, "files": 4}
    assert lying(settings) == {}
    assert not any(content in one.read_bytes() for one in settings.data_folder.rglob("*.*"))
    call = rep.get(f"/calls/{heard}").json()
    assert call["recording"] is None
    assert call["recording_deleted_at"] is not None
    assert rep.get(f"/calls/{heard}/report").status_code == 200
    assert rep.get(f"/calls/{heard}/clips/{clip_id}/sound").status_code == 404
    assert rep.get(f"/calls/{heard}/files/recording").status_code == 404
    assert lying(settings) == {}
    with Session(engine) as session:
        assert session.exec(select(DoomedFile)).all() == []
        line = session.exec(select(AuditEntry).where(AuditEntry.verb == "delete_recording")).one()
        assert line.detail == {"count": 1, "files": 4, "calls": [str(heard)]}
    again = enforce(engine, files)
    assert again is not None
    assert again.counts == {}


def test_a_transcript_over_its_days_is_quoted_nowhere_and_numbers_stay(
    engine: Engine, files: Files, people: People, rep: TestClient, heard: UUID
) -> None:
    for word in SPOKEN:
        assert {"report", "utterance", "hearing", "call_words"} <= rows_with(engine, word[:4])
    with Session(engine) as session:
        facts = session.get_one(CallFacts, heard)
        moments = len(session.exec(select(Moment)).all())
        found = len(session.exec(select(ScorecardAnswer).where(ScorecardAnswer.is_found)).all())
    assert facts.prices
    assert moments
    age(engine, 40)
    rule(engine, people, Days(None, 30, None, None))
    run = enforce(engine, files)
    assert run is not None
    assert run.counts == {"transcript": 1, "files": 0}
    for word in SPOKEN:
        assert rows_with(engine, word[:4]) == set()
    with Session(engine) as session:
        assert session.get_one(CallFacts, heard) == facts
        assert len(session.exec(select(Moment)).all()) == moments
        still = select(ScorecardAnswer).where(ScorecardAnswer.is_found)
        assert len(session.exec(still).all()) == found
    assert rep.get(f"/calls/{heard}").json()["facts"]["duration_s"] == facts.duration_s
    assert rep.get(f"/calls/{heard}/report").status_code == 404
    assert rep.post(f"/calls/{heard}/understand").status_code == 409
    assert rep.get("/search", params={"q": "shifts"}).json()["items"] == []


def test_an_analysis_over_its_days_goes_and_the_words_stay(
    settings: Settings, engine: Engine, files: Files, people: People, rep: TestClient, heard: UUID
) -> None:
    age(engine, 40)
    rule(engine, people, Days(None, None, 30, None))
    run = enforce(engine, files)
    assert run is not None
    assert run.counts == {"analysis": 1, "files": 0}
    with Session(engine) as session:
        assert session.get(CallFacts, heard) is None
        assert session.exec(select(Moment)).all() == []
        assert session.get_one(Report, heard).report["moments"] == []
    assert {"utterance", "hearing", "report"} <= rows_with(engine, SPOKEN[0])
    # Understood again it is no more than that.
    assert rep.post(f"/calls/{heard}/understand").status_code == 200
    work(workshop_of(settings, engine, files))
    with Session(engine) as session:
        assert session.get(CallFacts, heard) is None
        assert session.get_one(Call, heard).state == "ready"
    assert {"utterance", "report"} <= rows_with(engine, SPOKEN[0])


def test_notes_over_their_days_go_with_their_sound(
    settings: Settings, engine: Engine, files: Files, people: People, rep: TestClient, heard: UUID
) -> None:
    clip_id = cut(rep, heard)
    link = (
        rep.post(f"/calls/{heard}/clips/{clip_id}/links", json={}).json()["url"].rsplit("/", 1)[-1]
    )
    age(engine, 40)
    rule(engine, people, Days(None, None, None, 30))
    run = enforce(engine, files)
    assert run is not None
    assert run.counts == {"notes": 1, "files": 1}
    assert rows_with(engine, "Well asked") == set()
    with Session(engine) as session:
        assert session.exec(select(Clip)).all() == []
    assert rep.get(f"/shared/{link}").status_code == 404
    assert len(lying(settings)) == 3


def test_a_file_that_another_call_uses_stays_until_that_goes_too(
    settings: Settings, engine: Engine, files: Files, people: People, heard: UUID
) -> None:
    other = hear(settings, engine, files, people)
    before = lying(settings)
    age(engine, 200, heard)
    rule(engine, people, Days())
    enforce(engine, files)
    assert lying(settings) == before
    with Session(engine) as session:
        assert [one.call_id for one in session.exec(select(Recording))] == [other]
        assert session.exec(select(DoomedFile)).all() == []
    age(engine, 200)
    enforce(engine, files)
    assert lying(settings) == {}


def test_a_team_has_its_own_days_and_others_follow_everybodys(
    settings: Settings, engine: Engine, files: Files, people: People, heard: UUID
) -> None:
    theirs = new_recording(engine, files, people.stranger, sound(2.0, 330.0))
    nobodys = new_recording(engine, files, people.admin, sound(2.0, 220.0))
    work(workshop_of(settings, engine, files))
    age(engine, 100)
    rule(engine, people, Days(90, None, None, None))
    rule(engine, people, FOR_GOOD, people.stranger.team_id)
    with Session(engine) as session:
        going = {one.kind: [call.id for call in one.first] for one in what_would_go(session)}
        assert set(going["recording"]) == {heard, nobodys}
    enforce(engine, files, at_once=1)
    with Session(engine) as session:
        assert [one.call_id for one in session.exec(select(Recording))] == [theirs]


def test_some_recordings_stay_in_a_hundred_always_the_same(
    settings: Settings, engine: Engine, files: Files, people: People
) -> None:
    for number in range(8):
        new_recording(engine, files, people.rep, sound(1.0, 200.0 + 10 * number))
    with Session(engine) as session:
        ids = session.exec(select(Call.id)).all()
    percent = sorted(map(bucket_of, ids))[4]  # whose bucket is smaller stays
    rule(engine, people, Days(None, None, None, None, percent))
    enforce(engine, files)
    with Session(engine) as session:
        assert len(session.exec(select(Recording)).all()) == 8, "not before they are analysed"
    work(workshop_of(settings, engine, files))
    enforce(engine, files)
    with Session(engine) as session:
        left = {one.call_id for one in session.exec(select(Recording))}
        assert left == {one for one in ids if bucket_of(one) < percent}
        assert len(session.exec(select(Report)).all()) == 8
