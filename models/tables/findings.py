"""What a report says, row by row, so that it can be searched, counted and joined.

All of it is derived: it is deleted and written again with each new report of a call.
"""

from datetime import date
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import BigInteger, CheckConstraint, Column, Computed, Identity, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from models.tables.columns import one_of, points_to

DIMENSIONS = 384
"""Of the sentence vectors of multilingual e5-small."""
SIDES = ("seller", "buyer", "unknown")
SMALL = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
BARE = "aaaaaaceeeeiiiinooooouuuuyy"
GLUE = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}-/_"
"""Signs that join words which are looked for one by one: l'accord, e-mail, et/ou."""
LONGEST_TEXT = 100_000
"""Characters of an utterance that are searched."""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_SMALL = _quoted(SMALL.upper() + GLUE)
_SPREAD = _quoted(SMALL + " " * len(GLUE))
SPREAD = (
    f"replace(replace(lower(translate(normalize(left(text, {LONGEST_TEXT})), {_SMALL}, {_SPREAD}))"
    ", 'œ', 'oe'), 'æ', 'ae')"
)
"""Text in small letters, its words apart."""


def _lexemes(grammar: str) -> str:
    # Accents go after the endings: "validée" loses "ée", and "validee" only an "e".
    stems = f"to_tsvector('{grammar}'::regconfig, {SPREAD})"
    return f"translate({stems}::text, '{SMALL}', '{BARE}')::tsvector"


LEXEMES = (
    f"CASE language WHEN 'fr' THEN {_lexemes('french')} WHEN 'en' THEN {_lexemes('english')} "
    f"ELSE {_lexemes('simple')} END"
)
"""The words of a text as they are searched: without endings, as far as the language is known."""
GRAMMARS = {
    "en": "language = 'en'",
    "fr": "language = 'fr'",
    "other": "language NOT IN ('en', 'fr')",
}
"""The languages whose endings are known, and the rest: words of each are kept apart."""


def _word_indexes(table: str) -> tuple[Index, ...]:
    """One index a language; each is written at once, so that no search reads a waiting list."""
    return tuple(
        Index(
            f"ix_{table}_words_{name}",
            "words",
            postgresql_using="gin",
            postgresql_where=text(rows),
            postgresql_with={"fastupdate": "off"},
        )
        for name, rows in GRAMMARS.items()
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
        *_word_indexes("utterance"),
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


class CallWords(SQLModel, table=True):
    """Every word one side of a call uses in a language, once; it tells which calls to look into.

    Made of the utterances by `models.search.gather_words`.
    """

    __tablename__ = "call_words"
    __table_args__ = (one_of("side", *SIDES), *_word_indexes("call_words"))

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    language: str = Field(primary_key=True, max_length=8)
    side: str = Field(primary_key=True)
    words: str = Field(sa_column=Column(TSVECTOR, nullable=False))


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
        Index("ix_moment_kind_call", "kind", "call_id", "utterance"),
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
    __table_args__ = (Index("ix_call_topic_name", "name", "call_id"),)

    id: int | None = serial()
    call_id: UUID = points_to("call.id")
    position: int
    name: str
    share: float


class Tip(SQLModel, table=True):
    """What a call was coached on: what was best (`is_best`), and what to improve.

    `text` is what was heard, `try_next` what to do on the next call, `metric` the slug behind it.
    """

    __tablename__ = "tip"

    id: int | None = serial()
    call_id: UUID = points_to("call.id")
    position: int
    is_best: bool
    area: str = Field(max_length=100, index=True)
    rule: str | None = Field(default=None, max_length=100)
    text: str
    try_next: str | None = None
    metric: str | None = Field(default=None, max_length=100)
    quote: str | None = None
    start_s: float | None = None
    end_s: float | None = None


class ScorecardAnswer(SQLModel, table=True):
    """What a call says on one question of a scorecard; without a quote it was not found."""

    __tablename__ = "scorecard_answer"
    __table_args__ = (
        CheckConstraint("is_found = (quote IS NOT NULL)", name="quote"),
        Index("ix_scorecard_answer_criterion", "scorecard", "criterion"),
    )

    id: int | None = serial()
    call_id: UUID = points_to("call.id")
    position: int
    scorecard: str = Field(max_length=100)
    criterion: str = Field(max_length=100)
    is_found: bool
    quote: str | None = None
    start_s: float | None = None
    end_s: float | None = None
