"""Clips: stretches of calls worth showing, each with a sound file of its own, made when asked."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from uuid import UUID

from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from analyzer.audio import SCRATCH
from analyzer.engines.clip_sound import cut_sound
from analyzer.formats.playable import ENDING, MIME
from models.doomed import doom, forget_doomed
from models.errors import BadInput, Conflict, Forbidden, Missing, StoreDown
from models.files import Files, derived_key
from models.holds import check_free
from models.lifecycle import recording_of
from models.paging import Slice, take
from models.redaction_rules import check_sound
from models.rights import find_call, may_change, refer_to_call, visible_calls
from models.stretches import check_stretch
from models.tables import Call, Clip, ShareLink, User
from models.tables.columns import Json, now

_LOG = logging.getLogger(__name__)
SHORTEST_S, LONGEST_S = 1, 1800


@dataclass(frozen=True, slots=True)
class NewClip:
    """A stretch and what to call it; seconds on the recording's clock."""

    title: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip, the call it is of, and who made it."""

    clip: Clip
    call: Call
    maker: User


def list_clips(
    session: Session,
    user: User,
    *,
    call_id: UUID | None = None,
    rep_id: UUID | None = None,
    limit: int,
    cursor: str | None = None,
) -> Slice[ClipRow]:
    """The clips of the calls a user may see, the newest first; of one call or one rep's calls."""
    statement = select(Clip).join(Call, col(Clip.call_id) == Call.id).where(visible_calls(user))
    if call_id is not None:
        statement = statement.where(Clip.call_id == call_id)
    if rep_id is not None:
        statement = statement.where(Call.rep_id == rep_id)
    keys = [(Clip.created_at, lambda one: one.created_at), (Clip.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Slice(clip_rows(session, found.items), found.next)


def find_clip(
    session: Session, user: User, call_id: UUID, clip_id: UUID, *, lock: bool = False
) -> Clip:
    """The clip, when the user may see its call. Raises Missing."""
    find_call(session, user, call_id)
    statement = select(Clip).where(Clip.id == clip_id, Clip.call_id == call_id)
    clip = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if clip is None:
        raise Missing(f"there is no clip {clip_id} of this call")
    return clip


def add_clip(session: Session, user: User, call_id: UUID, new: NewClip) -> Clip:
    """Make a clip. Raises Missing, BadInput."""
    refer_to_call(session, user, call_id)
    clip = Clip(
        call_id=call_id,
        created_by_id=user.id,
        title=new.title,
        start_s=new.start_s,
        end_s=new.end_s,
    )
    _check(session, clip)
    session.add(clip)
    session.flush()
    return clip


def change_clip(session: Session, user: User, files: Files, clip: Clip, change: Json) -> None:
    """Change title, start_s or end_s of a locked clip; what is left out stays.

    Raises BadInput, Forbidden, and Conflict when links would show another stretch than they did.
    """
    _may(session, user, clip)
    before = sound_key(clip)
    for name, value in change.items():
        setattr(clip, name, value)
    if sound_key(clip) != before:
        _check(session, clip)
        if _is_shared(session, clip):
            raise Conflict("links show this stretch to others; revoke them, or make another clip")
        _drop_later(session, files, before)
    session.add(clip)
    session.flush()


def delete_clip(session: Session, user: User, files: Files, clip: Clip) -> None:
    """Delete a locked clip with its links; its sound goes after the commit.

    Raises Forbidden, and Conflict for a call under a legal hold.
    """
    _may(session, user, clip)
    check_free(session, clip.call_id)
    _drop_later(session, files, sound_key(clip))
    session.delete(clip)
    session.flush()


def sound_key(clip: Clip) -> str:
    """Where the sound of a clip lies, or will: no other clip's lies there."""
    stretch = f"{clip.id} {clip.start_s:.3f} {clip.end_s:.3f}"
    return derived_key("clips", sha256(stretch.encode()).hexdigest(), ENDING)


def clip_sound(session: Session, files: Files, clip: Clip) -> tuple[str, str]:
    """Key and media type of a clip's sound, which is cut the first time it is asked for.

    Raises Missing when the call has nothing to play, or the clip is gone meanwhile, BadRecording
    when the recording ends before the clip begins.
    """
    check_sound(session, clip.call_id)
    if not files.exists(sound_key(clip)):
        copy = _copy_of(session, clip.call_id)
        # Whoever deletes the clip meanwhile waits, and takes the file along.
        statement = select(Clip).where(Clip.id == clip.id).with_for_update()
        held = session.exec(statement.execution_options(populate_existing=True)).one_or_none()
        if held is None:
            raise Missing(f"there is no clip {clip.id} any more")
        copy = _copy_of(session, held.call_id)  # retention may have taken the recording meanwhile
        if not files.exists(sound_key(held)):
            _cut(files, copy, held)
    return sound_key(clip), MIME


def clip_rows(session: Session, clips: Sequence[Clip]) -> list[ClipRow]:
    """The clips with their calls and makers, a query a table."""
    call_ids, maker_ids = {one.call_id for one in clips}, {one.created_by_id for one in clips}
    calls = {one.id: one for one in session.exec(select(Call).where(col(Call.id).in_(call_ids)))}
    makers = {one.id: one for one in session.exec(select(User).where(col(User.id).in_(maker_ids)))}
    return [ClipRow(one, calls[one.call_id], makers[one.created_by_id]) for one in clips]


def _check(session: Session, clip: Clip) -> None:
    check_stretch(session, clip.call_id, clip.start_s, clip.end_s)
    if not SHORTEST_S <= clip.end_s - clip.start_s <= LONGEST_S:
        raise BadInput(f"end_s: a clip lasts {SHORTEST_S} to {LONGEST_S} seconds")


def _may(session: Session, user: User, clip: Clip) -> None:
    call = session.get_one(Call, clip.call_id)
    if clip.created_by_id != user.id and not may_change(user, call):
        raise Forbidden("only who made a clip, the call's rep, their manager or an admin may")


def _is_shared(session: Session, clip: Clip) -> bool:
    live = select(ShareLink.id).where(
        ShareLink.clip_id == clip.id,
        col(ShareLink.revoked_at).is_(None),
        col(ShareLink.expires_at) > now(),
    )
    return session.exec(live.limit(1)).first() is not None


def _copy_of(session: Session, call_id: UUID) -> str:
    """The key of what browsers play of a call."""
    check_sound(session, call_id)
    recording = recording_of(session, call_id)
    if recording is None:
        raise Missing("this call has no recording: its clips can be read, not heard")
    if recording.playable_key is None:
        why = recording.unplayable or "it is being made; try again in some seconds"
        raise Missing(f"there is no copy to cut the clip from: {why}")
    return recording.playable_key


def _cut(files: Files, copy_key: str, clip: Clip) -> None:
    with TemporaryDirectory(prefix=SCRATCH) as folder, files.fetch(copy_key) as copy:
        target = Path(folder) / f"clip{ENDING}"
        cut_sound(copy, clip.start_s, clip.end_s, target)
        files.put_at(sound_key(clip), [target.read_bytes()])


def _drop_later(session: Session, files: Files, key: str) -> None:
    """Delete a file once it is certain that nobody needs it."""
    since = doom(session, [key])
    engine = cast("Engine", session.get_bind())

    def remove(_session: Session) -> None:
        try:
            files.delete(key)
        except StoreDown as error:
            _LOG.warning("the sound of a clip at %s is deleted later: %s", key, error)
        else:
            forget_doomed(engine, [(key, since)])

    event.listen(session, "after_commit", remove, once=True)
