"""Facts of recorded calls: how many, what they were like, what was promised on them."""

from typing import Any

from sqlalchemy import Date, DateTime, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.kpis.fact import At, Fact, key_of
from models.kpis.terms import (
    DEAL,
    FOLLOW_UP_DAYS,
    NOW,
    SEES_ALL,
    VIEWER,
    ZONE,
    by_rep,
    dimensions_of,
    joins_of,
)
from models.rights import visible_calls
from models.tables import Call, CallFacts, Deal, NextStep, User

CALL: Any = aliased(Call, name="its_call")
FACTS: Any = aliased(CallFacts, name="its_facts")
_IS_HEARD = col(Call.state) == "ready"

CALLS = Fact(
    name="recorded_calls",
    table=Call,
    when=At(col(Call.started_at)),
    rep=col(Call.rep_id),
    where=(_IS_HEARD,),
    by={
        **by_rep(col(Call.rep_id)),
        **dimensions_of(DEAL),
        "call_type": FACTS.call_type,
    },
    joins=(
        (FACTS, FACTS.call_id == col(Call.id)),
        (DEAL, DEAL.id == col(Call.deal_id)),
        *joins_of(col(Call.rep_id)),
    ),
    title=col(Call.title),
    links={**key_of(Call), "call_id": col(Call.id), "deal_id": col(Call.deal_id)},
    visible=visible_calls,
)
CALL_MINUTES = CALLS.valued(FACTS.duration_s / 60.0)
UNPLANNED_DEMOS = CALLS.only(
    col(Call.meeting_id).is_(None),
    FACTS.call_type.in_(("demo", "onboarding")),
    name="demos_recorded",
)


def behaviour(column: Any) -> Fact:
    """Recorded calls, valued by a number of theirs."""
    return CALLS.valued(column)


def timed(value: Any) -> Any:
    """A number of time; not known where the times of a transcript were only reckoned."""
    return case((FACTS.has_reckoned_times.is_(False), value))


def an_hour(count: Any) -> Any:
    """A count of a call as if it had lasted an hour."""
    return count * 3600.0 / func.nullif(FACTS.duration_s, 0)


STEPS_KNOWN = CALLS.only(FACTS.next_steps_dated.is_not(None), name="calls_with_words")
NEXT_MEETING_AGREED = FACTS.next_steps_dated > 0
RIVALS_KNOWN = CALLS.only(FACTS.competitors.is_not(None), name="calls_with_words")
RIVAL_NAMED = FACTS.competitors > 0

DEALS_OF_CALLS = CALLS.only(col(Call.deal_id).is_not(None), name="recorded_calls_of_deals")
_heard: Any = aliased(Call, name="heard_call")
DEAL_WAS_HEARD = (
    select(_heard.id).where(_heard.deal_id == col(Deal.id), _heard.state == "ready").exists()
)

_rep = CALL.rep_id
_due_on = func.coalesce(
    col(NextStep.due_on),
    cast(func.timezone(ZONE, CALL.started_at), Date) + FOLLOW_UP_DAYS,
)
_over_at = func.timezone(ZONE, cast(_due_on + 1, DateTime()))
"""The end of the day it was due, where the rep works."""
_private: Any = aliased(Call, name="private_call")
_is_seen = and_(
    _private.state == "ready", _private.is_private, or_(SEES_ALL, _private.rep_id == VIEWER)
)
WAS_KEPT = or_(
    func.coalesce(col(NextStep.followed_at) < _over_at, False),
    and_(
        CALL.deal_id.in_(select(_private.deal_id).where(_is_seen)),  # few
        select(_private.id)
        .where(
            _is_seen,
            _private.deal_id == CALL.deal_id,
            _private.started_at > CALL.started_at,
            _private.started_at < _over_at,
        )
        .exists(),
    ),
)
"""By an activity or a recorded call, of those that who asks may know."""


def _visible_promises(user: User) -> Any:
    return CALL.id.in_(select(col(Call.id)).where(visible_calls(user)))


PROMISES = Fact(
    name="promises",
    table=NextStep,
    when=At(CALL.started_at),
    rep=_rep,
    where=(
        col(NextStep.owner_side) == "seller",
        CALL.deal_id.is_not(None),
        CALL.state == "ready",
        _over_at <= NOW,
    ),
    by={**by_rep(_rep), **dimensions_of(DEAL), "call_type": FACTS.call_type},
    joins=(
        (CALL, CALL.id == col(NextStep.call_id)),
        (FACTS, FACTS.call_id == CALL.id),
        (DEAL, DEAL.id == CALL.deal_id),
        *joins_of(_rep),
    ),
    title=col(NextStep.text),
    links={**key_of(NextStep), "call_id": CALL.id, "deal_id": CALL.deal_id},
    visible=_visible_promises,
)
