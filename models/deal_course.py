"""The course of one deal: its stages, what belongs to it, and all that happened, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from models.errors import BadInput
from models.rights import visible_calls
from models.tables import Call, Deal, Invitation, Offer, PlannedMeeting, StageChange, User
from models.tables.columns import now

_SHOWN = 100
"""How many of a sort are shown with a deal; the time line has all of them."""


@dataclass(frozen=True, slots=True)
class DealCourse:
    """What belongs to a deal: the latest of each sort, and how many there are.

    `calls` are those the user may see, the newest first; `stages` are in order. `invitations`
    counts by response, `meetings` by whether they were held.
    """

    stages: Sequence[StageChange]
    calls: Sequence[Call]
    calls_count: int
    offers: Sequence[Offer]
    invitations: Mapping[str | None, int]
    meetings: Mapping[bool | None, int]


def course_of(session: Session, user: User, deal: Deal) -> DealCourse:
    """What belongs to a deal that the user may see."""
    stages = select(StageChange).where(StageChange.deal_id == deal.id)
    latest = session.exec(stages.order_by(col(StageChange.position).desc()).limit(_SHOWN)).all()
    is_seen = (col(Call.deal_id) == deal.id, visible_calls(user))
    calls = select(Call).where(*is_seen).order_by(col(Call.started_at).desc(), col(Call.id))
    offers = select(Offer).where(Offer.deal_id == deal.id)
    return DealCourse(
        stages=latest[::-1],
        calls=session.exec(calls.limit(_SHOWN)).all(),
        calls_count=session.exec(select(func.count()).select_from(Call).where(*is_seen)).one(),
        offers=session.exec(
            offers.order_by(col(Offer.sent_at).desc(), col(Offer.id)).limit(_SHOWN)
        ).all(),
        invitations=_counts(session, Invitation, Invitation.response, deal.id),
        meetings=_counts(session, PlannedMeeting, PlannedMeeting.was_held, deal.id),
    )


def enter_stage(
    session: Session, deal: Deal, stage: str, user: User, entered_at: datetime | None = None
) -> StageChange:
    """Note that a deal, which is locked or new, enters a stage; now, unless told.

    Raises BadInput when it entered another one later.
    """
    last = session.exec(
        select(StageChange)
        .where(StageChange.deal_id == deal.id)
        .order_by(col(StageChange.position).desc())
        .limit(1)
    ).one_or_none()
    at = entered_at or now()
    if last is not None and at < last.entered_at:
        when = last.entered_at.isoformat()
        raise BadInput(f"stage_entered_at: the deal entered {last.stage!r} later, at {when}")
    change = StageChange(
        deal_id=deal.id,
        position=last.position + 1 if last else 1,
        from_stage=deal.stage,
        stage=stage,
        entered_at=at,
        rep_id=user.id,
    )
    deal.stage = stage
    session.add(change)
    session.flush()
    return change


def _counts(
    session: Session, table: type[SQLModel], column: Any, deal_id: UUID
) -> Mapping[Any, int]:
    """How many rows of a deal have each value."""
    counted = select(column, func.count()).select_from(table)
    mine = counted.where(col(table.deal_id) == deal_id)  # type: ignore[attr-defined]
    return dict(session.exec(mine.group_by(column)).all())
