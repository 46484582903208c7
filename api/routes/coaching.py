"""Coaching: the report of a rep, a team at a glance, goals, and what may go wrong with deals."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from api.coaching_files import FORMATS
from api.coaching_views import (
    Closing,
    CoachedTeamView,
    GoalChange,
    GoalGiven,
    GoalView,
    NoteGiven,
    NoteView,
    RisksView,
    RiskyDealView,
    goal_view,
    note_view,
)
from api.deal_views import view_of
from api.dependencies import (
    DEFAULT_LIMIT,
    CursorQuery,
    LimitQuery,
    SessionDep,
    SettingsDep,
    UserDep,
)
from api.fields import Instant
from api.routing import signed_router
from api.versions import IfMatch, expect_version, version_tag
from api.views import Page
from models import goals as kept
from models.coaching.report import RepReport, rep_report
from models.coaching.scope import Question, Step, period_of
from models.goals import GoalState, NewGoal, goal_rows
from models.rights import find_deal
from models.risks import Looking, RiskFilters, RiskKind, list_risks, risks_of
from models.tables import CoachingGoal
from models.tables.columns import now
from models.team_overview import team_overview

reports = signed_router("coaching")
goals = signed_router("goals")
risks = signed_router("deals")


Form = Literal["html", "pdf", "json"]
FormQuery = Annotated[Form, Query(alias="format", description="The kind of file.")]
LanguageQuery = Annotated[
    Literal["en", "fr"] | None, Query(description="Of the words; left out: one's own.")
]
_TYPES: Mapping[Form, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "json": "application/json",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {one: {} for one in _TYPES.values()}}
}


def _question(
    settings: SettingsDep,
    since: Annotated[Instant | None, Query(description="Left out: 90 days before.")] = None,
    until: Annotated[Instant | None, Query(description="Left out: now.")] = None,
    by: Annotated[Step, Query(description="What trends are followed by.")] = "month",
) -> Question:
    at = now()
    days = settings.follow_up_days
    return Question(period_of(since, until, at), by, days, at, settings.time_zone)


QuestionDep = Annotated[Question, Depends(_question)]


def _looking(
    user: UserDep,
    settings: SettingsDep,
    silent_days: Annotated[
        int | None, Query(ge=1, le=3650, description="Left out: as the settings say.")
    ] = None,
) -> Looking:
    days = silent_days or settings.silent_days
    return Looking(user, now(), days, settings.follow_up_days, settings.time_zone)


LookingDep = Annotated[Looking, Depends(_looking)]


@reports.get("/reps/{rep_id}/coaching")
def read_rep_report(
    rep_id: UUID, session: SessionDep, user: UserDep, question: QuestionDep
) -> RepReport:
    """The coaching report of a rep: for themselves, their manager and admins."""
    return rep_report(session, user, rep_id, question)


@reports.get("/my/coaching")
def read_own_report(session: SessionDep, user: UserDep, question: QuestionDep) -> RepReport:
    """One's own coaching report, as who coaches sees it."""
    return rep_report(session, user, user.id, question)


@reports.get("/reps/{rep_id}/coaching/file", response_class=Response, responses=_FILE)
def read_rep_report_file(
    rep_id: UUID,
    session: SessionDep,
    user: UserDep,
    question: QuestionDep,
    form: FormQuery = "pdf",
    language: LanguageQuery = None,
) -> Response:
    """The coaching report of a rep as a file, to print or to keep."""
    report = rep_report(session, user, rep_id, question)
    content = FORMATS[form](report, language or user.language)
    headers = {
        "content-disposition": f'attachment; filename="coaching.{form}"',
        "cache-control": "private, no-store",
    }
    return Response(content, media_type=_TYPES[form], headers=headers)


@reports.get("/team/coaching")
def read_team(
    session: SessionDep,
    user: UserDep,
    question: QuestionDep,
    team_id: UUID | None = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> CoachedTeamView:
    """The reps one coaches, by name, with what their calls say: for managers and admins."""
    found = team_overview(session, user, question, team_id=team_id, limit=limit, cursor=cursor)
    return CoachedTeamView(period=question.period, members=list(found.items), next=found.next)


@goals.get("/goals")
def list_goals(
    session: SessionDep,
    user: UserDep,
    rep_id: UUID | None = None,
    state: Annotated[list[GoalState] | None, Query(max_length=3)] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[GoalView]:
    """The coaching goals one may see, those agreed last first."""
    found = kept.list_goals(
        session, user, rep_id=rep_id, states=tuple(state or ()), limit=limit, cursor=cursor
    )
    return Page(items=[goal_view(row) for row in found.items], next=found.next)


@goals.post("/reps/{rep_id}/goals", status_code=201)
def agree_goal(  # noqa: PLR0913, PLR0917 (what FastAPI fills in)
    rep_id: UUID,
    given: GoalGiven,
    request: Request,
    response: Response,
    session: SessionDep,
    user: UserDep,
    settings: SettingsDep,
) -> GoalView:
    """Agree on a goal with a rep: their manager or an admin."""
    new = NewGoal(**given.model_dump())
    goal = kept.agree_goal(session, user, rep_id, new, zone=settings.time_zone)
    request.state.made_id = goal.id
    return _answer(session, goal, response)


@goals.get("/goals/{goal_id}")
def read_goal(goal_id: UUID, response: Response, session: SessionDep, user: UserDep) -> GoalView:
    """A goal with its notes."""
    return _answer(session, kept.find_goal(session, user, goal_id), response)


@goals.patch("/goals/{goal_id}")
def alter_goal(
    goal_id: UUID,
    given: GoalChange,
    response: Response,
    session: SessionDep,
    user: UserDep,
    if_match: IfMatch = None,
) -> GoalView:
    """Change an open goal: the rep's manager or an admin."""
    goal = _locked(session, user, goal_id, if_match)
    kept.change_goal(session, user, goal, given.model_dump(exclude_unset=True))
    return _answer(session, goal, response)


@goals.post("/goals/{goal_id}/close")
def close_goal(
    goal_id: UUID,
    given: Closing,
    response: Response,
    session: SessionDep,
    user: UserDep,
    if_match: IfMatch = None,
) -> GoalView:
    """Say that a goal was reached, or dropped: the rep's manager or an admin."""
    goal = _locked(session, user, goal_id, if_match)
    kept.close_goal(session, user, goal, given.state)
    return _answer(session, goal, response)


@goals.post("/goals/{goal_id}/reopen")
def reopen_goal(
    goal_id: UUID,
    response: Response,
    session: SessionDep,
    user: UserDep,
    if_match: IfMatch = None,
) -> GoalView:
    """Take a closed goal up again: the rep's manager or an admin."""
    goal = _locked(session, user, goal_id, if_match)
    kept.reopen_goal(session, user, goal)
    return _answer(session, goal, response)


@goals.delete("/goals/{goal_id}", status_code=204)
def delete_goal(
    goal_id: UUID, session: SessionDep, user: UserDep, if_match: IfMatch = None
) -> None:
    """Delete a goal that nobody else noted anything on: the rep's manager or an admin."""
    kept.delete_goal(session, user, _locked(session, user, goal_id, if_match))


@goals.post("/goals/{goal_id}/notes", status_code=201)
def note_goal(
    goal_id: UUID, given: NoteGiven, request: Request, session: SessionDep, user: UserDep
) -> NoteView:
    """Note something on a goal that one sees: the rep too, and on a closed one."""
    goal = kept.find_goal(session, user, goal_id, lock=True)
    note = kept.note_goal(session, user, goal, given.text)
    request.state.made_id = note.id
    return note_view(note, user.name)


@goals.delete("/goals/{goal_id}/notes/{note_id}", status_code=204)
def delete_note(goal_id: UUID, note_id: UUID, session: SessionDep, user: UserDep) -> None:
    """Delete one's own note."""
    goal = kept.find_goal(session, user, goal_id, lock=True)
    kept.delete_note(session, user, goal, note_id)


@risks.get("/deals/risks")
def find_risks(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    session: SessionDep,
    looking: LookingDep,
    risk: Annotated[
        list[RiskKind] | None, Query(max_length=4, description="Deals with one of these.")
    ] = None,
    rep_id: UUID | None = None,
    team_id: UUID | None = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[RiskyDealView]:
    """The open deals one may see with what may be going wrong, the last opened first."""
    filters = RiskFilters(rep_id, team_id, tuple(risk or ()))
    found = list_risks(session, looking, filters, limit=limit, cursor=cursor)
    items = [RiskyDealView(deal=view_of(one.row), risks=list(one.risks)) for one in found.items]
    return Page(items=items, next=found.next)


@risks.get("/deals/{deal_id}/risks")
def read_risks(deal_id: UUID, session: SessionDep, user: UserDep, looking: LookingDep) -> RisksView:
    """What may be going wrong with a deal, each with what it is seen by."""
    deal = find_deal(session, user, deal_id)
    return RisksView(deal_id=deal.id, risks=list(risks_of(session, looking, deal)))


def _locked(
    session: SessionDep, user: UserDep, goal_id: UUID, if_match: str | None
) -> CoachingGoal:
    goal = kept.find_goal(session, user, goal_id, lock=True)
    expect_version(goal.version, if_match, "goal")
    return goal


def _answer(session: SessionDep, goal: CoachingGoal, response: Response) -> GoalView:
    session.flush()
    response.headers["etag"] = version_tag(goal.version)
    (row,) = goal_rows(session, [goal])
    return goal_view(row)
