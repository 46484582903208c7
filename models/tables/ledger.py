"""What is written down beside deals: what customers pay and say, what was spent and aimed at.

Money is whole minor units (cents) with an ISO 4217 currency.
"""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.tables.columns import Imported, currency_of, instant, minor, one_of, points_to

CHANGES = ("new", "expansion", "contraction", "renewal")
FIGURES = (
    "headcount",
    "visitors",
    "emails_delivered",
    "emails_opened",
    "loyalty_members",
    "customer_outcome",
    "complaints",
    "returns",
    "review",
    "cost_of_sales",
    "fixed_cost",
    "variable_cost",
)
"""What no CRM knows and some KPIs need, month by month."""


class Survey(Imported, table=True):
    """One answer of a customer: NPS from 0 to 10, CSAT from 1 to 5."""

    __tablename__ = "survey"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("kind", "nps", "csat"),
        CheckConstraint(
            "CASE kind WHEN 'nps' THEN score BETWEEN 0 AND 10 ELSE score BETWEEN 1 AND 5 END",
            name="score",
        ),
    )

    account_id: UUID | None = points_to("account.id", default=None)
    kind: str
    score: int
    at: AwareDatetime = instant(index=True)


class Subscription(Imported, table=True):
    """What an account pays a month over one price period; `change` is what began it."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("change", *CHANGES),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="period"),
        currency_of(),
        Index(
            "ix_subscription_account",
            "account_id",
            "started_on",
            "id",
            postgresql_include=["ended_on"],
        ),
    )

    account_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    change: str
    started_on: date = Field(index=True)
    ended_on: date | None = None
    mrr_minor: int = minor()
    currency: str = Field(max_length=3)


class Spend(Imported, table=True):
    """What a month of marketing or selling cost; `month` is its first day."""

    __tablename__ = "spend"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("kind", "marketing", "sales"),
        currency_of(),
    )

    month: date = Field(index=True)
    kind: str
    campaign: str | None = Field(default=None, max_length=200)
    channel: str | None = Field(default=None, max_length=100)
    amount_minor: int = minor()
    currency: str = Field(max_length=3)


class Target(Imported, table=True):
    """What a rep, a team or everybody is to reach in a month; `kpi` names the figure."""

    __tablename__ = "target"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        UniqueConstraint("kpi", "rep_id", "team_id", "month", postgresql_nulls_not_distinct=True),
    )

    kpi: str = Field(default="sales_revenue", max_length=100)
    rep_id: UUID | None = points_to("user.id", default=None)
    team_id: UUID | None = points_to("team.id", default=None)
    month: date = Field(index=True)
    amount_minor: int | None = minor(default=None)
    value: float | None = None
    currency: str | None = Field(default=None, max_length=3)


class FxRate(Imported, table=True):
    """What one unit of a currency was worth in euros over a month."""

    __tablename__ = "fx_rate"
    __table_args__ = (
        UniqueConstraint("month", "currency"),
        UniqueConstraint("origin", "ref"),
        currency_of(),
        CheckConstraint("eur_per_unit > 0", name="eur_per_unit"),
    )

    month: date
    currency: str = Field(max_length=3)
    eur_per_unit: float


class Figure(Imported, table=True):
    """A number of a month from elsewhere, which some KPIs need: headcount, visitors, costs.

    A cost has `amount_minor` and `currency`, everything else `value`.
    """

    __tablename__ = "figure"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("kind", *FIGURES),
        currency_of(),
        CheckConstraint("(kind LIKE '%cost%') = (amount_minor IS NOT NULL)", name="amount"),
        CheckConstraint("(amount_minor IS NULL) = (value IS NOT NULL)", name="value"),
        CheckConstraint("amount_minor IS NULL OR currency IS NOT NULL", name="has_currency"),
    )

    month: date = Field(index=True)
    kind: str
    account_id: UUID | None = points_to("account.id", default=None)
    region: str | None = Field(default=None, max_length=200)
    channel: str | None = Field(default=None, max_length=100)
    amount_minor: int | None = minor(default=None)
    value: float | None = None
    currency: str | None = Field(default=None, max_length=3)
