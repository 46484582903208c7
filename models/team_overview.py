"""A team at a glance: reps by row, facts by column, by name; no score, no rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.behaviours import BY_SLUG, Reading, Share, aggregated, reading_of, share_of, values
from models.coaching.promises import kept_columns, promised
from models.coaching.scope import Question
from models.paging import Slice, take
from models.rights import heard_by, require, visible_users
from models.selecting import pick
from models.tables import Call, CallFacts, CoachingGoal, Team, User
from models.tables.columns import now as this_instant

_COVERAGE, _TALK = BY_SLUG["agenda_coverage"], BY_SLUG["talk_ratio"]
_UNKNOWN, _NOTHING = Reading(), share_of(0, 0)


@dataclass(frozen=True, slots=True)
class Member:
    """What a rep's calls of the period say; None and 0 as everywhere: not known, and none.

    `coverage` is the median over calls with an agenda, `talk_ratio` that over all; of
    `next_step_agreed` it is the share of calls with a next step that has a day, of
    `follow_up_kept` that of promises whose day is over.
    """

    rep_id: UUID
    name: str
    team_id: UUID | None
    team_name: str | None
    calls: int
    minutes: float
    last_call_at: datetime | None
    coverage: Reading
    next_step_agreed: Share
    follow_up_kept: Share
    forgotten: int
    talk_ratio: Reading
    open_goals: int


@dataclass(frozen=True, slots=True)
class _Calls:
    calls: int = 0
    minutes: float = 0.0
    last_call_at: datetime | None = None
    coverage: Reading = _UNKNOWN
    next_step_agreed: Share = _NOTHING
    talk_ratio: Reading = _UNKNOWN


def team_overview(
    session: Session,
    viewer: User,
    asked: Question,
    *,
    team_id: UUID | None = None,
    limit: int,
    cursor: str | None = None,
) -> Slice[Member]:
    """The reps a manager or an admin coaches, and whoever else of them held calls, by name.

    Raises Forbidden for a rep.
    """
    require(viewer, "manager")
    now = asked.now or this_instant()
    calls = _calls_of(viewer, asked, now)
    keys = [
        (func.lower(User.name), lambda one: session.scalar(pick(func.lower(one.name)))),
        (User.id, lambda one: one.id),
    ]  # in the small letters of the database, which are not always Python's
    people = _people(viewer, team_id, calls)
    page = take(session, people, keys, limit=limit, cursor=cursor, descending=False)
    return Slice(_members(session, viewer, asked, calls, page.items), page.next)


def _members(
    session: Session,
    viewer: User,
    asked: Question,
    calls: tuple[ColumnElement[bool], ...],
    reps: Sequence[User],
) -> list[Member]:
    ids = [one.id for one in reps]
    where = (*calls, col(Call.rep_id).in_(ids))
    held = _held(session, where)
    promises = _promises(session, viewer, asked, where)
    goals = _open_goals(session, ids)
    teams = _team_names(session, reps)
    members = []
    for rep in reps:
        own = held.get(rep.id, _Calls())
        due, kept, forgotten = promises.get(rep.id, (0, 0, 0))
        members.append(
            Member(
                rep_id=rep.id,
                name=rep.name,
                team_id=rep.team_id,
                team_name=teams.get(rep.team_id),
                calls=own.calls,
                minutes=own.minutes,
                last_call_at=own.last_call_at,
                coverage=own.coverage,
                next_step_agreed=own.next_step_agreed,
                follow_up_kept=share_of(kept, due),
                forgotten=forgotten,
                talk_ratio=own.talk_ratio,
                open_goals=goals.get(rep.id, 0),
            )
        )
    return members


def _calls_of(viewer: User, asked: Question, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        heard_by(viewer, now),
        col(Call.started_at) >= asked.period.since,
        col(Call.started_at) < asked.period.until,
    )


def _people(
    viewer: User, team_id: UUID | None, calls: tuple[ColumnElement[bool], ...]
) -> SelectOfScalar[User]:
    has_calls = col(User.id).in_(select(Call.rep_id).where(*calls))
    statement = select(User).where(
        visible_users(viewer), col(User.is_active), or_(col(User.role) == "rep", has_calls)
    )
    return statement if team_id is None else statement.where(col(User.team_id) == team_id)


def _team_names(session: Session, reps: Sequence[User]) -> dict[UUID | None, str]:
    named = select(Team.id, Team.name).where(col(Team.id).in_({one.team_id for one in reps}))
    return dict(session.exec(named).all())


def _held(session: Session, where: tuple[ColumnElement[bool], ...]) -> dict[UUID, _Calls]:
    rows = (
        pick(col(Call.rep_id), col(Call.started_at), col(CallFacts.duration_s), *values())
        .select_from(Call)
        .join(CallFacts, col(CallFacts.call_id) == Call.id)
        .where(*where)
        .subquery("held")
    )
    dated = rows.c.next_step_dated
    found = session.execute(
        pick(
            rows.c.rep_id,
            func.count().label("calls"),
            (func.sum(rows.c.duration_s) / 60).label("minutes"),
            func.max(rows.c.started_at).label("last_call_at"),
            func.count(dated).label("told"),
            func.count().filter(dated > 0).label("dated"),
            *aggregated(rows, [_COVERAGE, _TALK]),
        ).group_by(rows.c.rep_id)
    ).mappings()
    return {
        row["rep_id"]: _Calls(
            row["calls"],
            row["minutes"],
            row["last_call_at"],
            reading_of(row, _COVERAGE),
            share_of(row["dated"], row["told"]),
            reading_of(row, _TALK),
        )
        for row in found
    }


def _promises(
    session: Session, viewer: User, asked: Question, where: tuple[ColumnElement[bool], ...]
) -> dict[UUID, tuple[int, int, int]]:
    """What was due, kept and forgotten, by rep."""
    now = asked.now or this_instant()
    made = promised(where, viewer, now, asked.follow_up_days, asked.zone)
    forgotten = func.count().filter(made.c.state == "forgotten")
    found = session.execute(
        pick(made.c.rep_id, *kept_columns(made), forgotten).group_by(made.c.rep_id)
    )
    return {rep_id: (due, kept, lost) for rep_id, due, kept, lost in found}


def _open_goals(session: Session, rep_ids: Sequence[UUID]) -> dict[UUID, int]:
    found = session.execute(
        pick(CoachingGoal.rep_id, func.count())
        .where(col(CoachingGoal.rep_id).in_(rep_ids), col(CoachingGoal.state) == "open")
        .group_by(col(CoachingGoal.rep_id))
    )
    return {row[0]: row[1] for row in found}
