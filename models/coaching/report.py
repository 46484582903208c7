"""The coaching report of a rep: all that is told of their calls of a period, in one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models.behaviours import BY_SLUG, Reading
from models.coaching.agenda import ItemOverCalls, items_of
from models.coaching.promises import Promises, promises_of
from models.coaching.remarks import Remark, remarks_of
from models.coaching.scope import Heard, Period, Question, Scope, heard_in, open_scope
from models.coaching.scorecards import CriterionOverCalls, criteria_of
from models.coaching.strengths import Area, Headline, areas_of, headline_of
from models.coaching.tips_after import Coached, coached_of
from models.coaching.trends import Trend, WonCalls, around, trends_of
from models.coaching.worth_hearing import Listening, listening_of
from models.goals import goal_rows
from models.tables import CoachingGoal, User

GOALS = 20
"""Goals that are shown: the open ones, then those agreed last."""


@dataclass(frozen=True, slots=True)
class GoalMark:
    """A note on a goal."""

    id: UUID
    author_name: str | None
    written_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class GoalFollowed:
    """A goal with how calls went before the day it was agreed and since; None without a metric."""

    id: UUID
    text: str
    metric: str | None
    aim: float | None
    agreed_on: date
    review_on: date | None
    state: str
    author_name: str | None
    notes: tuple[GoalMark, ...]
    before: Reading | None
    after: Reading | None


@dataclass(frozen=True, slots=True)
class RepReport:
    """What a rep's calls of a period say; the rep and who coaches them see the same.

    A private call counts only for its rep and an admin: `heard.private_calls` says how many do.
    Days and months begin in `zone`. None is not known, and too few calls tell nothing. What was
    `coached` says what came after the first tip of an area, not what came of it.
    """

    rep_id: UUID
    rep_name: str
    team_name: str | None
    zone: str
    period: Period
    made_at: datetime
    heard: Heard
    headline: Headline
    behaviours: tuple[Trend, ...]
    won_calls: WonCalls
    areas: tuple[Area, ...]
    agenda: tuple[ItemOverCalls, ...]
    promises: Promises
    coached: tuple[Coached, ...]
    scorecards: tuple[CriterionOverCalls, ...]
    remarks: tuple[Remark, ...]
    listening: Listening
    goals: tuple[GoalFollowed, ...]


def rep_report(session: Session, viewer: User, rep_id: UUID, question: Question) -> RepReport:
    """The report of a rep as far as the viewer may see their calls. Raises Missing."""
    scope = open_scope(session, viewer, rep_id, question)
    heard = heard_in(session, scope)
    trends = trends_of(session, scope, question.step)
    areas = areas_of(session, scope, heard)
    headline = headline_of(areas)
    keep = [headline.keep.area] if headline.keep else []
    return RepReport(
        rep_id=scope.rep.id,
        rep_name=scope.rep.name,
        team_name=scope.team.name if scope.team else None,
        zone=scope.zone,
        period=scope.period,
        made_at=scope.now,
        heard=heard,
        headline=headline,
        behaviours=trends.behaviours,
        won_calls=trends.won,
        areas=areas,
        agenda=items_of(session, scope),
        promises=promises_of(session, scope),
        coached=coached_of(session, scope),
        scorecards=criteria_of(session, scope),
        remarks=remarks_of(session, scope),
        listening=listening_of(session, scope, keep, [one.area for one in headline.work_on]),
        goals=_goals(session, scope),
    )


def _goals(session: Session, scope: Scope) -> tuple[GoalFollowed, ...]:
    """The rep's goals, each with its behaviour before and since the day it was agreed."""
    is_closed = col(CoachingGoal.state) != "open"
    goals = session.exec(
        select(CoachingGoal)
        .where(CoachingGoal.rep_id == scope.rep.id)
        .order_by(is_closed, col(CoachingGoal.agreed_on).desc(), col(CoachingGoal.id))
        .limit(GOALS)
    ).all()
    turns = [(one.metric if one.metric in BY_SLUG else None, _began(one, scope)) for one in goals]
    readings = around(session, scope, turns)
    followed = []
    for row, (before, after) in zip(goal_rows(session, goals), readings, strict=True):
        goal = row.goal
        notes = (
            GoalMark(one.note.id, one.author_name, one.note.created_at, one.note.text)
            for one in row.notes
        )
        followed.append(
            GoalFollowed(
                goal.id,
                goal.text,
                goal.metric,
                goal.aim,
                goal.agreed_on,
                goal.review_on,
                goal.state,
                row.author_name,
                tuple(notes),
                before,
                after,
            )
        )
    return tuple(followed)


def _began(goal: CoachingGoal, scope: Scope) -> datetime:
    """The beginning of the day after which calls may show the goal, where the rep works."""
    local = datetime.combine(goal.agreed_on, time.min, ZoneInfo(scope.zone))
    return local.astimezone(UTC)
