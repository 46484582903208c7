"""Digits and letters as they are said one by one, and the runs they come in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.redaction.pieces import Piece
from analyzer.redaction.vocabulary import Vocabulary

MOST_BETWEEN = 5
"""So many words of little meaning may lie between two digits of one number."""
_LONGEST_PAUSE_S = 15.0
_CAPITALS = 4
_AFTER_TEN = -10
"""Room after dix: only seven to nine go on with it."""


@dataclass(frozen=True, slots=True)
class Element:
    """Some digits, or letters, said in pieces `start` to before `end`."""

    text: str
    start: int
    end: int

    @property
    def is_digits(self) -> bool:
        """Whether it is no letters."""
        return self.text.isdecimal()


@dataclass(frozen=True, slots=True)
class Run:
    """Elements that follow one another with little in between."""

    elements: tuple[Element, ...]

    @property
    def digits(self) -> str:
        """All its digits."""
        return "".join(one.text for one in self.elements if one.is_digits)

    def part(self, first: int, last: int) -> "Run":
        """Elements `first` to `last`."""
        return Run(self.elements[first : last + 1])

    def cut(self) -> Iterator["Run"]:
        """The stretches of digits between letters."""
        held: list[Element] = []
        for one in self.elements:
            if one.is_digits:
                held.append(one)
            elif held:
                yield Run(tuple(held))
                held = []
        if held:
            yield Run(tuple(held))


def runs_in(pieces: Sequence[Piece], words: Vocabulary) -> tuple[Run, ...]:
    """Every run, in order; digits in words and in figures are the same."""
    return tuple(_runs(pieces, tuple(_elements(pieces, words)), words))


def number_at(pieces: Sequence[Piece], at: int, words: Vocabulary) -> Element | None:
    """The digits that begin at a piece: 06, twelve, double four, quatre-vingt-dix-huit."""
    piece = pieces[at]
    if piece.is_figures:
        return Element(piece.text, at, at + 1)
    if piece.text in {"zero", "oh", "o", "nought"}:
        return Element("0", at, at + 1)
    times = words.repeats.get(piece.text)
    if times and at + 1 < len(pieces):
        said = number_at(pieces, at + 1, words)
        if said is not None and len(said.text) == 1:
            return Element(said.text * times, at, said.end)
    value, end = _spoken(pieces, at, words)
    return Element(str(value), at, end) if end > at else None


def _spoken(pieces: Sequence[Piece], at: int, words: Vocabulary) -> tuple[int, int]:
    """A number in words below 10,000, and the piece after it; `at` itself where there is none."""
    value, room, end = 0, 10_000, at
    place = at
    while place < len(pieces):
        if place > at and pieces[place - 1].is_closed:
            break
        text = pieces[place].text
        if place > at and text in words.joins:
            place += 1
            continue
        if value % 100 and _is_score(pieces, place):
            break
        step = _add(value, room, text, words, is_first=end == at)
        if step is None:
            break
        value, room = step
        place += 1
        end = place
    return value, end


def _is_score(pieces: Sequence[Piece], at: int) -> bool:
    """Whether eighty begins here: vingt, quatre-vingt-dix are two numbers."""
    after = next((one.text for one in pieces[at + 1 : at + 3] if one.text != "-"), "")
    return pieces[at].text == "quatre" and after in {"vingt", "vingts"}


def _add(
    value: int, room: int, text: str, words: Vocabulary, *, is_first: bool
) -> tuple[int, int] | None:
    """The number with one more word, and how large the next may be; None where it ends."""
    if text in words.thousands and value < 10:
        return (value or 1) * 1000, 1000
    if text in words.hundreds:
        last = value % 1000
        is_fitting = last < 10 and (last or is_first or value >= 1000)
        return (value - last + (last or 1) * 100, 100) if is_fitting else None
    is_french = "soixante" in words.tens
    if is_french and text in {"vingt", "vingts"} and value % 100 == 4:
        return value + 76, 20
    small = words.units.get(text, words.teens.get(text))
    if small is not None:
        is_fitting = is_first or _fits(room, small)
        return (
            (value + small, _AFTER_TEN if small == 10 and is_french else 1) if is_fitting else None
        )
    tens = words.tens.get(text)
    is_fitting = tens is not None and (is_first or room >= 100)
    return (
        (value + tens, 20 if tens in {60, 80} and is_french else 10)
        if tens and is_fitting
        else None
    )


def _fits(room: int, small: int) -> bool:
    """Whether units or teens go on with a number."""
    return 7 <= small < 10 if room == _AFTER_TEN else small < room


def _elements(pieces: Sequence[Piece], words: Vocabulary) -> Iterator[Element]:
    at = 0
    while at < len(pieces):
        found = number_at(pieces, at, words) or _letters_at(pieces, at, words)
        if found is not None:
            yield found
        at = found.end if found is not None else at + 1


def _letters_at(pieces: Sequence[Piece], at: int, words: Vocabulary) -> Element | None:
    """A letter that is spelled, or some capitals: F, NWBK, B as in Bravo."""
    piece = pieces[at]
    is_group = piece.raw.isupper() and 1 < len(piece.raw) <= _CAPITALS
    is_alone = len(piece.text) == 1 and not _is_in_word(pieces, at)
    if not piece.text.isalpha() or not (is_alone or is_group):
        return None
    end = at + 1
    for phrase in words.spelling:
        after = at + 1 + len(phrase.split())
        is_said = " ".join(one.text for one in pieces[at + 1 : after]) == phrase
        if is_said and after < len(pieces) and pieces[after].text[:1] == piece.text:
            end = after + 1
    return Element(piece.text.upper(), at, end)


def _is_in_word(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a letter only begins or ends a word, as in d'accord."""
    after = "" if pieces[at].is_last else pieces[at + 1].text
    before = "" if pieces[at].is_first else pieces[at - 1].text
    return any(len(one) > 1 and one.isalpha() for one in (before, after))


def _runs(pieces: Sequence[Piece], elements: Sequence[Element], words: Vocabulary) -> Iterator[Run]:
    held: list[Element] = []
    for one in elements:
        if held and not _goes_on(pieces, held[-1], one, words):
            yield Run(tuple(held))
            held = []
        held.append(one)
    if held:
        yield Run(tuple(held))


def _goes_on(pieces: Sequence[Piece], before: Element, after: Element, words: Vocabulary) -> bool:
    between = pieces[before.end : after.start]
    pause = pieces[after.start].start_s - pieces[before.end - 1].start_s
    is_light = all(piece.text in words.fillers for piece in between)
    return is_light and len(between) <= MOST_BETWEEN and pause <= _LONGEST_PAUSE_S
