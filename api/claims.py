"""The queue as one process sees it: what it has in hand, and a database that comes and goes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime

from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.utils import utcnow

from models.queue import TASKS

_LOG = logging.getLogger(__name__)
_TRIES, _PAUSE_S = 6, 1.0
_HOLDER = "SELECT worker_id FROM procrastinate_jobs WHERE id = %(job_id)s AND status = 'doing'"
_HELD = "SELECT id FROM procrastinate_jobs WHERE worker_id = %(worker_id)s AND status = 'doing'"
_TOOK = """
INSERT INTO job_time (task, took_s)
SELECT task_name, extract(epoch FROM now() - max(at)) FROM procrastinate_jobs
JOIN procrastinate_events ON job_id = procrastinate_jobs.id AND type = 'started'
WHERE procrastinate_jobs.id = %(job_id)s GROUP BY task_name
"""
_CLOCK = (
    "UPDATE procrastinate_workers SET last_heartbeat = now() "
    "WHERE last_heartbeat > now() + interval '1 second'",
    "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' "
    "AND queue_name IN ('hear', 'understand') AND scheduled_at > now() + interval '1 hour'",
)
"""A clock that was put back has workers that spoke last in time to come, and tries that wait for
hours; who lives speaks again."""
_BEAT = (
    "INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%(worker_id)s) "
    "ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()"
)


class Claims(JobManager):
    """The jobs that the workers of this process have taken.

    A database that goes away stops no worker and no job: what could not be written is written
    when it is back. A job that went to another worker meanwhile, as while this machine slept, is
    left to it. A worker that was taken for dead registers again with its next heartbeat.
    """

    def __init__(self, connector: BaseConnector) -> None:
        super().__init__(connector)
        self._in_hand: set[int] = set()
        self._unsure: set[int] = set()
        """Workers that may have been given a job without having heard of it."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take a job; None when there is none, or no database."""
        try:
            if worker_id in self._unsure:
                await self._give_back_unheard(worker_id)
                self._unsure.discard(worker_id)
            job = await super().fetch_job(queues, worker_id)
        except ConnectorException as error:
            self._unsure.add(worker_id)
            _away(error)
            return None
        if job is not None and job.id is not None:
            self._in_hand.add(job.id)
        return job

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Have done with a job, if it is still ours; how long it took is kept."""

        async def finish() -> None:
            if status is Status.SUCCEEDED and job.task_name in TASKS:
                await self.connector.execute_query_async(query=_TOOK, job_id=job.id)
            await super(Claims, self).finish_job(job, status, delete_job)

        await self._settle(job, finish)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back, if it is still in the hands of whom it was read with."""
        write = super().retry_job
        await self._settle(job, lambda: write(job, retry_at, priority, queue, lock))

    async def put_back(self) -> None:
        """Give every job in hand to others."""
        for job_id in list(self._in_hand):
            with suppress(ConnectorException):
                await self.retry_job_by_id_async(job_id, utcnow())

    async def update_heartbeat(self, worker_id: int) -> None:
        """Say that a worker lives, to those too who thought otherwise."""
        try:
            await self.connector.execute_query_async(query=_BEAT, worker_id=worker_id)
        except ConnectorException as error:
            _away(error)

    async def defer_periodic_job(
        self, job: Job, periodic_id: str, defer_timestamp: int
    ) -> int | None:
        """Have a periodic job done; when the database is away, the next time."""
        try:
            return await super().defer_periodic_job(job, periodic_id, defer_timestamp)
        except ConnectorException as error:
            _away(error)
            return None

    async def list_jobs_to_abort_async(self, queue: str | None = None) -> Iterable[int]:
        """Which jobs are to stop."""
        try:
            return await super().list_jobs_to_abort_async(queue)
        except ConnectorException as error:
            _away(error)
            return []

    async def prune_stalled_workers(self, seconds_since_heartbeat: float) -> list[int]:
        """Nothing: a worker that begins knows too little to say who is dead."""
        del seconds_since_heartbeat
        return []

    async def mind_clock(self) -> None:
        """Put right what a clock that was put back has made late; nothing when it was not."""
        for statement in _CLOCK:
            try:
                await self.connector.execute_query_async(query=statement)
            except ConnectorException as error:
                _away(error)

    async def forget_silent(self, seconds: float) -> None:
        """Take workers that were silent for so long from the list."""
        await super().prune_stalled_workers(seconds)

    async def _settle(self, job: Job, write: Callable[[], Awaitable[None]]) -> None:
        try:
            for tried in range(_TRIES):
                try:
                    if await self._is_where_it_was(job):
                        await write()
                except ConnectorException as error:
                    _away(error)
                    await asyncio.sleep(_PAUSE_S * 2**tried)
                else:
                    return
            if job.worker_id is not None:
                self._unsure.add(job.worker_id)
        finally:
            self._in_hand.discard(job.id or 0)

    async def _is_where_it_was(self, job: Job) -> bool:
        rows = await self.connector.execute_query_all_async(query=_HOLDER, job_id=job.id)
        return any(row["worker_id"] == job.worker_id for row in rows)

    async def _give_back_unheard(self, worker_id: int) -> None:
        rows = await self.connector.execute_query_all_async(query=_HELD, worker_id=worker_id)
        for row in rows:
            if row["id"] not in self._in_hand:
                await self.retry_job_by_id_async(row["id"], utcnow())


def _away(error: ConnectorException) -> None:
    _LOG.warning("the queue cannot be reached (%s); trying again", error.__cause__ or error)
