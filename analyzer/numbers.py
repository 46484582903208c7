"""Numbers as people say and write them, and where they are said.

Own rules, because text2num (2.5 and 3.1, the kept library on the index) reads "eleven and a half
k", "two and a half million", "un million deux" and "four fifty" in pieces, and its older, pure
Python line gives no places of words and makes 22 and 100 of "twenty-two hundred".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from analyzer.lexicon import Lexicon, fold
from analyzer.speech import Word

_PIECES = re.compile(r"\d+(?:[.,'\u202f\u00a0 ]\d+)*|[^\W\d_]+|[£$€¥%:/\u2044]")
_INSIDE = ":/\u2044"
"""Signs inside times, dates and fractions; the last is what folding makes of a half sign."""
_CLOSING = re.compile(r"[.,;:!?…][\"'»”)]*$|[\u2013\u2014]$")
_GROUPED = re.compile(r"(?!0)(\d{1,3}(?:[.,' ]\d{3})+)(?:[.,](\d{1,2}))?")
_GROUP = re.compile(r"\d{3}(?:[.,]\d{1,2})?")
_LONGEST = 18
_HUNDRED = 100.0
_THOUSAND = 1000.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a word: letters, figures or a sign; folded.

    `word` is its place among the words, `is_glued` whether no blank comes before it,
    `is_closed` whether a mark of punctuation comes after it.
    """

    text: str
    word: int
    is_glued: bool = False
    is_closed: bool = False

    @property
    def is_figures(self) -> bool:
        """Whether it is written in figures, no more of them than numbers have."""
        return self.text[0].isdecimal() and len(self.text) <= _LONGEST


@dataclass(frozen=True, slots=True)
class Number:
    """A number in words `first` to `last`, which are pieces `start` to before `end`.

    `readings` are what it may mean, the literal one first: "four fifty" is 450, 4.5 or
    450 000, "un million deux" 1 000 002 or 1 200 000. `is_short` when figures were left out.
    """

    readings: tuple[float, ...]
    first: int
    last: int
    start: int
    end: int
    is_short: bool = False

    @property
    def value(self) -> float:
        """What it means by itself."""
        return self.readings[0]


def pieces_of(words: Sequence[Word], lexicon: Lexicon) -> tuple[Piece, ...]:
    """The words in the pieces that numbers and names of money are made of."""
    found: list[Piece] = []
    for place, word in enumerate(words):
        parts = [match.group() for match in _PIECES.finditer(fold(word.text))]
        parts = [part for part in parts if part not in lexicon.hesitations]
        closing = len(parts) - 1 if _CLOSING.search(word.text.strip()) else -1
        found += (Piece(part, place, n > 0, n == closing) for n, part in enumerate(parts))
    return tuple(found)


def numbers_in(pieces: Sequence[Piece], lexicon: Lexicon) -> tuple[Number, ...]:
    """Every number in the pieces, in order; without a lexicon those in figures.

    Parts of times and dates (9:30, 24/7) are none.
    """
    tables = lexicon.words
    reader = _Reader(
        pieces,
        tables.get("numbers", {}),
        tables.get("scales", {}),
        tables.get("fractions", {}),
        tables.get("number_roles", {}),
    )
    found: list[Number] = []
    at = 0
    while at < len(pieces):
        number = reader.number(at)
        if number is not None and not _is_part(pieces, number):
            found.append(number)
        at = number.end if number is not None else at + 1
    return _ranged(found, reader)


def _is_part(pieces: Sequence[Piece], number: Number) -> bool:
    first, before = pieces[number.start], pieces[max(0, number.start - 1)]
    after = pieces[min(number.end, len(pieces) - 1)]
    is_inside = first.is_glued and (before.text in _INSIDE or before.text.isalpha())
    return first.is_figures and (is_inside or (after.is_glued and after.text in _INSIDE))


def _ranged(numbers: Sequence[Number], reader: "_Reader") -> tuple[Number, ...]:
    """The numbers where, in "fifteen to twenty thousand", both are thousands."""
    ranged = list(numbers)
    for n, (low, high) in enumerate(pairwise(numbers)):
        between = reader.pieces[low.end : high.start]
        is_joined = all(reader.roles.get(piece.text) in {"and", "or"} for piece in between)
        is_scaled = reader.pieces[high.end - 1].text in reader.scales
        scale = max((s for s in (1e9, 1e6, 1e3, 1e2) if high.value >= s), default=1.0)
        if is_joined and is_scaled and len(between) < 2 and low.value < high.value / scale:
            ranged[n] = replace(low, readings=(low.value * scale,), is_short=False)
    return tuple(ranged)


@dataclass(slots=True)
class _Sum:
    """A number as far as it has been read: "two million three hun..."."""

    total: float = 0.0
    part: float | None = None
    scale: float = float("inf")
    tail: float = 0.0
    """A lone digit right after a scale: "un million deux"."""

    @property
    def value(self) -> float:
        return self.total + (self.part or 0.0)

    def add(self, value: float, *, is_score: bool = False, is_linked: bool = False) -> bool:
        """Take a number word, unless it starts a number of its own."""
        joined = _joined(self.part, value, is_score)
        if joined is None or value >= self.scale:
            return False
        is_lone = self.part is None and self.total > 0 and value < 10 and not is_linked
        self.tail = value if is_lone else 0.0
        self.part = joined
        return True

    def multiply(self, scale: float) -> bool:
        """Take "hundred", "thousand" and so on, unless it cannot follow."""
        if scale < _THOUSAND:
            if self.part is not None and not 0 < self.part < _HUNDRED:
                return False
            self.part = (self.part or 1.0) * scale
        elif scale >= self.scale or (self.part is None and self.total > 0):
            return False
        else:
            self.total += (1.0 if self.part is None else self.part) * scale
            self.part, self.scale = None, scale
        self.tail = 0.0
        return True

    def add_fraction(self, share: float) -> None:
        """Take "and a half": of the scale just said, or of one."""
        if self.part is None:
            self.total += share * self.scale
        else:
            self.part += share


def _joined(part: float | None, value: float, is_score: bool) -> float | None:
    """Two number words as one number (sixty two, soixante douze, quatre vingt), if they are."""
    if part is None:
        return value
    rest = part % _HUNDRED
    if is_score and rest == 4:
        return part - 4 + 80
    if rest == 0 and part > 0 and value < _HUNDRED:
        return part + value
    if rest == 10:
        return part + value if 7 <= value < 10 else None  # dix-sept
    ceiling = 20 if rest in {60, 80} else 10
    return part + value if rest >= 20 and rest % 10 == 0 and 0 < value < ceiling else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads numbers from pieces, by the tables of a language."""

    pieces: Sequence[Piece]
    numbers: Mapping[str, str]
    scales: Mapping[str, str]
    fractions: Mapping[str, str]
    roles: Mapping[str, str]

    def number(self, at: int) -> Number | None:
        """The number that starts at a piece, if one does."""
        found = self._fraction(at) or self._spoken(at)
        if found is None:
            return None
        readings, end, is_short = found
        words = self.pieces[at].word, self.pieces[end - 1].word
        return Number(readings, *words, at, self._rounded(end), is_short)

    def _text(self, at: int) -> str:
        """The piece, if it goes on after the one before."""
        is_on = at < len(self.pieces) and not (at and self.pieces[at - 1].is_closed)
        return self.pieces[at].text if is_on else ""

    def _role(self, at: int) -> str:
        return self.roles.get(self._text(at), "")

    def _digit(self, at: int) -> float | None:
        value = float(self.numbers.get(self._text(at), "0"))
        return value if 0 < value < 10 else None

    def _rounded(self, end: int) -> int:
        """After "odd", "and a bit", "and change"."""
        at = end + (self._role(end) == "and")
        at += self._role(at) == "one"
        return at + 1 if self._role(at) == "about" else end

    def _fraction(self, at: int) -> tuple[tuple[float, ...], int, bool] | None:
        """Half a million, un demi-million, a quarter of a percent."""
        start = at
        if self.numbers.get(self.pieces[at].text) == "1" or self._role_here(at) == "one":
            start = at + 1
        share = self.fractions.get(self.pieces[at].text if start == at else self._text(start))
        if share is None:
            return None
        end = start + 1
        while self._role(end) in {"of", "one"} and end < start + 3:
            end += 1
        scale = float(self.scales.get(self._text(end), "1"))
        return (float(share) * scale,), end + (scale > 1), False

    def _role_here(self, at: int) -> str:
        """The role of a piece, also of the first in a number."""
        return self.roles.get(self.pieces[at].text, "")

    def _spoken(self, at: int) -> tuple[tuple[float, ...], int, bool] | None:
        """A number with its readings, and the piece after it."""
        said, end = self._whole(at)
        if end == at:
            return None
        if said.tail:
            return (said.value, said.value + said.tail * (said.scale / 10 - 1)), end, False
        is_small = said.total == 0 and 0 < said.value < _HUNDRED and said.value % 1 == 0
        if is_small and not self.pieces[at].is_figures:
            return self._pair(said.value, end) or ((said.value,), end, False)
        return (said.value,), end, False

    def _pair(self, head: float, at: int) -> tuple[tuple[float, ...], int, bool] | None:
        """Prices said in two halves: three sixty-two, eleven oh five, sixty-one four."""
        if not self._text(at):
            return None
        if self._role(at) == "oh" and (digit := self._digit(at + 1)):
            return self._halves(head, digit), at + 2, True
        if (digit := self._digit(at)) and self._whole(at)[0].value == digit:
            last = self._digit(at + 1)
            if head < 10 and last:
                value = head * 100 + digit * 10 + last
                return (value, value / 100, value * _THOUSAND), at + 2, True
            return ((head + digit / 10) * _THOUSAND, head + digit / 10), at + 1, True
        tail, end = self._whole(at)
        is_tail = end > at and 10 <= tail.value < _HUNDRED and tail.value % 1 == 0
        if not is_tail or self.pieces[at].is_figures:
            return None
        return self._halves(head, tail.value), end, True

    def _halves(self, head: float, tail: float) -> tuple[float, ...]:
        """Hundreds where the language says them so, units and hundredths, thousands."""
        units, hundreds = head + tail / 100, head * 100 + tail
        if "hundreds" not in self.roles.values():
            return (units,)
        return (hundreds, units, hundreds * _THOUSAND) if head < 10 else (hundreds, units)

    def _whole(self, at: int) -> tuple[_Sum, int]:
        """A number without halves, and the piece after it, which is `at` where there is none."""
        said = _Sum()
        is_article = self._role_here(at) == "one" and self._text(at + 1) in self.scales
        end = at + is_article
        while end < len(self.pieces) and (end == at or self._text(end)):
            step = self._step(said, end, is_first=end == at)
            if step == end:
                break
            end = step
        return said, end

    def _step(self, said: _Sum, at: int, *, is_first: bool) -> int:
        """The piece after the one that could be taken; `at` itself where it could not."""
        text, role = self.pieces[at].text, self._role_here(at)
        if self.pieces[at].is_figures:
            value, end = self._figures(at)
            return end if said.part is None and said.add(value) else at
        if text in self.numbers:
            return at + said.add(float(self.numbers[text]), is_score=role == "score")
        if self._may_scale(at, is_first=is_first):
            return at + said.multiply(float(self.scales[text]))
        return at if is_first else self._join(said, at)

    def _may_scale(self, at: int, *, is_first: bool) -> bool:
        """Whether a piece multiplies: thousand, the k of 5k, and mille without any number."""
        role = self._role_here(at)
        is_free = role == "alone" or not is_first
        is_tied = role != "written" or self._is_tied(at)
        return self.pieces[at].text in self.scales and is_free and is_tied

    def _join(self, said: _Sum, at: int) -> int:
        """The piece after a word that holds parts of a number together, and the part."""
        role = self._role_here(at)
        if role == "of" and self._text(at + 1) in self.scales:
            return at + 1 + said.multiply(float(self.scales[self._text(at + 1)]))
        if role == "and":
            return self._linked(said, at)
        return self._decimals(said, at) if role == "point" else at

    def _is_tied(self, at: int) -> bool:
        """Whether no blank is on one side of a piece: 5M, M€."""
        after = self.pieces[min(at + 1, len(self.pieces) - 1)]
        return self.pieces[at].is_glued or (after.is_glued and not after.text.isalnum())

    def _figures(self, at: int) -> tuple[float, int]:
        """The value of figures, with the groups of three that follow: "40" "000"."""
        text, end = self.pieces[at].text.replace("\u00a0", " ").replace("\u202f", " "), at + 1
        if text.isdecimal() and len(text) <= 3:
            while (
                _GROUP.fullmatch(self._text(end))
                and not self.pieces[end].is_glued
                and len(text) < _LONGEST
            ):
                text, end = f"{text} {self.pieces[end].text}", end + 1
        if grouped := _GROUPED.fullmatch(text):
            return float(re.sub(r"\D", "", grouped[1]) + f".{grouped[2] or 0}"), end
        head, *tail = re.split(r"\D", text)
        return float(f"{head}.{''.join(tail) or 0}"), end

    def _linked(self, said: _Sum, at: int) -> int:
        """What comes after "and": a half, or the last of the number."""
        after = at + 1 + (self._role(at + 1) == "one")
        if share := self.fractions.get(self._text(after)):
            said.add_fraction(float(share))
            return after + 1
        if self._text(at + 1) not in self.numbers or self._is_hundreds(at + 1):
            return at
        is_tens = (said.part or 0.0) % _HUNDRED > 0
        value = float(self.numbers[self._text(at + 1)])
        if is_tens and value not in {1, 11}:  # vingt et un; but "between twenty and five"
            return at
        return at + 2 if said.add(value, is_linked=True) else at

    def _is_hundreds(self, at: int) -> bool:
        """Whether the number is one of hundreds, as after "between two hundred and"."""
        return any(self.scales.get(self._text(n)) == "100" for n in (at + 1, at + 2))

    def _decimals(self, said: _Sum, at: int) -> int:
        """What comes after "point": words that are a digit or two each."""
        digits, end = "", at + 1
        while self._text(end) in self.numbers:
            value = float(self.numbers[self._text(end)])
            end += 1
            while (more := self._joined(value, end)) is not None:
                value, end = more, end + 1
            digits += f"{value:.0f}"
        if not digits or said.part is None:
            return at
        said.part += float(f"0.{digits}")
        return end

    def _joined(self, value: float, at: int) -> float | None:
        more = self.numbers.get(self._text(at))
        return _joined(value, float(more), self._role(at) == "score") if more else None
