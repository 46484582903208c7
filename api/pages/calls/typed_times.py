"""Places in a recording as people type them: `4:31`, `1:04:31`, or seconds."""

import re

LONGEST = 12
_CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:[.,]\d{1,3})?)", re.ASCII)
_MINUTE_S, _HOUR_S = 60, 3600


def seconds_typed(text: str) -> float | None:
    """Seconds of a place that was typed, None of none. Raises ValueError for anything else."""
    if not text.strip():
        return None
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"no time: {text!r}")
    hours, minutes, seconds = found.groups()
    own = float(seconds.replace(",", "."))
    if minutes is not None and own >= _MINUTE_S:
        raise ValueError(f"no time: {text!r}")
    return int(hours or 0) * _HOUR_S + int(minutes or 0) * _MINUTE_S + own
