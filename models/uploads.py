"""Uploads that come in pieces: who may go on with them, and how they end, whoever dies meanwhile.

What has come is what lies in the store; the row only names it. A request that writes to an upload
holds a lease, which it renews; a lease that is past tells of a request that died.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, update
from sqlmodel import Session, col, select

from models.errors import Conflict, Missing, StoreDown, StoreError, StoreFull
from models.files import Files, StoredFile
from models.new_calls import File, clean_name
from models.placing import Wanted, check_wanted, place, wanted_json, wanted_of
from models.sniffing import HEAD, check_head
from models.storable import storable
from models.tables import Upload, User
from models.tables.columns import now
from models.trail import note

_LOG = logging.getLogger(__name__)
LEASE = timedelta(seconds=10)
_LONGEST_LEASE = timedelta(minutes=2)
"""Clocks of machines differ by less."""
_MOST_OPEN = 1000
_ORPHANED = timedelta(days=1)
_PASSING = (StoreDown, StoreFull)


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file that is to come; `size` in bytes, None when it is told later."""

    name: str
    media_type: str
    size: int | None
    wanted: Wanted
    metadata: str = ""
    """As the client sent it, to be given back."""


def begin_upload(session: Session, user: User, new: NewUpload, *, lasts: timedelta) -> Upload:
    """Make room for a file. Raises what is wrong with the call it is for, Conflict for too many."""
    check_wanted(session, user, new.wanted)
    owned = (Upload.owner_id == user.id, Upload.state != "done")
    if session.exec(select(func.count()).select_from(Upload).where(*owned)).one() >= _MOST_OPEN:
        raise Conflict(f"you have {_MOST_OPEN} unfinished uploads; finish or delete some first")
    known = {"wanted": wanted_json(new.wanted), "metadata": new.metadata}
    upload = Upload(
        owner_id=user.id,
        origin_name=clean_name(new.name),
        media_type=new.media_type[:100],
        size=new.size,
        known=storable(known, "the upload"),
        expires_at=now() + lasts,
    )
    session.add(upload)
    session.flush()
    return upload


def find_upload(session: Session, user: User, upload_id: UUID) -> Upload:
    """The user's own upload. Raises Missing: nobody else has anything to do with it."""
    own = (col(Upload.id) == upload_id, Upload.owner_id == user.id)
    upload = session.exec(select(Upload).where(*own)).one_or_none()
    if upload is None:
        raise Missing(f"there is no upload {upload_id} of yours; begin a new one")
    return upload


def broken_off(session: Session, user: User, *, limit: int) -> list[Upload]:
    """The user's uploads that nobody sends just now and that can go on, the last begun first."""
    statement = (
        select(Upload)
        .where(Upload.owner_id == user.id, Upload.state != "done", col(Upload.expires_at) >= now())
        .where(_is_free())
        .order_by(col(Upload.created_at).desc(), col(Upload.id))
    )
    return list(session.exec(statement.limit(limit)).all())


def _is_free() -> ColumnElement[bool]:
    """Whether nobody has it in hand; nor does who took it before the clock was put back."""
    until, at = col(Upload.leased_until), now()
    return or_(until.is_(None), until < at, until > at + _LONGEST_LEASE)


def take_upload(session: Session, user: User, upload_id: UUID, lease: UUID) -> Upload | None:
    """The upload, to write to; None while another request does. Raises Missing."""
    find_upload(session, user, upload_id)
    statement = select(Upload).where(col(Upload.id) == upload_id, _is_free())
    upload = session.exec(
        statement.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ).one_or_none()
    if upload is not None:
        upload.lease, upload.leased_until = lease, now() + LEASE
        session.add(upload)
    return upload


def renew(session: Session, upload_id: UUID, lease: UUID) -> bool:
    """Hold an upload for longer; False when it is in other hands, or gone."""
    mine = (col(Upload.id) == upload_id, col(Upload.lease) == lease)
    statement = update(Upload).where(*mine).values(leased_until=now() + LEASE)
    return session.exec(statement).rowcount == 1


def let_go(
    session: Session, upload_id: UUID, lease: UUID, received: int | None, lasts: timedelta
) -> None:
    """End a lease, if it still holds; `received` bytes are there, None when nobody looked."""
    mine = (col(Upload.id) == upload_id, col(Upload.lease) == lease)
    known = {} if received is None else {"received": received}
    free = {"lease": None, "leased_until": None, "expires_at": now() + lasts}
    session.exec(update(Upload).where(*mine).values(**free, **known))


def begin_finishing(session: Session, upload_id: UUID) -> Upload:
    """All bytes are there: see that they still have a place. Raises Missing and what is wrong."""
    upload = _locked(session, upload_id)
    if upload.state != "done" and upload.size is not None:
        check_wanted(session, _owner(session, upload), wanted_of(upload.known["wanted"]))
        upload.state, upload.received = "finishing", upload.size
        session.add(upload)
    return upload


def check_stored(files: Files, stored: StoredFile, name: str) -> None:
    """Raise NotRecording when a file that is there whole is clearly none."""
    head = b"".join(files.read(stored.key, 0, HEAD))
    check_head(head, name, is_whole=True)


def complete(
    session: Session, files: Files, upload_id: UUID, stored: StoredFile, *, shortest_first: bool
) -> Upload:
    """Give an assembled upload its call, once, however often it is asked for."""
    upload = _locked(session, upload_id)
    if upload.state == "done":
        return upload
    user, wanted = _owner(session, upload), wanted_of(upload.known["wanted"])
    file = File(stored, upload.origin_name, upload.media_type)
    placed = place(session, files, user, file, wanted, shortest_first=shortest_first)
    upload.state, upload.call_id = "done", placed.call.id
    upload.known = {**upload.known, "is_same": not placed.is_new}
    session.add(upload)
    note(session, user, verb="upload", noun="calls", subject_id=str(placed.call.id))
    return upload


def reopen(session: Session, upload_id: UUID) -> None:
    """It cannot be finished as things are: it is as before its last byte."""
    unfinished = (col(Upload.id) == upload_id, col(Upload.state) != "done")
    session.exec(update(Upload).where(*unfinished).values(state="open"))


def forget_upload(session: Session, upload_id: UUID) -> None:
    """Delete an upload's row; its parts are to go once that is committed."""
    upload = session.get(Upload, upload_id)
    if upload is not None:
        session.delete(upload)


def finish_left_over(
    session: Session, files: Files, *, shortest_first: bool = True, limit: int = 20
) -> int:
    """Bring to an end what dead requests left; returns how many uploads became calls."""
    was_taken = col(Upload.leased_until).is_not(None) | (col(Upload.state) == "finishing")
    left = session.exec(
        select(Upload).where(_is_free(), was_taken).limit(limit).with_for_update(skip_locked=True)
    ).all()
    finished = 0
    for upload in left:
        with suppress(*_PASSING):  # the next round may find the store as it should be
            finished += _bring_on(session, files, upload, shortest_first)
    return finished


def _bring_on(session: Session, files: Files, upload: Upload, shortest_first: bool) -> bool:
    """Whether an upload that was left became a call."""
    if upload.state == "done":  # only its parts were left
        files.drop_parts(str(upload.id))
    else:
        upload.received = files.received(str(upload.id))
        if upload.received == upload.size:
            return _end(session, files, upload, shortest_first)
    upload.lease = upload.leased_until = None
    session.add(upload)
    return False


def _end(session: Session, files: Files, upload: Upload, shortest_first: bool) -> bool:
    try:
        with session.begin_nested():
            begin_finishing(session, upload.id)
            stored = files.assemble(str(upload.id), upload.size)
            check_stored(files, stored, upload.origin_name)
            complete(session, files, upload.id, stored, shortest_first=shortest_first)
            # Seen once more in the next round, when this is certain, for its parts to go.
            upload.leased_until = upload.leased_until or now()
    except _PASSING:
        raise
    except StoreError as error:
        _LOG.warning("upload %s cannot be finished: %s", upload.id, error)
        session.refresh(upload)
        upload.state, upload.lease, upload.leased_until = "open", None, None
        session.add(upload)
        return False
    return True


def forget_expired(session: Session, files: Files) -> int:
    """Let go of uploads nobody went on with, and of parts that belong to none."""
    over = session.exec(
        select(Upload)
        .where(col(Upload.expires_at) < now())
        .where(_is_free())
        .with_for_update(skip_locked=True)
    ).all()
    for upload in over:
        files.drop_parts(str(upload.id))
        session.delete(upload)
    for found in files.stale_uploads(_ORPHANED):
        if session.get(Upload, UUID(found)) is None:
            files.drop_parts(found)
    return len(over)


def _locked(session: Session, upload_id: UUID) -> Upload:
    statement = select(Upload).where(col(Upload.id) == upload_id).with_for_update()
    upload = session.exec(statement.execution_options(populate_existing=True)).one_or_none()
    if upload is None:
        raise Missing(f"upload {upload_id} was deleted meanwhile; begin a new one")
    return upload


def _owner(session: Session, upload: Upload) -> User:
    return session.get_one(User, upload.owner_id)
