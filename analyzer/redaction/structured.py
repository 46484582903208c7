"""Cards, accounts, identities and phones among runs of digits."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from analyzer.redaction.checks import iban_length, is_card, is_iban, is_nir
from analyzer.redaction.cues import Cues
from analyzer.redaction.digits import Element, Run
from analyzer.redaction.kinds import Finding, Kind
from analyzer.redaction.pieces import Piece
from analyzer.redaction.vocabulary import Vocabulary

_CUED: tuple[Kind, ...] = ("card", "bank", "identity", "phone")
_LEAST = {"card": 11, "bank": 6, "identity": 7, "phone": 7}
"""So many digits after a cue are the whole number, whether or not a digit was misheard."""
_MOST = {"card": 21, "bank": 34, "identity": 17, "phone": 15}
_MOST_ELEMENTS = 40
_CODE = (3, 4)
_CODE_REACH, _EXPIRY_REACH = 9, 6


def numbers_of(
    pieces: Sequence[Piece], runs: Sequence[Run], words: Vocabulary
) -> Iterator[Finding]:
    """What the digits are: proven by their sums, by their shape, or by what is said near."""
    cues = Cues(pieces, words)
    for run in runs:
        ibans = list(_ibans(run))
        for found in ibans:
            yield _finding("bank", pieces, found)
        if ibans:
            continue
        for digits in run.cut():
            yield from _of_digits(pieces, digits, cues, words)
        yield from _cued_account(pieces, run, cues)


def _of_digits(
    pieces: Sequence[Piece], run: Run, cues: Cues, words: Vocabulary
) -> Iterator[Finding]:
    proven = _proven(run)
    if proven is not None:
        kind, first, last = proven
        if len(run.digits) <= _MOST[kind]:  # a sum may come out right by chance, or one too early
            first, last = 0, len(run.elements) - 1
        if first:
            yield from _of_digits(pieces, run.part(0, first - 1), cues, words)
        yield _finding(kind, pieces, run.part(first, last))
        if last + 1 < len(run.elements):
            rest = run.part(last + 1, len(run.elements) - 1)
            yield from _of_digits(pieces, rest, cues, words)
        return
    start, end = run.elements[0].start, run.elements[-1].end
    meant = (one for one in cues.near(start, end) if one in _CUED)
    kinds = [one for one in meant if _is_whole(one, run, cues)]
    if kinds:
        yield _finding(kinds[0], pieces, run)
    elif cues.is_before(start, words.code_cues, _CODE_REACH) and len(run.digits) in _CODE:
        yield _finding("card", pieces, run)
    elif cues.is_before(start, words.expiry_cues, _EXPIRY_REACH) and len(run.digits) <= 6:
        yield _expiry(pieces, run, words)
    else:
        yield from _phones(pieces, run)


def _is_whole(kind: Kind, run: Run, cues: Cues) -> bool:
    size = len(run.digits)
    start, end = run.elements[0].start, run.elements[-1].end
    is_long = size >= _LEAST[kind] + 2
    return _LEAST[kind] <= size <= _MOST[kind] and (is_long or not cues.is_sum(start, end))


def _proven(run: Run) -> tuple[Kind, int, int] | None:
    """The first stretch of elements whose sum tells what it is."""
    for first, last, digits in _parts(run):
        if is_card(digits):
            return "card", first, last
        if is_nir(digits):
            return "identity", first, last
    return None


def _phones(pieces: Sequence[Piece], run: Run) -> Iterator[Finding]:
    """Every stretch that is a phone's number by its shape."""
    after = 0
    for first, last, digits in _parts(run):
        if first >= after and is_phone(digits):
            yield _finding("phone", pieces, run.part(first, last))
            after = last + 1


def _parts(run: Run) -> Iterator[tuple[int, int, str]]:
    """Every stretch of a run, the longest of each beginning first."""
    for first in range(len(run.elements)):
        for last in range(min(len(run.elements), first + _MOST_ELEMENTS) - 1, first - 1, -1):
            yield first, last, run.part(first, last).digits


def is_phone(digits: str) -> bool:
    """Whether digits are a number of France, Britain or North America as it is dialled."""
    match len(digits):
        case 10:
            return digits[0] == "0" and digits[1] != "0"
        case 11:
            is_british = digits[0] == "0" and digits[1] in "12378"
            is_french = digits[:2] == "33"
            return is_british or is_french
        case 12:
            return digits[:2] == "44" and digits[2] in "1237"
        case 13:
            return digits[:4] == "0033" or digits[:3] == "330"
        case 14:
            return digits[:4] == "0044"
        case _:
            return False


def _ibans(run: Run) -> Iterator[Run]:
    """Stretches that begin with a country and have its length or, all but a sign, its sum."""
    at = 0
    while at < len(run.elements):
        last = _iban_from(run.elements, at)
        if last is not None:
            yield run.part(at, last)
            at = last
        at += 1


def _iban_from(elements: Sequence[Element], at: int) -> int | None:
    text = ""
    for last in range(at, len(elements)):
        text += elements[last].text
        length = iban_length(text) if len(text) > 3 else None
        if len(text) > 3 and (length is None or not text[2:4].isdecimal()):
            return None
        if length is not None and is_iban(text):
            return last
        if length is not None and len(text) >= length:
            return last if len(text) <= length + 2 else last - 1
    # As near to its length as a recogniser comes.
    whole = iban_length(text) if len(text) > 3 else None
    is_near = whole is not None and len(text) >= whole - 3
    return len(elements) - 1 if is_near else None


def _cued_account(pieces: Sequence[Piece], run: Run, cues: Cues) -> Iterator[Finding]:
    """Letters and digits after "IBAN" of which a part was misheard."""
    text = "".join(one.text for one in run.elements)
    start, end = run.elements[0].start, run.elements[-1].end
    is_long = len(text) >= 12 and len(run.digits) >= 8 and text != run.digits
    if is_long and cues.near(start, end)[:1] == ("bank",):
        yield _finding("bank", pieces, run)


def _expiry(pieces: Sequence[Piece], run: Run, words: Vocabulary) -> Finding:
    """The date a card expires, with its month in words."""
    start = run.elements[0].start
    while start and pieces[start - 1].text in words.months | words.fillers:
        start -= 1
    return _covering("card", pieces, start, run.elements[-1].end)


def _finding(kind: Kind, pieces: Sequence[Piece], run: Run) -> Finding:
    """The words of the elements, and what who says them says in between."""
    places = [one.word for element in run.elements for one in pieces[element.start : element.end]]
    for before, after in pairwise(run.elements):
        owner = pieces[before.end - 1].owner
        if owner == pieces[after.start].owner:
            between = pieces[before.end : after.start]
            places += [one.word for one in between if one.owner == owner]
    return Finding(kind, tuple(sorted(set(places))))


def _covering(kind: Kind, pieces: Sequence[Piece], start: int, end: int) -> Finding:
    """All words of who says it between the first piece and the last."""
    owner = pieces[start].owner
    own = (one.word for one in pieces[start:end] if one.owner == owner)
    return Finding(kind, tuple(dict.fromkeys(own)))
