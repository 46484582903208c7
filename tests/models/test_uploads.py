"""What dead requests left of uploads, and what becomes of it."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from models.errors import Conflict, Missing
from models.files import Files
from models.new_calls import NewCall
from models.placing import Wanted, wanted_json, wanted_of
from models.tables import Call, Recording, Upload, User
from models.tables.columns import now
from models.uploads import (
    NewUpload,
    begin_upload,
    complete,
    find_upload,
    finish_left_over,
    forget_expired,
    let_go,
    renew,
    take_upload,
)

LASTS = timedelta(days=7)
SOUND = b"RIFF\x00\x01" + bytes(range(256)) * 20


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(str(tmp_path / "files"))


@pytest.fixture
def rep(session: Session) -> User:
    user = User(email=f"{uuid4().hex}@talk.example", name="Rep")
    session.add(user)
    session.commit()
    return user


def begun(
    session: Session, rep: User, size: int = len(SOUND), wanted: Wanted | None = None
) -> Upload:
    new = NewUpload("call.wav", "audio/wav", size, wanted or Wanted())
    upload = begin_upload(session, rep, new, lasts=LASTS)
    session.commit()
    return upload


def died(session: Session, rep: User, upload: Upload) -> None:
    """The request that wrote to it is no more."""
    assert take_upload(session, rep, upload.id, uuid4()) is upload
    upload.leased_until = now() - timedelta(seconds=1)
    session.commit()


def calls(session: Session) -> int:
    return len(session.exec(select(Call)).all())


def test_one_request_holds_an_upload_at_a_time(session: Session, rep: User) -> None:
    upload, mine, other = begun(session, rep), uuid4(), uuid4()
    assert take_upload(session, rep, upload.id, mine) is not None
    assert take_upload(session, rep, upload.id, other) is None
    assert renew(session, upload.id, mine)
    assert not renew(session, upload.id, other)
    let_go(session, upload.id, other, 1, LASTS)
    assert take_upload(session, rep, upload.id, other) is None
    let_go(session, upload.id, mine, 5, LASTS)
    session.refresh(upload)
    assert (upload.received, upload.lease, upload.leased_until) == (5, None, None)
    assert take_upload(session, rep, upload.id, other) is not None


def test_a_lease_that_is_past_is_taken_over(session: Session, rep: User) -> None:
    upload = begun(session, rep)
    died(session, rep, upload)
    lost, taken = upload.lease, uuid4()
    assert lost is not None
    assert take_upload(session, rep, upload.id, taken) is not None
    assert not renew(session, upload.id, lost)


def test_a_lease_of_a_time_to_come_is_taken_over(session: Session, rep: User) -> None:
    """The clock was put back: who took it is as gone as anybody."""
    upload = begun(session, rep)
    died(session, rep, upload)
    upload.leased_until = now() + timedelta(hours=3)
    session.commit()
    assert take_upload(session, rep, upload.id, uuid4()) is not None


def test_a_row_that_another_transaction_has_is_not_waited_for(session: Session, rep: User) -> None:
    upload = begun(session, rep)
    with Session(session.get_bind()) as other:
        assert take_upload(other, rep, upload.id, uuid4()) is not None
        assert take_upload(session, rep, upload.id, uuid4()) is None


def test_an_upload_is_its_owners(session: Session, rep: User) -> None:
    upload = begun(session, rep)
    admin = User(email="ada@talk.example", name="Ada", role="admin")
    session.add(admin)
    session.flush()
    assert find_upload(session, rep, upload.id) is upload
    with pytest.raises(Missing):
        find_upload(session, admin, upload.id)


def test_what_was_whole_when_its_request_died_becomes_a_call(
    session: Session, rep: User, files: Files
) -> None:
    upload = begun(session, rep, wanted=Wanted(NewCall(title="Left")))
    files.put_part(str(upload.id), 0, SOUND)
    died(session, rep, upload)
    assert finish_left_over(session, files) == 1
    session.commit()
    assert upload.state == "done"
    call = session.get_one(Call, upload.call_id)
    assert (call.title, call.state, call.rep_id) == ("Left", "waiting", rep.id)
    assert finish_left_over(session, files) == 0  # now its parts go
    session.commit()
    assert files.received(str(upload.id)) == 0
    assert upload.leased_until is None
    assert finish_left_over(session, files) == 0
    assert calls(session) == 1
    recording = session.exec(select(Recording)).one()
    assert b"".join(files.read(recording.key)) == SOUND


def test_what_was_not_whole_waits_for_its_client(session: Session, rep: User, files: Files) -> None:
    upload = begun(session, rep)
    files.put_part(str(upload.id), 0, SOUND[:1000])
    died(session, rep, upload)
    assert finish_left_over(session, files) == 0
    assert (upload.state, upload.received, upload.leased_until) == ("open", 1000, None)
    assert files.received(str(upload.id)) == 1000


def test_what_is_in_hand_is_left_alone(session: Session, rep: User, files: Files) -> None:
    upload = begun(session, rep)
    files.put_part(str(upload.id), 0, SOUND)
    take_upload(session, rep, upload.id, uuid4())
    session.commit()
    assert finish_left_over(session, files) == 0
    assert upload.state == "open"


def test_what_has_no_place_any_more_holds_up_nothing(
    session: Session, rep: User, files: Files
) -> None:
    call = Call(title="Planned", rep_id=rep.id, started_at=now())
    session.add(call)
    session.flush()
    bad = begun(session, rep, wanted=Wanted(call_id=call.id))
    page = begun(session, rep, size=20)
    good = begun(session, rep)
    for upload, content in ((bad, SOUND), (page, b"<!doctype html> Hi.."), (good, SOUND)):
        files.put_part(str(upload.id), 0, content)
        died(session, rep, upload)
    session.delete(call)
    session.commit()
    assert finish_left_over(session, files) == 1
    session.commit()
    assert [one.state for one in (bad, page, good)] == ["open", "open", "done"]
    assert finish_left_over(session, files) == 0
    assert calls(session) == 1


def test_an_upload_is_completed_once_however_often_it_is_asked_for(
    session: Session, rep: User, files: Files
) -> None:
    upload = begun(session, rep, wanted=Wanted(again=True))
    files.put_part(str(upload.id), 0, SOUND)
    stored = files.assemble(str(upload.id))
    made: set[UUID | None] = set()
    for _time in range(3):
        done = complete(session, files, upload.id, stored, shortest_first=True)
        session.commit()
        made.add(done.call_id)
    assert len(made) == calls(session) == 1


def test_an_upload_that_is_over_goes_with_its_parts(
    session: Session, rep: User, files: Files
) -> None:
    over, held, open_ = (begun(session, rep) for _number in range(3))
    for upload in (over, held, open_):
        files.put_part(str(upload.id), 0, SOUND[:100])
    over.expires_at = held.expires_at = now() - timedelta(seconds=1)
    held.leased_until = now() + timedelta(seconds=60)
    session.commit()
    assert forget_expired(session, files) == 1
    session.commit()
    assert {one.id for one in session.exec(select(Upload)).all()} == {held.id, open_.id}
    assert files.received(str(over.id)) == 0
    assert files.received(str(open_.id)) == 100


def test_parts_of_no_upload_go_after_a_day(
    session: Session, rep: User, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan, upload = str(uuid4()), begun(session, rep)
    files.put_part(orphan, 0, SOUND)
    files.put_part(str(upload.id), 0, SOUND)
    forget_expired(session, files)
    assert files.received(orphan) == len(SOUND)
    monkeypatch.setattr("models.uploads._ORPHANED", timedelta(seconds=-1))
    forget_expired(session, files)
    assert files.received(orphan) == 0
    assert files.received(str(upload.id)) == len(SOUND)


def test_nobody_opens_uploads_without_end(
    session: Session, rep: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.uploads._MOST_OPEN", 2)
    begun(session, rep)
    begun(session, rep)
    with pytest.raises(Conflict, match="unfinished uploads"):
        begun(session, rep)


def test_what_is_wanted_reads_as_it_was_written() -> None:
    new = NewCall("A", now(), uuid4(), uuid4(), None, 3, True, "ref", {"agenda": [{"title": "x"}]})
    wanted = Wanted(new, uuid4(), again=True)
    assert wanted_of(wanted_json(wanted)) == wanted
    assert wanted_of(wanted_json(Wanted())) == Wanted()
