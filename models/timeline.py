"""All that happened with a deal: calls, their moments and comments, stages, meetings and so on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlmodel import Session, col

from models.paging import Slice, take
from models.rights import visible_calls
from models.tables import (
    Activity,
    Call,
    Comment,
    CrmConnection,
    CrmPush,
    Deal,
    Invitation,
    Moment,
    Offer,
    PlannedMeeting,
    StageChange,
    User,
)

TOLD_MOMENTS = ("objection", "pricing", "competitor", "decision", "commitment")
"""What of a call belongs in the story of a deal; questions and moods do not."""
_KINDS = (
    "invitation",
    "meeting",
    "call",
    "moment",
    "comment",
    "activity",
    "offer",
    "stage",
    "note",
)
"""Of what happened at one instant, in the order in which one thing leads to another."""
_COLUMNS: dict[str, type[Any]] = {
    "rep_id": Uuid,
    "call_id": Uuid,
    "start_s": Float,
    "quote": Text,
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

    `before` is the stage that was left. `at` of a meeting is when it was to begin. A moment has
    its call, the second it begins at and what was said; its `id` is the call's. A comment has its
    words as `quote`, its author as `rep_id`; an invitation the answer as `what`, None while there
    is none, and the address as `quote`. A note that stands in a CRM has that CRM's name as `what`,
    its call's title as `quote`, and when it was last written.
    """

    kind: str
    id: UUID
    at: datetime
    rep_id: UUID | None
    call_id: UUID | None
    start_s: float | None
    quote: str | None
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
    keys = [
        (happened.c.at, lambda one: one.at),
        (happened.c.rank, lambda one: one.rank),
        (happened.c.part, lambda one: one.part),
        (happened.c.id, lambda one: one.id),
    ]
    found: Slice[Any] = take(
        session, statement, keys, limit=limit, cursor=cursor, descending=newest_first
    )
    return Slice([_happening(row) for row in found.items], found.next)


def _happening(row: Any) -> Happening:
    told = dict(row._mapping)  # noqa: SLF001
    del told["part"], told["rank"]
    return Happening(**told)


def _parts(user: User, deal_id: UUID) -> list[Select[Any]]:
    calls = _part(
        "call", Call, Call.started_at, rep_id=Call.rep_id, call_id=Call.id, what=Call.title
    )
    is_seen = (col(Call.deal_id) == deal_id, visible_calls(user))
    return [
        calls.where(*is_seen),
        _moments().where(*is_seen, col(Moment.kind).in_(TOLD_MOMENTS)),
        _part(
            "stage",
            StageChange,
            StageChange.entered_at,
            part=StageChange.position,
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
        _part(
            "invitation",
            Invitation,
            Invitation.sent_at,
            rep_id=Invitation.rep_id,
            what=Invitation.response,
            quote=Invitation.email,
        ).where(col(Invitation.deal_id) == deal_id),
        _comments().where(*is_seen),
        _notes().where(*is_seen, col(CrmPush.note_id).is_not(None)),
    ]


def _comments() -> Select[Any]:
    """What people wrote about the calls, when they wrote it."""
    told = _part(
        "comment",
        Comment,
        Comment.created_at,
        rep_id=Comment.author_id,
        call_id=Comment.call_id,
        start_s=Comment.start_s,
        quote=Comment.text,
        what=Call.title,
    )
    return told.join(Call, col(Call.id) == col(Comment.call_id))


def _notes() -> Select[Any]:
    """The notes of the calls that stand in a CRM."""
    told = _part(
        "note",
        CrmPush,
        CrmPush.pushed_at,
        call_id=CrmPush.call_id,
        quote=Call.title,
        what=CrmConnection.name,
    )
    return told.join(Call, col(Call.id) == col(CrmPush.call_id)).join(
        CrmConnection, col(CrmConnection.id) == col(CrmPush.connection_id)
    )


def _moments() -> Select[Any]:
    """What was said on calls, at the instant it was said."""
    at = col(Call.started_at) + func.make_interval(0, 0, 0, 0, 0, 0, Moment.start_s)
    told = _part(
        "moment",
        Call,
        at,
        part=Moment.id,
        rep_id=Call.rep_id,
        call_id=Call.id,
        start_s=Moment.start_s,
        quote=Moment.quote,
        what=Moment.kind,
    )
    return told.join(Moment, col(Moment.call_id) == col(Call.id))


def _part(kind: str, table: Any, at: Any, *, part: Any = 0, **columns: Any) -> Select[Any]:
    """The rows of one table in the columns that all have; those of one instant go by `part`."""
    shared: list[ColumnElement[Any]] = [
        cast(columns.get(name, null()), of).label(name) for name, of in _COLUMNS.items()
    ]
    return select(
        cast(literal(kind), Text).label("kind"),
        col(table.id).label("id"),
        cast(at, DateTime(timezone=True)).label("at"),
        cast(_KINDS.index(kind), Integer).label("rank"),
        cast(part, BigInteger).label("part"),
        *shared,
    )
