"""Coaching goals at a glance: what was agreed, and how the calls since then stand beside it."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlmodel import Session

from api.coaching_words import Pen, coaching_words
from api.pages.frame import Reader
from models.behaviours import BY_SLUG, Reading
from models.coaching.scope import Question, open_scope, period_of
from models.coaching.trends import around
from models.goals import GoalRow, list_goals

CURRENT = 2
"""Goals that somebody works on at once; more is none."""
_TEAM = 12


@dataclass(frozen=True, slots=True)
class GoalTrend:
    """What a behaviour was before a goal was agreed and is since; None for too few calls."""

    name: str
    before: str | None
    since: str | None
    calls: int
    aim: str | None
    course: str
    """nearer, further or still: how it stands to the aim, which one can only tell with one."""


@dataclass(frozen=True, slots=True)
class GoalGlance:
    """A goal of a rep; `trend` is None of one that no behaviour shows."""

    rep_id: UUID
    rep_name: str
    text: str
    agreed: str
    review: str | None
    is_due: bool
    trend: GoalTrend | None = None


def own_goals(session: Session, reader: Reader, now: datetime) -> tuple[GoalGlance, ...]:
    """The reader's current goals with their trend."""
    user = reader.user
    rows = list_goals(session, user, rep_id=user.id, states=("open",), limit=CURRENT).items
    if not rows:
        return ()
    zone = str(reader.words.zone)
    asked = Question(period_of(None, None, now), now=now, zone=zone)
    scope = open_scope(session, user, user.id, asked)
    turns = [(one.goal.metric, _start(one, reader)) for one in rows]
    readings = around(session, scope, turns)
    pen = Pen(coaching_words(reader.words.language), zone)
    return tuple(
        _glance(row, reader, _trend(row, pen, *pair))
        for row, pair in zip(rows, readings, strict=True)
    )


def team_goals(session: Session, reader: Reader) -> tuple[GoalGlance, ...]:
    """The open goals of those the reader coaches, rep by rep."""
    rows = list_goals(session, reader.user, states=("open",), limit=_TEAM).items
    glances = [_glance(one, reader, None) for one in rows]
    return tuple(sorted(glances, key=lambda one: one.rep_name.casefold()))


def _start(row: GoalRow, reader: Reader) -> datetime:
    """When the day on which a goal was agreed begins."""
    return datetime.combine(row.goal.agreed_on, time(), reader.words.zone)


def _glance(row: GoalRow, reader: Reader, trend: GoalTrend | None) -> GoalGlance:
    goal, words = row.goal, reader.words
    return GoalGlance(
        rep_id=goal.rep_id,
        rep_name=row.rep_name,
        text=goal.text,
        agreed=words.day(goal.agreed_on),
        review=words.day(goal.review_on) if goal.review_on else None,
        is_due=goal.review_on is not None and goal.review_on <= words.today,
        trend=trend,
    )


def _trend(
    row: GoalRow, pen: Pen, before: Reading | None, since: Reading | None
) -> GoalTrend | None:
    slug, aim = row.goal.metric, row.goal.aim
    if slug is None or before is None or since is None:
        return None
    unit = BY_SLUG[slug].unit
    values = (before.value, since.value, aim)
    shown = [pen.value(one, unit) if one is not None else None for one in values]
    return GoalTrend(pen.behaviour(slug), shown[0], shown[1], since.n, shown[2], _course(*values))


def _course(before: float | None, since: float | None, aim: float | None) -> str:
    if before is None or since is None or aim is None:
        return "still"
    was, is_now = abs(before - aim), abs(since - aim)
    return "nearer" if is_now < was else "further" if is_now > was else "still"
