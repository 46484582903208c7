"""What is said near something, and what it then is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.redaction.kinds import Kind
from analyzer.redaction.pieces import Piece
from analyzer.redaction.vocabulary import Vocabulary

BEFORE, AFTER = 26, 7
"""So many pieces before and after a number are looked at."""


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase in pieces `start` to before `end`."""

    phrase: str
    start: int
    end: int


class Cues:
    """Where the phrases of a vocabulary are said, whoever says them."""

    def __init__(self, pieces: Sequence[Piece], words: Vocabulary) -> None:
        self._pieces, self._words = pieces, words
        told = {phrase: kind for kind, own in words.cues.items() for phrase in own}
        self._strong = [
            (said.start, said.end, told[said.phrase]) for said in phrases_in(pieces, tuple(told))
        ]
        self._weak: list[tuple[int, int, Kind]] = [
            (said.start, said.end, "phone") for said in phrases_in(pieces, words.weak_cues)
        ]

    def near(self, start: int, end: int) -> tuple[Kind, ...]:
        """What a number may be by what is said near: the nearest before it first."""
        kinds: list[Kind] = []
        for cues in (self._strong, self._weak):
            before = [one for one in cues if start - BEFORE <= one[0] and one[1] <= start]
            after = [one for one in cues if end <= one[0] < end + AFTER]
            before.sort(key=lambda one: (one[1], one[1] - one[0]), reverse=True)
            kinds += [one[2] for one in (*before, *sorted(after))]
        return tuple(dict.fromkeys(kinds))

    def is_before(self, start: int, phrases: tuple[str, ...], reach: int) -> bool:
        """Whether one of the phrases is said within `reach` pieces before."""
        return any(True for _ in phrases_in(self._pieces[max(0, start - reach) : start], phrases))

    def is_sum(self, start: int, end: int) -> bool:
        """Whether a number is of money, of people, of days: what calls are full of."""
        around = [*self._pieces[max(0, start - 1) : start], *self._pieces[end : end + 1]]
        return any(one.text in self._words.money for one in around)


def phrases_in(pieces: Sequence[Piece], phrases: Sequence[str]) -> Iterator[Said]:
    """Every place where one of the phrases is said, signs left out; the longest of each place."""
    first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        own = tuple(phrase.split())
        first.setdefault(own[0], []).append(own)
    told = [n for n, one in enumerate(pieces) if one.text != "-"]
    texts = [pieces[n].text for n in told]
    for at, text in enumerate(texts):
        fitting = [own for own in first.get(text, ()) if tuple(texts[at : at + len(own)]) == own]
        if fitting:
            best = max(fitting, key=len)
            yield Said(" ".join(best), told[at], told[at + len(best) - 1] + 1)
