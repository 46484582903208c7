"""Coaching: a rep's own report, and for who coaches, whose reports there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep
from api.pages.coaching.periods import Days, DaysDep, told_days
from api.pages.coaching.report import coaching_page
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import show
from api.pages.routing import page_router
from models.goals import GoalRow, list_goals
from models.paging import MOST
from models.team_overview import Member, team_overview

router = page_router("coaching")


@dataclass(frozen=True, slots=True)
class Coachee:
    """Somebody to coach, with what was agreed with them."""

    member: Member
    goals: tuple[GoalRow, ...]
    review_on: date | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class CoachingListPage:
    """Whom one coaches, by name; `next` is the cursor of the names after these."""

    people: tuple[Coachee, ...]
    told_days: str
    next: str | None
    is_first: bool


@router.get("/coaching")
def show_coaching(
    request: Request, reader: ReaderDep, session: SessionDep, days: DaysDep, cursor: str = ""
) -> Response:
    """A rep reads their own report; a manager or an admin chooses whose."""
    if not reader.is_at_least("manager"):
        return _report(request, reader, session, reader.user.id, days)
    page = _list_page(session, reader, days, cursor)
    return show(request, reader, "coaching_list.html", page)


@router.get("/coaching/{rep_id}")
def show_report(
    rep_id: UUID, request: Request, reader: ReaderDep, session: SessionDep, days: DaysDep
) -> Response:
    """The report of a rep: for themselves, their manager and admins."""
    return _report(request, reader, session, rep_id, days)


def _report(
    request: Request, reader: Reader, session: Session, rep_id: UUID, days: Days
) -> Response:
    page = coaching_page(session, reader, rep_id, days)
    return show(request, reader, "coaching_report.html", page, 422 if days.wrong else 200)


def _list_page(session: Session, reader: Reader, days: Days, cursor: str) -> CoachingListPage:
    found = team_overview(session, reader.user, days.question, limit=50, cursor=cursor or None)
    agreed = list_goals(session, reader.user, states=("open",), limit=MOST).items
    by_rep: dict[UUID, list[GoalRow]] = {}
    for row in agreed:
        by_rep.setdefault(row.goal.rep_id, []).append(row)
    people = tuple(_coachee(one, by_rep, reader.words.today) for one in found.items)
    asked = days.question.period
    return CoachingListPage(people, told_days(reader.words, asked), found.next, not cursor)


def _coachee(member: Member, by_rep: Mapping[UUID, list[GoalRow]], today: date) -> Coachee:
    goals = tuple(by_rep.get(member.rep_id, ()))
    reviews = [row.goal.review_on for row in goals if row.goal.review_on]
    review_on = min(reviews, default=None)
    return Coachee(member, goals, review_on, review_on is not None and review_on < today)
