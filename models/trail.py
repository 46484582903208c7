"""The trail: who did what to which, and when."""

from sqlmodel import Session

from models.tables import AuditEntry, User
from models.tables.columns import Json


def note(
    session: Session,
    actor: User | str,
    *,
    verb: str,
    noun: str,
    subject_id: str | None = None,
    detail: Json | None = None,
) -> None:
    """Add a line in the transaction of what it tells; a program is an actor by its name."""
    user = actor if isinstance(actor, User) else None
    session.add(
        AuditEntry(
            actor_id=user.id if user else None,
            actor=user.email if user else str(actor),
            verb=verb,
            noun=noun,
            subject_id=subject_id,
            detail=detail or {},
        )
    )
