"""Postal addresses: a number and a street, with the town and its code, or these alone."""

import re
from collections.abc import Iterator, Sequence

from analyzer.redaction.cues import Cues
from analyzer.redaction.digits import Element, number_at
from analyzer.redaction.kinds import Finding
from analyzer.redaction.pieces import Piece
from analyzer.redaction.vocabulary import Vocabulary

_CUE_REACH = 14
_NAME_WORDS = 5
_BRITISH = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}")
_AMERICAN = re.compile(r"\d{5}")
_REPEATED = frozenset({"bis", "ter", "quater"})
_UNITS = frozenset(
    [
        "flat",
        "suite",
        "unit",
        "apartment",
        "apt",
        "floor",
        "room",
        "batiment",
        "bat",
        "appartement",
        "appt",
        "etage",
        "escalier",
    ]
)
_BEFORE_TOWN = frozenset(
    [
        "in",
        "a",
        "at",
        "to",
        "near",
        "postcode",
        "code",
        "zip",
        "postal",
        "post",
        "is",
        "the",
        "c",
        "est",
        "and",
        "just",
        "that",
        "s",
    ]
)
_NOT_STREETS = frozenset(
    ["way", "place", "drive", "court", "close", "park", "row", "hill", "cours", "passage", "route"]
)


class Addresses:
    """Finds addresses; `places` are words that are names of towns or countries."""

    def __init__(
        self, pieces: Sequence[Piece], words: Vocabulary, language: str, places: frozenset[int]
    ) -> None:
        self._pieces, self._words, self._places = pieces, words, places
        self._is_french = language.lower().startswith("fr")
        self._cues = Cues(pieces, words)
        capitals = sum(one.is_capital for one in pieces)
        self._has_capitals = capitals > len(pieces) / 100

    def found(self) -> Iterator[Finding]:
        """Every address, in order."""
        at = 0
        while at < len(self._pieces):
            end = self._address(at)
            if end is not None:
                yield self._finding(at, end)
            at = end if end is not None else at + 1

    def _address(self, at: int) -> int | None:
        """The piece after the address that begins at a piece; None where none does."""
        code_end = self._british_code(at)
        if code_end is not None:
            return code_end
        number = self._number(at)
        if number is None:
            return self._unnumbered(at)
        end = self._street(number.end)
        return None if end is None else self._town(end)

    def _number(self, at: int) -> Element | None:
        """The number of a house: one to five digits."""
        if at and self._pieces[at - 1].text in {"€", "$", "£"}:
            return None
        number = number_at(self._pieces, at, self._words)
        if number is None:
            return None
        end = number.end
        while end < len(self._pieces) and len(number.text) < 5:  # twelve fifty Market Street
            more = number_at(self._pieces, end, self._words)
            if more is None or self._pieces[end - 1].is_closed:
                break
            number = Element(number.text + more.text, at, more.end)
            end = number.end
        if end < len(self._pieces) and self._pieces[end].text in {*_REPEATED, "b", "t"}:
            end += 1
        return Element(number.text, at, end) if len(number.text) <= 5 else None

    def _street(self, at: int) -> int | None:
        return self._french_street(at) if self._is_french else self._english_street(at)

    def _french_street(self, at: int) -> int | None:
        if at >= len(self._pieces) or self._pieces[at].text not in self._words.streets:
            return None
        end = self._name(at + 1)
        is_name = end > at + 1
        has_capital = any(one.is_capital for one in self._pieces[at + 1 : end])
        is_sure = self._pieces[at].text not in _NOT_STREETS or has_capital or self._is_told(at)
        return end if is_name and is_sure else None

    def _english_street(self, at: int) -> int | None:
        """Some capital words and "street"; without capitals only where an address was announced."""
        for last in range(at + 1, min(at + _NAME_WORDS, len(self._pieces))):
            name, kind = self._pieces[at:last], self._pieces[last]
            if any(one.text in self._words.stops for one in name[:1]):
                return None
            if kind.text in self._words.streets:
                is_named = all(one.is_capital or one.text in self._words.linking for one in name)
                is_sure = kind.is_capital or kind.text not in _NOT_STREETS
                if (is_named and self._has_capitals and is_sure) or self._is_told(at):
                    return last + 1
            if self._pieces[last - 1].is_closed:
                return None
        return None

    def _name(self, at: int, *, is_town: bool = False) -> int:
        """The piece after the name of a street or a town."""
        end = at
        while end < min(at + _NAME_WORDS + 3, len(self._pieces)):
            piece = self._pieces[end]
            before = self._pieces[end - 1]
            if end > at and (before.is_closed or self._british_code(end) is not None):
                break
            is_joined = piece.text in self._words.linking or piece.text == "-"
            if is_town and is_joined and not self._links_capital(end):
                break
            is_name = piece.is_capital or not self._has_capitals or before.text == "-"
            is_low = not is_town and (end == at or before.text in self._words.linking)
            is_word = piece.text.isalpha() and piece.text not in self._words.stops
            if not is_joined and not (is_word and (is_name or is_low)):
                break
            end += 1
        while end > at and self._pieces[end - 1].text in {*self._words.linking, "-"}:
            end -= 1
        return end

    def _links_capital(self, at: int) -> bool:
        """Whether a linking word stands before a capital: Bourg-en-Bresse, not Lyon en face."""
        after = self._pieces[at + 1 : at + 3]
        is_in_word = not self._pieces[at].is_first or not self._pieces[at].is_last
        return is_in_word or not self._has_capitals or any(one.is_capital for one in after)

    def _town(self, at: int) -> int:
        """The piece after the rest of an address: unit, town, state, code."""
        end = at
        for _ in range(6):
            more = self._more(end)
            if more is None:
                break
            end = more
        return end

    def _more(self, at: int) -> int | None:
        place = at
        while place < min(at + 4, len(self._pieces)) and (
            self._pieces[place].text in _BEFORE_TOWN or self._pieces[place].text == "-"
        ):
            place += 1
        if place >= len(self._pieces):
            return None
        if self._pieces[place].text in _UNITS and place + 1 < len(self._pieces):
            number = number_at(self._pieces, place + 1, self._words)
            return number.end if number else None
        code = self._british_code(place) or self._five(place)
        if code is not None:
            return code
        end = self._name(place, is_town=True)
        is_town = any(self._pieces[n].word in self._places for n in range(place, end))
        follows = self._pieces[place - 1]
        is_near = follows.is_closed or follows.is_figures or place > at
        is_capital = self._has_capitals and self._pieces[place].is_capital
        is_short = end - place <= 4
        if end > place and is_short and (is_town or (is_near and is_capital)):
            return end
        after_code = self._is_french and at > 0 and number_before(self._pieces, at, self._words)
        return end if end > place and after_code and place == at else None

    def _five(self, at: int) -> int | None:
        """The piece after a code of five digits, said in any way."""
        digits, place = "", at
        while place < len(self._pieces) and len(digits) < 5:
            if self._pieces[place].text == "-":
                place += 1
                continue
            number = number_at(self._pieces, place, self._words)
            if number is None:
                break
            digits, place = digits + number.text, number.end
        return place if _AMERICAN.fullmatch(digits) else None

    def _british_code(self, at: int) -> int | None:
        """The piece after a British code, written or spelled."""
        if self._is_french:
            return None
        text, place = "", at
        for place in range(at, min(at + 8, len(self._pieces))):
            piece = self._pieces[place]
            number = number_at(self._pieces, place, self._words)
            is_capital = piece.raw.isupper() or not self._has_capitals
            is_sign = is_capital and piece.text.isalnum() and len(piece.raw) <= 3
            if not is_sign and (number is None or len(number.text) > 2):
                break
            is_letters = is_sign and not piece.is_figures and number is None
            text += piece.raw.upper() if is_letters else (number or piece).text
            if _BRITISH.fullmatch(text) and len(text) >= 5 and self._closes(place, text):
                return place + 1
        return None

    def _closes(self, place: int, text: str) -> bool:
        after = self._pieces[place + 1 : place + 2]
        is_on = bool(after) and after[0].raw.isupper() and len(after[0].raw) == 1
        return not is_on and text[0].isalpha()

    def _unnumbered(self, at: int) -> int | None:
        """A street without a number, or a town with its code, where an address was announced."""
        piece = self._pieces[at]
        if self._is_french and piece.text in self._words.streets and self._is_told(at):
            end = self._french_street(at)
            town = None if end is None else self._town(end)
            return town if town is not None and end is not None and town > end else None
        return None

    def _is_told(self, at: int) -> bool:
        return self._cues.is_before(at, self._words.lives, _CUE_REACH)

    def _finding(self, start: int, end: int) -> Finding:
        owner = self._pieces[start].owner
        own = (one.word for one in self._pieces[start:end] if one.owner == owner)
        return Finding("address", tuple(dict.fromkeys(own)))


def number_before(pieces: Sequence[Piece], at: int, words: Vocabulary) -> bool:
    """Whether a number ends right before a piece."""
    text = pieces[at - 1].text
    return pieces[at - 1].is_figures or text in words.units or text in words.tens
