"""A call that goes, with all that hangs on it.

Rows go first, in one transaction with the names of their files (`doomed_file`); the files once that
is certain. Whoever dies in between, or finds the store away, leaves the names to others.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, or_, text
from sqlmodel import Session, col, select

from models.clips import sound_key
from models.database import session_scope
from models.doomed import forget_doomed
from models.errors import Missing
from models.files import Files
from models.holds import check_calls_free, check_free
from models.originals import drop_original_sounds, drop_originals
from models.tables import Call, Clip, DoomedFile, Original, Recording

_AT_ONCE = 50


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
    keys |= drop_originals(session, [call_id])
    session.flush()
    session.execute(delete(Call).where(col(Call.id) == call_id))
    return keys


def forget_recordings(session: Session, call_ids: Sequence[UUID]) -> frozenset[str]:
    """Delete the recordings of calls; returns the keys of their files and of their clips' sound.

    Others may use a file too: `drop_unused` sees to that, once the transaction is committed. Raises
    Conflict when one of the calls lies under a legal hold.
    """
    check_calls_free(session, call_ids)
    # A clip whose sound is being cut keeps this waiting, so that the file goes too.
    clips = session.exec(select(Clip).where(col(Clip.call_id).in_(call_ids)).with_for_update())
    keys = {sound_key(one) for one in clips.all()}
    found = select(Recording).where(col(Recording.call_id).in_(call_ids)).with_for_update()
    keys |= {key for one in session.exec(found) for key in keys_of(one)}
    keys |= drop_original_sounds(session, call_ids)
    session.execute(delete(Recording).where(col(Recording.call_id).in_(call_ids)))
    return frozenset(keys)


def hold_file(session: Session, key: str) -> None:
    """Keep a file from being deleted until the transaction ends, in which a call begins to use it.

    Whether it is still there is to be looked at afterwards.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"file:{key}"}
    )


def drop_doomed(engine: Engine, files: Files, keys: Iterable[str] | None = None) -> int:
    """Delete the files whose rows are gone, but for those in use again; returns how many.

    `keys` are those to delete, all when None. Raises StoreDown when the store is away: they wait.
    """
    dropped = 0
    doomed = select(DoomedFile.key, DoomedFile.since).limit(_AT_ONCE)
    if keys is not None:
        doomed = doomed.where(col(DoomedFile.key).in_(list(keys)))
    while True:
        with session_scope(engine) as session:
            found = session.exec(doomed).all()
        if not found:
            return dropped
        drop_unused(engine, files, [key for key, _since in found])
        forget_doomed(engine, found)
        dropped += len(found)


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
            kept = select(Original.call_id).where(Original.key == key)
            is_free = session.exec(in_use.limit(1)).first() is None
            if is_free and session.exec(kept.limit(1)).first() is None:
                files.delete(key)


def sweep_unused(engine: Engine, files: Files, older_than: timedelta) -> int:
    """Delete files that no row names any more, as a death between commit and deletion leaves them.

    Returns how many. Younger ones are left, since their row may be about to come.
    """
    with Session(engine) as session:
        used = {key for recording in session.exec(select(Recording)) for key in keys_of(recording)}
        used |= {sound_key(clip) for clip in session.exec(select(Clip))}
        used |= {key for key in session.exec(select(Original.key)) if key is not None}
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
