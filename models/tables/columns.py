"""What columns have in common: keys, instants, money, closed lists, and where a row came from."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, CheckConstraint, DateTime, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

Json = dict[str, Any]
"""What a JSONB column holds."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMES


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def key() -> Any:
    """The primary key of a row: a random UUID made before the row is stored."""
    return Field(default_factory=uuid4, primary_key=True)


def instant(**options: Any) -> Any:
    """A column for an aware instant; pass `default=None` where it may be unknown."""
    return Field(sa_type=DateTime(timezone=True), **options)


def made_at() -> Any:
    """When the row was made."""
    return instant(default_factory=now, sa_column_kwargs={"server_default": text("now()")})


def document(make: Callable[[], Any] | None = dict) -> Any:
    """A JSONB column; `make=None` lets it be empty."""
    if make is None:
        return Field(default=None, sa_type=JSONB)
    return Field(default_factory=make, sa_type=JSONB, nullable=False)


OnDelete = Literal["CASCADE", "SET NULL", "RESTRICT"]


def points_to(column: str, *, on_delete: OnDelete = "CASCADE", **options: Any) -> Any:
    """A foreign key with an index, since whoever follows it also comes back."""
    return Field(foreign_key=column, ondelete=on_delete, index=True, **options)


def minor(**options: object) -> int:
    """A column of minor units."""
    return Field(sa_type=BigInteger, **options)  # type: ignore[call-overload, no-any-return]


def one_of(column: str, *values: str) -> CheckConstraint:
    """Only these words, or nothing where the column may be empty."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def currency_of(column: str = "currency") -> CheckConstraint:
    """Three capital letters, as ISO 4217 writes a currency."""
    return CheckConstraint(f"{column} ~ '^[A-Z]{{3}}$'", name=column)


class Row(SQLModel):
    """A row with a key of its own and the instant it was made."""

    id: UUID = key()
    created_at: AwareDatetime = made_at()


class Imported(Row):
    """A row that may have come from elsewhere: `origin` names the place, `ref` its id there."""

    origin: str = Field(default="talktrack", max_length=40)
    ref: str | None = Field(default=None, max_length=200)
