from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest
from sqlalchemy import Engine, column, select, text
from sqlmodel import Session

from models.database import session_scope
from models.errors import Conflict, Missing
from models.files import Files
from models.forgetting import forget_recordings, sweep_unused
from models.hearings import keep_hearing, keep_stage
from models.holds import place_hold
from models.reports import forget_call, keep_report
from models.tables import Call, Clip, Comment, Recording, Tip, Upload, User
from tests.models.kept_calls import FIXTURES, fixture_hearing, fixture_report, new_call

SHA, OTHER = "a" * 64, "b" * 64


def record(session: Session, call: Call, sha256: str = SHA, **keys: str | None) -> Recording:
    made = {"playable_key": f"{sha256}.m4a", "peaks_key": f"{sha256}.peaks", **keys}
    recording = Recording(
        call_id=call.id, sha256=sha256, size=1, origin_name="x.wav", key=f"{sha256}.wav", **made
    )
    session.add(recording)
    session.flush()
    return recording


def test_everything_of_a_call_goes_and_what_brought_it_stays(session: Session) -> None:
    call, other = new_call(session), new_call(session)
    for one in (call, other):
        record(session, one, SHA if one is call else OTHER)
        keep_hearing(session, one, fixture_hearing(FIXTURES[0]))
        keep_stage(session, one.id, "diarizing", SHA, {})
        keep_report(session, one, fixture_report(FIXTURES[0]))
        session.add(Comment(call_id=one.id, author_id=one.rep_id, text="Well"))
        session.add(
            Clip(call_id=one.id, created_by_id=one.rep_id, title="x", start_s=0.0, end_s=1.0)
        )
    upload = Upload(owner_id=call.rep_id, origin_name="x", expires_at=call.started_at)
    upload.call_id = call.id
    session.add(upload)
    session.flush()
    forget_call(session, call.id)
    session.commit()
    tables = session.execute(
        text(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'call_id' AND table_schema = 'public'"
        )
    ).scalars()
    left = {
        table: session.execute(select(column("call_id")).select_from(text(table)).distinct())
        .scalars()
        .all()
        for table in tables
        if not table.startswith("procrastinate")
    }
    assert {one for ids in left.values() for one in ids} <= {other.id, None}
    filled = {"recording", "hearing", "stage_result", "report", "call_facts", "utterance", "moment"}
    assert all(left[table] == [other.id] for table in filled | {Tip.__tablename__, "comment"})
    session.refresh(upload)
    assert upload.call_id is None


def test_the_files_of_the_last_call_that_uses_them_are_free(session: Session) -> None:
    first, second = new_call(session), new_call(session)
    record(session, first)
    record(session, second, playable_key="other.m4a", peaks_key=None)
    assert forget_call(session, first.id) == {f"{SHA}.m4a", f"{SHA}.peaks"}
    assert forget_call(session, second.id) == {f"{SHA}.wav", "other.m4a"}


def test_a_call_without_a_recording_frees_nothing(session: Session) -> None:
    assert forget_call(session, new_call(session).id) == frozenset()


def test_a_recording_that_is_not_playable_yet_frees_its_own_file(session: Session) -> None:
    call = new_call(session)
    record(session, call, playable_key=None, peaks_key=None)
    assert forget_call(session, call.id) == {f"{SHA}.wav"}


def test_a_recording_under_a_legal_hold_stays(session: Session) -> None:
    held, free = new_call(session), new_call(session)
    for one, sha256 in ((held, SHA), (free, OTHER)):
        record(session, one, sha256)
    admin = session.get_one(User, held.rep_id)
    place_hold(session, admin, "call", held.id, "a dispute")
    with pytest.raises(Conflict, match="a dispute"):
        forget_recordings(session, [free.id, held.id])
    assert len(forget_recordings(session, [free.id])) == 3


def test_a_call_that_is_gone_is_missed(session: Session) -> None:
    call = new_call(session)
    forget_call(session, call.id)
    for gone in (call.id, uuid4()):
        with pytest.raises(Missing, match=str(gone)):
            forget_call(session, gone)


def test_of_two_calls_deleted_at_once_the_later_takes_the_file_along(engine: Engine) -> None:
    with session_scope(engine) as session:
        calls = [new_call(session), new_call(session)]
        for call in calls:
            record(session, call)
    freed: list[frozenset[str]] = []
    began = Event()

    def forget_second() -> None:
        with session_scope(engine) as session:
            began.set()
            freed.append(forget_call(session, calls[1].id))

    thread = Thread(target=forget_second)
    with session_scope(engine) as session:
        freed.append(forget_call(session, calls[0].id))
        thread.start()
        began.wait(10)
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(30)
    assert freed == [frozenset(), {f"{SHA}.wav", f"{SHA}.m4a", f"{SHA}.peaks"}]


def test_files_that_nothing_names_are_swept(
    engine: Engine, session: Session, tmp_path: Path
) -> None:
    files = Files(str(tmp_path / "files"))
    used, unused = files.put([b"used"]), files.put([b"unused"])
    call = new_call(session)
    record(session, call, used.sha256).key = used.key
    session.commit()
    assert sweep_unused(engine, files, timedelta(days=1)) == 0  # its row may be about to come
    assert sweep_unused(engine, files, timedelta(0)) == 1
    assert files.exists(used.key)
    assert not files.exists(unused.key)
