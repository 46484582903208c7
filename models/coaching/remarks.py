"""What people said about a rep's calls in a period."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from models.coaching.scope import Scope
from models.tables import Call, Comment, User

MOST = 30
"""Comments that are shown, the latest."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on a call that began at `started_at`, at a stretch or on the whole of it."""

    id: UUID
    call_id: UUID
    title: str
    started_at: datetime
    author_id: UUID
    author_name: str
    said_at: datetime
    start_s: float | None
    end_s: float | None
    text: str


def remarks_of(session: Session, scope: Scope) -> tuple[Remark, ...]:
    """The comments made in the period on calls that the viewer sees, the latest first."""
    found = session.exec(
        select(Comment, Call.title, Call.started_at, User.name)
        .join(Call, col(Call.id) == Comment.call_id)
        .join(User, col(User.id) == Comment.author_id)
        .where(
            *scope.calls(),
            col(Comment.created_at) >= scope.period.since,
            col(Comment.created_at) < scope.period.until,
        )
        .order_by(col(Comment.created_at).desc(), col(Comment.id))
        .limit(MOST)
    )
    return tuple(
        Remark(
            one.id,
            one.call_id,
            title,
            started_at,
            one.author_id,
            author,
            one.created_at,
            one.start_s,
            one.end_s,
            one.text,
        )
        for one, title, started_at, author in found
    )
