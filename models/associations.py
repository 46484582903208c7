"""What winning calls do here: the recorded calls of deals that are closed, won beside lost."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, cast, func, select
from sqlmodel import Session, col

from analyzer.associations import BEHAVIOURS, Associations, ObservedCall, associate
from models.behaviours import BY_SLUG, an_hour, timed, yes
from models.kpis.terms import TEAM, joins_of
from models.rights import heard_by
from models.tables import Call, CallFacts, Deal, User
from models.tables.columns import now as this_instant

EARLY = 3.0
"""What is named in the first of so many parts of a call is named early."""


def _early(count: Any, first_s: Any) -> ColumnElement[Any]:
    return timed(yes(count, first_s < CallFacts.duration_s / EARLY))


VALUES: Mapping[str, Any] = MappingProxyType(
    {
        **{slug: one.value for slug, one in BY_SLUG.items()},
        "buyer_questions_per_hour": an_hour(CallFacts.buyer_questions),
        "longest_customer_story_s": timed(CallFacts.longest_customer_story_s),
        "next_steps": col(CallFacts.next_steps),
        "competitor_named": yes(CallFacts.competitors, col(CallFacts.competitors) > 0),
        "competitor_early": _early(CallFacts.competitors, CallFacts.first_competitor_s),
        "price_early": _early(CallFacts.prices, CallFacts.first_price_s),
        "objections_per_hour": an_hour(CallFacts.objections),
        "duration_s": timed(CallFacts.duration_s),
    }
)
"""Each behaviour as the facts of a call tell it."""


@dataclass(frozen=True, slots=True)
class AssociationFilters:
    """Which deals and calls are compared; None leaves it open.

    A deal belongs to the day it was closed where its rep works: from `closed_from` on, before
    `closed_before`. Team and rep are those of the call.
    """

    closed_from: date | None = None
    closed_before: date | None = None
    call_type: str | None = None
    team_id: UUID | None = None
    rep_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WinningCalls:
    """What the calls say, whose they are, by name, and how many there are of each kind."""

    associations: Associations
    reps: tuple[str, ...]
    call_types: Mapping[str | None, int]


def associations_of(
    session: Session,
    user: User,
    filters: AssociationFilters,
    *,
    zone: str = "UTC",
    now: datetime | None = None,
) -> WinningCalls:
    """How the calls of won deals differ from those of lost ones, of all calls the user may see.

    Only calls that were held before their deal was closed count. `zone` is the clock of deals
    without a team.
    """
    statement = _narrowed(_calls(user, now or this_instant()), filters, zone)
    calls = tuple(_observed(session, statement))
    names = select(col(User.name)).where(col(User.id).in_({one.rep for one in calls}))
    return WinningCalls(
        associate(calls),
        tuple(session.scalars(names.order_by(col(User.name), col(User.id)))),
        Counter(one.call_type for one in calls),
    )


def _calls(user: User, now: datetime) -> Select[Any]:
    """The recorded calls of closed deals, with a value for each behaviour."""
    values = (VALUES[one.slug].label(one.slug) for one in BEHAVIOURS)
    is_won = col(Deal.outcome) == "won"
    closed = col(Deal.ended_at)
    statement = (
        select(col(Call.deal_id), col(Call.rep_id), col(CallFacts.call_type), is_won, *values)
        .join(CallFacts, col(CallFacts.call_id) == Call.id)
        .join(Deal, col(Deal.id) == Call.deal_id)
    )
    for joined, belongs in joins_of(col(Deal.rep_id)):
        statement = statement.outerjoin(joined, belongs)
    return statement.where(
        heard_by(user, now),
        col(Deal.outcome) != "open",
        col(Call.started_at) < closed,
        closed <= now,
    ).order_by(col(Call.id))


def _narrowed(statement: Select[Any], filters: AssociationFilters, zone: str) -> Select[Any]:
    clock = func.coalesce(TEAM.time_zone, zone)
    closed_on = cast(func.timezone(clock, col(Deal.ended_at)), Date)
    if filters.closed_from is not None:
        statement = statement.where(closed_on >= filters.closed_from)
    if filters.closed_before is not None:
        statement = statement.where(closed_on < filters.closed_before)
    if filters.call_type is not None:
        statement = statement.where(col(CallFacts.call_type) == filters.call_type)
    if filters.team_id is not None:
        members = select(col(User.id)).where(col(User.team_id) == filters.team_id)
        statement = statement.where(col(Call.rep_id).in_(members))
    if filters.rep_id is not None:
        statement = statement.where(col(Call.rep_id) == filters.rep_id)
    return statement


def _observed(session: Session, statement: Select[Any]) -> Iterator[ObservedCall]:
    for deal, rep, call_type, is_won, *values in session.execute(statement):
        yield ObservedCall(deal, rep, call_type, is_won, values)
