"""What becomes of coaching goals: agreed, noted on, changed, closed, taken up again."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep, SettingsDep
from api.pages.coaching.goals_shown import LONGEST_NOTE, LONGEST_TEXT, GoalForm
from api.pages.coaching.periods import Days, DaysDep
from api.pages.coaching.report import coaching_page
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from models import goals as kept
from models.goals import Closed
from models.storable import readable
from models.tables import CoachingGoal

router = page_router("goals")


def _typed(
    text: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
    metric: Annotated[str, Form(max_length=100)] = "",
    aim: Annotated[str, Form(max_length=40)] = "",
    review_on: Annotated[str, Form(max_length=40)] = "",
) -> GoalForm:
    return GoalForm(text, metric, aim, review_on)


FormDep = Annotated[GoalForm, Depends(_typed)]


@router.post("/coaching/{rep_id}/goals")
def agree_goal(  # noqa: PLR0913, PLR0917 (what FastAPI fills in)
    rep_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    days: DaysDep,
    form: FormDep,
) -> Response:
    """Agree on a goal with a rep: their manager or an admin."""
    new = form.read(reader.words, reader.words.today)
    if isinstance(new, GoalForm):
        page = coaching_page(session, reader, rep_id, days, new)
        return show(request, reader, "coaching_report.html", page, 422)
    goal = kept.agree_goal(session, reader.user, rep_id, new, zone=settings.time_zone)
    request.state.made_id = goal.id
    undo = f"/goals/{goal.id}/delete?{days.query}"
    return go(request, _back(goal, days), reader.words("The goal is on the page."), undo)


@router.post("/goals/{goal_id}")
def alter_goal(
    goal_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    days: DaysDep,
    form: FormDep,
) -> Response:
    """Change an open goal: the rep's manager or an admin."""
    goal = _locked(session, reader, goal_id)
    new = form.read(reader.words, goal.agreed_on)
    if isinstance(new, GoalForm):
        page = coaching_page(session, reader, goal.rep_id, days, new, goal_id)
        return show(request, reader, "coaching_report.html", page, 422)
    change = {name: value for name, value in asdict(new).items() if name != "agreed_on"}
    kept.change_goal(session, reader.user, goal, change)
    return go(request, _back(goal, days), reader.words("The goal was changed."))


@router.post("/goals/{goal_id}/close")
def close_goal(
    goal_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    days: DaysDep,
    state: Annotated[Closed, Form()],
) -> Response:
    """Say that a goal was reached, or dropped: the rep's manager or an admin."""
    goal = _locked(session, reader, goal_id)
    kept.close_goal(session, reader.user, goal, state)
    words = reader.words
    said = words("The goal was reached.") if state == "reached" else words("The goal was dropped.")
    return go(request, _back(goal, days), said, f"/goals/{goal.id}/reopen?{days.query}")


@router.post("/goals/{goal_id}/reopen")
def reopen_goal(
    goal_id: UUID, request: Request, reader: ReaderDep, session: SessionDep, days: DaysDep
) -> Response:
    """Take a closed goal up again: the rep's manager or an admin."""
    goal = _locked(session, reader, goal_id)
    kept.reopen_goal(session, reader.user, goal)
    return go(request, _back(goal, days), reader.words("The goal is open again."))


@router.post("/goals/{goal_id}/delete")
def delete_goal(
    goal_id: UUID, request: Request, reader: ReaderDep, session: SessionDep, days: DaysDep
) -> Response:
    """Delete a goal that nobody else noted anything on: the rep's manager or an admin."""
    goal = _locked(session, reader, goal_id)
    kept.delete_goal(session, reader.user, goal)
    return go(request, _back(goal, days), reader.words("The goal was deleted."))


@router.post("/goals/{goal_id}/notes")
def note_goal(
    goal_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    days: DaysDep,
    text: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
) -> Response:
    """Note something on a goal that one sees: the rep too, and on a closed one."""
    goal = _locked(session, reader, goal_id)
    if not text.strip():
        return go(request, _back(goal, days), reader.words("Write something in the note."))
    note = kept.note_goal(session, reader.user, goal, readable(text.strip()))
    request.state.made_id = note.id
    undo = f"/goals/{goal.id}/notes/{note.id}/delete?{days.query}"
    return go(request, _back(goal, days), reader.words("Your note is on the goal."), undo)


@router.post("/goals/{goal_id}/notes/{note_id}/delete")
def delete_note(
    goal_id: UUID,
    note_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    days: DaysDep,
) -> Response:
    """Delete one's own note."""
    goal = _locked(session, reader, goal_id)
    kept.delete_note(session, reader.user, goal, note_id)
    return go(request, _back(goal, days), reader.words("Your note was deleted."))


def _locked(session: Session, reader: Reader, goal_id: UUID) -> CoachingGoal:
    return kept.find_goal(session, reader.user, goal_id, lock=True)


def _back(goal: CoachingGoal, days: Days) -> str:
    return f"/coaching/{goal.rep_id}?{days.query}#goals"
