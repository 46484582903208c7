"""Retention, legal holds and objections as the API shows and takes them."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from api.call_views import ConsentState
from api.views import Given, View
from models.holds import HoldKind, HoldRow
from models.retaining import Going
from models.retention import LONGEST_DAYS, Days, Kind, TeamDays
from models.tables import RetentionRun

WithoutConsent = Literal["process", "transcribe", "keep", "refuse"]
_DAYS = f"1 to {LONGEST_DAYS}, null keeps it for good."


class RuleGiven(Given):
    """How many days each kind is kept; `team_id` null is for everybody without a rule."""

    team_id: UUID | None = None
    recording: int | None = Field(ge=1, le=LONGEST_DAYS, description=_DAYS, examples=[180])
    transcript: int | None = Field(ge=1, le=LONGEST_DAYS, description=_DAYS, examples=[365])
    analysis: int | None = Field(ge=1, le=LONGEST_DAYS, description=_DAYS, examples=[365])
    notes: int | None = Field(ge=1, le=LONGEST_DAYS, description=_DAYS, examples=[365])
    keep_percent: int = Field(
        default=100,
        ge=0,
        le=100,
        description="So many in a hundred recordings stay once their calls are analysed.",
    )

    def days(self) -> Days:
        """The rule."""
        return Days(**self.model_dump(exclude={"team_id"}))


class RuleView(BaseModel):
    """A rule; not `is_own` when a team follows everybody's, or that is the default."""

    team_id: UUID | None
    team: str | None
    is_own: bool
    recording: int | None
    transcript: int | None
    analysis: int | None
    notes: int | None
    keep_percent: int

    @classmethod
    def of(cls, one: TeamDays) -> Self:
        """The view of a rule."""
        days, team = one.days, one.team
        return cls(
            team_id=team.id if team else None,
            team=team.name if team else None,
            is_own=one.is_own,
            recording=days.recording,
            transcript=days.transcript,
            analysis=days.analysis,
            notes=days.notes,
            keep_percent=days.keep_percent,
        )


class RunView(View):
    """A run; without an end it is under way, or was broken off and will go on."""

    id: int
    started_at: datetime
    beat_at: datetime
    finished_at: datetime | None
    counts: dict[str, int]
    failure: str | None

    @classmethod
    def of(cls, run: RetentionRun) -> Self:
        """The view of a run."""
        return cls.model_validate(run)


class RetentionView(BaseModel):
    """Whether anything is deleted by rule, by which rules, and how the last run went."""

    is_on: bool
    turned_at: datetime | None
    rules: list[RuleView]
    last_run: RunView | None
    next_run_at: datetime
    is_late: bool = Field(description="It is on, and did not run for more than two hours.")


class GoingCallView(View):
    """A call of which something would be deleted."""

    id: UUID
    title: str
    started_at: datetime
    rep: str


class GoingView(View):
    """What would be deleted of a kind."""

    kind: Kind
    calls: int
    size: int = Field(description="Bytes of recordings.")
    first: list[GoingCallView]


class DryRunView(BaseModel):
    """What the next run would delete; `seen` is what switching it on asks for."""

    seen: str
    kinds: list[GoingView]

    @classmethod
    def of(cls, seen: str, going: list[Going]) -> Self:
        """The view of a dry run."""
        return cls(seen=seen, kinds=[GoingView.model_validate(one) for one in going])


class TurnOnGiven(Given):
    """That an admin saw what will be deleted."""

    seen: str = Field(max_length=100, description="Of `GET /retention/dry-run`.")


class HoldGiven(Given):
    """What is not to be deleted, one of the three, and why."""

    call_id: UUID | None = None
    deal_id: UUID | None = None
    account_id: UUID | None = None
    reason: str = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.call_id, self.deal_id, self.account_id)) != 1:
            raise ValueError("give one of call_id, deal_id and account_id")
        return self

    def subject(self) -> tuple[HoldKind, UUID]:
        """What it is on."""
        kinds: tuple[tuple[HoldKind, UUID | None], ...] = (
            ("call", self.call_id),
            ("deal", self.deal_id),
            ("account", self.account_id),
        )
        return next((kind, one) for kind, one in kinds if one is not None)


class HoldView(BaseModel):
    """A legal hold in force."""

    id: UUID
    kind: HoldKind
    subject_id: UUID
    name: str
    reason: str
    placed_by: str | None
    placed_at: datetime

    @classmethod
    def of(cls, row: HoldRow) -> Self:
        """The view of a hold."""
        return cls(
            id=row.hold.id,
            kind=row.kind,
            subject_id=row.subject_id,
            name=row.name,
            reason=row.hold.reason,
            placed_by=row.placed_by,
            placed_at=row.hold.created_at,
        )


class ConsentGiven(Given):
    """What is declared of a call's consent."""

    consent: ConsentState
    basis: str | None = Field(
        default=None,
        max_length=300,
        description="How people agreed, or why they need not: required with `not_needed`.",
    )


class TeamConsentGiven(Given):
    """What becomes of a team's calls that nobody declared consent for."""

    without_consent: WithoutConsent


class TeamConsentView(BaseModel):
    """The same, with the team."""

    team_id: UUID
    team: str
    without_consent: WithoutConsent


class ObjectionGiven(Given):
    """Somebody whose calls are to be left alone."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320, examples=["jim@example.com"])
    note: str | None = Field(default=None, max_length=1000)


class ObjectionView(BaseModel):
    """An objection, and how many calls there are with that person; no `email` once erased."""

    id: UUID
    email: str | None
    note: str | None
    created_at: datetime
    calls: int
