"""What a person says of a deal against its CRM: it wins until it is cleared."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.errors import Missing
from models.tables import CrmConnection, Deal, DealOverride, User
from models.tables.columns import Json, now

OWNED = (
    "name",
    "account_id",
    "rep_id",
    "stage",
    "pipeline",
    "probability",
    "expected_on",
    "outcome",
    "lost_reason",
    "amount_minor",
    "currency",
    "opened_at",
    "closed_at",
)
"""What a CRM says of a deal that a person may say otherwise."""


def owner_of(session: Session, deal: Deal) -> CrmConnection | None:
    """The connection whose CRM owns a deal; None when it is ours."""
    if deal.ref is None:
        return None
    return session.exec(
        select(CrmConnection).where(CrmConnection.origin == deal.origin)
    ).one_or_none()


def note_overrides(session: Session, user: User, deal: Deal, before: Mapping[str, Any]) -> None:
    """Keep what a person just changed of a CRM's deal; `before` is what it held of `OWNED`.

    What is put back to the CRM's own word is no override any more.
    """
    there = {one.field: one for one in overrides_of(session, deal.id)}
    for field in OWNED:
        ours, was = to_json(getattr(deal, field)), to_json(before[field])
        kept = there.get(field)
        theirs = kept.theirs if kept is not None else was
        if ours == theirs and kept is not None:
            session.delete(kept)
        elif ours != was and kept is not None:
            kept.ours, kept.author_id, kept.created_at = ours, user.id, now()
        elif ours != was:
            session.add(
                DealOverride(
                    deal_id=deal.id, field=field, ours=ours, theirs=theirs, author_id=user.id
                )
            )
    session.flush()


def owned_of(deal: Deal) -> dict[str, Any]:
    """What a deal holds of all that a CRM says."""
    return {field: getattr(deal, field) for field in OWNED}


def overrides_of(session: Session, deal_id: UUID) -> Sequence[DealOverride]:
    """What people say of a deal against its CRM."""
    mine = select(DealOverride).where(DealOverride.deal_id == deal_id)
    return session.exec(mine.order_by(DealOverride.field)).all()


def clear_override(session: Session, deal: Deal, field: str) -> None:
    """Let the CRM have its word again. Raises Missing when there is no other."""
    found = session.get(DealOverride, (deal.id, field), with_for_update=True)
    if found is None:
        raise Missing(f"deal {deal.id} has no {field} of its own; it is the CRM's")
    setattr(deal, field, from_json(field, found.theirs))
    session.delete(found)
    session.flush()


def ours_on_top(session: Session, origin: str, refs: Sequence[str]) -> None:
    """After a copy: keep what the CRM says now, and put what people said over it."""
    found = session.exec(
        select(DealOverride, Deal)
        .join(Deal, col(Deal.id) == col(DealOverride.deal_id))
        .where(Deal.origin == origin, col(Deal.ref).in_(refs))
    ).all()
    for override, deal in found:
        override.theirs = to_json(getattr(deal, override.field))
        if override.theirs == override.ours:  # the CRM came to say the same
            session.delete(override)
        else:
            setattr(deal, override.field, from_json(override.field, override.ours))
    session.flush()


def to_json(value: object) -> Json:
    """A column's value as it is kept."""
    if isinstance(value, date | datetime):
        return {"value": value.isoformat()}
    return {"value": str(value) if isinstance(value, UUID) else value}


def from_json(field: str, kept: Json) -> Any:
    """The value again."""
    value = kept["value"]
    read = _READ.get(field)
    return value if value is None or read is None else read(value)


_READ: Mapping[str, Callable[[str], Any]] = {
    "account_id": UUID,
    "rep_id": UUID,
    "expected_on": date.fromisoformat,
    "opened_at": datetime.fromisoformat,
    "closed_at": datetime.fromisoformat,
}
