"""A sign that a deal may be going wrong: all of them are rows of the same columns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import (
    CTE,
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
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from models.coaching.scope import FOLLOW_UP_DAYS, ZONE
from models.rights import heard_by
from models.selecting import pick
from models.tables import Call, CallFacts, User

RiskKind = Literal["no_next_step", "silent", "single_contact", "price_objection"]
KINDS: tuple[RiskKind, ...] = get_args(RiskKind)
SILENT_DAYS = 21
"""Days without anything happening after which a deal is silent."""

_COLUMNS: dict[str, Any] = {
    "why": Text,
    "since": DateTime(timezone=True),
    "count": Integer,
    "what": Text,
    "id": Uuid,
    "call_id": Uuid,
    "title": Text,
    "at": DateTime(timezone=True),
    "who": Text,
    "start_s": Float,
    "end_s": Float,
    "quote": Text,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a risk is seen by: something that happened, a person, a stretch of a call to play.

    `id` is None of a call that who asks may not see; `who` is a buyer's name or address.
    """

    what: str
    id: UUID | None
    call_id: UUID | None
    title: str | None
    at: datetime | None
    who: str | None
    start_s: float | None
    end_s: float | None
    quote: str | None


@dataclass(frozen=True, slots=True)
class Risk:
    """A sign that a deal may be going wrong, since when, and what it is seen by.

    `why` of `no_next_step` is none_agreed or none_open. `count` is days of silence, calls with a
    single contact, or price objections that are open.
    """

    kind: RiskKind
    why: str | None
    since: datetime | None
    count: int | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, when, and what is taken for long; `zone` is where a rep of no team works."""

    viewer: User
    now: datetime
    silent_days: int = SILENT_DAYS
    follow_up_days: int = FOLLOW_UP_DAYS
    zone: str = ZONE


def sign(kind: RiskKind, deal_id: Any, **columns: Any) -> Select[Any]:
    """A selection of deals that show a sign, in the columns that all signs have."""
    shared: list[ColumnElement[Any]] = [
        cast(columns.get(name, null()), of).label(name) for name, of in _COLUMNS.items()
    ]
    return pick(cast(literal(kind), Text).label("kind"), deal_id.label("deal_id"), *shared)


def heard_calls(looking: Looking, deals: CTE) -> Select[Any]:
    """The calls of some deals that have a report and that who looks may see, with their facts."""
    return (
        pick(
            col(Call.id),
            Call.deal_id,
            Call.title,
            Call.started_at,
            CallFacts.duration_s,
            CallFacts.next_steps,
            CallFacts.buyers,
        )
        .select_from(Call)
        .join(CallFacts, col(CallFacts.call_id) == Call.id)
        .where(
            col(Call.deal_id).in_(pick(deals.c.id)),
            heard_by(looking.viewer, looking.now),
        )
    )


def last_calls(looking: Looking, deals: CTE, name: str) -> Any:
    """The last heard call of each deal."""
    calls = heard_calls(looking, deals)
    return (
        calls.ext(distinct_on(col(Call.deal_id)))
        .order_by(col(Call.deal_id), col(Call.started_at).desc(), col(Call.id))
        .subquery(name)
    )


def days_before(instant: datetime, days: int) -> ColumnElement[Any]:
    """So many days before an instant."""
    return literal(instant, DateTime(timezone=True)) - func.make_interval(0, 0, 0, days)
