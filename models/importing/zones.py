"""Wall clocks and the instants they show, where clocks are put forward and back as well."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Zone = ZoneInfo


@lru_cache(maxsize=1000)
def find_zone(name: str) -> Zone | None:
    """The time zone of a name such as Europe/Paris; None when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def instant_of(wall: datetime, zone: Zone, note: Callable[[str], None]) -> datetime:
    """The instant, in UTC, at which clocks of the zone show `wall`, which has no offset.

    A time that clocks skipped is counted on from before the jump (02:30 is shown as 03:30), one
    that they showed twice is the first; `note` is told of both.
    """
    local = wall.replace(tzinfo=zone, fold=0)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != wall:
        note("clocks skipped this time when they were put forward; it is counted on from before")
    elif local.utcoffset() != local.replace(fold=1).utcoffset():
        note("clocks showed this time twice when they were put back; the first is taken")
    return instant
