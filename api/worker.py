"""A worker: takes jobs from the queues it serves until it is told to end."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NoReturn

import procrastinate
import psycopg
from procrastinate import PsycopgConnector
from procrastinate.periodic import PeriodicDeferrer, TaskAtTime

from analyzer import EngineChoice, Engines, load_engines
from api.claims import Claims
from api.engine_lease import EngineLease
from api.jobs import register
from api.observing import observe_job
from api.settings import Settings
from api.workshop import Workshop
from models.database import PATIENCE, keyed, make_engine, plain_url
from models.files import Files
from models.queue import QUEUES

_LOG = logging.getLogger(__name__)
_GRACE_S = 5.0
_UNWILLING_S = 2.0
"""After the grace, a job that does not stop when asked is left where it is."""
_POLL_S = 0.5
"""How soon a job is seen. Being notified would save nothing, and need one more connection that
must not break."""
_AGAIN_S = 2.0
_QUICK, _PUSHES = 2, 4
"""How many of the quick jobs, and of those to the outside, run beside what is being heard. A CRM
that is read for minutes keeps no webhook waiting."""
_DAY_S = 86_400


def open_workshop(
    settings: Settings,
    database_url: str,
    files: Files,
    load: Callable[[], Engines] | None = None,
) -> Workshop:
    """What a worker's jobs work with; models load when the first call needs them."""
    token = settings.diarization_token
    choice = EngineChoice(
        settings.whisper,
        settings.diarization,
        token.get_secret_value() if token else None,
        settings.threads or os.cpu_count() or 2,
    )
    engines = EngineLease(load or (lambda: load_engines(choice)), settings.idle_minutes * 60)
    pool = make_engine(database_url, idle_s=settings.stalled_after_s)
    engine = keyed(pool, settings.signing_key())
    return Workshop(settings, engine, files, engines)


def run_worker(
    workshop: Workshop,
    queues: Sequence[str] = QUEUES,
    concurrency: int = 1,
    *,
    leave: Callable[[], NoReturn] = sys.exit,
) -> None:
    """Work until SIGTERM or Ctrl-C; what is under way then goes back to the queue.

    Hearing has lanes of its own, so that a correction never waits for a recording of three hours.
    `leave` ends the process when an engine does not stop.
    """
    asyncio.run(_work(workshop, queues, concurrency, leave))


def make_queue_app(workshop: Workshop) -> procrastinate.App:
    """The queue with every job that this workshop can do."""
    connector = PsycopgConnector(
        conninfo=plain_url(workshop.engine),
        kwargs=dict(PATIENCE),
        configure=_commit_at_once,
        min_size=1,
        max_size=10,
    )
    app = procrastinate.App(connector=connector, periodic_defaults={"max_delay": _DAY_S})
    app.job_manager = Claims(connector)
    register(app, workshop)
    return app


async def _commit_at_once(connection: psycopg.AsyncConnection) -> None:
    """A process that freezes in the middle of nothing holds no job locked."""
    await connection.set_autocommit(True)


async def _work(
    workshop: Workshop,
    queues: Sequence[str],
    concurrency: int,
    leave: Callable[[], NoReturn],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        if not stop.is_set():
            stop.set()
            loop.call_later(_GRACE_S + 2 * _UNWILLING_S, leave)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    while not stop.is_set():
        try:
            await _serve_queues(workshop, queues, concurrency, stop)
        except (procrastinate.exceptions.ConnectorException, psycopg.Error, OSError) as error:
            # The database was away as this began, or for long.
            _LOG.warning("the database is away (%s); trying again", error.__cause__ or error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _AGAIN_S)
    workshop.engines.close()


class _Deferrer(PeriodicDeferrer):
    """Goes by the clock as it is: one that was put back leaves nothing undone until it caught up.

    Each lane has a deferrer of its own, which would; of two the database takes the first.
    """

    def get_previous_tasks(self, at: float) -> Iterable[TaskAtTime]:
        """What is due; what was deferred in a time to come is as if it never was."""
        self.last_defers = {key: last for key, last in self.last_defers.items() if last <= at}
        return super().get_previous_tasks(at)


async def _serve_queues(
    workshop: Workshop, queues: Sequence[str], concurrency: int, stop: asyncio.Event
) -> None:
    """Serve every lane until asked to stop, or until one of them fails."""
    app = make_queue_app(workshop)
    async with app.open_async():
        deferrer = _Deferrer(app.periodic_registry, max_delay=_DAY_S)
        deferring = asyncio.create_task(deferrer.worker())
        lanes = [
            asyncio.create_task(_lane(app, workshop, lane, at_once))
            for lane, at_once in _lanes(queues, concurrency)
        ]
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([waiting, deferring, *lanes], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        for lane in lanes:
            lane.cancel()
        ending = asyncio.gather(*lanes, return_exceptions=True)
        if stop.is_set():
            await _put_back_late(app, ending)
        ended = await ending
        while not deferring.done():  # amid a query that fails, being cancelled goes unheard
            deferring.cancel()
            await asyncio.wait([deferring], timeout=_POLL_S)
    if not stop.is_set():
        if not deferring.cancelled():
            ended.append(deferring.exception())
        for error in ended:
            if isinstance(error, Exception):
                raise error


async def _put_back_late(
    app: procrastinate.App, ending: asyncio.Future[list[BaseException | None]]
) -> None:
    """Give to others what does not stop in time; this process ends soon, whatever it does."""
    await asyncio.wait([ending], timeout=_GRACE_S + _UNWILLING_S)
    claims = app.job_manager
    if not ending.done() and isinstance(claims, Claims):
        _LOG.warning("what is under way does not stop; it goes to others")
        await claims.put_back()


def _lanes(queues: Sequence[str], concurrency: int) -> list[tuple[list[str], int]]:
    """Who must not wait for whom: hearing is slow, and so may be those whom we tell."""
    lanes = (("hear",), concurrency), (("push",), _PUSHES), (("understand", "housekeeping"), _QUICK)
    served = [([one for one in lane if one in queues], at_once) for lane, at_once in lanes]
    return [(lane, at_once) for lane, at_once in served if lane]


async def _lane(
    app: procrastinate.App, workshop: Workshop, queues: list[str], concurrency: int
) -> None:
    await app.run_worker_async(
        queues=queues,
        name="+".join(queues),
        concurrency=concurrency,
        fetch_job_polling_interval=_POLL_S,
        abort_job_polling_interval=_POLL_S,
        shutdown_graceful_timeout=_GRACE_S,
        update_heartbeat_interval=workshop.settings.heartbeat_s,
        stalled_worker_timeout=workshop.settings.stalled_after_s,
        listen_notify=False,
        delete_jobs="successful",
        install_signal_handlers=False,
        worker_middleware=[observe_job],
    )
