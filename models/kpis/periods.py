"""Periods: what is asked for, cut into pieces, and what it is compared with."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from models.errors import BadInput

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
_MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
MOST_PIECES = 400
_DAY = timedelta(days=1)
EXAMPLES = "2026, 2026-Q3, 2026-11, 2026-W46, 2026-11-20, FY2026, FY2026-Q1, 2026-01-01..2026-06-30"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from the first to the one after the last; `is_running` while they are not over.

    A running span ends after today, `whole_end_on` is where it will end.
    """

    start_on: date
    end_on: date
    whole_end_on: date | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is more of it to come."""
        return self.whole_end_on is not None

    @property
    def days(self) -> int:
        """How many days of it there are by now."""
        return (self.end_on - self.start_on).days

    @property
    def months(self) -> int:
        """How many calendar months it touches."""
        last = self.end_on - _DAY
        return (last.year - self.start_on.year) * 12 + last.month - self.start_on.month + 1

    @property
    def is_of_months(self) -> bool:
        """Whether it is made of whole months, the running one as far as it is."""
        return self.start_on.day == 1 and (self.is_running or self.end_on.day == 1)

    @property
    def passed(self) -> float:
        """Which share of it is over."""
        whole = ((self.whole_end_on or self.end_on) - self.start_on).days
        return self.days / whole if whole else 1.0


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked for; `grain` when it is one year, quarter, month, week or day."""

    start_on: date
    end_on: date
    grain: Grain | None = None
    fiscal_start: int = 1

    def span(self, today: date) -> Span:
        """As much of it as there is by today."""
        return _until(Span(self.start_on, self.end_on), today)

    def pieces(self, each: Grain, today: date) -> tuple[Span, ...]:
        """Cut into pieces, those that have begun; the first and last may be cut short.

        Raises BadInput when there are too many.
        """
        spans: list[Span] = []
        for start, end in _steps(self.start_on, self.end_on, each, self.fiscal_start):
            if start > today and spans:
                break
            if len(spans) == MOST_PIECES:
                raise BadInput(f"each: more than {MOST_PIECES} pieces; ask for longer ones")
            spans.append(_until(Span(max(start, self.start_on), min(end, self.end_on)), today))
        return tuple(spans)


def parse_period(text: str, today: date, fiscal_start: int = 1) -> Period:
    """Read a period such as 2026-Q3; see EXAMPLES. Raises BadInput."""
    try:
        found = _parse(text.strip(), today, fiscal_start)
    except (ValueError, OverflowError):
        found = None
    if found is None or not date(1990, 1, 1) <= found.start_on < found.end_on <= date(2200, 1, 1):
        raise BadInput(f"period: {text[:60]!r} is none; write it like {EXAMPLES}, or this_month")
    return found


def before(span: Span) -> Span:
    """What came just before, as long; of a running span, as many days of it as there are by now."""
    whole = Span(span.start_on, span.whole_end_on or span.end_on)
    if whole.start_on.day == whole.end_on.day == 1:
        start = _add_months(whole.start_on, -whole.months)
    else:
        start = whole.start_on - (whole.end_on - whole.start_on)
    return _as_far(span, start, whole.start_on)


def year_before(span: Span) -> Span:
    """The same days of the year before."""
    end = span.whole_end_on or span.end_on
    return _as_far(span, _add_months(span.start_on, -12), _add_months(end, -12))


def month_before(span: Span) -> tuple[Span, Span]:
    """The calendar month in which a span ends, and the one before it."""
    start = (span.end_on - _DAY).replace(day=1)
    end = _add_months(start, 1)
    last = Span(start, span.end_on, end) if span.is_running else Span(start, end)
    return last, before(last)


def months_of(span: Span) -> Iterator[date]:
    """The first days of the months it touches."""
    month = span.start_on.replace(day=1)
    while month < span.end_on:
        yield month
        month = _add_months(month, 1)


def _until(span: Span, today: date) -> Span:
    if span.end_on <= today + _DAY:
        return span
    return Span(span.start_on, max(today + _DAY, span.start_on), span.end_on)


def _as_far(span: Span, start: date, end: date) -> Span:
    if not span.is_running:
        return Span(start, end)
    return Span(start, min(start + timedelta(days=span.days), end))


def _steps(start: date, end: date, each: Grain, fiscal_start: int) -> Iterator[tuple[date, date]]:
    first = _begin(start, each, fiscal_start)
    while first < end:
        months = _MONTHS.get(each)
        days = 7 if each == "week" else 1
        then = _add_months(first, months) if months else first + timedelta(days=days)
        yield first, then
        first = then


def _begin(day: date, grain: Grain, fiscal_start: int) -> date:
    """The first day of the piece a day is in."""
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[grain]
    return _add_months(day.replace(day=1), -((day.month - fiscal_start) % months))


def _add_months(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _parse(text: str, today: date, fiscal_start: int) -> Period | None:
    words = text.lower().replace(" ", "_").replace("-", "_")
    if named := re.fullmatch(r"(this|last)_(day|week|month|quarter|year)", words):
        return _named(named[1], _grain(named[2]), today, fiscal_start)
    if recent := re.fullmatch(r"last_(\d{1,4})_days", words):
        end = today + _DAY
        return Period(end - timedelta(days=int(recent[1])), end, None, fiscal_start)
    if ".." in text:
        first, _, last = text.partition("..")
        start, end = date.fromisoformat(first), date.fromisoformat(last) + _DAY
        return Period(start, end, None, fiscal_start)
    return _dated(text, fiscal_start)


def _grain(text: str) -> Grain:
    return next(one for one in GRAINS if one == text)


def _named(which: str, grain: Grain, today: date, fiscal_start: int) -> Period:
    start = _begin(today, grain, fiscal_start)
    if which == "last":
        start = _begin(start - _DAY, grain, fiscal_start)
    return _of_grain(start, grain, fiscal_start)


def _of_grain(start: date, grain: Grain, fiscal_start: int) -> Period:
    ((_first, end),) = _steps(start, start + _DAY, grain, start.month)
    return Period(start, end, grain, fiscal_start)


def _dated(text: str, fiscal_start: int) -> Period | None:
    if found := re.fullmatch(r"(FY)?(\d{4})(?:-Q([1-4]))?", text, re.IGNORECASE):
        first = date(int(found[2]), fiscal_start if found[1] else 1, 1)
        if found[3] is None:
            return _of_grain(first, "year", fiscal_start)
        start = _add_months(first, 3 * (int(found[3]) - 1))
        return _of_grain(start, "quarter", fiscal_start)
    if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return _of_grain(date(int(found[1]), int(found[2]), 1), "month", fiscal_start)
    if found := re.fullmatch(r"(\d{4})-W(\d{2})", text, re.IGNORECASE):
        start = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return _of_grain(start, "week", fiscal_start)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _of_grain(date.fromisoformat(text), "day", fiscal_start)
    return None
