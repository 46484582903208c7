"""Numbers and sums as people and spreadsheets write them."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal

from models.currencies import decimals_of

Mark = Literal[".", ","]

_BLANKS = " \u00a0\u202f\u2009'\u2019"
_LONGEST = 60
_MOST = 2**63
"""What a column of minor units cannot hold any more."""


def to_minor(amount: Decimal, currency: str) -> tuple[int, bool]:
    """The sum in minor units, and whether it had to be rounded (half to even).

    Raises ValueError when it is larger than can be kept.
    """
    if abs(amount) >= Decimal(10) ** 17:
        raise ValueError("is larger than any sum can be")
    exact = amount.scaleb(decimals_of(currency))
    whole = exact.to_integral_value(ROUND_HALF_EVEN)
    if abs(whole) >= _MOST:
        raise ValueError("is larger than any sum can be")
    return int(whole), whole != exact


def _pattern(mark: str, group: str) -> re.Pattern[str]:
    grouped = f"[0-9]{{1,3}}(?:[{group}{_BLANKS}][0-9]{{2,3}})*[{group}{_BLANKS}][0-9]{{3}}"
    return re.compile(
        rf"([+-]?(?:[0-9]+|{grouped}))?(?:{re.escape(mark)}([0-9]+))?((?:[eE][+-]?[0-9]{{1,2}})?)"
    )


_WRITTEN = {".": _pattern(".", ","), ",": _pattern(",", ".")}
_GROUPING = re.compile(rf"[.,{_BLANKS}]")


def parse_number(text: str, mark: Mark) -> Decimal:
    """The number as written with this decimal mark. Raises ValueError when it is none."""
    match = _WRITTEN[mark].fullmatch(text.replace("\u2212", "-")) if len(text) <= _LONGEST else None
    if match is None or not (match[1] or match[2]):
        raise ValueError(text)
    whole = _GROUPING.sub("", match[1] or "0")
    try:
        return Decimal(f"{whole}.{match[2] or '0'}{match[3]}")
    except InvalidOperation:
        raise ValueError(text) from None


def told_mark(texts: Iterable[str]) -> Mark | None:
    """The decimal mark that most of these numbers can only be read with; None if none tells."""
    votes = [vote for text in texts if (vote := _vote(text))]
    if not votes:
        return None
    return "." if votes.count(".") >= votes.count(",") else ","


def is_ambiguous(text: str) -> bool:
    """Whether it is a different number with each decimal mark, as 1,234 is."""
    return sum(text.count(mark) for mark in ".,") == 1 and _vote(text) is None


def _vote(text: str) -> Mark | None:
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return "." if text.rfind(".") > text.rfind(",") else ","
    if points + commas == 0:
        return None
    mark: Mark = "." if points else ","
    other: Mark = "," if points else "."
    if points + commas > 1:
        return other
    before, _, after = text.lstrip("+-\u2212").partition(mark)
    is_thousand = len(after) == 3 and 0 < len(before) <= 3 and before != "0"
    return None if is_thousand else mark
