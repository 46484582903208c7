"""How a rep's behaviours move, beside their own past and the team's won calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, RowMapping, cast, distinct, func, true, tuple_
from sqlmodel import Session, col

from models.behaviours import (
    BEHAVIOURS,
    BY_SLUG,
    Reading,
    Unit,
    aggregated,
    reading_of,
    values,
)
from models.coaching.scope import Period, Scope, Step
from models.selecting import pick
from models.tables import Call, CallFacts, Deal, User

WON_DAYS = 365
"""How far back the team's won calls are looked for."""
FEWEST_REPS = 3
"""Reps that must have held won calls before these are told: of fewer, one would be known."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A behaviour in the calls of one week or month, by its first day where the rep works."""

    starts_on: date
    reading: Reading


@dataclass(frozen=True, slots=True)
class Trend:
    """A behaviour in the period, in the time before of the same length, and in won calls.

    `won` is empty where calls of fewer than `FEWEST_REPS` reps tell of it, unless all of these are
    the rep's own. `points` go from the time before to the end of the period.
    """

    slug: str
    unit: Unit
    is_yes_or_no: bool
    now: Reading
    before: Reading
    won: Reading
    points: tuple[TrendPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class WonCalls:
    """How many calls of won deals the comparison is with, and how many reps held them.

    `calls` is None where these are too few reps for that to be told.
    """

    since: datetime
    calls: int | None
    reps: int


@dataclass(frozen=True, slots=True)
class Trends:
    """Every behaviour, and what it is compared with."""

    behaviours: tuple[Trend, ...]
    won: WonCalls


def trends_of(session: Session, scope: Scope, step: Step = "month") -> Trends:
    """Every behaviour of the rep, followed by week or month."""
    totals, points = _own(session, scope, step)
    since = scope.period.until - timedelta(days=WON_DAYS)
    won, told = _won(session, scope, since)
    trends = []
    for one in BEHAVIOURS:
        line = tuple(TrendPoint(day, reading_of(row, one)) for day, row in points)
        trends.append(
            Trend(
                one.slug,
                one.unit,
                one.is_yes_or_no,
                reading_of(totals[True], one) if True in totals else Reading(),
                reading_of(totals[False], one) if False in totals else Reading(),
                told[one.slug],
                line,
            )
        )
    return Trends(tuple(trends), won)


def around(
    session: Session, scope: Scope, turns: Sequence[tuple[str | None, datetime]]
) -> list[tuple[Reading | None, Reading | None]]:
    """Each behaviour, by slug, in all the rep's calls before an instant and in those after it.

    A call that began at the instant itself is in neither. Of no behaviour there is no reading.
    """
    known = [(n, BY_SLUG[slug], at) for n, (slug, at) in enumerate(turns) if slug is not None]
    if not known:
        return [(None, None) for _ in turns]
    rows = _valued(*until_end(scope)).subquery("own")
    columns: list[ColumnElement[Any]] = []
    for n, behaviour, at in known:
        is_before, is_after = rows.c.started_at < at, rows.c.started_at > at
        columns += aggregated(rows, [behaviour], only=is_before, prefix=f"b{n}_")
        columns += aggregated(rows, [behaviour], only=is_after, prefix=f"a{n}_")
    row = session.execute(pick(*columns)).mappings().one()
    readings = {
        n: (reading_of(row, behaviour, f"b{n}_"), reading_of(row, behaviour, f"a{n}_"))
        for n, behaviour, _at in known
    }
    return [readings.get(n, (None, None)) for n in range(len(turns))]


def until_end(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Conditions for all the rep's calls until the end of the period."""
    return (*scope.calls(), col(Call.started_at) < scope.period.until)


def _own(
    session: Session, scope: Scope, step: Step
) -> tuple[dict[bool, RowMapping], list[tuple[date, RowMapping]]]:
    """The rows of the period and of the time before, and those of each week or month."""
    period = Period(scope.period.before.since, scope.period.until)
    local = func.timezone(scope.zone, col(Call.started_at))
    rows = _valued(
        *scope.calls(period),
        is_now=col(Call.started_at) >= scope.period.since,
        starts_on=cast(func.date_trunc(step, local), Date),
    ).subquery("own")
    is_now, starts_on = rows.c.is_now, rows.c.starts_on
    found = session.execute(
        pick(is_now, starts_on, *aggregated(rows))
        .group_by(func.grouping_sets(tuple_(is_now), tuple_(starts_on)))
        .order_by(starts_on)
    ).mappings()
    totals: dict[bool, RowMapping] = {}
    points: list[tuple[date, RowMapping]] = []
    for row in found:
        if row["starts_on"] is None:
            totals[row["is_now"]] = row
        else:
            points.append((row["starts_on"], row))
    return totals, points


def _won(session: Session, scope: Scope, since: datetime) -> tuple[WonCalls, dict[str, Reading]]:
    """What calls of deals that were won say, each behaviour by its slug."""
    rows = _won_calls(scope, since)
    columns = [*_held_by(rows, scope, "calls"), *aggregated(rows)]
    for one in BEHAVIOURS:
        columns += _held_by(rows, scope, one.slug, rows.c[one.slug])
    row = session.execute(pick(*columns)).mappings().one()
    calls = row["calls"] if _may_tell(row, "calls") else None
    told = {
        one.slug: reading_of(row, one) if _may_tell(row, one.slug) else Reading()
        for one in BEHAVIOURS
    }
    return WonCalls(since, calls, row["calls_reps"]), told


def _held_by(rows: Any, scope: Scope, name: str, value: Any = None) -> list[Any]:
    """How many calls there are, or know a value, of how many reps, and how many are the rep's."""
    is_known = true() if value is None else value.is_not(None)
    return [
        func.count().filter(is_known).label(name),
        func.count(distinct(rows.c.rep_id)).filter(is_known).label(f"{name}_reps"),
        func.count().filter(is_known, rows.c.rep_id == scope.rep.id).label(f"{name}_own"),
    ]


def _may_tell(row: RowMapping, name: str) -> bool:
    """Whether what these calls say cannot be laid to a colleague."""
    is_many: bool = row[f"{name}_reps"] >= FEWEST_REPS
    return is_many or row[f"{name}_own"] == row[name]


def _won_calls(scope: Scope, since: datetime) -> Any:
    """The calls of deals that were won, of all in the rep's team; private ones are left out."""
    team_id = scope.rep.team_id
    members = pick(User.id).where(col(User.team_id) == team_id)
    is_ours = col(Call.rep_id) == scope.rep.id if team_id is None else Call.rep_id.in_(members)  # type: ignore[attr-defined]
    return (
        _valued(
            is_ours,
            col(Call.state) == "ready",
            col(Call.is_private).is_(False),
            col(Call.started_at) >= since,
            col(Call.started_at) < scope.period.until,
            col(Deal.outcome) == "won",
        )
        .join(Deal, col(Deal.id) == Call.deal_id)
        .subquery("won")
    )


def _valued(*where: ColumnElement[bool], **more: Any) -> Any:
    """Calls with all their behaviours."""
    columns = [one.label(name) for name, one in more.items()]
    return (
        pick(col(Call.rep_id), col(Call.started_at), *columns, *values())
        .select_from(Call)
        .join(CallFacts, col(CallFacts.call_id) == Call.id)
        .where(*where)
    )
