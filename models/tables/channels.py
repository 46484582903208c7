"""Where else users are told what concerns them, and what is on its way there."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from models.tables.columns import Row, instant, one_of, points_to

CHANNEL_KINDS = ("slack", "teams", "email")
CHANNEL_EVENTS = ("call_ready", "mention", "weekly_digest")
WHOSE_CALLS = ("own", "team")


class Channel(Row, table=True):
    """A place of a user's own that is told what they chose; nobody has one until they add it.

    `address` is the URL of an incoming webhook, sealed (see `models/sealing.py`): whoever knows it
    can write there; `host` is all of it that is shown. E-mail goes to the user's own address.
    The weeks until `told_until` have been told of.
    """

    __tablename__ = "channel"
    __table_args__ = (
        one_of("kind", *CHANNEL_KINDS),
        one_of("whose", *WHOSE_CALLS),
        CheckConstraint("(kind = 'email') = (address IS NULL)", name="address"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name"),
    )

    user_id: UUID = points_to("user.id")
    kind: str
    name: str = Field(max_length=100)
    address: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    host: str | None = Field(default=None, max_length=300)
    events: list[str] = Field(sa_type=ARRAY(Text))
    whose: str = "own"
    is_active: bool = True
    told_until: date | None = None
    last_error: str | None = None
    """Why the last message did not arrive, or why the channel was switched off."""
    sent_at: AwareDatetime | None = instant(default=None)
    """When a message arrived last."""


class ChannelMessage(Row, table=True):
    """One thing for one channel: written with what it tells of, worded and sent by its job.

    `about` names what happened, so that it is told once. What the message says is not kept.
    """

    __tablename__ = "channel_message"
    __table_args__ = (
        UniqueConstraint("channel_id", "event", "about"),
        one_of("event", *CHANNEL_EVENTS, "test"),
        one_of("state", "waiting", "sent", "dropped", "failed"),
        Index("ix_channel_message_waiting", "state", "next_try_at"),
    )

    channel_id: UUID = points_to("channel.id")
    event: str
    about: str = Field(max_length=80)
    call_id: UUID | None = points_to("call.id", default=None)
    comment_id: UUID | None = points_to("comment.id", default=None)
    week_until: date | None = None
    """The last day of the week that a digest tells of."""
    state: str = "waiting"
    attempts: int = 0
    next_try_at: AwareDatetime | None = instant(default=None)
    job_id: int | None = Field(default=None, sa_type=BigInteger)
    last_status: int | None = None
    last_error: str | None = None
    sent_at: AwareDatetime | None = instant(default=None)
