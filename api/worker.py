"""A worker: takes jobs from the queues it serves until it is told to end."""

import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

import procrastinate
from procrastinate import PsycopgConnector

from analyzer import EngineChoice, load_engines
from api.engine_lease import EngineLease
from api.jobs import register
from api.settings import Settings
from api.workshop import Workshop
from models.database import make_engine, plain_url
from models.files import Files
from models.queue import QUEUES

_LOG = logging.getLogger(__name__)
_GRACE_S = 5.0
_POLL_S = 0.5
"""A notification that comes while the queue is being read is lost; this is how long it lasts."""
_AGAIN_S = 2.0
_QUICK, _PUSHES = 2, 2
"""How many of the quick jobs, and of those to the outside, run beside what is being heard."""


def open_workshop(settings: Settings, database_url: str, files: Files) -> Workshop:
    """What a worker's jobs work with; models load when the first call needs them."""
    token = settings.diarization_token
    choice = EngineChoice(
        settings.whisper,
        settings.diarization,
        token.get_secret_value() if token else None,
        settings.threads or os.cpu_count() or 2,
    )
    engines = EngineLease(lambda: load_engines(choice), settings.idle_minutes * 60)
    return Workshop(settings, make_engine(database_url), files, engines)


def run_worker(workshop: Workshop, queues: Sequence[str] = QUEUES, concurrency: int = 1) -> None:
    """Work until SIGTERM or Ctrl-C; what is under way then goes back to the queue.

    Hearing has lanes of its own, so that a correction never waits for a recording of three hours.
    """
    asyncio.run(_work(workshop, queues, concurrency))


def make_queue_app(workshop: Workshop) -> procrastinate.App:
    """The queue with every job that this workshop can do."""
    connector = PsycopgConnector(conninfo=plain_url(workshop.engine), min_size=1, max_size=10)
    app = procrastinate.App(connector=connector)
    register(app, workshop)
    return app


async def _work(workshop: Workshop, queues: Sequence[str], concurrency: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    while not stop.is_set():
        try:
            await _serve_queues(workshop, queues, concurrency, stop)
        except (procrastinate.exceptions.ConnectorException, OSError) as error:
            # The database went away, as at a restart: what was under way is found by its row.
            _LOG.warning("the database is away (%s); trying again", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _AGAIN_S)
    workshop.engines.close()


async def _serve_queues(
    workshop: Workshop, queues: Sequence[str], concurrency: int, stop: asyncio.Event
) -> None:
    """Serve every lane until asked to stop, or until one of them fails."""
    app = make_queue_app(workshop)
    async with app.open_async():
        lanes = [
            asyncio.create_task(_lane(app, workshop, lane, at_once))
            for lane, at_once in _lanes(queues, concurrency)
        ]
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([waiting, *lanes], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        for lane in lanes:
            lane.cancel()
        ended = await asyncio.gather(*lanes, return_exceptions=True)
    if not stop.is_set():
        for error in ended:
            if isinstance(error, Exception):
                raise error


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
        delete_jobs="successful",
        install_signal_handlers=False,
    )
