"""Coaching goals: what a rep and a manager agreed to work on, and what was said of it since.

A rep sees and notes their own goals; who coaches them, the manager of their team or an admin,
agrees, changes and closes them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.behaviours import BEHAVIOURS, BY_SLUG
from models.errors import BadInput, Conflict, Forbidden, Missing
from models.paging import Slice, take
from models.rights import visible_users
from models.tables import CoachingGoal, GoalNote, Team, User
from models.tables.columns import Json, now

GoalState = Literal["open", "reached", "dropped"]
Closed = Literal["reached", "dropped"]
_CHANGING = "a goal is agreed, changed and closed by the rep's manager or an admin; add a note"


@dataclass(frozen=True, slots=True)
class NewGoal:
    """What was agreed; `metric` is the slug of a behaviour, and `aim` in its unit.

    `agreed_on` None is today.
    """

    text: str
    metric: str | None = None
    aim: float | None = None
    agreed_on: date | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note on a goal, and who wrote it as far as they are still known."""

    note: GoalNote
    author_name: str | None


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal with the names that belong to it and its notes, the oldest first."""

    goal: CoachingGoal
    rep_name: str
    author_name: str | None
    notes: tuple[NoteRow, ...] = ()


def list_goals(
    session: Session,
    user: User,
    *,
    rep_id: UUID | None = None,
    states: Sequence[str] = (),
    limit: int,
    cursor: str | None = None,
) -> Slice[GoalRow]:
    """The goals a user may see, those agreed last first; of one rep, or in some states."""
    statement = _visible(select(CoachingGoal), user)
    if rep_id is not None:
        statement = statement.where(CoachingGoal.rep_id == rep_id)
    if states:
        statement = statement.where(col(CoachingGoal.state).in_(states))
    keys = [
        (CoachingGoal.agreed_on, lambda one: one.agreed_on),
        (CoachingGoal.id, lambda one: one.id),
    ]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Slice(goal_rows(session, found.items), found.next)


def find_goal(session: Session, user: User, goal_id: UUID, *, lock: bool = False) -> CoachingGoal:
    """The goal, when the user may see it. Raises Missing."""
    statement = _visible(select(CoachingGoal), user).where(col(CoachingGoal.id) == goal_id)
    if lock:
        statement = statement.with_for_update(of=CoachingGoal)
    goal = session.exec(statement).one_or_none()
    if goal is None:
        raise Missing(f"there is no goal {goal_id} that you may see")
    return goal


def agree_goal(
    session: Session, user: User, rep_id: UUID, new: NewGoal, *, zone: str = "UTC"
) -> CoachingGoal:
    """Add a goal of a rep; `zone` is where they work when they are in no team.

    Raises Missing, Forbidden for a rep, BadInput.
    """
    rep = session.exec(
        select(User).where(col(User.id) == rep_id, visible_users(user))
    ).one_or_none()
    if rep is None:
        raise Missing(f"there is no user {rep_id} whose goals you may see")
    _check_coach(user)
    goal = CoachingGoal(
        rep_id=rep.id,
        author_id=user.id,
        text=new.text,
        metric=new.metric,
        aim=new.aim,
        agreed_on=new.agreed_on or _today(session, rep, zone),
        review_on=new.review_on,
    )
    _check(goal)
    session.add(goal)
    session.flush()
    return goal


def change_goal(session: Session, user: User, goal: CoachingGoal, change: Json) -> None:
    """Change text, metric, aim, agreed_on or review_on of a locked goal; None takes a value away.

    Raises Forbidden for a rep, Conflict when the goal is closed, BadInput.
    """
    _check_coach(user)
    if goal.state != "open":
        raise Conflict(f"the goal is {goal.state}; reopen it before changing it")
    for name, value in change.items():
        if value is None and name in {"text", "agreed_on"}:
            raise BadInput(f"{name}: cannot be taken away")
        setattr(goal, name, value)
    _check(goal)
    _touch(session, goal)


def close_goal(session: Session, user: User, goal: CoachingGoal, state: Closed) -> None:
    """Say what became of a locked goal. Raises Forbidden for a rep, Conflict when it is closed."""
    _check_coach(user)
    if goal.state != "open":
        raise Conflict(f"the goal is {goal.state} already")
    goal.state, goal.closed_at = state, now()
    _touch(session, goal)


def reopen_goal(session: Session, user: User, goal: CoachingGoal) -> None:
    """Take up a locked goal again. Raises Forbidden for a rep, Conflict when it is open."""
    _check_coach(user)
    if goal.state == "open":
        raise Conflict("the goal is open")
    goal.state, goal.closed_at = "open", None
    _touch(session, goal)


def delete_goal(session: Session, user: User, goal: CoachingGoal) -> None:
    """Delete a locked goal agreed by mistake.

    Raises Forbidden for a rep, Conflict when somebody else noted something on it.
    """
    _check_coach(user)
    noted = select(GoalNote.id).where(
        GoalNote.goal_id == goal.id, col(GoalNote.author_id).is_distinct_from(user.id)
    )
    if session.exec(noted.limit(1)).first() is not None:
        raise Conflict("others have noted something on this goal; drop it instead of deleting it")
    session.delete(goal)
    session.flush()


def note_goal(session: Session, user: User, goal: CoachingGoal, text: str) -> GoalNote:
    """Note something on a locked goal that the user sees."""
    note = GoalNote(goal_id=goal.id, author_id=user.id, text=text)
    session.add(note)
    session.flush()
    return note


def delete_note(session: Session, user: User, goal: CoachingGoal, note_id: UUID) -> None:
    """Delete one's own note. Raises Missing, and Forbidden for anybody else's."""
    note = session.get(GoalNote, note_id)
    if note is None or note.goal_id != goal.id:
        raise Missing(f"there is no note {note_id} on this goal")
    if note.author_id != user.id:
        raise Forbidden("only who wrote a note may delete it; add another")
    session.delete(note)
    session.flush()


def goal_rows(session: Session, goals: Sequence[CoachingGoal]) -> list[GoalRow]:
    """The goals with their notes and names, a query a table."""
    ids = [one.id for one in goals]
    written = select(GoalNote).where(col(GoalNote.goal_id).in_(ids))
    notes = session.exec(written.order_by(col(GoalNote.created_at), col(GoalNote.id))).all()
    authors = {one.author_id for one in goals} | {one.author_id for one in notes}
    names = _names(session, authors | {one.rep_id for one in goals})
    own: dict[UUID, list[NoteRow]] = {}
    for note in notes:
        own.setdefault(note.goal_id, []).append(NoteRow(note, names.get(note.author_id)))
    return [
        GoalRow(one, names[one.rep_id], names.get(one.author_id), tuple(own.get(one.id, ())))
        for one in goals
    ]


def _visible(statement: SelectOfScalar[CoachingGoal], user: User) -> SelectOfScalar[CoachingGoal]:
    """The goals of the users that one sees in full."""
    reps = statement.join(User, col(User.id) == CoachingGoal.rep_id)
    return reps.where(visible_users(user))


def _today(session: Session, rep: User, zone: str) -> date:
    """The day it is where a rep works."""
    team = session.get(Team, rep.team_id) if rep.team_id else None
    return now().astimezone(ZoneInfo(team.time_zone if team else zone)).date()


def _check_coach(user: User) -> None:
    """Raise Forbidden for a rep; a manager sees no goals but those of the team."""
    if user.role == "rep":
        raise Forbidden(_CHANGING)


def _check(goal: CoachingGoal) -> None:
    if goal.metric is not None and goal.metric not in BY_SLUG:
        slugs = ", ".join(one.slug for one in BEHAVIOURS)
        raise BadInput(f"metric: there is no such behaviour; give one of {slugs}")
    if goal.aim is not None and goal.metric is None:
        raise BadInput("aim: give the metric it is of")
    if goal.review_on is not None and goal.review_on < goal.agreed_on:
        raise BadInput("review_on: comes before agreed_on; change one of them")


def _touch(session: Session, goal: CoachingGoal) -> None:
    goal.version += 1
    session.add(goal)
    session.flush()


def _names(session: Session, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    named = select(User.id, User.name).where(col(User.id).in_({one for one in ids if one}))
    return dict(session.exec(named).all())
