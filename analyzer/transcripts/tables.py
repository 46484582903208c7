"""Looking into JSON of which nothing is certain."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from analyzer.transcripts.clock import seconds_of

Table = Mapping[str, Any]


def table_at(holder: object, *keys: str | int) -> Any:
    """What lies under some keys; None where one of them is missing."""
    for key in keys:
        if isinstance(key, str) and isinstance(holder, Mapping):
            holder = holder.get(key)
        elif isinstance(key, int) and isinstance(holder, list) and len(holder) > key:
            holder = holder[key]
        else:
            return None
    return holder


def tables(value: object) -> list[Table]:
    """The tables of a list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def text_at(holder: object, *keys: str) -> str | None:
    """The first text under one of some keys."""
    if not isinstance(holder, Mapping):
        return None
    return next((holder[key] for key in keys if isinstance(holder.get(key), str)), None)


def number_at(holder: object, key: str) -> float | None:
    """The number under a key, or in its text."""
    value = table_at(holder, key)
    if isinstance(value, str):
        return seconds_of(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
