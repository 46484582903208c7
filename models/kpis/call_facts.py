"""Facts of recorded calls: how many, what they were like, what was promised on them."""

from typing import Any

from sqlalchemy import Date, DateTime, case, cast, func, or_, select
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
from models.tables import Activity, Call, CallFacts, Deal, NextStep, User

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
_done: Any = aliased(Activity, name="later_activity")
_heard_again: Any = aliased(Call, name="later_call")
WAS_KEPT = or_(
    select(_done.id)
    .where(_done.deal_id == CALL.deal_id, _done.at > CALL.started_at, _done.at < _over_at)
    .exists(),
    select(_heard_again.id)
    .where(
        _heard_again.deal_id == CALL.deal_id,
        _heard_again.state == "ready",
        or_(SEES_ALL, _heard_again.is_private.is_(False), _heard_again.rep_id == VIEWER),
        _heard_again.started_at > CALL.started_at,
        _heard_again.started_at < _over_at,
    )
    .exists(),
)


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
