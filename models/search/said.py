"""What is asked for, as conditions on rows that hold words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Float,
    Numeric,
    Uuid,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col

from models.search.query import Words
from models.tables import CallWords, Utterance
from models.tables.findings import GRAMMARS

AskedWords = Mapping[str, Words]
"""The query by language."""


def in_language(table: str, name: str) -> ColumnElement[bool]:
    """Rows of a language, written just as the index of that language has it."""
    return text(f"{table}.{GRAMMARS[name]}")  # type: ignore[return-value]


def said_by_language(words: AskedWords) -> Iterator[tuple[ColumnElement[bool], ColumnElement[Any]]]:
    """For each language which utterances are found, by its index, and how well each answers."""
    for name, one in words.items():
        query = _tsquery(one.said)
        is_found = col(Utterance.words).bool_op("@@")(query)
        yield and_(in_language("utterance", name), is_found), _rank(query)


def is_said(words: AskedWords) -> ColumnElement[bool]:
    """Which utterances are found, of calls at hand.

    As a function, which no index knows: reading some calls is quicker than all that an index has
    of a word that everybody says.
    """
    return or_(
        *(
            and_(
                in_language("utterance", name),
                func.ts_match_vq(col(Utterance.words), _tsquery(one.said)),
            )
            for name, one in words.items()
        )
    )


def of_calls(call_ids: Sequence[UUID]) -> ColumnElement[bool]:
    """Which utterances are of these calls."""
    return col(Utterance.call_id) == any_(literal(list(call_ids), ARRAY(Uuid)))


def rank(words: AskedWords) -> ColumnElement[Any]:
    """How well an utterance answers: how often and how close together the words are in it."""
    ways = [
        (in_language("utterance", name), _rank(_tsquery(one.said))) for name, one in words.items()
    ]
    return case(*ways, else_=cast(literal(0.0), Float))


def used_by_language(words: AskedWords) -> Iterator[ColumnElement[bool]]:
    """For each language which calls have all the words somewhere."""
    for name, one in words.items():
        query = _tsquery(one.anywhere)
        yield and_(in_language("call_words", name), col(CallWords.words).bool_op("@@")(query))


def total(score: ColumnElement[Any]) -> ColumnElement[Any]:
    """The sum of ranks, rounded so that it is the same however it was added up."""
    return cast(func.round(cast(func.sum(score), Numeric), 6), Float)


def _rank(query: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.ts_rank_cd(col(Utterance.words), query)


def _tsquery(query: str) -> ColumnElement[Any]:
    return cast(literal(query), TSQUERY)
