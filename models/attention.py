"""What needs somebody now: calls that want a look, and what they promised for these days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, null, or_
from sqlmodel import Session, col

from models.coaching.promises import promised
from models.kpis import Rules
from models.rights import heard_by, visible_calls
from models.selecting import pick
from models.tables import Call, CallFacts, NextStep, User

Why = Literal["failed", "sides_unknown", "no_deal"]
LOOK_BACK = timedelta(days=30)
"""Older calls are no longer asked about."""
FORGOTTEN_FOR = timedelta(days=14)
"""How long a promise that was not kept is still shown."""
_PROMISED_WITHIN = timedelta(days=120)
"""Calls whose promises may be due these days."""


@dataclass(frozen=True, slots=True)
class CallToCheck:
    """A call that only a person can put right, and what is wrong with it."""

    call_id: UUID
    title: str
    started_at: datetime
    why: tuple[Why, ...]
    failure: str | None


@dataclass(frozen=True, slots=True)
class StepDue:
    """A next step of the user's side; `state` is None on calls without a deal: nobody can tell."""

    text: str
    due_on: date
    state: str | None
    call_id: UUID
    title: str
    start_s: float
    deal_id: UUID | None
    deal_name: str | None


def own_calls(user: User) -> ColumnElement[bool]:
    """Calls that a user held or added, as far as they may see them."""
    mine = or_(col(Call.rep_id) == user.id, col(Call.created_by_id) == user.id)
    return and_(mine, visible_calls(user))


def state_counts(session: Session, user: User) -> Mapping[str, int]:
    """How many calls a user may see in each state."""
    counted = pick(Call.state, func.count()).where(visible_calls(user)).group_by(col(Call.state))
    return {row[0]: row[1] for row in session.execute(counted)}


def calls_to_check(
    session: Session, user: User, now: datetime, limit: int
) -> Sequence[CallToCheck]:
    """Own calls of late that failed, whose sides are not known, or that belong to no deal."""
    is_ready, has_failed = col(Call.state) == "ready", col(Call.state) == "failed"
    one_side = or_(col(CallFacts.sellers) == 0, col(CallFacts.buyers) == 0)
    is_unsure = and_(is_ready, col(CallFacts.people) > 1, one_side)
    is_lost = and_(is_ready, col(Call.deal_id).is_(None))
    flags = {"failed": has_failed, "sides_unknown": is_unsure, "no_deal": is_lost}
    rows = session.execute(
        pick(
            col(Call.id).label("call_id"),
            Call.title,
            Call.started_at,
            Call.failure,
            *(func.coalesce(one, False).label(name) for name, one in flags.items()),
        )
        .outerjoin(CallFacts, col(CallFacts.call_id) == Call.id)
        .where(own_calls(user), or_(*flags.values()))
        .where(or_(col(Call.started_at) > now - LOOK_BACK, col(Call.created_at) > now - LOOK_BACK))
        .order_by(has_failed.desc(), col(Call.started_at).desc(), col(Call.id))
        .limit(limit)
    ).mappings()
    return [_to_check(row) for row in rows]


def _to_check(row: RowMapping) -> CallToCheck:
    whys: tuple[Why, ...] = ("failed", "sides_unknown", "no_deal")
    why = tuple(one for one in whys if row[one])
    return CallToCheck(row["call_id"], row["title"], row["started_at"], why, row["failure"])


def steps_due(
    session: Session, user: User, monday: date, now: datetime, rules: Rules
) -> Sequence[StepDue]:
    """What a user's side promised for a week, and what was forgotten shortly before.

    The first due comes first.
    """
    end = monday + timedelta(days=7)
    rows = [
        *_of_deals(session, user, monday, end, now, rules),
        *_of_no_deal(session, user, monday, end, now),
    ]
    steps = [StepDue(**row) for row in rows]
    return sorted(steps, key=lambda one: (one.due_on, one.text))


def _held(user: User, now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_late = col(Call.started_at) > now - _PROMISED_WITHIN
    return (col(Call.rep_id) == user.id, heard_by(user, now), is_late)


def _of_deals(
    session: Session, user: User, monday: date, end: date, now: datetime, rules: Rules
) -> Sequence[RowMapping]:
    made = promised(_held(user, now), user, now, rules.follow_up_days, rules.zone)
    columns = made.c
    is_forgotten = and_(
        columns.state == "forgotten",
        columns.outcome == "open",
        columns.due_on >= monday - FORGOTTEN_FOR,
    )
    names = ("text", "due_on", "state", "call_id", "title", "start_s", "deal_id", "deal_name")
    found = pick(*(columns[name] for name in names)).where(
        columns.due_on < end, or_(columns.due_on >= monday, is_forgotten)
    )
    return session.execute(found).mappings().all()


def _of_no_deal(
    session: Session, user: User, monday: date, end: date, now: datetime
) -> Sequence[RowMapping]:
    found = (
        pick(
            NextStep.text,
            NextStep.due_on,
            null().label("state"),
            NextStep.call_id,
            Call.title,
            NextStep.start_s,
            null().label("deal_id"),
            null().label("deal_name"),
        )
        .join(Call, col(Call.id) == NextStep.call_id)
        .where(*_held(user, now), col(Call.deal_id).is_(None))
        .where(col(NextStep.owner_side) == "seller")
        .where(col(NextStep.due_on) >= monday, col(NextStep.due_on) < end)
    )
    return session.execute(found).mappings().all()
