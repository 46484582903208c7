"""Names of people who are spoken of, but for those whose names are to stay."""

from collections.abc import Iterable, Iterator, Sequence

from analyzer.names import find, person_aliases, plain
from analyzer.reading import Sentence
from analyzer.redaction.cues import phrases_in
from analyzer.redaction.kinds import Finding
from analyzer.redaction.pieces import Piece
from analyzer.redaction.vocabulary import Vocabulary

_NAME_WORDS = 4
_PARTICLES = frozenset(
    [
        "de",
        "du",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "al",
        "el",
        "ben",
        "da",
        "o",
        "mc",
        "d",
        "l",
    ]
)


class People:
    """Finds names; `kept` are names that stay, such as the seller's, `known` those of the call."""

    def __init__(
        self, pieces: Sequence[Piece], words: Vocabulary, kept: Sequence[str], known: Sequence[str]
    ) -> None:
        self._pieces, self._words = pieces, words
        self._kept = {token for name in kept for token in plain(name)}
        staying = {plain(name) for name in kept}
        self._known = person_aliases([one for one in known if plain(one) not in staying])
        self._has_capitals = sum(one.is_capital for one in pieces) > len(pieces) / 100

    def found(self, sentences: Iterable[tuple[Sentence, int]]) -> Iterator[Finding]:
        """Names that grammar tells, that are known, or that are introduced as such.

        Each sentence comes with the place of its first word.
        """
        for sentence, first in sentences:
            for entity in sentence.entities:
                if entity.label == "person":
                    yield from self._finding(range(first + entity.first, first + entity.last + 1))
            for start, end in _proper_names(sentence):
                yield from self._finding(range(first + start, first + end + 1))
        yield from self._those_known()
        yield from self._introduced()

    def _those_known(self) -> Iterator[Finding]:
        texts = [one.text for one in self._pieces]
        for at, piece in enumerate(self._pieces):
            if self._has_capitals and not piece.is_capital:
                continue
            match = find(texts[at : at + _NAME_WORDS], self._known) if self._known else None
            if match is not None:
                yield from self._finding(one.word for one in self._pieces[at : at + match.length])

    def _introduced(self) -> Iterator[Finding]:
        for said in phrases_in(self._pieces, self._words.named_by):
            yield from self._capital_name(said.end, 1 if "nam" in said.phrase else 2)
        for at, piece in enumerate(self._pieces):
            if piece.text in self._words.honorifics and not (piece.text == "m" and at == 0):
                yield from self._capital_name(at + 1, 1)

    def _capital_name(self, at: int, least: int) -> Iterator[Finding]:
        """The capital words that begin at a piece, if there are enough to be a name."""
        if at > 0 and self._pieces[at - 1].is_closed and self._pieces[at - 1].text != "m":
            return
        end = at
        while end < min(at + _NAME_WORDS + 2, len(self._pieces)):
            piece = self._pieces[end]
            is_link = piece.text == "-" or (piece.text in _PARTICLES and end > at)
            if not is_link and not (piece.is_capital and piece.text.isalpha()):
                break
            if piece.text in self._words.stops or piece.text in self._words.months:
                break
            end += 1
            if piece.is_closed:
                break
        while end > at and not self._pieces[end - 1].is_capital:
            end -= 1
        if sum(one.is_capital for one in self._pieces[at:end]) >= least:
            yield from self._finding(one.word for one in self._pieces[at:end])

    def _finding(self, places: Iterable[int]) -> Iterator[Finding]:
        """The finding, without words that are kept names or only titles."""
        wanted = set(places)
        texts = (
            {n: plain(" ".join(one.raw for one in self._pieces if one.word == n)) for n in wanted}
            if len(wanted) < 12
            else {}
        )
        own = tuple(
            n
            for n in sorted(wanted)
            if not set(texts.get(n, ())) <= self._kept | self._words.honorifics
        )
        if own:
            yield Finding("name", own)


def _proper_names(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Two or three capital proper nouns side by side that are no company, place or product."""
    other = {
        n
        for entity in sentence.entities
        if entity.label != "person"
        for n in range(entity.first, entity.last + 1)
    }
    proper = sorted(
        {
            token.word
            for token in sentence.tokens
            if token.pos == "PROPN" and token.text.istitle() and token.word not in other
        }
    )
    start = 0
    while start < len(proper):
        end = start
        while (
            end + 1 < len(proper)
            and proper[end + 1] == proper[end] + 1
            and not sentence.words[proper[end]].text.endswith((",", ".", ";", ":"))
        ):
            end += 1
        if 1 <= end - start <= 2:
            yield proper[start], proper[end]
        start = end + 1
