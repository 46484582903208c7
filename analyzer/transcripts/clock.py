"""Times as transcript files write them."""

import re
from datetime import UTC, datetime
from math import isfinite

STAMP = r"(?:\d{1,4}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,9})?"
"""A time of day or of a recording: minutes, seconds, and what else there may be."""
EPOCH_S = 100_000_000.0
"""Seconds beyond this are no place in a recording but an instant, counted from 1970."""
_LATEST_S = 4_102_444_800.0  # the year 2100
_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,3}):)?(\d{1,12}(?:[.,]\d{1,9})?)\s?s?", re.ASCII)
_ISO_SPAN = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def seconds_of(text: str) -> float | None:
    """Seconds of "1:02:03.5", "02:03,5", "12.3", "12.3s", "PT2M3S" or an instant; None of none.

    Instants ("2026-05-04T09:00:00Z") count from 1970.
    """
    text = text.strip()
    if match := _CLOCK.fullmatch(text) or _ISO_SPAN.fullmatch(text):
        hours, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in match.groups()
        )
        return hours * 3600 + minutes * 60 + seconds
    if _INSTANT.match(text):
        instant = instant_of(text)
        return instant.timestamp() if instant else None
    return None


def instant_of(value: object) -> datetime | None:
    """An aware instant of ISO text, or of seconds or milliseconds since 1970; None of none."""
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        seconds = value / 1000 if value > _LATEST_S else value
        if EPOCH_S <= seconds <= _LATEST_S:
            return datetime.fromtimestamp(seconds, UTC)
    return None
