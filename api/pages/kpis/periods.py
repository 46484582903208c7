"""Stretches of time on the pages of KPIs: how they are written in an address, and their steps."""

from calendar import monthrange
from datetime import date, timedelta

from api.pages.words import marked
from models.kpis import Grain, Period, Span

PRESETS = (
    ("this_month", marked("This month")),
    ("last_month", marked("Last month")),
    ("this_week", marked("This week")),
    ("last_week", marked("Last week")),
    ("this_quarter", marked("This quarter")),
    ("last_quarter", marked("Last quarter")),
    ("this_year", marked("This year")),
    ("last_year", marked("Last year")),
    ("last_30_days", marked("Last 30 days")),
    ("last_90_days", marked("Last 90 days")),
    ("this_day", marked("Today")),
)
"""What people ask for most; years and quarters are the fiscal ones where a team has those."""
GRAIN_NAMES: dict[Grain, str] = {
    "day": marked("by day"),
    "week": marked("by week"),
    "month": marked("by month"),
    "quarter": marked("by quarter"),
    "year": marked("by year"),
}
_COURSE: dict[Grain, int] = {"day": 14, "week": 13, "month": 13, "quarter": 9, "year": 4}
_DAY = timedelta(days=1)
_FIRST, _LAST = date(1990, 1, 1), date(2199, 1, 1)


def period_text(period: Period) -> str:
    """A period as an address has it, so that `parse_period` reads the same back."""
    start = period.start_on
    last = period.end_on - _DAY
    match period.grain:
        case "week":
            text = start.strftime("%G-W%V")
        case "month":
            text = start.strftime("%Y-%m")
        case "quarter" if start.month % 3 == 1:
            text = f"{start.year}-Q{start.month // 3 + 1}"
        case "year" if start.month == 1:
            text = str(start.year)
        case "year" | "quarter":
            text = _fiscal_text(period)
        case _:
            text = f"{start}..{last}" if last > start else f"{start}"
    return text


def stepped(period: Period, by: int) -> Period | None:
    """The period so many steps of its own length later; None beyond what can be asked for."""
    start, end = _shifted(period, by)
    if start is None or end is None or not _FIRST <= start < end <= _LAST:
        return None
    return Period(start, end, period.grain, period.fiscal_start)


def course_of(period: Period, today: date) -> Period | None:
    """The pieces that lead up to a period, itself the last; None where it has no even pieces."""
    if period.grain is None or period.start_on > today:
        return None
    first = stepped(period, 1 - _COURSE[period.grain])
    if first is None:
        return None
    fiscal = period.start_on.month if period.grain in {"quarter", "year"} else period.fiscal_start
    return Period(first.start_on, period.end_on, None, fiscal)


def finer_grains(period: Period) -> tuple[Grain, ...]:
    """Into what a period can be cut with something to see: two pieces or more, 62 at most."""
    days = (period.end_on - period.start_on).days
    lengths: dict[Grain, int] = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
    return tuple(one for one, length in lengths.items() if 2 <= days / length <= 62)


def is_months(period: Period) -> bool:
    """Whether it is made of whole months."""
    return period.start_on.day == period.end_on.day == 1


def _fiscal_text(period: Period) -> str:
    months = (period.start_on.month - period.fiscal_start) % 12
    year = period.start_on.year - (period.start_on.month < period.fiscal_start)
    return f"FY{year}" if period.grain == "year" else f"FY{year}-Q{months // 3 + 1}"


def _shifted(period: Period, by: int) -> tuple[date | None, date | None]:
    if is_months(period):
        months = by * Span(period.start_on, period.end_on).months
        return _add_months(period.start_on, months), _add_months(period.end_on, months)
    days = by * (period.end_on - period.start_on)
    try:
        return period.start_on + days, period.end_on + days
    except OverflowError:
        return None, None


def _add_months(day: date, months: int) -> date | None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not _FIRST.year <= year <= _LAST.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
