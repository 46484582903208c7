"""What goes wrong at a CRM: asked for one by one, or at random."""

import random
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal[
    "expired",
    "revoked",
    "slow_down",
    "slow_down_until",
    "daily_limit",
    "broken",
    "lost_answer",
    "slow",
    "html",
    "half_json",
]
FAULTS: tuple[Fault, ...] = (
    "expired",
    "revoked",
    "slow_down",
    "slow_down_until",
    "daily_limit",
    "broken",
    "lost_answer",
    "slow",
    "html",
    "half_json",
)
"""`slow_down` is a 429 without Retry-After, `slow_down_until` one with it; `broken` is a 5xx before
anything was done; `lost_answer` does what was asked and closes the connection; `html` and
`half_json` do what was asked and answer no JSON."""


@dataclass
class Faults:
    """Which requests go wrong: the next ones by a queue, or each by a chance of `share`."""

    share: float = 0.0
    kinds: tuple[Fault, ...] = FAULTS
    seed: int = 1
    only: str = ""
    """Part of "METHOD path" that a request must have to go wrong."""
    _queue: deque[tuple[str, Fault]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311
        self.happened: list[Fault] = []

    def next(self, fault: Fault, where: str = "") -> None:
        """Have the next request whose "METHOD path" contains `where` go wrong so."""
        with self._lock:
            self._queue.append((where, fault))

    def strike(self, method: str, path: str) -> Fault | None:
        """What goes wrong with this request."""
        asked = f"{method} {path}"
        with self._lock:
            fault = self._queued(asked)
            if fault is None and self.only in asked and self._random.random() < self.share:
                fault = self._random.choice(self.kinds)
            if fault is not None:
                self.happened.append(fault)
        return fault

    def _queued(self, asked: str) -> Fault | None:
        for at, (where, fault) in enumerate(self._queue):
            if where in asked:
                del self._queue[at]
                return fault
        return None
