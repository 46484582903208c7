"""Whether a call may be worked on: what people agreed to, and whose calls are left alone."""

import hmac
from hashlib import sha256
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, text
from sqlmodel import Session, col, select

from models.database import key_of
from models.errors import BadDatabase, BadInput, Forbidden
from models.storable import readable
from models.tables import Call, ProcessingObjection, Team, User
from models.tables.columns import now
from models.trail import note

Consent = Literal["unknown", "consented", "refused", "not_needed"]
Handling = Literal["process", "transcribe", "keep", "refuse"]
"""All that is done; only a transcript is made; nothing is done; it is not even taken."""
_LONGEST = 300
_OBJECTION = b"talktrack objection "
_EMAILS = (
    "SELECT lower(person ->> 'email') FROM jsonb_array_elements("
    "CASE jsonb_typeof(call.known -> 'participants') WHEN 'array' "
    "THEN call.known -> 'participants' ELSE '[]' END) person"
)


def handling_of(session: Session, call: Call) -> Handling:
    """What may be done with a call now."""
    if objectors(session, call):
        return "keep"
    if call.consent in {"consented", "not_needed"}:
        return "process"
    rule = rule_of(session, call.rep_id)
    if call.consent == "refused":
        return "refuse" if rule == "refuse" else "keep"
    return rule


def may_be_processed(session: Session, call: Call) -> bool:
    """Whether any work on a call may be begun."""
    return handling_of(session, call) in {"process", "transcribe"}


def rule_of(session: Session, rep_id: UUID) -> Handling:
    """What becomes of a rep's calls without consent, as their team has it."""
    found = session.exec(
        select(Team.without_consent)
        .join(User, col(User.team_id) == Team.id)
        .where(col(User.id) == rep_id)
    ).one_or_none()
    return found or "process"  # type: ignore[return-value]  # the column holds these words only


def check_consent(session: Session, call: Call) -> None:
    """Raise Forbidden when a call is not to be taken in for want of consent."""
    if handling_of(session, call) == "refuse":
        raise Forbidden(
            "this team takes no recording or transcript without consent: declare it with the "
            "call (consent: consented, or not_needed with consent_basis)"
        )


def declare(session: Session, user: User, call: Call, consent: Consent, basis: str | None) -> None:
    """Keep what somebody declares of a call's consent, with a line in the trail.

    What follows from it is `lifecycle.settle`. Raises BadInput for `not_needed` without a basis.
    """
    why = readable((basis or "").strip())[:_LONGEST] or None
    if consent == "not_needed" and why is None:
        raise BadInput("consent_basis: say why no consent is needed, as a contract or a law")
    before = call.consent
    call.consent, call.consent_basis = consent, why
    is_known = consent != "unknown"
    call.consent_by_id = user.id if is_known else None
    call.consent_at = now() if is_known else None
    session.add(call)
    session.flush()
    given = None if why is None else "given"  # the trail outlives whom the words may name
    detail = {"consent": consent, "basis": given, "before": before}
    note(
        session,
        user,
        verb="declare_consent",
        noun="calls",
        subject_id=str(call.id),
        detail=detail,
    )


def objectors(session: Session, call: Call) -> list[str]:
    """The addresses among those known to take part whose owners do not want to be processed."""
    people = call.known.get("participants") or []
    emails = {str(one.get("email") or "").strip().lower() for one in people} - {""}
    if not emails:
        return []
    told = select(func.lower(ProcessingObjection.email)).where(
        func.lower(ProcessingObjection.email).in_(emails)
    )
    digests = select(ProcessingObjection.digest).where(col(ProcessingObjection.digest).is_not(None))
    erased = {*session.exec(digests)}
    found = {*session.exec(told)}
    found |= {one for one in emails if erased and digest_of(session, one) in erased}
    return sorted(found)


def digest_of(session: Session, email: str) -> str:
    """What tells an address again without holding it. Raises BadDatabase without the key."""
    key = key_of(session)
    if key is None:
        raise BadDatabase("people who objected cannot be recognised: the signing key is not known")
    address = email.strip().lower()
    return hmac.digest(_OBJECTION + key.encode(), address.encode(), sha256).hex()


def takes_part(email: str) -> ColumnElement[bool]:
    """Which rows of `call` somebody with this address is known to take part in."""
    return text(f":objector IN ({_EMAILS})").bindparams(  # type: ignore[return-value]
        objector=email.strip().lower()
    )
