"""People who do not want calls with them to be worked on."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from models import lifecycle
from models.consent import digest_of, takes_part
from models.errors import BadInput, Conflict, Missing
from models.storable import readable
from models.tables import Call, ProcessingObjection, User

_LONGEST_NOTE = 1000


def list_objections(session: Session) -> list[tuple[ProcessingObjection, int]]:
    """Who objected, the last first, and how many calls there are with each."""
    newest = select(ProcessingObjection).order_by(
        col(ProcessingObjection.created_at).desc(), col(ProcessingObjection.id)
    )
    return [(one, len(_calls_with(session, one))) for one in session.exec(newest)]


def add_objection(
    session: Session, admin: User, email: str, why: str | None = None
) -> tuple[ProcessingObjection, int]:
    """Leave calls with somebody alone from now on; what is under way with them is stopped.

    Returns how many calls that were. Raises BadInput, and Conflict when they objected already.
    """
    address = readable(email.strip())
    if "@" not in address or len(address) > 320:
        raise BadInput("email: write the address that the person has in calls")
    same = func.lower(ProcessingObjection.email) == address.lower()
    known = select(ProcessingObjection).where(
        or_(same, col(ProcessingObjection.digest) == digest_of(session, address))
    )
    if session.exec(known).first() is not None:
        raise Conflict(f"{address} objected already")
    remark = readable((why or "").strip())[:_LONGEST_NOTE] or None
    row = ProcessingObjection(email=address, note=remark, noted_by_id=admin.id)
    session.add(row)
    session.flush()
    return row, _settle(session, _calls_with(session, row, lifecycle.IN_HAND))


def remove_objection(session: Session, objection_id: UUID) -> tuple[str | None, int]:
    """Take an objection back; returns whose it was, if known, and how many calls go on.

    Raises Missing.
    """
    row = session.get(ProcessingObjection, objection_id, with_for_update=True)
    if row is None:
        raise Missing(f"there is no objection {objection_id}")
    held = _calls_with(session, row, ("held",))
    session.delete(row)
    session.flush()
    return row.email, _settle(session, held)


def forget_whose(session: Session, where: ColumnElement[bool]) -> None:
    """Keep an objection of somebody who is erased, but not their address, nor what they said."""
    for row in session.exec(select(ProcessingObjection).where(where)).all():
        row.digest = digest_of(session, row.email or "")
        row.email = row.note = None
        session.add(row)
    session.flush()


def _calls_with(
    session: Session, row: ProcessingObjection, states: Sequence[str] | None = None
) -> list[UUID]:
    """The calls that who objected is known to take part in; of the erased those that are held."""
    calls = select(Call).order_by(col(Call.id))
    if states is not None:
        calls = calls.where(col(Call.state).in_(states))
    if row.email is not None:
        return [one.id for one in session.exec(calls.where(takes_part(row.email)))]
    held = session.exec(calls.where(Call.state == "held"))
    return [one.id for one in held if row.digest in _digests(session, one)]


def _digests(session: Session, call: Call) -> set[str]:
    people = call.known.get("participants") or []
    return {digest_of(session, str(one["email"])) for one in people if one.get("email")}


def _settle(session: Session, call_ids: Sequence[UUID]) -> int:
    """Stop calls, or bring them on; returns how many changed."""
    theirs = select(Call).where(col(Call.id).in_(call_ids))
    changed = 0
    for call in session.exec(theirs.order_by(col(Call.id)).with_for_update()).all():
        before = call.state
        lifecycle.settle(session, call)
        changed += call.state != before
    session.flush()
    return changed
