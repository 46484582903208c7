"""Jobs are written in the transaction of what they are for: neither is there alone."""

from typing import Literal

import procrastinate
import psycopg
from procrastinate import SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

QUEUES = ("hear", "understand", "push", "housekeeping")
Queue = Literal["hear", "understand", "push", "housekeeping"]
TASKS: dict[str, Queue] = {
    "hear_call": "hear",
    "understand_call": "understand",
    "make_playable": "understand",
    "tone_call": "understand",
    "strike_out_comments": "understand",
    "strike_out_again": "housekeeping",
    "deliver_webhook": "push",
    "tell_channel": "push",
    "push_calls": "push",
    "sync_crm": "push",
    "understand_again": "housekeeping",
    "erase": "housekeeping",
    "enforce_retention": "housekeeping",
    "load_demo": "housekeeping",
    "remove_demo": "housekeeping",
}
_BUILDER = procrastinate.App(connector=SyncPsycopgConnector())
"""Only words the statements; it never opens a connection of its own."""


def defer(
    session: Session,
    task: str,
    *,
    priority: int = 0,
    after_s: int | None = None,
    **arguments: str | int,
) -> int:
    """Add a job to the transaction; higher priorities go first.

    It is not begun before `after_s` seconds have gone by. Raises OperationalError when the
    database goes away meanwhile, as any other statement does.
    """
    connection = session.connection().connection.driver_connection
    job = _BUILDER.configure_task(
        task,
        allow_unknown=True,
        queue=TASKS[task],
        priority=priority,
        schedule_in=None if after_s is None else {"seconds": after_s},
        connection=connection,
    )
    try:
        return job.defer(**arguments)
    except ConnectorException as error:
        if isinstance(error.__cause__, psycopg.OperationalError):
            raise OperationalError(f"defer {task}", arguments, error.__cause__) from error
        raise


def cancel(session: Session, job_id: int) -> None:
    """Take a job from the queue, or ask the worker that does it to stop."""
    session.execute(text("SELECT procrastinate_cancel_job_v1(:id, true, false)"), {"id": job_id})


def is_queued(session: Session, task: str) -> bool:
    """Whether a job of a kind waits to be begun."""
    asked = text("SELECT 1 FROM procrastinate_jobs WHERE task_name = :task AND status = 'todo'")
    return session.execute(asked, {"task": task}).first() is not None
