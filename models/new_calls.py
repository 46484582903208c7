"""A call comes in: with a recording, with a transcript, or with neither yet; and it goes."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Engine, event
from sqlmodel import Session, col, delete, select

from models import lifecycle
from models.calls import check_links
from models.consent import Consent, check_consent, declare
from models.doomed import doom
from models.errors import BadInput, Conflict, StoreDown
from models.events import tell_call
from models.files import Files, StoredFile
from models.forgetting import drop_doomed, forget_call, hold_file
from models.holds import check_free
from models.known import check_known, read_known
from models.rights import find_deal, may_own
from models.tables import Call, Playbook, Recording, Redaction, User
from models.tables.columns import Json, now

_NAME = 300
_UNTITLED = "Call"


@dataclass(frozen=True, slots=True)
class NewCall:
    """What is said of a call that comes in; `rep_id` None is whoever brings it."""

    title: str | None = None
    started_at: datetime | None = None
    rep_id: UUID | None = None
    deal_id: UUID | None = None
    account_id: UUID | None = None
    speakers: int | None = None
    is_private: bool = False
    ref: str | None = None
    known: Json = field(default_factory=dict)
    consent: Consent = "unknown"
    consent_basis: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A recording that lies in the store, and what it was called."""

    stored: StoredFile
    name: str
    media_type: str


def add_call(session: Session, user: User, new: NewCall, *, name: str | None = None) -> Call:
    """Add a call. Raises Missing, Forbidden, Conflict, or what is wrong with what is known."""
    rep = may_own(session, user, new.rep_id or user.id)
    if new.deal_id is not None:
        find_deal(session, user, new.deal_id)
    check_links(session, new.deal_id, new.account_id)
    if new.ref is not None and _by_ref(session, new.ref) is not None:
        raise Conflict(f"there already is a call {new.ref}")
    told, at = read_known(new.known), now()
    title = new.title or told.title or PurePath(name or "").stem or _UNTITLED
    call = Call(
        title=title[:_NAME],
        rep_id=rep.id,
        deal_id=new.deal_id,
        account_id=new.account_id,
        started_at=new.started_at or told.started_at or at,
        created_at=at,
        speakers=new.speakers,
        is_private=new.is_private,
        ref=new.ref,
        known=check_known(new.known),
        created_by_id=user.id,
    )
    session.add(call)
    session.flush()
    if new.consent != "unknown":
        declare(session, user, call, new.consent, new.consent_basis)
    tell_call(session, "call.created", call)
    return call


def give_recording(
    session: Session, files: Files, call: Call, file: File, *, shortest_first: bool = True
) -> Recording:
    """Give a call its recording and have it heard. Raises Conflict when it has one.

    Raises Forbidden where nobody declared consent and the team takes no such call.
    """
    check_consent(session, call)
    if lifecycle.recording_of(session, call.id) is not None:
        raise Conflict(f"call {call.id} has a recording already; delete the call, or add another")
    hold_file(session, file.stored.key)
    if not files.exists(file.stored.key):
        raise StoreDown("the same file was just deleted with another call; send it again")
    recording = Recording(
        call_id=call.id,
        sha256=file.stored.sha256,
        size=file.stored.size,
        key=file.stored.key,
        origin_name=clean_name(file.name),
        media_type=file.media_type[:100],
    )
    call.recording_deleted_at = None
    session.execute(delete(Redaction).where(col(Redaction.call_id) == call.id))
    session.add(recording)
    session.flush()
    lifecycle.hear(session, call, recording, shortest_first=shortest_first)
    return recording


def tell_untold(call: Call, title: str | None, started_at: datetime | None) -> None:
    """Give a call the title and the start that nobody told when it was added."""
    if title and call.title == _UNTITLED:
        call.title = title[:_NAME]
    if started_at is not None and call.started_at == call.created_at:
        call.started_at = started_at
    lifecycle.touch(call)


def change_known(
    session: Session, user: User, call: Call, known: Json, columns: dict[str, Any]
) -> None:
    """Change what is known of a call; None takes it away. What was heard is understood again."""
    if columns.get("rep_id") is not None:
        may_own(session, user, columns["rep_id"])
    if columns.get("deal_id") is not None and columns["deal_id"] != call.deal_id:
        find_deal(session, user, columns["deal_id"])
    check_links(session, columns.get("deal_id"), columns.get("account_id"))
    playbook_id = columns.get("playbook_id")
    if playbook_id is not None and session.get(Playbook, playbook_id) is None:
        raise BadInput(f"playbook_id: there is no playbook {playbook_id}")
    _set(session, call, columns)
    merged = {**call.known, **known}
    call.known = check_known({key: value for key, value in merged.items() if value is not None})
    lifecycle.touch(call)
    session.add(call)
    session.flush()
    if (known or _HEARD & columns.keys()) and call.state in {"ready", "understanding", "failed"}:
        lifecycle.understand_if_heard(session, call)
    if "participants" in known:
        lifecycle.settle(session, call)


def _set(session: Session, call: Call, columns: dict[str, Any]) -> None:
    bound = {"deal_id": call.deal_id, "account_id": call.account_id}
    if any(columns.get(name, was) != was for name, was in bound.items()):
        check_free(session, call.id)  # or it could be moved from under a hold
    for name, value in columns.items():
        if value is not None or name in _EMPTIABLE:
            setattr(call, name, value)


def delete_call(session: Session, files: Files, call: Call) -> None:
    """Delete a call; files no other call uses go once that is certain, after the commit.

    If they cannot go then, housekeeping comes back for them.
    """
    lifecycle.stop_jobs(session, call)
    tell_call(session, "call.deleted", call)
    keys = forget_call(session, call.id)
    doom(session, keys)
    engine = cast("Engine", session.get_bind())

    def remove(_session: Session) -> None:
        with suppress(StoreDown):  # their names wait
            drop_doomed(engine, files, keys)

    event.listen(session, "after_commit", remove, once=True)


def clean_name(name: str) -> str:
    """The name a file was uploaded under, without folders and signs that no name holds."""
    plain = PurePath(name.replace("\\", "/")).name
    return "".join(sign for sign in plain if sign.isprintable())[-_NAME:] or "recording"


_EMPTIABLE = {"deal_id", "account_id", "playbook_id", "speakers"}
_HEARD = {"title", "started_at", "playbook_id", "deal_id"}
"""What a report depends on."""


def _by_ref(session: Session, ref: str) -> Call | None:
    statement = select(Call).where(Call.ref == ref, col(Call.origin) == "talktrack")
    return session.exec(statement).one_or_none()
