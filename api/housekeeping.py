"""What is done now and then: the dead's work goes to the living, leftovers go away."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

from analyzer import EngineFailed
from api.claims import Claims
from api.failures import OF_CALLS, give_up
from api.settings import lasting
from api.workshop import Workshop
from models import lifecycle
from models.audit_chain import link_entries
from models.channel_messages import forget_messages, resume_messages
from models.database import take_time
from models.deliveries import forget_deliveries, resume_deliveries
from models.errors import StoreDown
from models.forgetting import drop_doomed, sweep_unused
from models.idempotency import forget_old
from models.operation import forget_times
from models.redacting import resume_sounds
from models.scratch import sweep_scratch
from models.sessions import forget_sessions
from models.sign_ins import forget_failures
from models.uploads import finish_left_over, forget_expired

_LOG = logging.getLogger(__name__)
_LEFTOVER = timedelta(days=1)
_MOST_DEATHS = 10
"""A job that was left so often is what kills its workers, as one that takes all memory."""
_SUSPECT = 3
_BEHIND_ALL = -10_000


async def revive(app: procrastinate.App, workshop: Workshop) -> None:
    """Give the jobs of workers that fell silent to others, and calls without a job a new one.

    When all were silent, as when the machine slept or the database was away, the living speak
    first.
    """
    silent_s = workshop.settings.stalled_after_s
    if isinstance(app.job_manager, Claims):
        await app.job_manager.mind_clock()
    if await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_s):
        await asyncio.sleep(2 * workshop.settings.heartbeat_s)
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_s):
            try:
                await _pass_on(app, workshop, job)
            except ConnectorException as error:
                _LOG.warning("%s stays where it is: %s", job.call_string, error.__cause__ or error)
        if isinstance(app.job_manager, Claims):
            await app.job_manager.forget_silent(silent_s)
    await asyncio.to_thread(_adopt, workshop)
    await asyncio.to_thread(_link, workshop)


async def _pass_on(app: procrastinate.App, workshop: Workshop, job: Job) -> None:
    """Give a dead worker's job to another, unless it comes by itself or is what kills them."""
    if job.queueing_lock is not None:
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        return
    _LOG.warning("%s was left by a worker that fell silent", job.call_string)
    if job.attempts + 1 >= _MOST_DEATHS and job.task_name in OF_CALLS:
        error = EngineFailed(
            f"the worker ended {_MOST_DEATHS} times at this call, for want of memory perhaps; "
            "see its log, then retry"
        )
        call_id = UUID(str(job.task_kwargs["call_id"]))
        await asyncio.to_thread(give_up, workshop, job.task_name, call_id, error)
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
        return
    is_suspect = job.attempts + 1 >= _SUSPECT
    await app.job_manager.retry_job(job, priority=_BEHIND_ALL if is_suspect else None)


async def tidy(app: procrastinate.App, workshop: Workshop) -> None:
    """Forget what nobody will ask for again."""
    hours = workshop.settings.jobs_days * 24
    await app.job_manager.delete_old_jobs(
        hours, include_failed=True, include_cancelled=True, include_aborted=True
    )
    await asyncio.to_thread(_sweep, workshop)


def _adopt(workshop: Workshop) -> None:
    with workshop.session() as session:
        for call in lifecycle.abandoned(session):
            _LOG.warning("call %s had no job any more; it gets a new one", call.id)
            lifecycle.resume(session, call)
        resume_deliveries(session)
        resume_messages(session)
    with workshop.session() as session:
        take_time(session)
        shortest_first = workshop.settings.shortest_first
        finish_left_over(session, workshop.files, shortest_first=shortest_first)
    with suppress(StoreDown):  # asked again the next time
        drop_doomed(workshop.engine, workshop.files)


def _link(workshop: Workshop) -> None:
    """Chain what was written in the trail since the last time."""
    with workshop.session() as session:
        link_entries(session)


def _sweep(workshop: Workshop) -> None:
    with workshop.session() as session:
        take_time(session)
        forget_old(session)
        forget_failures(session)
        forget_sessions(session, lasting(workshop.settings))
        forget_times(session)
        resume_sounds(session)
        forget_deliveries(session, workshop.settings.jobs_days)
        forget_messages(session, workshop.settings.jobs_days)
        forget_expired(session, workshop.files)
    workshop.files.sweep(_LEFTOVER)
    sweep_scratch(2 * _LEFTOVER)
    dropped = sweep_unused(workshop.engine, workshop.files, _LEFTOVER)
    if dropped:
        _LOG.warning("%s files that no call uses were deleted", dropped)
