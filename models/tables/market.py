"""What calls are joined to: accounts, people, deals and what happened around them.

Money is whole minor units (cents) with an ISO 4217 currency; an instant is aware.
"""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.tables.columns import Imported, Row, currency_of, instant, minor, one_of, points_to

OUTCOMES = ("open", "won", "lost")
DEAL_KINDS = ("new", "upsell", "cross_sell", "renewal")
RESPONSES = ("accepted", "declined", "tentative")
ACTIVITIES = ("call", "email", "follow_up", "linkedin")


class Account(Imported, table=True):
    """A company that buys, or may; `became_customer_on` is the day of its first won deal."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("origin", "ref"),)

    name: str = Field(max_length=300)
    domain: str | None = Field(default=None, max_length=253, index=True)
    region: str | None = Field(default=None, max_length=200)
    industry: str | None = Field(default=None, max_length=200)
    became_customer_on: date | None = None
    churned_on: date | None = None


class Contact(Imported, table=True):
    """Someone at an account."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("origin", "ref"),)

    account_id: UUID | None = points_to("account.id", default=None)
    name: str = Field(max_length=200)
    email: str | None = Field(default=None, max_length=320, index=True)
    phone: str | None = Field(default=None, max_length=64)
    title: str | None = Field(default=None, max_length=200)


class Deal(Imported, table=True):
    """A sale being made; `amount_minor` is the contract value of a year, `cost_minor` its delivery.

    `stage` is the CRM's own name for it; the copy here is dated by `updated_at`. `probability` of
    being won lies in 0..1 and is what the CRM or a person says; `expected_on` is the day it is
    thought to close; `url` opens it in its CRM. `ended_at` is when a deal that is not open was
    closed: `closed_at`, or else when it entered its last stage; the database keeps it so (see the
    migration).
    """

    __tablename__ = "deal"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("outcome", *OUTCOMES),
        one_of("kind", *DEAL_KINDS),
        currency_of(),
        CheckConstraint("probability BETWEEN 0 AND 1", name="probability"),
        Index("ix_deal_closed", "outcome", "closed_at"),
        Index("ix_deal_ended", "ended_at", "outcome"),
        Index("ix_deal_won", "id", postgresql_where=text("outcome = 'won'")),
    )

    name: str = Field(max_length=300)
    account_id: UUID | None = points_to("account.id", on_delete="SET NULL", default=None)
    rep_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    region: str | None = Field(default=None, max_length=200)
    channel: str | None = Field(default=None, max_length=100)
    product: str | None = Field(default=None, max_length=200)
    kind: str = "new"
    amount_minor: int | None = minor(default=None)
    cost_minor: int | None = minor(default=None)
    currency: str | None = Field(default=None, max_length=3)
    opened_at: AwareDatetime | None = instant(default=None, index=True)
    first_contact_at: AwareDatetime | None = instant(default=None)
    pipeline: str | None = Field(default=None, max_length=100)
    stage: str | None = Field(default=None, max_length=100)
    probability: float | None = None
    expected_on: date | None = None
    outcome: str = "open"
    lost_reason: str | None = Field(default=None, max_length=300)
    closed_at: AwareDatetime | None = instant(default=None)
    ended_at: AwareDatetime | None = instant(default=None)
    referred_by_id: UUID | None = points_to("account.id", on_delete="SET NULL", default=None)
    url: str | None = Field(default=None, max_length=2000)
    updated_at: AwareDatetime | None = instant(default=None)


class StageChange(Imported, table=True):
    """A deal entering a stage; a stage after a lost one means the deal was reopened.

    The columns from `is_end` on follow from the others and from the deal, and the database keeps
    them so (see the migrations): `is_end` when the stage's name says that it ends deals,
    `is_first` when the deal enters it for the first time, `left_at` when it left it,
    `went_forward` whether that was to a stage where it had not been, or to be won, None while it
    is there; `deal_was_won` is None while the deal is open.
    """

    __tablename__ = "stage_change"
    __table_args__ = (
        UniqueConstraint("deal_id", "position"),
        Index(
            "ix_stage_change_left",
            "left_at",
            postgresql_where=text("NOT is_end"),
            postgresql_include=[
                "entered_at",
                "stage",
                "deal_rep_id",
                "deal_amount_minor",
                "deal_currency",
            ],
        ),
        Index(
            "ix_stage_change_entered",
            "entered_at",
            postgresql_where=text("is_first AND NOT is_end"),
            postgresql_include=["stage", "deal_rep_id", "went_forward"],
        ),
        Index("ix_stage_change_deal_rep", "deal_rep_id", "entered_at"),
    )

    deal_id: UUID = points_to("deal.id")
    position: int
    from_stage: str | None = Field(default=None, max_length=100)
    stage: str = Field(max_length=100, index=True)
    entered_at: AwareDatetime = instant()
    rep_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    is_end: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    is_first: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    left_at: AwareDatetime | None = instant(default=None)
    went_forward: bool | None = None
    deal_was_won: bool | None = None
    deal_rep_id: UUID | None = None
    deal_amount_minor: int | None = minor(default=None)
    deal_currency: str | None = Field(default=None, max_length=3)


class StageOdds(Row, table=True):
    """So many deals more, or fewer, are closed that ever entered a stage, and so many of them won.

    What there is of a stage is the sum of its rows, and the database keeps it so (see the
    migration): who changes deals at once only adds rows, and waits for nobody.
    """

    __tablename__ = "stage_odds"

    stage: str = Field(max_length=100)
    closed: int
    won: int


class Lead(Imported, table=True):
    """Someone who may become a customer; each instant is None when it never happened.

    The last five follow from other rows, and the database keeps them so (see the migrations): the
    first activity after it came of which the hour is known, the first follow-up after it came,
    the first on LinkedIn; the first recorded call of its deal, while it has one; and whether
    another lead came before from the same e-mail address.
    """

    __tablename__ = "lead"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("response", "positive", "negative", "none"),
        Index("ix_lead_address", text("lower(btrim(email))"), "arrived_at"),
        Index("ix_lead_repeat", "deal_id", postgresql_where=text("is_repeat")),
    )

    arrived_at: AwareDatetime = instant(index=True)
    channel: str | None = Field(default=None, max_length=100)
    region: str | None = Field(default=None, max_length=200)
    rep_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    email: str | None = Field(default=None, max_length=320, index=True)
    mql_at: AwareDatetime | None = instant(default=None)
    sql_at: AwareDatetime | None = instant(default=None)
    first_response_at: AwareDatetime | None = instant(default=None)
    followed_up_at: AwareDatetime | None = instant(default=None)
    response: str | None = None
    account_id: UUID | None = points_to("account.id", on_delete="SET NULL", default=None)
    deal_id: UUID | None = points_to("deal.id", on_delete="SET NULL", default=None)
    first_activity_at: AwareDatetime | None = instant(default=None)
    first_follow_up_at: AwareDatetime | None = instant(default=None)
    first_linkedin_at: AwareDatetime | None = instant(default=None, index=True)
    first_heard_at: AwareDatetime | None = instant(default=None)
    is_repeat: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class PlannedMeeting(Imported, table=True):
    """A meeting in a calendar; `was_held` is None until its day; calls point to it."""

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("origin", "ref"),)

    deal_id: UUID | None = points_to("deal.id", default=None)
    rep_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    kind: str | None = Field(default=None, max_length=100)
    scheduled_at: AwareDatetime = instant(index=True)
    was_held: bool | None = None


class Invitation(Imported, table=True):
    """One person asked to a meeting; no response yet leaves `response` None."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("origin", "ref"), one_of("response", *RESPONSES))

    deal_id: UUID | None = points_to("deal.id", default=None)
    rep_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    meeting_id: UUID | None = points_to("meeting.id", on_delete="SET NULL", default=None)
    email: str | None = Field(default=None, max_length=320)
    sent_at: AwareDatetime = instant(index=True)
    response: str | None = None
    responded_at: AwareDatetime | None = instant(default=None)


class Activity(Imported, table=True):
    """Something a rep did for a deal or a lead; `is_whole_day` when only the day is known."""

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("kind", *ACTIVITIES),
        Index("ix_activity_rep_at", "rep_id", "at"),
        Index("ix_activity_deal_at", "deal_id", "at"),
        Index(
            "ix_activity_of_lead",
            "at",
            "rep_id",
            "lead_id",
            postgresql_where=text("lead_id IS NOT NULL"),
        ),
    )

    rep_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    deal_id: UUID | None = points_to("deal.id", default=None)
    lead_id: UUID | None = points_to("lead.id", default=None)
    kind: str
    at: AwareDatetime = instant(index=True)
    is_whole_day: bool = False


class Offer(Imported, table=True):
    """A quote or a formal proposal sent for a deal.

    The last two columns the database keeps right (see the migration): whose deal it is, and
    whether this is the last offer of its kind for a deal that was won.
    """

    __tablename__ = "offer"
    __table_args__ = (UniqueConstraint("origin", "ref"), one_of("kind", "quote", "proposal"))

    deal_id: UUID = points_to("deal.id")
    kind: str
    sent_at: AwareDatetime = instant(index=True)
    amount_minor: int | None = minor(default=None)
    currency: str | None = Field(default=None, max_length=3)
    deal_rep_id: UUID | None = None
    was_closed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
