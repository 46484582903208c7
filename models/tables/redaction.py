"""What is struck out of calls by rule, what was, and the originals where a team keeps them."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, Row, document, made_at, one_of, points_to

ORIGINALS = ("none", "admins", "managers")
SOUNDS = ("due", "done", "none", "failed")


class RedactionRule(Row, table=True):
    """Which kinds are struck out of a team's calls; without a team of everybody's without one.

    `originals` says who may still read what was said: nobody, since it is not kept; admins; or
    managers of the team too.
    """

    __tablename__ = "redaction_rule"
    __table_args__ = (
        UniqueConstraint("team_id", postgresql_nulls_not_distinct=True),
        one_of("originals", *ORIGINALS),
    )

    team_id: UUID | None = points_to("team.id", default=None)
    kinds: list[str] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": sql("'[]'")}
    )
    originals: str = Field(default="none", max_length=20)
    updated_at: AwareDatetime = made_at()


class Redaction(SQLModel, table=True):
    """What was looked for in a call and struck out of it.

    `stretches` are [kind, start, end] in seconds of the recording; `sound` says whether a tone lies
    over them yet: while it is `due` or `failed`, nobody hears the recording.
    """

    __tablename__ = "redaction"
    __table_args__ = (
        one_of("sound", *SOUNDS),
        CheckConstraint("toned >= 0", name="toned"),
        Index("ix_redaction_due", "call_id", postgresql_where=sql("sound = 'due'")),
    )

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    kinds: list[str] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": sql("'[]'")}
    )
    counts: Json = document()
    stretches: list[list[str | float]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": sql("'[]'")}
    )
    toned: int = 0
    """How many of the stretches a tone lies over."""
    sound: str = Field(default="none", max_length=20)
    looked_at: AwareDatetime = made_at()


class Original(SQLModel, table=True):
    """What a call was before, aside: what was heard is sealed, the recording lies under its key."""

    __tablename__ = "original"

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    readers: str = Field(default="admins", max_length=20)
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    key: str | None = Field(default=None, max_length=300, index=True)
    sha256: str | None = Field(default=None, max_length=64)
    size: int | None = Field(default=None, sa_type=BigInteger)
    origin_name: str | None = Field(default=None, max_length=300)
    kept_at: AwareDatetime = made_at()
