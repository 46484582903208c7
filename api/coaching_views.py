"""Coaching as the API shows and takes it: a team, goals, the risks of deals.

A report and a member of a team are shown as models.coaching and models.team_overview have them:
their dataclasses are the contract.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from api.deal_views import DealView
from api.views import Given, View
from models.behaviours import BY_SLUG
from models.coaching.scope import Period
from models.goals import Closed, GoalRow, GoalState
from models.risks import Risk
from models.tables import GoalNote
from models.team_overview import Member

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
_NO_NUL = r"^[^\x00]*$"
_MOST = 1e9


def _meant(day: date) -> date:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueError(f"give a day between {_FIRST_DAY.year} and {_LAST_DAY.year}")
    return day


Day = Annotated[date, AfterValidator(_meant), Field(examples=["2026-12-01"])]
GoalText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, pattern=_NO_NUL),
    Field(examples=["Ask who else decides, in each first call."]),
]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=_NO_NUL)]
Metric = Annotated[str, Field(json_schema_extra={"enum": [*BY_SLUG]})]
"""One of the behaviours; models.goals refuses any other."""
Aim = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False, examples=[0.5])]


class CoachedTeamView(View):
    """A team's reps by name; `next` is the cursor of the page after, null on the last."""

    period: Period
    members: list[Member]
    next: str | None


class GoalGiven(Given):
    """A goal that was agreed with a rep."""

    text: GoalText
    metric: Metric | None = Field(default=None, description="The behaviour that shows it.")
    aim: Aim | None = Field(default=None, description="In the metric's own unit.")
    agreed_on: Day | None = Field(default=None, description="Left out: today.")
    review_on: Day | None = None


class GoalChange(Given):
    """What is to change of a goal; what is left out stays, null takes it away."""

    text: GoalText | None = None
    metric: Metric | None = None
    aim: Aim | None = None
    agreed_on: Day | None = None
    review_on: Day | None = None


class Closing(Given):
    """What became of a goal."""

    state: Closed


class NoteGiven(Given):
    """A note on a goal."""

    text: Words = Field(examples=["Two calls went well; the third had no time for it."])


class NoteView(View):
    """A note on a goal."""

    id: UUID
    goal_id: UUID
    author_id: UUID | None
    author_name: str | None
    text: str
    created_at: datetime


class GoalView(View):
    """A goal with its notes, the oldest first."""

    id: UUID
    rep_id: UUID
    rep_name: str
    author_id: UUID | None
    author_name: str | None
    text: str
    metric: str | None
    aim: float | None
    agreed_on: date
    review_on: date | None
    state: GoalState
    closed_at: datetime | None
    version: int
    created_at: datetime
    notes: list[NoteView]


class RisksView(View):
    """What may be going wrong with a deal."""

    deal_id: UUID
    risks: list[Risk]


class RiskyDealView(View):
    """An open deal with its risks."""

    deal: DealView
    risks: list[Risk]


def goal_view(row: GoalRow) -> GoalView:
    """The goal with its names and notes."""
    goal = row.goal
    names = {"rep_name": row.rep_name, "author_name": row.author_name}
    own = (name for name in GoalView.model_fields if name not in {*names, "notes"})
    notes = [note_view(one.note, one.author_name) for one in row.notes]
    shown = {name: getattr(goal, name) for name in own}
    return GoalView.model_validate({**shown, **names, "notes": notes})


def note_view(note: GoalNote, author_name: str | None) -> NoteView:
    """A note with the name of who wrote it."""
    return NoteView(
        id=note.id,
        goal_id=note.goal_id,
        author_id=note.author_id,
        author_name=author_name,
        text=note.text,
        created_at=note.created_at,
    )
