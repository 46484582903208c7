"""Models loaded once for a process, and let go when nobody needs them for a while."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from analyzer.engines import Engines


class EngineLease:
    """Engines that jobs share; they load at the first loan and go `idle_s` after the last."""

    def __init__(self, load: Callable[[], Engines], idle_s: float) -> None:
        self._load, self._idle_s = load, idle_s
        self._lock = threading.Lock()
        self._engines: Engines | None = None
        self._loans = 0
        self._timer: threading.Timer | None = None

    @contextmanager
    def borrow(self) -> Iterator[Engines]:
        """The engines, for as long as the block lasts."""
        with self._lock:
            self._stop_timer()
            if self._engines is None:
                self._engines = self._load()
            self._loans += 1
            engines = self._engines
        try:
            yield engines
        finally:
            self._give_back()

    @property
    def is_loaded(self) -> bool:
        """Whether the engines are held."""
        return self._engines is not None

    def close(self) -> None:
        """Let go of everything now."""
        with self._lock:
            self._stop_timer()
            self._engines = None

    def _give_back(self) -> None:
        with self._lock:
            self._loans -= 1
            if self._loans == 0:
                self._timer = threading.Timer(self._idle_s, self._let_go)
                self._timer.daemon = True
                self._timer.start()

    def _let_go(self) -> None:
        with self._lock:
            if self._loans:
                return
            self._engines = None
        gc.collect()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
