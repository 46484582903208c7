"""What a digest tells: the KPIs a user follows, what they promised, which calls to hear again.

All of it by the user's own rights. Of calls it has titles and places, not what was said there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from uuid import UUID

from sqlalchemy import Subquery
from sqlmodel import Session, col

from models.coaching.promises import promised
from models.coaching.scope import Period as Stretch
from models.coaching.scope import Question as Asked
from models.coaching.scope import open_scope
from models.coaching.worth_hearing import Why, WorthHearing, listening_of
from models.digests import Due
from models.kpis import Answer, Measured, Rules, Words
from models.kpis.answering import Line
from models.kpis.asking import Asking
from models.kpis.dashboards import answer_tile, choice_of
from models.kpis.frame import Ground, midnight
from models.kpis.kpi import Unit
from models.rights import heard_by
from models.selecting import pick
from models.tables import Call, NextStep, Team, User
from models.users import zone_for

MOST_LINES = 5
"""Of a KPI that is shown by rep, region or the like: those with the highest figures."""
MOST_STEPS = 10
MOST_CALLS = 3
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TileLine:
    """What a KPI came to, `group` by group where it is shown by something; empty is no group."""

    name: Words
    group: str
    unit: Unit
    currency: str | None
    measured: Measured
    before: Measured | None


@dataclass(frozen=True, slots=True)
class StepDue:
    """A next step of the user's own that is due soon, and the call it was promised on."""

    text: str
    due_on: date
    call_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class ToHear:
    """A call of the user's own that is worth hearing, why, and from where."""

    call_id: UUID
    title: str
    why: Why
    start_s: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """All that a digest tells; `user` is whom."""

    user: User
    tiles: tuple[TileLine, ...]
    steps: tuple[StepDue, ...]
    to_hear: tuple[ToHear, ...]


def told_in(session: Session, user: User, due: Due, rules: Rules, now: datetime) -> Told:
    """Put together what a user's digest tells of the period that is due."""
    return Told(
        user,
        tuple(_tiles(session, user, due, rules, now)),
        tuple(_steps(session, user, due, rules, now)),
        tuple(_to_hear(session, user, due, rules, now)),
    )


def _tiles(
    session: Session, user: User, due: Due, rules: Rules, now: datetime
) -> Iterator[TileLine]:
    """The dashboard, without what cannot be answered any more."""
    team = session.get(Team, user.team_id) if user.team_id else None
    asking = Asking(due.period, currency=team.currency if team else None)
    ground = Ground(session, user, rules, now)
    for tile in choice_of(session, user).tiles:
        found = answer_tile(ground, tile, asking).answer
        if found is not None:
            yield from _lines(found)


def _lines(found: Answer) -> Iterator[TileLine]:
    highest = sorted(found.lines, key=_height)[:MOST_LINES]
    for line in highest:
        group = " · ".join(one.name or "\N{EN DASH}" for one in line.groups)
        yield TileLine(
            found.kpi.name, group, found.unit, found.currency, line.measured, line.before
        )


def _height(line: Line) -> float:
    value = line.measured.value
    return float("inf") if value is None else -value


def _steps(
    session: Session, user: User, due: Due, rules: Rules, now: datetime
) -> Iterator[StepDue]:
    """What the user promised and has yet to do within a week, the first due first."""
    own = (col(Call.rep_id) == user.id, heard_by(user, now))
    first, last = due.period.end_on, due.period.end_on + _WEEK
    made: Subquery = promised(own, user, now, rules.follow_up_days, rules.zone)
    of_deals = pick(made.c.text, made.c.due_on, made.c.call_id, made.c.title).where(
        made.c.state == "not_due", made.c.outcome == "open", made.c.due_on < last
    )
    others = (
        pick(NextStep.text, NextStep.due_on, Call.id, Call.title)
        .join(Call, col(Call.id) == NextStep.call_id)
        .where(*own, col(Call.deal_id).is_(None), col(NextStep.owner_side) == "seller")
        .where(col(NextStep.due_on) >= first, col(NextStep.due_on) < last)
    )
    rows = [*session.execute(of_deals), *session.execute(others)]
    for row in sorted(rows, key=lambda one: (one[1], one[0]))[:MOST_STEPS]:
        yield StepDue(*row)


def _to_hear(
    session: Session, user: User, due: Due, rules: Rules, now: datetime
) -> Iterator[ToHear]:
    """Own calls of the period: what went best, and what there is to learn from, by turns."""
    zone = zone_for(session, user, rules.zone).key
    period = Stretch(midnight(due.period.start_on, zone), midnight(due.period.end_on, zone))
    scope = open_scope(session, user, user.id, Asked(period, now=now, zone=rules.zone))
    found = listening_of(session, scope, (), ())
    pairs = zip_longest(found.best, found.instructive)
    calls = [call for pair in pairs for call in pair if call is not None]
    for call in calls[:MOST_CALLS]:
        yield _place(call)


def _place(call: WorthHearing) -> ToHear:
    """The first reason that plays somewhere, else the first."""
    reason = next((one for one in call.reasons if one.start_s is not None), call.reasons[0])
    return ToHear(call.call_id, call.title, reason.why, reason.start_s)
