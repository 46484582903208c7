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
    bindparam,
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

    @property
    def terms(self) -> "Terms":
        """The same as SQL has it."""
        return Terms(
            self.viewer,
            literal(self.now, DateTime(timezone=True)),
            literal(self.silent_days),
            literal(self.follow_up_days),
            literal(self.zone),
        )

    @property
    def parameters(self) -> dict[str, object]:
        """What is put in the places of `open_terms`."""
        return {
            "viewer": self.viewer.id,
            "team": self.viewer.team_id,
            "now": self.now,
            "silent_days": self.silent_days,
            "follow_up_days": self.follow_up_days,
            "zone": self.zone,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """What signs are looked for with, as SQL: values, or places that they are put in later."""

    viewer: User
    now: Any
    silent_days: Any
    follow_up_days: Any
    zone: Any


def open_terms(role: str, *, has_team: bool) -> Terms:
    """Places for the values of whoever has that role, in a team or in none."""
    viewer: Any = bindparam("viewer", type_=Uuid)
    team: Any = bindparam("team", type_=Uuid) if has_team else None
    return Terms(
        User(id=viewer, email="", name="", role=role, team_id=team),
        now=bindparam("now", type_=DateTime(timezone=True)),
        silent_days=bindparam("silent_days", type_=Integer),
        follow_up_days=bindparam("follow_up_days", type_=Integer),
        zone=bindparam("zone", type_=Text),
    )


def sign(kind: RiskKind, deal_id: Any, **columns: Any) -> Select[Any]:
    """A selection of deals that show a sign, in the columns that all signs have."""
    shared: list[ColumnElement[Any]] = [
        cast(columns.get(name, null()), of).label(name) for name, of in _COLUMNS.items()
    ]
    return pick(cast(literal(kind), Text).label("kind"), deal_id.label("deal_id"), *shared)


def heard_calls(terms: Terms, deals: CTE) -> Select[Any]:
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
            heard_by(terms.viewer, terms.now),
        )
    )


def last_calls(terms: Terms, deals: CTE, name: str) -> Any:
    """The last heard call of each deal."""
    calls = heard_calls(terms, deals)
    return (
        calls.ext(distinct_on(col(Call.deal_id)))
        .order_by(col(Call.deal_id), col(Call.started_at).desc(), col(Call.id))
        .subquery(name)
    )


def days_before(instant: Any, days: Any) -> Any:
    """So many days before an instant."""
    return instant - func.make_interval(0, 0, 0, days)
