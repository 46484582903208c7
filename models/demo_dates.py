"""The files of the demo data: where they must lie, and their days moved to these days."""

import re
from datetime import date, timedelta
from pathlib import Path

from models.errors import BadInput

_LAST_DAY = date(2026, 11, 20)
_WEEK = 7
_DAY = re.compile(rb"(?<![0-9-])20\d\d-[01]\d-[0-3]\d")
_MONTH = re.compile(rb"(?m)(?:^|(?<=,))(20\d\d)-([01]\d)(?=,|\r?$)")


def days_until(today: date) -> int:
    """By how many days dates are moved: whole weeks, so that a Monday stays one."""
    return (today - _LAST_DAY).days // _WEEK * _WEEK


def moved(content: bytes, days: int) -> bytes:
    """A CSV file with its days moved, and its months as far as its last day moves them."""
    if not days:
        return content
    last = _LAST_DAY + timedelta(days=days)
    months = 12 * (last.year - _LAST_DAY.year) + last.month - _LAST_DAY.month

    def day(found: re.Match[bytes]) -> bytes:
        on = date.fromisoformat(found[0].decode()) + timedelta(days=days)
        return on.isoformat().encode()

    def month(found: re.Match[bytes]) -> bytes:
        year, past = divmod(12 * int(found[1]) + int(found[2]) - 1 + months, 12)
        return f"{year}-{past + 1:02}".encode()

    return _MONTH.sub(month, _DAY.sub(day, content))


def check_folder(folder: Path) -> Path:
    """The folder of the demo data. Raises BadInput when it is not there."""
    if not (folder / "sales" / "reps.csv").is_file():
        raise BadInput(f"the demo data is not in {folder}; install Talktrack anew")
    return folder
