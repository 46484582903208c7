"""What a report says, row by row, so that it can be searched, counted and joined.

All of it is derived: it is deleted and written again with each new report of a call.
"""

from datetime import date
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import BigInteger, CheckConstraint, Column, Computed, Identity, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from models.tables.columns import one_of, points_to

DIMENSIONS = 384
"""Of the sentence vectors of multilingual e5-small."""
SIDES = ("seller", "buyer", "unknown")
ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿœæ\N{RIGHT SINGLE QUOTATION MARK}"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyyoa'"
FOLDED = f"translate(lower(text), '{ACCENTED}', '{PLAIN.replace(chr(39), chr(39) * 2)}')"
"""Text as it is searched: small letters without accents, as people type in a hurry."""
LEXEMES = (
    f"CASE language WHEN 'fr' THEN to_tsvector('french'::regconfig, {FOLDED}) "
    f"WHEN 'en' THEN to_tsvector('english'::regconfig, {FOLDED}) "
    f"ELSE to_tsvector('simple'::regconfig, {FOLDED}) END"
)


def serial() -> Any:
    """A key that the database counts."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))


class Utterance(SQLModel, table=True):
    """What one person says before another takes over; `words` is what search reads."""

    __tablename__ = "utterance"
    __table_args__ = (
        one_of("side", *SIDES),
        Index("ix_utterance_call_position", "call_id", "position", unique=True),
        Index("ix_utterance_words", "words", postgresql_using="gin"),
    )

    id: int | None = serial()
    call_id: UUID = Field(foreign_key="call.id", ondelete="CASCADE")
    position: int
    speaker: str = Field(max_length=40)
    side: str = "unknown"
    start_s: float
    end_s: float
    language: str = Field(max_length=8)
    text: str
    words: str | None = Field(
        default=None, sa_column=Column(TSVECTOR, Computed(LEXEMES, persisted=True))
    )


class Passage(SQLModel, table=True):
    """Some utterances that follow one another, as one meaning; what search by meaning finds."""

    __tablename__ = "passage"
    __table_args__ = (
        one_of("side", *SIDES),
        CheckConstraint("last_utterance >= first_utterance", name="order"),
        Index("ix_passage_call_position", "call_id", "position", unique=True),
        Index(
            "ix_passage_vector",
            "vector",
            postgresql_using="hnsw",
            postgresql_ops={"vector": "halfvec_ip_ops"},
        ),
    )

    id: int | None = serial()
    call_id: UUID = Field(foreign_key="call.id", ondelete="CASCADE")
    position: int
    first_utterance: int
    last_utterance: int
    side: str = "unknown"
    start_s: float
    end_s: float
    vector: Any = Field(sa_column=Column(HALFVEC(DIMENSIONS), nullable=False))


class Moment(SQLModel, table=True):
    """One finding worth hearing, with the details its kind has; see docs/metrics.md."""

    __tablename__ = "moment"
    __table_args__ = (
        one_of("side", *SIDES),
        Index("ix_moment_call_start", "call_id", "start_s"),
        Index("ix_moment_kind", "kind", "about"),
    )

    id: int | None = serial()
    call_id: UUID = Field(foreign_key="call.id", ondelete="CASCADE")
    kind: str = Field(max_length=40)
    side: str = "unknown"
    speaker: str = Field(max_length=40)
    utterance: int
    start_s: float
    end_s: float
    quote: str
    is_open: bool | None = None
    about: str | None = Field(default=None, max_length=100)
    name: str | None = Field(default=None, max_length=200)
    amount: float | None = None
    currency: str | None = Field(default=None, max_length=3)
    what: str | None = None
    owner: str | None = Field(default=None, max_length=200)
    due_on: date | None = None
    text: str | None = None


class AgendaItem(SQLModel, table=True):
    """What became of a thing planned for a call."""

    __tablename__ = "agenda_item"
    __table_args__ = (one_of("status", "covered", "touched", "not_found"),)

    id: int | None = serial()
    call_id: UUID = points_to("call.id")
    position: int
    ref: str = Field(max_length=100)
    title: str
    status: str
    share: float | None = None
    first_at_s: float | None = None


class CallTopic(SQLModel, table=True):
    """What a call was about, best first; `share` is of the time spoken."""

    __tablename__ = "call_topic"
    __table_args__ = (Index("ix_call_topic_name", "name"),)

    id: int | None = serial()
    call_id: UUID = points_to("call.id")
    position: int
    name: str
    share: float


class Tip(SQLModel, table=True):
    """What a call was coached on: what was best (`is_best`), and what to improve."""

    __tablename__ = "tip"

    id: int | None = serial()
    call_id: UUID = points_to("call.id")
    position: int
    is_best: bool
    area: str = Field(max_length=100, index=True)
    rule: str | None = Field(default=None, max_length=100)
    text: str
    quote: str | None = None
    start_s: float | None = None
    end_s: float | None = None
