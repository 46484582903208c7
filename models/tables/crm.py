"""Connections to CRMs, the notes on their way there, and what people hold against what one says."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, Row, document, instant, made_at, one_of, points_to

CRMS = ("hubspot", "salesforce", "pipedrive", "tryton", "console")
CONNECTION_STATES = ("new", "ready", "needs_login", "off")
PUSH_WHEN = ("by_hand", "rule", "always")
PUSH_STATES = ("waiting", "held", "asking", "unmatched", "pushed", "skipped", "failed")


class CrmConnection(Row, table=True):
    """An account at a CRM, with what is told it and when.

    `origin` marks what is copied from it (`deal.origin`); rows imported under the same origin are
    taken over. `secrets` is sealed (see `models/sealing.py`). `options` are of its kind: how to
    sign in, which version, which object a note is. `account` is what the last check said.

    `rule` narrows pushes by "rule": lists `teams`, `stages`, `call_types`, each empty for all.
    `fields` maps a field of the CRM's deals to what is written to it. Until `parked_until` the CRM
    is left alone. The sync goes on at `sync_cursor`, and next time asks for what changed since
    `sync_since`.
    """

    __tablename__ = "crm_connection"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("origin"),
        one_of("kind", *CRMS),
        one_of("state", *CONNECTION_STATES),
        one_of("push_when", *PUSH_WHEN),
        CheckConstraint("sync_every_min BETWEEN 1 AND 10080", name="sync_every_min"),
    )

    name: str = Field(max_length=100)
    kind: str = Field(max_length=20)
    origin: str = Field(max_length=40)
    address: str = Field(max_length=500)
    options: Json = document()
    secrets: bytes = Field(sa_type=LargeBinary, repr=False)
    state: str = "new"
    last_error: str | None = None
    account: Json = document()
    checked_at: AwareDatetime | None = instant(default=None)
    parked_until: AwareDatetime | None = instant(default=None)

    push_when: str = "by_hand"
    rule: Json = document()
    language: str | None = Field(default=None, max_length=8)
    """Of the notes; None: that of the call."""
    template: str | None = None
    """None: the one that comes with Talktrack."""
    with_tasks: bool = False
    fields: Json = document()

    is_synced: bool = True
    sync_every_min: int = 15
    sync_since: AwareDatetime | None = instant(default=None)
    sync_cursor: str | None = None
    sync_began_at: AwareDatetime | None = instant(default=None)
    synced_at: AwareDatetime | None = instant(default=None)
    sync_error: str | None = None
    sync_counts: Json = document()
    created_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")


class CrmPush(Row, table=True):
    """What is to be written of one call at one CRM: there once for both, however often it is tried.

    `deal_ref` is the CRM's id of the deal, `candidates` are all that were thought of, with reasons;
    a deal a person chose (`chosen_by_id`) is never replaced by one that was found. `note_hash` is
    of what the note says now. `tried` are deals on which a note may be that nobody told us of,
    since `uncertain_since`.
    """

    __tablename__ = "crm_push"
    __table_args__ = (
        UniqueConstraint("connection_id", "call_id"),
        one_of("state", *PUSH_STATES),
        Index("ix_crm_push_recent", "created_at", "id"),
        Index("ix_crm_push_state", "state", "next_try_at"),
    )

    connection_id: UUID = points_to("crm_connection.id")
    call_id: UUID = points_to("call.id")
    state: str = "waiting"
    is_asked: bool = False
    """Whether a person asked for it: then no rule keeps it back."""
    asked_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    deal_ref: str | None = Field(default=None, max_length=200)
    deal_name: str | None = Field(default=None, max_length=300)
    deal_url: str | None = Field(default=None, max_length=2000)
    chosen_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    candidates: list[Json] = document(list)
    why: Json | None = document(None)
    """Why the deal is that one, or none."""
    matched_at: AwareDatetime | None = instant(default=None)
    note_id: str | None = Field(default=None, max_length=200)
    note_deal_ref: str | None = Field(default=None, max_length=200)
    """The deal the note is on, which may not be the call's any more."""
    note_url: str | None = Field(default=None, max_length=2000)
    note_hash: str | None = Field(default=None, max_length=64)
    tasks: Json = document()
    fields_hash: str | None = Field(default=None, max_length=64)
    attempts: int = 0
    tried: list[str] = document(list)
    uncertain_since: AwareDatetime | None = instant(default=None)
    next_try_at: AwareDatetime | None = instant(default=None)
    try_number: int | None = Field(default=None, sa_type=BigInteger)
    last_error: str | None = None
    pushed_at: AwareDatetime | None = instant(default=None)
    updated_at: AwareDatetime = made_at()


class DealOverride(SQLModel, table=True):
    """What a person put in place of what a CRM says of a deal; it wins until it is cleared.

    `ours` and `theirs` are as JSON writes the value; `theirs` follows the CRM.
    """

    __tablename__ = "deal_override"

    deal_id: UUID = Field(primary_key=True, foreign_key="deal.id", ondelete="CASCADE")
    field: str = Field(primary_key=True, max_length=40)
    ours: Json = document()
    theirs: Json = document()
    author_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    created_at: AwareDatetime = made_at()
