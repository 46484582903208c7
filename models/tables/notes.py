"""What people add to a call; none of it is touched when the call is understood again."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, Row, document, instant, made_at, one_of, points_to

CORRECTIONS = (
    "name_speaker",
    "set_side",
    "swap_sides",
    "merge_speakers",
    "give_words",
    "fix_words",
    "dismiss_tip",
)


class Comment(Row, table=True):
    """A remark on a call, at a second or on the whole; `mentions` are ids of users."""

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint("start_s IS NULL OR start_s >= 0", name="start"),
        CheckConstraint("end_s IS NULL OR (start_s IS NOT NULL AND end_s > start_s)", name="end"),
        CheckConstraint("length(text) BETWEEN 1 AND 10000", name="text"),
    )

    call_id: UUID = points_to("call.id")
    author_id: UUID = points_to("user.id")
    reply_to_id: UUID | None = points_to("comment.id", default=None)
    start_s: float | None = None
    end_s: float | None = None
    text: str
    edited_at: AwareDatetime | None = instant(default=None)


class Mention(SQLModel, table=True):
    """Someone named in a comment; `seen_at` is None until they looked."""

    __tablename__ = "mention"

    comment_id: UUID = Field(primary_key=True, foreign_key="comment.id", ondelete="CASCADE")
    user_id: UUID = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE", index=True)
    seen_at: AwareDatetime | None = instant(default=None)


class Clip(Row, table=True):
    """A stretch of a call worth showing."""

    __tablename__ = "clip"
    __table_args__ = (
        CheckConstraint("start_s >= 0 AND end_s > start_s", name="span"),
        Index("ix_clip_recent", "created_at", "id"),
    )

    call_id: UUID = points_to("call.id")
    created_by_id: UUID = points_to("user.id")
    title: str = Field(max_length=300)
    start_s: float
    end_s: float


class ShareLink(Row, table=True):
    """Lets whoever holds it hear one clip and no more, until it ends; kept as its SHA-256."""

    __tablename__ = "share_link"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("max_views IS NULL OR views BETWEEN 0 AND max_views", name="views"),
    )

    clip_id: UUID = points_to("clip.id")
    created_by_id: UUID = points_to("user.id")
    digest: str = Field(max_length=64, repr=False)
    expires_at: AwareDatetime = instant()
    revoked_at: AwareDatetime | None = instant(default=None)
    views: int = 0
    last_viewed_at: AwareDatetime | None = instant(default=None)
    max_views: int | None = None
    """So often it opens the clip; None: as often as one likes."""
    password_hash: str | None = Field(default=None, max_length=200, repr=False)


class Correction(SQLModel, table=True):
    """What a person put right; applied in order on top of what was heard, and undone by a date."""

    __tablename__ = "correction"
    __table_args__ = (
        one_of("kind", *CORRECTIONS),
        Index("ix_correction_call", "call_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    call_id: UUID = Field(foreign_key="call.id", ondelete="CASCADE")
    kind: str = Field(max_length=40)
    what: Json = document()
    author_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    created_at: AwareDatetime = made_at()
    undone_at: AwareDatetime | None = instant(default=None)
    undone_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
