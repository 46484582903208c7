"""What happened, what is under way, and whom to tell."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from models.tables.columns import (
    Json,
    Row,
    document,
    instant,
    made_at,
    now,
    one_of,
    points_to,
)


class AuditEntry(SQLModel, table=True):
    """Who did what to which, and when; rows are only ever added."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "noun", "subject_id"),
        Index("ix_audit_entry_actor", "actor_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: AwareDatetime = made_at()
    actor_id: UUID | None = None
    actor: str = Field(max_length=320)
    """The actor's e-mail then, or the program's name: it outlives the user."""
    verb: str = Field(max_length=60)
    noun: str = Field(max_length=60)
    subject_id: str | None = Field(default=None, max_length=200)
    detail: Json = document()


class AuditLink(SQLModel, table=True):
    """A link of the chain that shows whether the trail was tampered with; rows are only added.

    `digest` is of the link before and of the entry, so that none can be changed, taken out or put
    in between without all that follow.
    """

    __tablename__ = "audit_link"
    __table_args__ = (UniqueConstraint("entry_id"),)

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    entry_id: int = Field(sa_type=BigInteger)
    digest: str = Field(max_length=64)
    linked_at: AwareDatetime = made_at()


class Upload(Row, table=True):
    """A file that is coming in, part by part; its parts lie in the store under its id."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("received >= 0 AND (size IS NULL OR received <= size)", name="received"),
        one_of("state", "open", "finishing", "done"),
    )

    owner_id: UUID = points_to("user.id")
    origin_name: str = Field(max_length=300)
    media_type: str = Field(default="application/octet-stream", max_length=100)
    size: int | None = Field(default=None, sa_type=BigInteger)
    received: int = Field(default=0, sa_type=BigInteger)
    known: Json = document()
    """What was said of the call with the upload."""
    state: str = "open"
    expires_at: AwareDatetime = instant()
    call_id: UUID | None = points_to("call.id", on_delete="SET NULL", default=None)
    lease: UUID | None = None
    """The request that writes to it now."""
    leased_until: AwareDatetime | None = instant(default=None)
    """Past, and not empty: that request died."""


class IdempotencyKey(SQLModel, table=True):
    """What was answered to a request that may come again."""

    __tablename__ = "idempotency_key"

    user_id: UUID = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    key: str = Field(primary_key=True, max_length=200)
    request_hash: str = Field(max_length=64)
    status: int
    headers: Json = document()
    body: str | None = Field(default=None, sa_type=Text)
    created_at: AwareDatetime = made_at()


class Webhook(Row, table=True):
    """Where to tell what happens; `secret` signs what is sent, for a while `former_secret` too."""

    __tablename__ = "webhook"

    url: str = Field(max_length=2000)
    secret: str = Field(max_length=200, repr=False)
    former_secret: str | None = Field(default=None, max_length=200, repr=False)
    former_until: AwareDatetime | None = instant(default=None)
    events: list[str] = Field(sa_type=ARRAY(Text))
    is_active: bool = True
    created_by_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)


class WebhookDelivery(Row, table=True):
    """One event for one webhook: written with what it tells of, sent afterwards by its job."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        one_of("state", "waiting", "delivered", "failed"),
        Index("ix_webhook_delivery_waiting", "state", "next_try_at"),
    )

    webhook_id: UUID = points_to("webhook.id")
    event: str = Field(max_length=60)
    payload: Json = document()
    state: str = "waiting"
    attempts: int = 0
    next_try_at: AwareDatetime | None = instant(default=None)
    job_id: int | None = Field(default=None, sa_type=BigInteger)
    last_status: int | None = None
    last_error: str | None = None
    delivered_at: AwareDatetime | None = instant(default=None)


class JobTime(SQLModel, table=True):
    """How long a job took, from when a worker took it until it was done."""

    __tablename__ = "job_time"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    task: str = Field(max_length=60)
    at: AwareDatetime = instant(
        default_factory=now, index=True, sa_column_kwargs={"server_default": text("now()")}
    )
    took_s: float


class ImportedFile(Row, table=True):
    """A file of the watched folder or the inbox, as it was when it was found.

    It waits until it was found the same twice. What was taken, or failed, is not looked at again
    until its mark changes: then it has a row of its own.
    """

    __tablename__ = "imported_file"
    __table_args__ = (
        one_of("state", "waiting", "taken", "failed"),
        CheckConstraint("state <> 'failed' OR failure IS NOT NULL", name="failure"),
        Index("uq_imported_file", "place", "name", "mark", unique=True),
        Index("ix_imported_file_recent", "created_at", "id"),
    )

    place: str = Field(max_length=500)
    name: str = Field(max_length=1000)
    mark: str = Field(max_length=200)
    """Its ETag, or its size and time; and those of the file that tells of it."""
    state: str = "waiting"
    call_id: UUID | None = points_to("call.id", on_delete="SET NULL", default=None)
    failure: str | None = None
    """What is wrong with it; of a file that waits, why it could not be taken yet."""
