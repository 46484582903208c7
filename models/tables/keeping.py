"""How long things are kept, what must not be deleted, and whose calls are left alone."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, Row, document, instant, made_at, points_to


class RetentionRule(Row, table=True):
    """How many days a team's calls are kept, kind by kind; None is for good.

    Without a team it holds for everybody whose team has none of its own. Of calls that were
    analysed, `keep_percent` of the recordings stay until their days are over.
    """

    __tablename__ = "retention_rule"
    __table_args__ = (
        UniqueConstraint("team_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("keep_percent BETWEEN 0 AND 100", name="keep_percent"),
        CheckConstraint(
            "least(recording_days, transcript_days, analysis_days, notes_days) >= 1", name="days"
        ),
    )

    team_id: UUID | None = points_to("team.id", default=None)
    recording_days: int | None = None
    transcript_days: int | None = None
    analysis_days: int | None = None
    notes_days: int | None = None
    keep_percent: int = 100
    updated_at: AwareDatetime = made_at()


class Retention(SQLModel, table=True):
    """Whether the rules are enforced; one row, and none as long as nobody decided."""

    __tablename__ = "retention"
    __table_args__ = (CheckConstraint("id = 1", name="alone"),)

    id: int = Field(default=1, primary_key=True)
    is_on: bool = False
    turned_at: AwareDatetime = made_at()
    turned_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")


class RetentionRun(SQLModel, table=True):
    """One round of deleting; without an end it is under way, or its worker died at `beat_at`."""

    __tablename__ = "retention_run"
    __table_args__ = (Index("ix_retention_run_recent", "started_at"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    started_at: AwareDatetime = made_at()
    beat_at: AwareDatetime = made_at()
    finished_at: AwareDatetime | None = instant(default=None)
    counts: Json = document()
    """Calls by the kind that was deleted of them, and files."""
    failure: str | None = None


class DoomedFile(SQLModel, table=True):
    """A file whose rows are gone and that is to follow, unless a call uses it by then."""

    __tablename__ = "doomed_file"

    key: str = Field(primary_key=True, max_length=300)
    since: AwareDatetime = made_at()


class LegalHold(Row, table=True):
    """Nothing of a call, or of those of a deal or an account, is deleted until it is lifted."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("num_nonnulls(call_id, deal_id, account_id) = 1", name="one"),
        CheckConstraint("length(reason) BETWEEN 1 AND 1000", name="reason"),
        *(
            Index(
                f"uq_legal_hold_{one}", one, unique=True, postgresql_where=text("lifted_at IS NULL")
            )
            for one in ("call_id", "deal_id", "account_id")
        ),
    )

    call_id: UUID | None = points_to("call.id", default=None)
    deal_id: UUID | None = points_to("deal.id", default=None)
    account_id: UUID | None = points_to("account.id", default=None)
    reason: str
    placed_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    lifted_at: AwareDatetime | None = instant(default=None)
    lifted_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")


class ProcessingObjection(Row, table=True):
    """Somebody who does not want calls with them to be worked on, by their e-mail.

    Once they were erased only a keyed digest of it is left, by which a later call is told.
    """

    __tablename__ = "processing_objection"
    __table_args__ = (
        Index("uq_processing_objection_email", text("lower(email)"), unique=True),
        CheckConstraint("num_nonnulls(email, digest) = 1", name="whose"),
    )

    email: str | None = Field(default=None, max_length=320)
    digest: str | None = Field(default=None, max_length=64, unique=True)
    note: str | None = Field(default=None, max_length=1000)
    noted_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
