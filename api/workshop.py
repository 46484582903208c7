"""What jobs work with, and how they tell how far they are."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from analyzer.progress import Stage, overall
from api import tracing
from api.engine_lease import EngineLease
from api.settings import Settings
from models.database import is_away, session_scope
from models.files import Files
from models.lifecycle import Attempt, Stopped, tell_progress

_LOG = logging.getLogger(__name__)
_TELL_EVERY_S = 1.0
_SURE_FROM = 0.03
_TRIES, _LONGEST_PAUSE_S = 16, 30.0
"""Six minutes in all."""
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Workshop:
    """One process's database, files and engines."""

    settings: Settings
    engine: Engine
    files: Files
    engines: EngineLease

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One short transaction."""
        with session_scope(self.engine) as session:
            yield session

    def keep(self, work: Callable[[Session], _Made]) -> _Made:
        """Do some work in a transaction, again if the database is away for a moment.

        What took an hour to hear is not lost to a restart of PostgreSQL.
        """
        for tried in range(1, _TRIES):
            try:
                with self.session() as session:
                    return work(session)
            except DBAPIError as error:
                if not is_away(error):
                    raise
                _LOG.warning("the database is away (%s); trying again", error.orig)
                time.sleep(min(2.0**tried, _LONGEST_PAUSE_S))
        with self.session() as session:
            return work(session)


@dataclass(slots=True)
class Teller:
    """Writes how far an attempt is, now and then, and stops it when it no longer counts."""

    workshop: Workshop
    attempt: Attempt
    should_stop: Callable[[], bool]
    on_stop: Callable[[], Exception]
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0
    _stage: str = ""

    def __call__(self, stage: Stage, fraction: float) -> None:
        """Tell; raises Stopped when the call was cancelled, or what `on_stop` makes."""
        if self.should_stop():
            raise self.on_stop()
        at = time.monotonic()
        if stage == self._stage and at - self._told < _TELL_EVERY_S:
            return
        if stage != self._stage:
            tracing.begin_stage(stage)
        self._stage, self._told = stage, at
        done = min(1.0, max(0.0, overall(stage, fraction)))
        try:
            with self.workshop.session() as session:
                tell_progress(session, self.attempt, stage, done, self._left_s(done, at))
        except DBAPIError as error:
            if not is_away(error):
                raise
            _LOG.warning("cannot tell how far call %s is (%s)", self.attempt.call_id, error.orig)

    def _left_s(self, done: float, at: float) -> float | None:
        """Seconds left if it goes on as it went, None as long as that says little."""
        return None if done < _SURE_FROM else (at - self._began) * (1 - done) / done


__all__ = ["Stopped", "Teller", "Workshop"]
