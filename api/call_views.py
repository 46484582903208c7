"""A call as the API shows and takes it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from api.fields import Instant
from api.views import Given, View
from models.calls import CallRow
from models.new_calls import NewCall

State = Literal[
    "empty", "waiting", "hearing", "understanding", "ready", "failed", "cancelled", "held"
]
Text = Annotated[str, Field(min_length=1, max_length=300)]


ConsentState = Literal["unknown", "consented", "refused", "not_needed"]
_BASIS = "How people agreed, or why they need not: required with `not_needed`."


class ParticipantGiven(Given):
    """Someone invited to the call."""

    name: Text = Field(examples=["Jim Kowalski"])
    email: str | None = Field(default=None, max_length=320)
    company: str | None = Field(default=None, max_length=300)
    role: str | None = Field(default=None, max_length=300)
    side: Literal["seller", "buyer", "unknown"] = "unknown"
    channel: int | None = Field(default=None, ge=0, le=63)


class AgendaGiven(Given):
    """One thing planned for the call."""

    title: Text = Field(examples=["Agree on a pilot"])
    id: str | None = Field(default=None, min_length=1, max_length=100)
    keywords: list[Text] = Field(default_factory=list, max_length=50)
    side: Literal["seller", "buyer", "unknown"] = "unknown"
    minutes: float | None = Field(default=None, gt=0, le=1440, allow_inf_nan=False)


class KnownGiven(Given):
    """What is known before anyone listens, as a meeting file says it."""

    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$", examples=["en"])
    participants: list[ParticipantGiven] | None = Field(default=None, max_length=100)
    agenda: list[AgendaGiven | Text] | None = Field(default=None, max_length=100)
    competitors: list[Text] | None = Field(default=None, max_length=200)
    vocabulary: list[Text] | None = Field(default=None, max_length=500)
    call_type: str | None = Field(default=None, min_length=1, max_length=100)


class CallGiven(KnownGiven):
    """A call to be added; all may be told later."""

    title: Text | None = Field(default=None, examples=["Cold call - Vantage Facilities"])
    started_at: Instant | None = Field(default=None, description="Left out: now.")
    rep_id: UUID | None = Field(default=None, description="Left out: whoever asks.")
    deal_id: UUID | None = None
    account_id: UUID | None = None
    speakers: int | None = Field(default=None, ge=1, le=20, description="Counted, not guessed.")
    is_private: bool = False
    consent: ConsentState = "unknown"
    consent_basis: str | None = Field(default=None, max_length=300, description=_BASIS)
    ref: str | None = Field(
        default=None, min_length=1, max_length=200, description="What another program calls it."
    )


class CallChange(KnownGiven):
    """What is to change of a call; what is left out stays, null takes it away."""

    title: Text | None = None
    started_at: Instant | None = None
    rep_id: UUID | None = None
    deal_id: UUID | None = None
    account_id: UUID | None = None
    playbook_id: UUID | None = None
    speakers: int | None = Field(default=None, ge=1, le=20)
    is_private: bool | None = None


class ProgressView(View):
    """How far a call is."""

    stage: str = Field(examples=["transcribing"])
    fraction: float = Field(description="Of the whole way, 0 to 1.", examples=[0.42])
    left_s: float | None = Field(description="Seconds thought to be left.", examples=[95.0])
    started_at: datetime
    updated_at: datetime


class FactsView(View):
    """The numbers a list shows."""

    duration_s: float
    language: str
    call_type: str | None
    talk_ratio: float | None
    agenda_coverage: float | None
    objections: int
    next_steps: int


class RecordingView(View):
    """The file of a call."""

    origin_name: str
    media_type: str
    size: int
    sha256: str
    duration_s: float | None
    is_playable: bool


class CallView(View):
    """A call."""

    id: UUID
    title: str
    state: State
    failure: str | None = Field(description="What went wrong, and what to do next.")
    failure_kind: str | None = Field(examples=["BadRecording"])
    started_at: datetime
    rep_id: UUID
    rep_name: str
    deal_id: UUID | None
    deal_name: str | None
    account_id: UUID | None
    meeting_id: UUID | None
    playbook_id: UUID | None
    speakers: int | None
    is_private: bool
    consent: ConsentState = Field(description="Whether people agreed to the recording.")
    consent_basis: str | None
    consent_by_id: UUID | None
    consent_at: datetime | None
    recording_deleted_at: datetime | None = Field(description="By a retention rule, as below.")
    transcript_deleted_at: datetime | None
    analysis_deleted_at: datetime | None
    notes_deleted_at: datetime | None
    ref: str | None
    known: dict[str, JsonValue]
    facts: FactsView | None
    progress: ProgressView | None
    recording: RecordingView | None
    created_at: datetime
    updated_at: datetime
    version: int


class Viewer(View):
    """Someone who may see a call."""

    id: UUID
    name: str
    role: str


def view_of(row: CallRow) -> CallView:
    """The call with what belongs to it."""
    call, recording = row.call, row.recording
    shown = None
    if recording is not None:
        shown = RecordingView(
            origin_name=recording.origin_name,
            media_type=recording.media_type,
            size=recording.size,
            sha256=recording.sha256,
            duration_s=recording.duration_s,
            is_playable=recording.playable_key is not None,
        )
    return CallView(
        **{name: getattr(call, name) for name in _OWN},
        rep_name=row.rep.name,
        deal_name=row.deal.name if row.deal else None,
        facts=FactsView.model_validate(row.facts) if row.facts else None,
        progress=ProgressView.model_validate(row.progress) if row.progress else None,
        recording=shown,
    )


_ELSEWHERE = {"rep_name", "deal_name", "facts", "progress", "recording"}
_OWN = tuple(name for name in CallView.model_fields if name not in _ELSEWHERE)
KNOWN = tuple(KnownGiven.model_fields)
"""What goes to the call's `known`, apart from its columns."""


def new_call(given: CallGiven) -> NewCall:
    """What the store needs to know of a new call."""
    known = given.model_dump(exclude_none=True, mode="json", include=set(KNOWN))
    columns = given.model_dump(exclude_none=True, exclude=set(KNOWN))
    return NewCall(known=known, **columns)
