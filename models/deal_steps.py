"""What is to come on deals: next steps that were said on calls, and meetings that are planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    CTE,
    Boolean,
    Date,
    DateTime,
    Float,
    Select,
    Text,
    Uuid,
    cast,
    func,
    literal,
    null,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col

from models.coaching.promises import promised
from models.rights import heard_by
from models.risks import Looking
from models.selecting import pick
from models.tables import Call, NextStep, PlannedMeeting

_COLUMNS: dict[str, Any] = {
    "deal_id": Uuid,
    "what": Text,
    "text": Text,
    "owner": Text,
    "side": Text,
    "due_on": Date,
    "is_dated": Boolean,
    "at": DateTime(timezone=True),
    "call_id": Uuid,
    "start_s": Float,
    "quote": Text,
}


@dataclass(frozen=True, slots=True)
class DealStep:
    """A step that was said on a call, or a meeting with its instant in `at` and its kind in `text`.

    `is_dated` whether the day was said; else it is due some days after the call. `forgotten` is
    what our side promised when nothing was done on the deal since, past its day.
    """

    deal_id: UUID
    what: Literal["step", "meeting"]
    text: str | None
    owner: str | None
    side: str | None
    due_on: date
    is_dated: bool
    at: datetime | None
    call_id: UUID | None
    start_s: float | None
    quote: str | None
    state: Literal["coming", "forgotten"] = "coming"


def next_steps_of(
    session: Session, looking: Looking, deal_ids: Sequence[UUID]
) -> dict[UUID, DealStep]:
    """Of each deal, what comes first."""
    coming = _coming(looking, deal_ids)
    first = (
        pick(coming)
        .ext(distinct_on(coming.c.deal_id))
        .order_by(coming.c.deal_id, coming.c.due_on, coming.c.at.nulls_last(), coming.c.text)
    )
    rows = session.execute(first).mappings() if deal_ids else ()
    return {row["deal_id"]: DealStep(**row) for row in rows}


def open_steps(session: Session, looking: Looking, deal_id: UUID) -> tuple[DealStep, ...]:
    """What is to come on a deal by its day, then what was forgotten, the latest first."""
    coming = _coming(looking, [deal_id])
    rows = session.execute(pick(coming).order_by(coming.c.due_on, coming.c.at.nulls_last()))
    return (*(DealStep(**row) for row in rows.mappings()), *_forgotten(session, looking, deal_id))


def _coming(looking: Looking, deal_ids: Sequence[UUID]) -> CTE:
    today = cast(func.timezone(looking.zone, literal(looking.now, DateTime(True))), Date)
    said_on = cast(func.timezone(looking.zone, Call.started_at), Date)
    due_on = func.coalesce(NextStep.due_on, said_on + literal(looking.follow_up_days), type_=Date)
    steps = (
        _part(
            "step",
            deal_id=Call.deal_id,
            text=NextStep.text,
            owner=NextStep.owner,
            side=NextStep.owner_side,
            due_on=due_on,
            is_dated=col(NextStep.due_on).is_not(None),
            call_id=Call.id,
            start_s=NextStep.start_s,
            quote=NextStep.quote,
        )
        .join(Call, col(Call.id) == NextStep.call_id)
        .where(col(Call.deal_id).in_(deal_ids), heard_by(looking.viewer, looking.now))
        .where(due_on >= today)
    )
    at = col(PlannedMeeting.scheduled_at)
    meetings = _part(
        "meeting",
        deal_id=PlannedMeeting.deal_id,
        text=PlannedMeeting.kind,
        due_on=cast(func.timezone(looking.zone, at), Date),
        is_dated=literal(True),
        at=at,
    ).where(
        col(PlannedMeeting.deal_id).in_(deal_ids),
        at > looking.now,
        col(PlannedMeeting.was_held).is_not(False),
    )
    return union_all(steps, meetings).cte("coming")


def _part(what: str, **columns: Any) -> Select[Any]:
    given = {**columns, "what": literal(what)}
    return pick(*(cast(given.get(name, null()), of).label(name) for name, of in _COLUMNS.items()))


def _forgotten(session: Session, looking: Looking, deal_id: UUID) -> tuple[DealStep, ...]:
    where = (col(Call.deal_id) == deal_id, heard_by(looking.viewer, looking.now))
    made = promised(where, looking.viewer, looking.now, looking.follow_up_days, looking.zone)
    forgotten = pick(made).where(made.c.state == "forgotten").order_by(made.c.due_on.desc())
    return tuple(
        DealStep(
            deal_id=deal_id,
            what="step",
            text=row["text"],
            owner=row["owner"],
            side="seller",
            due_on=row["due_on"],
            is_dated=row["is_dated"],
            at=None,
            call_id=row["call_id"],
            start_s=row["start_s"],
            quote=row["quote"],
            state="forgotten",
        )
        for row in session.execute(forgotten.limit(20)).mappings()
    )
