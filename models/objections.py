"""People who do not want calls with them to be worked on."""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import lifecycle
from models.consent import takes_part
from models.errors import BadInput, Conflict, Missing
from models.storable import readable
from models.tables import Call, ProcessingObjection, User

_LONGEST_NOTE = 1000


def list_objections(session: Session) -> list[tuple[ProcessingObjection, int]]:
    """Who objected, the last first, and how many calls there are with each."""
    newest = select(ProcessingObjection).order_by(
        col(ProcessingObjection.created_at).desc(), col(ProcessingObjection.id)
    )
    return [(one, _count(session, one.email)) for one in session.exec(newest)]


def add_objection(
    session: Session, admin: User, email: str, why: str | None = None
) -> tuple[ProcessingObjection, int]:
    """Leave calls with somebody alone from now on; what is under way with them is stopped.

    Returns how many calls that were. Raises BadInput, and Conflict when they objected already.
    """
    address = readable(email.strip())
    if "@" not in address or len(address) > 320:
        raise BadInput("email: write the address that the person has in calls")
    known = select(ProcessingObjection).where(
        func.lower(ProcessingObjection.email) == address.lower()
    )
    if session.exec(known).first() is not None:
        raise Conflict(f"{address} objected already")
    remark = readable((why or "").strip())[:_LONGEST_NOTE] or None
    row = ProcessingObjection(email=address, note=remark, noted_by_id=admin.id)
    session.add(row)
    session.flush()
    return row, _settle(session, address, lifecycle.IN_HAND)


def remove_objection(session: Session, objection_id: UUID) -> tuple[str, int]:
    """Take an objection back; returns whose it was, and how many calls go on. Raises Missing."""
    row = session.get(ProcessingObjection, objection_id, with_for_update=True)
    if row is None:
        raise Missing(f"there is no objection {objection_id}")
    session.delete(row)
    session.flush()
    return row.email, _settle(session, row.email, ("held",))


def _settle(session: Session, email: str, states: tuple[str, ...]) -> int:
    """Stop calls with somebody, or bring them on; returns how many changed."""
    theirs = select(Call).where(takes_part(email), col(Call.state).in_(states))
    changed = 0
    for call in session.exec(theirs.order_by(col(Call.id)).with_for_update()).all():
        before = call.state
        lifecycle.settle(session, call)
        changed += call.state != before
    session.flush()
    return changed


def _count(session: Session, email: str) -> int:
    counted = select(func.count()).select_from(Call).where(takes_part(email))
    return session.exec(counted).one()
