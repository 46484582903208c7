"""Whose calls a coaching report is about, over which time, and as far as who asks may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, not_, or_, true
from sqlmodel import Session, col

from models.errors import BadInput, Missing
from models.rights import heard_by, visible_users
from models.selecting import pick
from models.tables import Call, CallFacts, Team, User
from models.tables.columns import now as this_instant

Step = Literal["week", "month"]
USUAL_DAYS = 90
"""How long a report looks back unless told."""
LONGEST_DAYS = 731
FOLLOW_UP_DAYS = 7
"""Days in which a promise is due when no day was said."""
ZONE = "UTC"
"""Where a rep works who is in no team, unless told."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`."""

    since: datetime
    until: datetime

    @property
    def before(self) -> "Period":
        """The time just before, of the same length."""
        return Period(self.since - (self.until - self.since), self.since)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a report: about which time, by week or month, as of when (None: now).

    `zone` is where a rep works who is in no team.
    """

    period: Period
    step: Step = "month"
    follow_up_days: int = FOLLOW_UP_DAYS
    now: datetime | None = None
    zone: str = ZONE


@dataclass(frozen=True, slots=True)
class Scope:
    """A rep as `viewer` sees them; nothing after `now` counts.

    `zone` is the one in which the rep's days and months begin.
    """

    viewer: User
    rep: User
    team: Team | None
    period: Period
    now: datetime
    follow_up_days: int
    zone: str

    def calls(self, period: Period | None = None) -> tuple[ColumnElement[bool], ...]:
        """Conditions for the rep's calls that have a report, of a period or of all time."""
        started_at = col(Call.started_at)
        within = () if period is None else (started_at >= period.since, started_at < period.until)
        return (
            col(Call.rep_id) == self.rep.id,
            heard_by(self.viewer, self.now),
            *within,
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """How many calls a report is about, how long they were, and how many only their rep sees."""

    calls: int
    minutes: float
    private_calls: int
    calls_before: int


def period_of(
    since: datetime | None, until: datetime | None, now: datetime | None = None
) -> Period:
    """The period that was asked for, as far as it is over; the last 90 days unless told.

    Raises BadInput when it is turned round, too long or yet to come.
    """
    at = now or this_instant()
    end = min(until or at, at)
    begin = since or end - timedelta(days=USUAL_DAYS)
    if begin >= at:
        raise BadInput("since: the period is yet to come; give an earlier day")
    if begin >= end:
        raise BadInput("until: comes before since; change one of them")
    if end - begin > timedelta(days=LONGEST_DAYS):
        raise BadInput(f"since: a report is about {LONGEST_DAYS} days at most; give a later day")
    return Period(begin, end)


def open_scope(session: Session, viewer: User, rep_id: UUID, asked: Question) -> Scope:
    """The rep, when they are the viewer or one of the viewer's. Raises Missing."""
    found = session.execute(
        pick(User, Team)
        .outerjoin(Team, col(User.team_id) == Team.id)
        .where(col(User.id) == rep_id, visible_users(viewer))
    ).one_or_none()
    if found is None:
        raise Missing(f"there is no user {rep_id} whose coaching you may see")
    rep, team = found
    now = asked.now or this_instant()
    zone = team.time_zone if team else asked.zone
    return Scope(viewer, rep, team, asked.period, now, asked.follow_up_days, zone)


def heard_in(session: Session, scope: Scope) -> Heard:
    """How many calls the report is about."""
    is_now = col(Call.started_at) >= scope.period.since
    whole = Period(scope.period.before.since, scope.period.until)
    calls, seconds, private, before = session.execute(
        pick(
            func.count().filter(is_now),
            func.coalesce(func.sum(CallFacts.duration_s).filter(is_now), 0.0),
            func.count().filter(is_now, col(Call.is_private)),
            func.count().filter(not_(is_now)),
        )
        .select_from(Call)
        .join(CallFacts, col(CallFacts.call_id) == Call.id)
        .where(*scope.calls(whole))
    ).one()
    return Heard(calls, seconds / 60, private, before)


def counts_for(call: Any, viewer: User) -> ColumnElement[bool]:
    """Whether a call counts as something done on its deal: what is private does for its rep only.

    Of others it counts that they took place, heard or not. `call` may be an alias.
    """
    if viewer.role == "admin":
        return true()
    return or_(call.is_private.is_(False), call.rep_id == viewer.id)
