"""E-mail addresses as they are written, dictated and spelled."""

from collections.abc import Iterator, Sequence

from analyzer.redaction.cues import Cues, phrases_in
from analyzer.redaction.kinds import Finding
from analyzer.redaction.pieces import Piece
from analyzer.redaction.vocabulary import Vocabulary

_ENDINGS = frozenset(
    [
        "com",
        "org",
        "net",
        "edu",
        "gov",
        "io",
        "fr",
        "uk",
        "co",
        "eu",
        "de",
        "ch",
        "be",
        "ca",
        "us",
        "es",
        "it",
        "nl",
        "ie",
        "lu",
        "pt",
        "se",
        "no",
        "dk",
        "fi",
        "pl",
        "at",
        "info",
        "biz",
        "dev",
        "app",
        "ai",
        "tech",
        "pro",
        "me",
        "tv",
        "shop",
        "store",
        "online",
        "site",
        "company",
        "cloud",
        "group",
        "example",
        "test",
        "local",
        "lan",
        "london",
        "paris",
        "bzh",
    ]
)
_NEVER_LOCAL = frozenset(
    [
        "is",
        "s",
        "est",
        "c",
        "its",
        "it",
        "to",
        "a",
        "sur",
        "at",
        "me",
        "moi",
        "address",
        "adresse",
        "mail",
        "email",
        "that",
        "the",
        "on",
        "ecris",
        "voici",
    ]
)
_STRICT = frozenset({"@", "at sign", "arobase", "arobas", "arobaze", "a robase", "arrobase"})
_MOST_LABELS = 6
_LONGEST_LOCAL = 14
_CUE_REACH = 16


def emails_in(
    pieces: Sequence[Piece], words: Vocabulary, owner_of: Sequence[object]
) -> Iterator[Finding]:
    """Every address: what stands before an "at" that a domain follows, and the domain."""
    cues = Cues(pieces, words)
    speech = _Speech(pieces, words)
    for said in phrases_in(pieces, words.at):
        end = speech.domain_end(said.end, is_strict=said.phrase in _STRICT)
        if end is None:
            continue
        is_cued = cues.is_before(said.start, words.cues["email"], _CUE_REACH)
        start = speech.local_start(said.start, is_cued=is_cued)
        if start < said.start:
            places = dict.fromkeys(
                piece.word
                for piece in pieces[start:end]
                if owner_of[piece.word] == owner_of[pieces[start].word]
            )
            yield Finding("email", tuple(places))


class _Speech:
    """The pieces with their signs, said or written, marked."""

    def __init__(self, pieces: Sequence[Piece], words: Vocabulary) -> None:
        self._pieces, self._words = pieces, words
        self._dots = self._ends(words.dot)
        self._joins = {**self._ends(words.dash), **self._ends(words.underscore), **self._dots}
        self._into = {end: start for start, end in self._joins.items()}

    def domain_end(self, at: int, *, is_strict: bool) -> int | None:
        """The piece after the domain that begins at a piece; None where none does."""
        end: int | None = None
        place, labels = at, 0
        most = _MOST_LABELS if is_strict else 4
        while place < len(self._pieces) and labels <= most:
            if place in self._dots and place > at:
                after = self._dots[place]
                if after < len(self._pieces) and self._pieces[after].text in _ENDINGS:
                    end = place = after + 1
                    if end not in self._dots:
                        break
                    continue
                place = after
                continue
            if place in self._joins:
                place = self._joins[place]
                continue
            if self._pieces[place].is_closed and not self._is_glued(place):
                break
            place += 1
            labels += 1
        return end

    def local_start(self, at: int, *, is_cued: bool) -> int:
        """Where the part before an "at" begins."""
        start = at
        while start > 0 and at - start < _LONGEST_LOCAL:
            if start in self._into and start < at:
                start = self._into[start]
                continue
            before = self._pieces[start - 1]
            if before.is_closed and start < at and not self._goes_on(start - 1):
                break
            if (
                start == at
                or start in self._joins
                or not before.is_last
                or (self._is_spelled(start - 1) and self._is_spelled(start))
                or (is_cued and self._is_part(start - 1))
            ):
                start -= 1
            else:
                break
        return start

    def _goes_on(self, at: int) -> bool:
        return self._is_spelled(at)

    def _is_spelled(self, at: int) -> bool:
        piece = self._pieces[at]
        words = self._words
        is_number = piece.is_figures or piece.text in {*words.units, *words.teens, *words.tens}
        return len(piece.text) == 1 or is_number or piece.text in {"double", "zero"}

    def _is_part(self, at: int) -> bool:
        """Whether a word after "my e-mail is" belongs to the address."""
        text = self._pieces[at].text
        return text.isalnum() and text not in _NEVER_LOCAL and text not in self._words.fillers

    def _is_glued(self, at: int) -> bool:
        return not self._pieces[at].is_last

    def _ends(self, phrases: Sequence[str]) -> dict[int, int]:
        return {said.start: said.end for said in phrases_in(self._pieces, phrases)} | {
            n: n + 1 for n, one in enumerate(self._pieces) if one.text in phrases
        }
