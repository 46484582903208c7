"""All that happened with a deal: calls, stages, meetings, offers and activities in one order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    Text,
    Uuid,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlmodel import Session, col

from models.paging import Slice, take
from models.rights import visible_calls
from models.tables import Activity, Call, Deal, Offer, PlannedMeeting, StageChange, User

_COLUMNS: dict[str, type[Any]] = {
    "rep_id": Uuid,
    "what": Text,
    "before": Text,
    "was_held": Boolean,
    "is_whole_day": Boolean,
    "amount_minor": BigInteger,
    "currency": Text,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: `what` is a call's title, a stage, or which kind it was.

    `before` is the stage that was left. `at` of a meeting is when it was to begin.
    """

    kind: str
    id: UUID
    at: datetime
    rep_id: UUID | None
    what: str | None
    before: str | None
    was_held: bool | None
    is_whole_day: bool | None
    amount_minor: int | None
    currency: str | None


def timeline_of(
    session: Session,
    user: User,
    deal: Deal,
    *,
    limit: int,
    cursor: str | None = None,
    newest_first: bool = False,
) -> Slice[Happening]:
    """What happened with a deal the user may see, without calls that they may not."""
    happened = union_all(*_parts(user, deal.id)).subquery("happened")
    statement: Any = select(happened)
    keys = [(happened.c.at, lambda one: one.at), (happened.c.id, lambda one: one.id)]
    found: Slice[Any] = take(
        session, statement, keys, limit=limit, cursor=cursor, descending=newest_first
    )
    return Slice([Happening(**row._mapping) for row in found.items], found.next)  # noqa: SLF001


def _parts(user: User, deal_id: UUID) -> list[Select[Any]]:
    calls = _part("call", Call, Call.started_at, rep_id=Call.rep_id, what=Call.title)
    return [
        calls.where(col(Call.deal_id) == deal_id, visible_calls(user)),
        _part(
            "stage",
            StageChange,
            StageChange.entered_at,
            rep_id=StageChange.rep_id,
            what=StageChange.stage,
            before=StageChange.from_stage,
        ).where(col(StageChange.deal_id) == deal_id),
        _part(
            "meeting",
            PlannedMeeting,
            PlannedMeeting.scheduled_at,
            rep_id=PlannedMeeting.rep_id,
            what=PlannedMeeting.kind,
            was_held=PlannedMeeting.was_held,
        ).where(col(PlannedMeeting.deal_id) == deal_id),
        _part(
            "offer",
            Offer,
            Offer.sent_at,
            what=Offer.kind,
            amount_minor=Offer.amount_minor,
            currency=Offer.currency,
        ).where(col(Offer.deal_id) == deal_id),
        _part(
            "activity",
            Activity,
            Activity.at,
            rep_id=Activity.rep_id,
            what=Activity.kind,
            is_whole_day=Activity.is_whole_day,
        ).where(col(Activity.deal_id) == deal_id),
    ]


def _part(kind: str, table: Any, at: Any, **columns: Any) -> Select[Any]:
    """The rows of one table in the columns that all have."""
    shared: list[ColumnElement[Any]] = [
        cast(columns.get(name, null()), of).label(name) for name, of in _COLUMNS.items()
    ]
    return select(
        cast(literal(kind), Text).label("kind"),
        col(table.id).label("id"),
        col(at).label("at"),
        *shared,
    )
