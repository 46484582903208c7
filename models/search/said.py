"""What is asked for, as conditions on rows that hold words."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Float, Numeric, and_, case, cast, func, literal, or_, text
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
    """For each language which utterances are found, and how well each answers."""
    for name, one in words.items():
        query = _tsquery(one.said)
        is_found = and_(in_language("utterance", name), col(Utterance.words).bool_op("@@")(query))
        yield is_found, _rank(query)


def is_said(words: AskedWords) -> ColumnElement[bool]:
    """Which utterances are found."""
    return or_(*(is_found for is_found, _ in said_by_language(words)))


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
