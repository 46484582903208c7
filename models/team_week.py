"""A manager's week: what each rep held, and how much of it somebody who coaches has listened to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, func
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.rights import heard_by, require, visible_users
from models.selecting import pick
from models.tables import AuditEntry, Call, ImportedFile, User

LOOK_BACK = timedelta(days=28)
"""Calls before are not asked about."""
MOST_REPS = 30
_OPENINGS = ("playback", "reports", "calls")
"""What the trail calls the opening of a call: its sound, its report, its page."""
_VERBS = ("play", "make_link", "read_report", "show_call")


@dataclass(frozen=True, slots=True)
class RepWeek:
    """A rep's calls: this week, of the last four weeks, and of these the ones listened to.

    `to_hear_id` is the newest that no coach has opened yet.
    """

    rep_id: UUID
    name: str
    week: int
    calls: int
    listened: int
    to_hear_id: UUID | None = None
    to_hear_title: str | None = None


@dataclass(frozen=True, slots=True)
class Failing:
    """What an admin should know of: calls that failed of late, and files that were not taken."""

    calls: int
    files: int
    waiting: int
    waiting_since: datetime | None


def team_week(
    session: Session, viewer: User, week_since: datetime, now: datetime
) -> Sequence[RepWeek]:
    """The reps a manager coaches, by name. Raises Forbidden for a rep."""
    require(viewer, "manager")
    rows = _counted(viewer, week_since, now).subquery("held")
    to_hear: Any = aliased(Call, name="to_hear")
    zero = [func.coalesce(rows.c[name], 0) for name in ("week", "calls", "listened")]
    found = session.execute(
        pick(User.id, User.name, *zero, to_hear.id, to_hear.title)
        .outerjoin(rows, rows.c.rep_id == User.id)
        .outerjoin(to_hear, to_hear.id == rows.c.to_hear_id)
        .where(visible_users(viewer), col(User.is_active), _is_rep(rows))
        .order_by(case((func.coalesce(rows.c.calls, 0) > 0, 0), else_=1))
        .order_by(func.lower(User.name), col(User.id))
        .limit(MOST_REPS)
    )
    return [RepWeek(*row) for row in found]


def _is_rep(rows: Any) -> ColumnElement[bool]:
    is_rep: ColumnElement[bool] = (col(User.role) == "rep") | rows.c.calls.is_not(None)
    return is_rep


def _counted(viewer: User, week_since: datetime, now: datetime) -> Any:
    """How many calls of each rep, and which is to be heard."""
    held = (
        pick(Call.id, Call.rep_id, Call.started_at, _is_listened().label("is_listened"))
        .where(heard_by(viewer, now), col(Call.started_at) >= now - LOOK_BACK)
        .subquery("held_call")
    )
    newest = func.array_agg(aggregate_order_by(held.c.id, held.c.started_at.desc()))
    return pick(
        held.c.rep_id,
        func.count().filter(held.c.started_at >= week_since).label("week"),
        func.count().label("calls"),
        func.count().filter(held.c.is_listened).label("listened"),
        newest.filter(~held.c.is_listened)[1].label("to_hear_id"),
    ).group_by(held.c.rep_id)


def _is_listened() -> ColumnElement[bool]:
    """Whether somebody who coaches, and not the rep, has opened a call."""
    coaches = select(User.id).where(col(User.role) != "rep")
    return exists().where(
        col(AuditEntry.noun).in_(_OPENINGS),
        col(AuditEntry.subject_id) == cast(Call.id, Text),
        col(AuditEntry.verb).in_(_VERBS),
        col(AuditEntry.actor_id).in_(coaches),
        col(AuditEntry.actor_id) != Call.rep_id,
    )


def failing(session: Session, now: datetime) -> Failing:
    """What stands still, for an admin."""
    is_late = col(Call.updated_at) > now - LOOK_BACK
    has_failed = and_(col(Call.state) == "failed", is_late)
    is_waiting = col(Call.state) == "waiting"
    calls, waiting, since = session.execute(
        pick(
            func.count().filter(has_failed),
            func.count().filter(is_waiting),
            func.min(Call.updated_at).filter(is_waiting),
        )
        .select_from(Call)
        .where(col(Call.state).in_(("failed", "waiting")))
    ).one()
    refused = select(func.count()).where(
        col(ImportedFile.state) == "failed", col(ImportedFile.created_at) > now - LOOK_BACK
    )
    return Failing(calls, session.exec(refused).one(), waiting, since)
