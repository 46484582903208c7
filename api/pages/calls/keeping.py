"""What a call's page says of consent, of what was deleted by rule, and of a legal hold."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Request, Response
from sqlmodel import Session

from analyzer.redaction.kinds import KINDS
from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go
from api.pages.routing import page_router
from api.pages.settings.redaction import KIND_NAMES
from api.pages.words import Words, marked
from models import lifecycle
from models.consent import Consent, declare, handling_of, objectors
from models.errors import BadInput, Conflict
from models.holds import hold_on, lift_hold, place_hold
from models.originals import may_read
from models.rights import change_call, find_call, require
from models.tables import Call, Original, Redaction, User

router = page_router("calls")
CALL = "/calls/{call_id:uuid}"
CONSENTS: dict[str, str] = {
    "unknown": marked("Nobody said yet whether people agreed"),
    "consented": marked("People agreed"),
    "refused": marked("People refused"),
    "not_needed": marked("No consent is needed"),
}
_DELETED = {
    "recording": marked("The recording was deleted on %(day)s by the retention rule."),
    "transcript": marked("The transcript was deleted on %(day)s by the retention rule."),
    "analysis": marked("The analysis was deleted on %(day)s by the retention rule."),
    "notes": marked("Comments and clips were deleted on %(day)s by the retention rule."),
}


@dataclass(frozen=True, slots=True)
class Keeping:
    """Consent and why a call is left alone; `hold` says why nothing of it is deleted."""

    call_id: UUID
    consent: str
    basis: str
    declared: str
    handling: str
    objectors: tuple[str, ...]
    hold: str
    hold_id: UUID | None
    """Of one on the call itself, which is lifted here."""
    deleted: tuple[str, ...]
    no_recording: str
    may_change: bool
    consents: dict[str, str]
    struck: str
    """What was struck out, by kind."""
    has_original: bool
    """And whether the reader may see it all the same."""


def keeping_of(session: Session, reader: Reader, call: Call, *, may_change: bool) -> Keeping:
    """Say all of it."""
    words, hold = reader.words, hold_on(session, call.id)
    original = session.get(Original, call.id)
    told = {kind: _deleted(words, call, kind) for kind in _DELETED}
    since = (
        words("Since %(day)s: %(reason)s", day=words.day(hold.created_at), reason=hold.reason)
        if hold
        else ""
    )
    return Keeping(
        call_id=call.id,
        consent=call.consent,
        basis=call.consent_basis or "",
        declared=_declared(session, words, call),
        handling=handling_of(session, call),
        objectors=tuple(objectors(session, call)),
        hold=since,
        hold_id=hold.id if hold and hold.call_id == call.id else None,
        deleted=tuple(one for one in told.values() if one),
        no_recording=told["recording"],
        may_change=may_change,
        consents=CONSENTS,
        struck=_struck(session, words, call),
        has_original=original is not None and may_read(session, reader.user, call, original),
    )


@router.post(f"{CALL}/consent", tags=["quiet"])
def declare_here(
    request: Request,
    call_id: UUID,
    reader: ReaderDep,
    session: SessionDep,
    consent: Annotated[Literal["unknown", "consented", "refused", "not_needed"], Form()],
    basis: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Declare whether people agreed; a call that is left alone for it goes on."""
    call, words = change_call(session, reader.user, call_id), reader.words
    told: Consent = consent
    try:
        declare(session, reader.user, call, told, basis)
    except BadInput:
        said = words("Say why no consent is needed: nothing was changed.")
        return go(request, f"/calls/{call_id}", said=said)
    lifecycle.touch(call)
    lifecycle.settle(session, call)
    return go(
        request, f"/calls/{call_id}", said=words("That is noted, with your name and the day.")
    )


@router.post(f"{CALL}/hold")
def hold_here(
    request: Request,
    call_id: UUID,
    reader: ReaderDep,
    session: SessionDep,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Keep all of the call from being deleted."""
    find_call(session, reader.user, call_id)
    require(reader.user, "admin")
    try:
        place_hold(session, reader.user, "call", call_id, reason)
    except (BadInput, Conflict):
        said = reader.words("Say why nothing may be deleted.")
        return go(request, f"/calls/{call_id}", said=said)
    return go(request, f"/calls/{call_id}", said=reader.words("Nothing of it is deleted any more."))


@router.post(f"{CALL}/hold/lift")
def lift_here(request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep) -> Response:
    """Lift the hold on the call itself."""
    find_call(session, reader.user, call_id)
    require(reader.user, "admin")
    hold = hold_on(session, call_id)
    if hold is not None and hold.call_id == call_id:
        lift_hold(session, reader.user, hold.id)
    return go(request, f"/calls/{call_id}", said=reader.words("The hold is lifted."))


def _struck(session: Session, words: Words, call: Call) -> str:
    row = session.get(Redaction, call.id)
    if row is None:
        return ""
    told = (f"{words(KIND_NAMES[one])} ({row.counts[one]})" for one in KINDS if one in row.counts)
    kinds = list(told)
    return words.listed(kinds) if kinds else ""


def _deleted(words: Words, call: Call, kind: str) -> str:
    at: datetime | None = getattr(call, f"{kind}_deleted_at")
    return words(_DELETED[kind], day=words.day(at)) if at else ""


def _declared(session: Session, words: Words, call: Call) -> str:
    """Who declared it and when."""
    if call.consent_at is None:
        return ""
    by = session.get(User, call.consent_by_id) if call.consent_by_id else None
    day = words.day(call.consent_at)
    return words("%(name)s, %(day)s", name=by.name, day=day) if by else day
