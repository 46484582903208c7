"""Readers of cells that hold a time, a day or a month."""

import re
from datetime import UTC, date, datetime

from models.importing.cells import BadCell, Cell, Reader, Surroundings, find_rep, rep, text
from models.importing.zones import instant_of

_YEARS = range(1900, 2201)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ISO_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9:.,]{5,}) ?([+-][0-9:]{2,}|Z|UTC|GMT)?"
)
_SLASHED = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})(?:,? ([0-9:]{4,8}))?")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})|([0-9]{1,2})/([0-9]{4})")


def written_time(cell: Cell, around: Surroundings) -> datetime | date:
    """The day or time as written, with its offset where it has one."""
    found = text(cell, around)
    try:
        time = _iso(found) or _slashed(found, around.date_order)
    except ValueError:
        time = None
    if time is None:
        raise BadCell(_no_time(found))
    if time.year not in _YEARS:
        raise BadCell(f"is not between {_YEARS[0]} and {_YEARS[-1]}")
    return time


def instant(cell: Cell, around: Surroundings) -> datetime:
    """An instant in UTC; without an offset it is by the rep's clock, a bare day from its start."""
    time = written_time(cell, around)
    if not isinstance(time, datetime):
        around.note("says only the day; it is taken from the start of that day")
        return _day_start(time, around)
    return _instant(time, around)


def instant_or_day(cell: Cell, around: Surroundings) -> datetime:
    """As `instant`, for columns that keep beside it whether only the day is known."""
    time = written_time(cell, around)
    around.is_whole_day = not isinstance(time, datetime)
    return _instant(time, around) if isinstance(time, datetime) else _day_start(time, around)


def day(cell: Cell, around: Surroundings) -> date:
    """A day; of a time, the day as it is written."""
    time = written_time(cell, around)
    return time.date() if isinstance(time, datetime) else time


def month(cell: Cell, around: Surroundings) -> date:
    """The first day of a month, written 2026-03, 03/2026 or as any of its days."""
    match = _MONTH.fullmatch(text(cell, around))
    try:
        if match:
            found = date(int(match[1] or match[4]), int(match[2] or match[3]), 1)
        else:
            found = day(cell, around).replace(day=1)
    except ValueError:
        found = date.min
    if found.year not in _YEARS:
        raise BadCell("is no month; write it as 2026-03")
    return found


def key_text(cell: Cell, read: Reader, around: Surroundings) -> str:
    """What stands for the cell in an id made of cells: the same however it is written.

    A time without an offset stands as it is, so that the id lasts when a rep's zone is set later.
    """
    if read in {instant, instant_or_day}:
        time = written_time(cell, around)
        if isinstance(time, datetime) and time.tzinfo is not None:
            time = time.astimezone(UTC)
        return time.isoformat()
    value = find_rep(cell, around).key if read is rep else read(cell, around)
    return value.isoformat() if isinstance(value, date) else str(value)


def _instant(time: datetime, around: Surroundings) -> datetime:
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    around.note(f"has no offset, and was read by the clock of {around.zone.key}")
    return instant_of(time, around.zone, around.note)


def _day_start(found: date, around: Surroundings) -> datetime:
    start = datetime(found.year, found.month, found.day)  # noqa: DTZ001  by the rep's clock
    return instant_of(start, around.zone, lambda _message: None)


def _iso(found: str) -> datetime | date | None:
    if _ISO_DAY.fullmatch(found):
        return date.fromisoformat(found)
    match = _ISO_TIME.fullmatch(found.upper())
    if match is None:
        return None
    offset = {"UTC": "Z", "GMT": "Z", None: ""}.get(match[3], match[3])
    return datetime.fromisoformat(f"{match[1]}T{match[2]}{offset}")


def _slashed(found: str, order: str | None) -> datetime | date | None:
    match = _SLASHED.fullmatch(found)
    if match is None or order is None:
        return None
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    number_of_day, number_of_month = (first, second) if order == "dmy" else (second, first)
    if match[4] is None:
        return date(year, number_of_month, number_of_day)
    clock = datetime.strptime(match[4], "%H:%M:%S" if match[4].count(":") == 2 else "%H:%M")  # noqa: DTZ007
    return clock.replace(year=year, month=number_of_month, day=number_of_day)


def _no_time(found: str) -> str:
    if _SLASHED.fullmatch(found):
        return "does not say whether day or month comes first; write 2026-03-31, or say which"
    return "is no time; write it as 2026-03-31T14:30:00+02:00"
