"""Who works here: users in teams, and the tokens their programs show."""

from datetime import date
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

from models.tables.columns import (
    Imported,
    Row,
    currency_of,
    document,
    instant,
    made_at,
    one_of,
    points_to,
)

ROLES = ("rep", "manager", "admin")
SESSIONS_BY = ("password", "provider", "invitation")
WITHOUT_CONSENT = ("process", "transcribe", "keep", "refuse")
"""What becomes of calls that nobody declared consent for."""


class Team(Imported, table=True):
    """People who sell together; its time zone and currency are those its figures are read in.

    `without_consent` is what becomes of calls that nobody declared consent for: all, only a
    transcript, nothing until somebody does, or they are not taken at all.
    """

    __tablename__ = "team"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("origin", "ref"),
        CheckConstraint("fiscal_year_start BETWEEN 1 AND 12", name="fiscal_year_start"),
        one_of("without_consent", *WITHOUT_CONSENT),
        currency_of(),
    )

    name: str = Field(max_length=200)
    time_zone: str = Field(default="UTC", max_length=64)
    currency: str = Field(default="EUR", max_length=3)
    fiscal_year_start: int = 1
    without_consent: str = Field(
        default="process", max_length=20, sa_column_kwargs={"server_default": "process"}
    )


class User(Imported, table=True):
    """Someone who may sign in; without a password only a token, or nobody, speaks for them.

    `sessions_from` is the instant before which every session is void: sign-out everywhere.
    """

    __tablename__ = "user"
    __table_args__ = (
        Index("uq_user_email", text("lower(email)"), unique=True),
        UniqueConstraint("origin", "ref"),
        one_of("role", *ROLES),
    )

    email: str = Field(max_length=320)
    name: str = Field(max_length=200)
    role: str = "rep"
    team_id: UUID | None = points_to("team.id", on_delete="SET NULL", default=None)
    region: str | None = Field(default=None, max_length=200)
    language: str = Field(default="en", max_length=8)
    time_zone: str | None = Field(default=None, max_length=64)
    hired_on: date | None = None
    is_active: bool = True
    password_hash: str | None = Field(default=None, repr=False)
    sessions_from: AwareDatetime | None = instant(default=None)


class UserIdentity(Row, table=True):
    """Who a user is at a provider of sign-ins: its own id for them, which never changes."""

    __tablename__ = "user_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: UUID = points_to("user.id")
    issuer: str = Field(max_length=500)
    subject: str = Field(max_length=255)
    used_at: AwareDatetime | None = instant(default=None)


class UserSession(Row, table=True):
    """A sign-in of a browser, from `created_at` on; `how` it came about, `ended_at` by sign-out."""

    __tablename__ = "user_session"
    __table_args__ = (one_of("how", *SESSIONS_BY),)

    user_id: UUID = points_to("user.id")
    how: str = Field(max_length=20)
    seen_at: AwareDatetime = made_at()
    ended_at: AwareDatetime | None = instant(default=None)


class ApiToken(Row, table=True):
    """A key for a program, kept only as its SHA-256; `hint` is its first letters, to tell it by.

    It may do what its `scopes` name; `parent_id` is the token that made it.
    """

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("digest"),)

    user_id: UUID = points_to("user.id")
    parent_id: UUID | None = points_to("api_token.id", on_delete="SET NULL", default=None)
    name: str = Field(max_length=200)
    scopes: list[str] = document(list)
    digest: str = Field(max_length=64, repr=False)
    hint: str = Field(max_length=12)
    expires_at: AwareDatetime | None = instant(default=None)
    last_used_at: AwareDatetime | None = instant(default=None)
    revoked_at: AwareDatetime | None = instant(default=None)


class SignInFailure(SQLModel, table=True):
    """A wrong password, for some minutes; `what` is a digest of the address, or of the client's."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_what", "what", "at"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    what: str = Field(max_length=64)
    at: AwareDatetime = made_at()
