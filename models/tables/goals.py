"""What people follow: dashboards, own KPIs, goals agreed with a rep, digests, saved views."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, Row, document, instant, made_at, one_of, points_to

UNITS = (
    "share", "count", "money", "seconds", "minutes", "hours", "days", "years", "points", "number"
)  # fmt: skip
"""What a KPI is measured in."""
GOAL_STATES = ("open", "reached", "dropped")


class Dashboard(SQLModel, table=True):
    """The KPIs a user chose to see first; without one, those of the role are shown.

    `tiles` has them in order: {"kpi": slug} with "variant" where it is not the first.
    """

    __tablename__ = "dashboard"

    user_id: UUID = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    tiles: list[Json] = document(list)
    updated_at: AwareDatetime = made_at()


class CustomKpi(Row, table=True):
    """A KPI that a company made of others; `formula` is over their slugs, as docs/kpis.md says.

    `names` and `definitions` have a text for each language there is one in.
    """

    __tablename__ = "custom_kpi"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("slug ~ '^[a-z][a-z0-9_]*$'", name="slug"),
        one_of("unit", *UNITS),
        one_of("better", "higher", "lower", "neither"),
    )

    slug: str = Field(max_length=100)
    names: Json = document()
    definitions: Json = document()
    formula: str = Field(max_length=1000)
    unit: str = "number"
    better: str = "neither"
    created_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    updated_at: AwareDatetime = made_at()


class CoachingGoal(Row, table=True):
    """What a rep and a manager agreed to work on; `metric` is a behaviour that shows it, if any.

    `aim` is the value to come to, in the metric's own unit; `review_on` when it is looked at.
    """

    __tablename__ = "coaching_goal"
    __table_args__ = (
        one_of("state", *GOAL_STATES),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text"),
    )

    rep_id: UUID = points_to("user.id")
    author_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    text: str
    metric: str | None = Field(default=None, max_length=100)
    aim: float | None = None
    agreed_on: date
    review_on: date | None = None
    state: str = "open"
    closed_at: AwareDatetime | None = instant(default=None)
    version: int = 1


class GoalNote(Row, table=True):
    """What was said about a goal later."""

    __tablename__ = "goal_note"
    __table_args__ = (CheckConstraint("length(text) BETWEEN 1 AND 10000", name="text"),)

    goal_id: UUID = points_to("coaching_goal.id")
    author_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    text: str


class Digest(SQLModel, table=True):
    """A summary that a user asked to be sent by e-mail; `sent_until` is the day it last told of.

    `attempts` are those at the one that ends with the day `trying_until`; none before
    `next_try_at`. `failure` says why the last one did not arrive, None once one has.
    """

    __tablename__ = "digest"
    __table_args__ = (one_of("every", "week", "month"),)

    user_id: UUID = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    every: str = "week"
    sent_until: date | None = None
    sent_at: AwareDatetime | None = instant(default=None)
    trying_until: date | None = None
    attempts: int = 0
    next_try_at: AwareDatetime | None = instant(default=None)
    failure: str | None = Field(default=None, max_length=1000)
    updated_at: AwareDatetime = made_at()


class SavedView(Row, table=True):
    """A list of calls or a search that a user comes back to; `query` is what its address asks.

    What came in after `last_seen_at` is new to them.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("user_id", "place", "name"),
        one_of("place", "calls", "search"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name"),
    )

    user_id: UUID = points_to("user.id")
    place: str
    name: str = Field(max_length=100)
    query: str = Field(max_length=4000)
    last_seen_at: AwareDatetime = made_at()
