"""Tries at sending something outside: what came of one, and when the next is due."""

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from models.tables.columns import now

PAUSES_S = (10, 60, 300, 1800, 7200, 21_600, 86_400)
"""How long it waits before the second try, the third, and so on; then it is given up."""
_LONGEST_S = PAUSES_S[-1]
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: a status, or why there is none."""

    status: int | None = None
    error: str | None = None
    is_final: bool = False
    wait_s: float = 0.0
    """How long the receiver asks to be left alone."""

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None


def next_pause_s(attempts: int, outcome: Outcome) -> int | None:
    """How long to wait after so many tries; None: it has come to an end.

    A bit more than must be is waited, so that not all come back at once.
    """
    if outcome.is_delivered or outcome.is_final or attempts > len(PAUSES_S):
        return None
    pause_s = max(float(PAUSES_S[attempts - 1]), outcome.wait_s)
    return math.ceil(pause_s * (1 + _JITTER * secrets.randbelow(100) / 100))


def asked_pause_s(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """The seconds for which an answer asks to be left alone; 0 when it does not."""
    found = (value for name, value in headers if name.lower() == b"retry-after")
    return wanted_pause_s(next(found, b"").decode("latin-1"))


def wanted_pause_s(retry_after: str) -> float:
    """The seconds a Retry-After header asks for, a day at most; 0 when it cannot be read."""
    said = retry_after.strip()
    try:
        if said.isascii() and said.isdigit():
            return float(min(int(said[:10]), _LONGEST_S))
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now()).total_seconds()), float(_LONGEST_S))
