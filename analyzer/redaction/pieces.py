"""Words in the pieces that numbers and addresses are said in, letter by letter if need be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.lexicon import fold
from analyzer.speech import SpeakerId, Word

_PIECES = re.compile(r"\d+|[^\W\d_]+|[@._+€$£%#/-]")
_QUOTES = "\"'\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}»”"
_EDGES = f".,;:!?…«“()[]{_QUOTES}"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a word: figures, letters or a sign.

    `text` is folded, `raw` as it was written; `word` is its place among the words, `is_first` and
    `is_last` whether it begins and ends one, `is_closed` whether a mark of punctuation follows.
    """

    text: str
    raw: str
    word: int
    start_s: float
    owner: SpeakerId | None
    is_first: bool = False
    is_last: bool = False
    is_closed: bool = False

    @property
    def is_figures(self) -> bool:
        """Whether it is written in figures."""
        return self.text.isdecimal() and self.text.isascii()

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.raw[:1].isupper()


def pieces_of(words: Sequence[Word], owners: Sequence[SpeakerId]) -> tuple[Piece, ...]:
    """The words in pieces, in the order they are said."""
    found: list[Piece] = []
    for place, word in enumerate(words):
        if word.text.startswith("[") and word.text.rstrip(_EDGES[:7]).endswith("]"):
            continue  # a label, which stands where something was
        bare = word.text.strip(_EDGES)
        parts = [one.group() for one in _PIECES.finditer(bare.replace("\u2011", "-"))]
        closes = word.text.rstrip(f"{_QUOTES}) ").endswith((".", ",", ";", ":", "?", "!", "…"))
        owner = owners[place] if owners else None
        found += (
            Piece(
                fold(part),
                part,
                place,
                word.span.start,
                owner,
                is_first=n == 0,
                is_last=n == len(parts) - 1,
                is_closed=closes and n == len(parts) - 1,
            )
            for n, part in enumerate(parts)
        )
    return tuple(one for one in found if one.text)
