"""Pieces of what was said, with the found words as ranges of characters.

Ranges and not HTML: whoever shows a snippet escapes its text as any other.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import text
from sqlmodel import Session

from models.search.results import Line, Snippet
from models.tables.findings import GRAMMARS, LEXEMES

LONGEST = 320
"""Characters of a snippet."""
BEFORE = 90
"""Characters shown before the first found word, when there are too many."""
_SIGN = "(?:[^\\W_]|[\u0300-\u036f])"
_WORD = re.compile(f"{_SIGN}+(?:[.@]{_SIGN}+)*")
_LEXIZE = text(
    "SELECT tsvector_to_array(" + LEXEMES + ") "
    "FROM unnest(CAST(:languages AS text[]), CAST(:texts AS text[])) "
    "WITH ORDINALITY AS one(language, text, n) ORDER BY n"
)

Marks = tuple[tuple[int, int], ...]
"""Half-open ranges of characters, in order."""


class Said(Protocol):
    """An utterance as it is kept."""

    @property
    def position(self) -> int:
        """Its place in the call."""

    @property
    def speaker(self) -> str:
        """Who says it."""

    @property
    def side(self) -> str:
        """Who sells, who buys."""

    @property
    def start_s(self) -> float:
        """When it begins."""

    @property
    def end_s(self) -> float:
        """When it ends."""

    @property
    def text(self) -> str:
        """The words."""


def mark_words(
    session: Session, said: Sequence[tuple[str, str]], lexemes: Mapping[str, frozenset[str]]
) -> list[Marks]:
    """The found words in each (language, text), each word read just as the index reads it."""
    spelled = {
        (language, match[0]) for language, spoken in said for match in _WORD.finditer(spoken)
    }
    asked = sorted(spelled)
    languages, texts = [one[0] for one in asked], [one[1] for one in asked]
    read = session.execute(_LEXIZE, {"languages": languages, "texts": texts}).scalars()
    marked = {
        one
        for one, found in zip(asked, read, strict=True)
        if not lexemes.get(grammar_of(one[0]), frozenset()).isdisjoint(found)
    }
    return [
        tuple(match.span() for match in _WORD.finditer(spoken) if (language, match[0]) in marked)
        for language, spoken in said
    ]


def grammar_of(language: str) -> str:
    """By which of `GRAMMARS` a language is read."""
    return language if language in GRAMMARS and language != "other" else "other"


def snippet_of(said: Said, marks: Marks) -> Snippet:
    """An utterance from its first found word on, with the piece of its text around it."""
    first = marks[0][0] if marks else 0
    share = first / len(said.text) if said.text else 0.0
    at_s = said.start_s + share * (said.end_s - said.start_s)
    return Snippet(round(at_s, 2), said.end_s, (_line(said, marks, *_piece(said.text, first)),))


def passage_snippet(start_s: float, end_s: float, said: Sequence[Said]) -> Snippet:
    """The utterances of a passage; of a long one, which has several, about what lies in this."""
    return Snippet(
        start_s, end_s, tuple(_line(one, (), *_part(one, start_s, end_s)) for one in said)
    )


def _line(said: Said, marks: Marks, start: int, end: int) -> Line:
    """The characters `start` to `end` of an utterance."""
    return Line(
        utterance=said.position,
        speaker=said.speaker,
        side=said.side,
        start_s=said.start_s,
        end_s=said.end_s,
        text=said.text[start:end],
        marks=tuple((a - start, b - start) for a, b in marks if start <= a and b <= end),
        is_cut_before=start > 0,
        is_cut_after=end < len(said.text),
    )


def _part(said: Said, start_s: float, end_s: float) -> tuple[int, int]:
    """Which characters of an utterance are said in a stretch of time, at the ends of words."""
    length, seconds = len(said.text), said.end_s - said.start_s
    if length <= LONGEST or seconds <= 0:
        return 0, length
    start = round(max(0.0, start_s - said.start_s) / seconds * length)
    end = round(min(1.0, (end_s - said.start_s) / seconds) * length)
    start = said.text.rfind(" ", 0, start) + 1 if 0 < start < length else 0
    blank = said.text.find(" ", end)
    return start, length if blank < 0 else blank


def _piece(spoken: str, first: int) -> tuple[int, int]:
    """Where to cut, at the ends of words, so that the character `first` is inside."""
    if len(spoken) <= LONGEST:
        return 0, len(spoken)
    start = max(0, min(first - BEFORE, len(spoken) - LONGEST))
    if start:
        blank = spoken.find(" ", start, first)
        start = blank + 1 if blank >= 0 else start
    end = min(len(spoken), start + LONGEST)
    if end < len(spoken):
        blank = spoken.rfind(" ", first + 1, end)
        end = blank if blank >= 0 else end
    return start, end
