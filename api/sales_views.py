"""What is imported around deals, as the API shows it. Money is in minor units of `currency`."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.views import View


class SalesView(View):
    """A row that was imported; `ref` is its id at `origin`."""

    id: UUID
    origin: str
    ref: str | None


class LeadView(SalesView):
    """Someone who may become a customer."""

    arrived_at: datetime
    channel: str | None
    region: str | None
    rep_id: UUID | None
    email: str | None
    mql_at: datetime | None
    sql_at: datetime | None
    first_response_at: datetime | None
    followed_up_at: datetime | None
    response: str | None
    account_id: UUID | None
    deal_id: UUID | None
    first_activity_at: datetime | None
    first_follow_up_at: datetime | None
    first_linkedin_at: datetime | None
    first_heard_at: datetime | None = Field(description="The first recorded call of its deal.")
    is_repeat: bool = Field(description="Whether one came before from the same e-mail address.")


class MeetingView(SalesView):
    """A meeting in a calendar; `was_held` is null until its day."""

    deal_id: UUID | None
    rep_id: UUID | None
    kind: str | None
    scheduled_at: datetime
    was_held: bool | None


class InvitationView(SalesView):
    """One person asked to a meeting."""

    deal_id: UUID | None
    rep_id: UUID | None
    meeting_id: UUID | None
    email: str | None
    sent_at: datetime
    response: str | None
    responded_at: datetime | None


class ActivityView(SalesView):
    """Something a rep did for a deal or a lead."""

    rep_id: UUID | None
    deal_id: UUID | None
    lead_id: UUID | None
    kind: str
    at: datetime
    is_whole_day: bool


class OfferView(SalesView):
    """A quote or a formal proposal."""

    deal_id: UUID
    kind: str
    sent_at: datetime
    amount_minor: int | None
    currency: str | None
    deal_rep_id: UUID | None
    was_closed: bool = Field(
        description="Whether it is the last of its kind, of a deal that was won."
    )


class SurveyView(SalesView):
    """An answer of a customer."""

    account_id: UUID | None
    kind: str
    score: int = Field(description="0 to 10 for nps, 1 to 5 for csat.")
    at: datetime


class SubscriptionView(SalesView):
    """What an account pays a month over one price period."""

    account_id: UUID
    change: str
    started_on: date
    ended_on: date | None
    mrr_minor: int
    currency: str


class SpendView(SalesView):
    """What a month of marketing or selling cost."""

    month: date
    kind: str
    campaign: str | None
    channel: str | None
    amount_minor: int
    currency: str


class FxRateView(SalesView):
    """What a unit of a currency was worth in euros over a month."""

    month: date
    currency: str
    eur_per_unit: float


class FigureView(SalesView):
    """A number of a month that no CRM knows; a cost has `amount_minor`, everything else `value`."""

    month: date
    kind: str
    account_id: UUID | None
    region: str | None
    channel: str | None
    amount_minor: int | None
    value: float | None
    currency: str | None
