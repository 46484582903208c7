"""How fast a CRM may be asked: never more than it allows, whatever there is to do."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many calls in any stretch of so many seconds."""

    calls: int
    period_s: float


class Pacer:
    """Holds callers back so that a pace is kept; safe for threads, one for each connection."""

    def __init__(
        self,
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pace, self._clock, self._sleep = pace, clock, sleep
        self._starts: deque[float] = deque(maxlen=pace.calls)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Come back when a call may be made."""
        with self._lock:
            at = self._clock()
            if len(self._starts) == self._pace.calls:
                at = max(at, self._starts[0] + self._pace.period_s)
            self._starts.append(at)
        pause_s = at - self._clock()
        if pause_s > 0:
            self._sleep(pause_s)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait for a CRM: `patience_s` in all for a call; sharing `pacers` keeps one pace.

    They are filled by who uses them first.
    """

    patience_s: float = 60.0
    pacers: dict[str, Pacer] = field(default_factory=dict)
