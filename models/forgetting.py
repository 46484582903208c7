"""A call that goes, with all that hangs on it."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, or_, text
from sqlmodel import Session, col, select

from models.clips import sound_key
from models.errors import Missing
from models.files import Files
from models.holds import check_free
from models.tables import Call, Clip, Recording


def forget_call(session: Session, call_id: UUID) -> frozenset[str]:
    """Delete a call with everything kept of it; returns the keys of files nobody else needs.

    Files are to be deleted once the transaction is committed. Calls that share a file are taken
    one after the other, so that the last of them takes it along. Raises Missing, and Conflict for a
    call under a legal hold.
    """
    call = session.exec(select(Call).where(Call.id == call_id).with_for_update()).one_or_none()
    if call is None:
        raise Missing(f"there is no call {call_id}")
    recording = session.exec(select(Recording).where(Recording.call_id == call_id)).one_or_none()
    check_free(session, call_id)
    keys = _own_keys(session, recording) if recording else frozenset[str]()
    # A clip whose sound is being cut keeps this waiting, so that the file goes too.
    clips = session.exec(select(Clip).where(Clip.call_id == call_id).with_for_update()).all()
    keys |= {sound_key(clip) for clip in clips}
    session.flush()
    session.execute(delete(Call).where(col(Call.id) == call_id))
    return keys


def forget_recording(session: Session, call_id: UUID) -> frozenset[str]:
    """Delete a call's recording and its clips; returns keys of files as `forget_call` does."""
    recording = session.exec(select(Recording).where(Recording.call_id == call_id)).one_or_none()
    check_free(session, call_id)
    if recording is None:
        return frozenset()
    keys = _own_keys(session, recording)
    clips = session.exec(select(Clip).where(Clip.call_id == call_id).with_for_update()).all()
    keys |= {sound_key(clip) for clip in clips}
    session.execute(delete(Clip).where(col(Clip.call_id) == call_id))
    session.execute(delete(Recording).where(col(Recording.call_id) == call_id))
    return keys


def hold_file(session: Session, key: str) -> None:
    """Keep a file from being deleted until the transaction ends, in which a call begins to use it.

    Whether it is still there is to be looked at afterwards.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"file:{key}"}
    )


def drop_unused(bind: Engine | Connection, files: Files, keys: Iterable[str]) -> None:
    """Delete files that no call uses by now; whoever takes one up meanwhile waits."""
    for key in keys:
        with Session(bind) as session:
            hold_file(session, key)
            in_use = select(Recording.id).where(
                or_(
                    col(Recording.key) == key,
                    col(Recording.playable_key) == key,
                    col(Recording.peaks_key) == key,
                )
            )
            if session.exec(in_use.limit(1)).first() is None:
                files.delete(key)


def sweep_unused(engine: Engine, files: Files, older_than: timedelta) -> int:
    """Delete files that no row names any more, as a death between commit and deletion leaves them.

    Returns how many. Younger ones are left, since their row may be about to come.
    """
    with Session(engine) as session:
        used = {key for recording in session.exec(select(Recording)) for key in keys_of(recording)}
        used |= {sound_key(clip) for clip in session.exec(select(Clip))}
    left = [key for key in files.older(older_than) if key not in used]
    drop_unused(engine, files, left)
    return len(left)


def keys_of(recording: Recording) -> frozenset[str]:
    """The keys of a recording's files: its own, what browsers play, and the waveform."""
    keys = (recording.key, recording.playable_key, recording.peaks_key)
    return frozenset(filter(None, keys))


def _own_keys(session: Session, recording: Recording) -> frozenset[str]:
    """The keys of a recording that no other refers to."""
    sharing = (
        select(Recording)
        .where(
            or_(
                col(Recording.sha256) == recording.sha256,
                col(Recording.key).in_(keys_of(recording)),
            )
        )
        .order_by(col(Recording.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    others = [one for one in session.exec(sharing) if one.id != recording.id]
    return keys_of(recording) - frozenset[str]().union(*map(keys_of, others))
