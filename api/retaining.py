"""The hourly run that deletes what is over its days."""

from datetime import datetime, timedelta

import procrastinate
from procrastinate import JobContext

from api.workshop import Workshop
from models.retaining import TASK, enforce
from models.tables.columns import now

_MINUTE = 37
_CRON = f"{_MINUTE} * * * *"


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app the run; one at a time, and one that was broken off goes on."""

    @app.periodic(cron=_CRON)
    @app.task(
        name=TASK,
        queue="housekeeping",
        queueing_lock=TASK,
        pass_context=True,
    )
    def enforce_retention(context: JobContext, timestamp: int) -> None:
        del timestamp
        enforce(workshop.engine, workshop.files, should_stop=context.should_abort)


def next_run_at() -> datetime:
    """When the next run begins."""
    at = now()
    then = at.replace(minute=_MINUTE, second=0, microsecond=0)
    return then if then > at else then + timedelta(hours=1)
