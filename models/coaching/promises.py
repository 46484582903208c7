"""Next steps that a seller promised on calls, and what became of them.

A promise is kept when something was done on the deal, an activity or another call, after the call
began and before the end of the day it was due, where the rep works. Without a day it is due some
days after the call. On calls without a deal nobody can tell.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    RowMapping,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models.behaviours import Share, share_of
from models.coaching.replay import Replay, replay_of
from models.coaching.scope import Scope, counts_for
from models.selecting import pick
from models.tables import Activity, Call, Deal, NextStep, Team, User

State = Literal["kept", "late", "forgotten", "not_due"]
SHOWN = 20
"""Promises of a state that are listed."""
_EPOCH = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Promise:
    """A next step of the seller's side; `is_dated` whether its day was said on the call.

    `done_at` is the first thing done on the deal after the call, whatever it was.
    """

    text: str
    owner: str | None
    due_on: date
    is_dated: bool
    state: State
    done_at: datetime | None
    deal_id: UUID
    deal_name: str
    outcome: str
    replay: Replay


@dataclass(frozen=True, slots=True)
class Promises:
    """What was promised in the period; `kept_rate` is of those whose day is over.

    `kept` counts those too that were done before their day. `forgotten_now` has those of open
    deals first, then the latest; `coming` is what is due next.
    """

    kept_rate: Share
    kept: int
    late: int
    forgotten: int
    not_due: int
    without_deal: int
    forgotten_now: tuple[Promise, ...] = ()
    coming: tuple[Promise, ...] = ()


def promises_of(session: Session, scope: Scope) -> Promises:
    """What the rep's side promised on calls of the period."""
    where = scope.calls(scope.period)
    made = promised(where, scope.viewer, scope.now, scope.follow_up_days, scope.zone)
    rows = session.execute(_told(made)).mappings().all()
    row = rows[0]
    shown = [_promise(one) for one in rows if one["place"] is not None]
    return Promises(
        share_of(row["kept_due"], row["due"]),
        kept=row["kept"],
        late=row["late"],
        forgotten=row["forgotten"],
        not_due=row["not_due"],
        without_deal=_without_deal(session, where),
        forgotten_now=tuple(one for one in shown if one.state == "forgotten"),
        coming=tuple(one for one in shown if one.state == "not_due"),
    )


def promised(
    where: tuple[ColumnElement[bool], ...],
    viewer: User,
    now: datetime,
    follow_up_days: int,
    zone: str,
) -> Subquery:
    """What sellers promised on calls of deals that meet conditions, with what became of it.

    `zone` is where reps work who are in no team.
    """
    call = _calls(where, viewer, now, zone)
    day = cast(func.timezone(call.c.zone, call.c.started_at), Date)
    due_on = func.coalesce(NextStep.due_on, day + literal(follow_up_days), type_=Date)
    due_end = func.timezone(call.c.zone, cast(due_on + literal(1), DateTime))
    state = case(
        (call.c.done_at < due_end, "kept"),
        (call.c.done_at.is_not(None), "late"),
        (due_end > now, "not_due"),
        else_="forgotten",
    )
    return (
        pick(
            call,
            col(NextStep.text),
            col(NextStep.owner),
            col(NextStep.start_s),
            col(NextStep.end_s),
            col(NextStep.quote),
            col(NextStep.due_on).is_not(None).label("is_dated"),
            due_on.label("due_on"),
            (due_end <= now).label("is_due"),
            state.label("state"),
        )
        .select_from(NextStep)
        .join(call, call.c.call_id == NextStep.call_id)
        .where(col(NextStep.owner_side) == "seller")
        .subquery("promise")
    )


def _calls(where: tuple[ColumnElement[bool], ...], viewer: User, now: datetime, zone: str) -> CTE:
    """The calls of deals, each with where it was held and what was done on its deal after it."""
    return (
        pick(
            col(Call.id).label("call_id"),
            col(Call.title),
            col(Call.started_at),
            col(Call.rep_id),
            col(Deal.id).label("deal_id"),
            col(Deal.name).label("deal_name"),
            col(Deal.outcome),
            func.coalesce(Team.time_zone, zone).label("zone"),
            _done_at(viewer, now).label("done_at"),
        )
        .select_from(Call)
        .join(Deal, col(Deal.id) == Call.deal_id)
        .join(User, col(User.id) == Call.rep_id)
        .outerjoin(Team, col(Team.id) == User.team_id)
        .where(*where)
        .cte("held")
        .prefix_with("MATERIALIZED")  # or what was done is looked for wherever it is asked about
    )


def kept_columns(made: FromClause) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """How many of some promises were due, and how many of these were kept."""
    is_kept = and_(made.c.is_due, made.c.state == "kept")
    return (
        func.count().filter(made.c.is_due).label("due"),
        func.count().filter(is_kept).label("kept_due"),
    )


def _states(made: FromClause) -> list[ColumnElement[int]]:
    states = ("kept", "late", "forgotten", "not_due")
    return [func.count().filter(made.c.state == one).label(one) for one in states]


def _done_at(viewer: User, now: datetime) -> ColumnElement[Any]:
    """When something was first done on a call's deal after it.

    The instants are compared where they are counted: as a condition they would lead PostgreSQL to
    look through all that was ever done after the call, whatever it was done for.
    """
    other: Any = aliased(Call, name="other")
    done = and_(col(Activity.at) > Call.started_at, col(Activity.at) <= now)
    activity = pick(func.min(Activity.at).filter(done)).where(col(Activity.deal_id) == Call.deal_id)
    held = and_(other.started_at > Call.started_at, other.started_at <= now)
    call = pick(func.min(other.started_at).filter(held)).where(
        other.deal_id == Call.deal_id,
        other.id != Call.id,
        other.state == "ready",
        counts_for(other, viewer),
    )
    return func.least(
        activity.correlate(Call).scalar_subquery(),
        call.correlate(Call).scalar_subquery(),
        type_=DateTime(True),
    )


def _without_deal(session: Session, where: tuple[ColumnElement[bool], ...]) -> int:
    counted = (
        pick(func.count())
        .select_from(NextStep)
        .join(Call, col(Call.id) == NextStep.call_id)
        .where(*where, col(NextStep.owner_side) == "seller", col(Call.deal_id).is_(None))
    )
    count: int = session.execute(counted).scalar_one()
    return count


def _told(made: Subquery) -> Any:
    """The counts, and beside them what is forgotten and what is to come, the first to think of."""
    promise = pick(made).cte("promises")
    day = promise.c.due_on - literal(_EPOCH)
    order = (
        promise.c.outcome != "open",
        case((promise.c.state == "forgotten", -day), else_=day),
        promise.c.call_id,
        promise.c.start_s,
    )
    place = func.row_number().over(partition_by=promise.c.state, order_by=order).label("place")
    ranked = (
        pick(*(promise.c[name] for name in (*_OWN, *Replay.__dataclass_fields__)), place)
        .where(promise.c.state.in_(("forgotten", "not_due")))
        .subquery("ranked")
    )
    counts = pick(*kept_columns(promise), *_states(promise)).subquery("counts")
    return (
        pick(counts, ranked)
        .select_from(counts)
        .outerjoin(ranked, ranked.c.place <= SHOWN)
        .order_by(ranked.c.place)
    )


def _promise(row: RowMapping) -> Promise:
    return Promise(**{name: row[name] for name in _OWN}, replay=replay_of(row))


_OWN = tuple(name for name in Promise.__dataclass_fields__ if name != "replay")
