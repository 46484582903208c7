"""Coaching as the API shows and takes it: reports, a team, goals, the risks of deals.

What a report is made of is shown as models.coaching has it: its dataclasses are the contract.
"""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from api.deal_views import DealView
from api.views import Given, View
from models.behaviours import Reading, Share
from models.coaching.agenda import ItemOverCalls
from models.coaching.promises import Promises
from models.coaching.remarks import Remark
from models.coaching.report import GoalFollowed
from models.coaching.scope import Heard, Period
from models.coaching.scorecards import CriterionOverCalls
from models.coaching.strengths import Area, Headline
from models.coaching.tips_after import Coached
from models.coaching.trends import Trend, WonCalls
from models.coaching.worth_hearing import Listening
from models.goals import Closed, GoalRow, GoalState
from models.risks import Risk

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
Metric = Literal[
    "talk_ratio",
    "longest_monologue_s",
    "open_question_share",
    "questions_per_hour",
    "patience_s",
    "fillers_per_min",
    "words_per_min",
    "agenda_coverage",
    "next_step_dated",
    "switches_per_min",
]
Aim = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False, examples=[0.5])]


class RepReportView(View):
    """What the calls of a rep's period say; null is not known, and too few calls tell nothing.

    The rep and who coaches them see the same, but for private calls, which count for the rep.
    """

    rep_id: UUID
    rep_name: str
    team_name: str | None
    zone: str = Field(description="Where the days and months begin.", examples=["Europe/Paris"])
    period: Period
    made_at: datetime
    heard: Heard
    headline: Headline = Field(description="The one thing to keep, the two to work on.")
    behaviours: list[Trend] = Field(description="Beside the rep's own past and won calls.")
    won_calls: WonCalls
    areas: list[Area] = Field(description="Recurring strengths and areas to improve.")
    agenda: list[ItemOverCalls]
    promises: Promises
    coached: list[Coached] = Field(
        description="What came after the first tip of an area; not what came of it."
    )
    scorecards: list[CriterionOverCalls]
    remarks: list[Remark] = Field(description="Comments of the period, the latest first.")
    listening: Listening
    goals: list[GoalFollowed]


class MemberView(View):
    """A rep of a team, by what their calls say."""

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
    open_goals: int


class TeamView(View):
    """A team's reps by name."""

    period: Period
    members: list[MemberView]


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
    notes = [
        NoteView(
            id=one.note.id,
            goal_id=goal.id,
            author_id=one.note.author_id,
            author_name=one.author_name,
            text=one.note.text,
            created_at=one.note.created_at,
        )
        for one in row.notes
    ]
    shown = {name: getattr(goal, name) for name in own}
    return GoalView.model_validate({**shown, **names, "notes": notes})
