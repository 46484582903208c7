"""Rounds past the watched folder and the inbox, by whichever worker comes first."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache

import procrastinate
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from analyzer.transcripts.decoding import LARGEST
from api.watched import rep_of, watched_place, watched_urls
from api.workshop import Workshop
from models.errors import StoreDown, StoreError, StoreFull
from models.watched_intake import Intake, Interrupted, take
from models.watched_names import sort_out
from models.watched_places import Place
from models.watching import note_found, place_name

_LOG = logging.getLogger(__name__)
_EVERY_20_S = "* * * * * */20"
SETTLE = timedelta(seconds=15)
"""Less than a round: what one round finds the same as the one before is taken."""
_LONGEST_S = 60.0
"""After so long in one round, what is left waits for the next."""
_MOST_TROUBLES = 3
_MEGABYTE = 1_000_000


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app the rounds, if anything is watched."""

    @app.task(name="watch_places", queue="housekeeping", queueing_lock="watch_places")
    async def watch_places(timestamp: int) -> None:
        del timestamp
        stop = threading.Event()
        try:
            await asyncio.to_thread(look_round, workshop, stop.is_set, SETTLE)
        finally:
            stop.set()  # the thread sees it between two chunks

    if watched_urls(workshop.settings):
        app.periodic(cron=_EVERY_20_S)(watch_places)


def look_round(
    workshop: Workshop,
    should_stop: Callable[[], bool] = lambda: False,
    settle: timedelta = SETTLE,
) -> None:
    """Look at every watched place once, and make calls of what is new."""
    for url in watched_urls(workshop.settings):
        try:
            place = watched_place(url, workshop.settings)
            with _alone(workshop.engine, place) as is_alone:
                if is_alone:
                    _look_at(workshop, place, should_stop, settle)
        except Interrupted:
            return
        except StoreError as error:
            _warn_once(" ".join(str(error).split()))


def _look_at(
    workshop: Workshop, place: Place, should_stop: Callable[[], bool], settle: timedelta
) -> None:
    settings, began = workshop.settings, time.monotonic()
    candidates = sort_out(place.look())
    with workshop.session() as session:
        ready = note_found(session, place, candidates, settle)
    if not ready:
        return
    with workshop.session() as session:
        rep = rep_of(session, settings)
    intake = Intake(
        workshop.engine,
        workshop.files,
        place,
        rep.id,
        largest_recording=settings.max_upload_mb * _MEGABYTE,
        largest_transcript=min(settings.max_import_mb * _MEGABYTE, LARGEST),
        shortest_first=settings.shortest_first,
        should_stop=should_stop,
    )
    troubles = 0
    for one in ready:
        if should_stop() or time.monotonic() - began > _LONGEST_S or troubles >= _MOST_TROUBLES:
            return
        try:
            take(intake, one)
        except (StoreDown, StoreFull) as error:
            troubles += 1
            # What files are called is nobody's business here: the page of the place tells it.
            why = type(error).__name__
            _warn_once(f"a file of {place_name(place)} is not taken yet ({why}); see its page")


@contextmanager
def _alone(engine: Engine, place: Place) -> Iterator[bool]:
    """Keep other workers from a place; not what makes a file one call, only what saves work."""
    key = {"key": f"watched:{place_name(place)}"}
    with engine.connect() as connection:
        locked = connection.execute(
            text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), key
        ).scalar_one()
        connection.commit()
        try:
            yield bool(locked)
        finally:
            if locked:
                try:
                    unlock = text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))")
                    connection.execute(unlock, key)
                    connection.commit()
                except DBAPIError:  # the lock went with the connection
                    with suppress(DBAPIError):
                        connection.invalidate()


@lru_cache(maxsize=1000)
def _warn_once(message: str) -> None:
    """What stays wrong is not told every 20 seconds."""
    _LOG.warning("%s", message)
