"""A deal as the API shows and takes it."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.fields import Currency, Instant, Minor, Ref, Text100, Text200, Text300
from api.views import Given, View
from models.deal_course import DealCourse
from models.deals import DealRow

Outcome = Literal["open", "won", "lost"]
DealKind = Literal["new", "upsell", "cross_sell", "renewal"]
ClosedAt = Annotated[
    Instant | None,
    Field(description="Only of a deal that is won or lost; left out then: now."),
]
EnteredAt = Annotated[
    Instant | None, Field(description="When the stage that is given was entered.")
]


class DealTold(Given):
    """What can be said of a deal, now or later."""

    account_id: UUID | None = None
    region: Text200 | None = None
    channel: Text100 | None = Field(default=None, examples=["outbound"])
    product: Text200 | None = None
    amount_minor: Minor | None = None
    cost_minor: Minor | None = None
    currency: Currency | None = None
    opened_at: Instant | None = None
    first_contact_at: Instant | None = None
    stage: Text100 | None = Field(default=None, examples=["proposal"])
    stage_entered_at: EnteredAt = None
    closed_at: ClosedAt = None
    pipeline: Text100 | None = None
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        default=None, description="Of being won, 0 to 1."
    )
    expected_on: date | None = Field(default=None, description="The day it is thought to close.")
    lost_reason: Text300 | None = None
    referred_by_id: UUID | None = Field(
        default=None, description="The account that recommended us."
    )


class DealGiven(DealTold):
    """A deal to be added."""

    name: Text300 = Field(examples=["Vantage Facilities - Outbound"])
    rep_id: UUID | None = Field(
        default=None, description="Left out: whoever asks. An admin may give null: nobody's."
    )
    kind: DealKind = "new"
    outcome: Outcome = "open"
    ref: Ref | None = None


class DealChange(DealTold):
    """What is to change of a deal; what is left out stays, null takes it away."""

    name: Text300 | None = None
    rep_id: UUID | None = None
    kind: DealKind | None = None
    outcome: Outcome | None = None


class DealView(View):
    """A deal. Money is in minor units of `currency`; null is not known, 0 is nothing."""

    id: UUID
    name: str
    account_id: UUID | None
    account_name: str | None
    rep_id: UUID | None
    rep_name: str | None
    region: str | None
    channel: str | None
    product: str | None
    kind: DealKind
    amount_minor: int | None = Field(description="Contract value of a year.")
    cost_minor: int | None = Field(description="What delivering it costs.")
    currency: str | None
    opened_at: datetime | None
    first_contact_at: datetime | None
    stage: str | None = Field(description="Where it stands, in the CRM's words.")
    outcome: Outcome
    closed_at: datetime | None
    pipeline: str | None
    probability: float | None
    expected_on: date | None
    lost_reason: str | None
    url: str | None = Field(description="Opens it in its CRM.")
    referred_by_id: UUID | None
    origin: str = Field(description="Where it came from.", examples=["import"])
    ref: str | None = Field(description="What it is called there.")
    created_at: datetime
    updated_at: datetime | None


class StageView(View):
    """A deal entering a stage."""

    position: int
    from_stage: str | None
    stage: str
    entered_at: datetime
    rep_id: UUID | None


class DealCallView(View):
    """A call of a deal."""

    id: UUID
    title: str
    state: str
    started_at: datetime
    rep_id: UUID


class DealOfferView(View):
    """A quote or a proposal sent for a deal."""

    id: UUID
    kind: str
    sent_at: datetime
    amount_minor: int | None
    currency: str | None


class InvitationCounts(View):
    """How many people were asked to meetings, and what they answered."""

    sent: int
    accepted: int
    declined: int
    tentative: int
    unanswered: int


class MeetingCounts(View):
    """How many meetings there are; of those to come it is not known if they are held."""

    planned: int
    held: int
    not_held: int
    to_come: int


class DealCourseView(DealView):
    """A deal with its course; at most the last 100 of each sort."""

    stages: list[StageView] = Field(description="In order.")
    calls: list[DealCallView] = Field(description="Those one may see, the newest first.")
    calls_count: int
    offers: list[DealOfferView] = Field(description="The newest first.")
    invitations: InvitationCounts
    meetings: MeetingCounts


class HappeningView(View):
    """Something that happened with a deal."""

    kind: Literal[
        "call", "moment", "stage", "meeting", "offer", "activity", "invitation", "comment", "note"
    ]
    id: UUID = Field(description="Of a moment: its call's.")
    at: datetime = Field(description="Of a meeting: when it was to begin.")
    rep_id: UUID | None
    call_id: UUID | None
    start_s: float | None = Field(description="Where in its call a moment begins.")
    quote: str | None = Field(
        description="What was said or commented; of an invitation, the address; of a note in a "
        "CRM, the title of its call."
    )
    what: str | None = Field(
        description="A call's title, the stage, which kind it was, what was answered, or in "
        "which CRM a note stands."
    )
    before: str | None = Field(description="The stage that was left.")
    was_held: bool | None
    is_whole_day: bool | None = Field(description="Whether only the day is known.")
    amount_minor: int | None
    currency: str | None


def view_of(row: DealRow) -> DealView:
    """The deal with its names."""
    return DealView.model_validate(_shown(row))


def course_view(row: DealRow, course: DealCourse) -> DealCourseView:
    """The deal with its course."""
    responses, held = course.invitations, course.meetings
    return DealCourseView.model_validate(
        {
            **_shown(row),
            "stages": course.stages,
            "calls": course.calls,
            "calls_count": course.calls_count,
            "offers": course.offers,
            "invitations": InvitationCounts(
                sent=sum(responses.values()),
                accepted=responses.get("accepted", 0),
                declined=responses.get("declined", 0),
                tentative=responses.get("tentative", 0),
                unanswered=responses.get(None, 0),
            ),
            "meetings": MeetingCounts(
                planned=sum(held.values()),
                held=held.get(True, 0),
                not_held=held.get(False, 0),
                to_come=held.get(None, 0),
            ),
        }
    )


def _shown(row: DealRow) -> dict[str, object]:
    names = {"rep_name": row.rep_name, "account_name": row.account_name}
    own = (name for name in DealView.model_fields if name not in names)
    return {name: getattr(row.deal, name) for name in own} | names
