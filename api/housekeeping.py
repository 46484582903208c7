"""What is done now and then: the dead's work goes to the living, leftovers go away."""

import asyncio
import logging
from datetime import timedelta

import procrastinate

from api.workshop import Workshop
from models import lifecycle
from models.deliveries import forget_deliveries, resume_deliveries
from models.forgetting import sweep_unused
from models.idempotency import forget_old
from models.uploads import finish_left_over, forget_expired

_LOG = logging.getLogger(__name__)
_HOUR_S, _PERIOD_S = 3600, 20
_LEFTOVER = timedelta(days=1)


async def revive(app: procrastinate.App, workshop: Workshop) -> None:
    """Give the jobs of workers that fell silent to others, and calls without a job a new one."""
    stalled = await app.job_manager.get_stalled_jobs(
        seconds_since_heartbeat=workshop.settings.stalled_after_s
    )
    for job in stalled:
        _LOG.warning("%s was left by a worker that fell silent; it is done again", job.call_string)
        await app.job_manager.retry_job(job)
    await app.job_manager.prune_stalled_workers(workshop.settings.stalled_after_s)
    await asyncio.to_thread(_adopt, workshop)


async def tidy(app: procrastinate.App, workshop: Workshop, timestamp: int) -> None:
    """Once an hour: forget what nobody will ask for again."""
    if timestamp % _HOUR_S < _PERIOD_S:
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
    with workshop.session() as session:
        shortest_first = workshop.settings.shortest_first
        finish_left_over(session, workshop.files, shortest_first=shortest_first)


def _sweep(workshop: Workshop) -> None:
    with workshop.session() as session:
        forget_old(session)
        forget_deliveries(session, workshop.settings.jobs_days)
        forget_expired(session, workshop.files)
    workshop.files.sweep(_LEFTOVER)
    dropped = sweep_unused(workshop.engine, workshop.files, _LEFTOVER)
    if dropped:
        _LOG.warning("%s files that no call uses were deleted", dropped)
