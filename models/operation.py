"""How the server does: what waits, how long work takes, and what went wrong lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, text
from sqlmodel import Session, col, func, select

from models.queue import QUEUES
from models.tables import Call, CrmConnection, CrmPush, JobTime
from models.tables.columns import now

LATELY = timedelta(days=1)
_ALIVE_S = 60


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue: jobs that are due, at work, and failed of late; the oldest waits for so long."""

    name: str
    waiting: int = 0
    working: int = 0
    failed: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """How long jobs of one sort took of late, from their begin to their end."""

    task: str
    done: int
    half_s: float
    most_s: float
    """19 of 20 took no longer."""


@dataclass(frozen=True, slots=True)
class OperationState:
    """All of it, as of one instant; failures are by the class of the error."""

    workers: int
    queues: Sequence[QueueState]
    times: Sequence[TaskTimes]
    calls: dict[str, int]
    failures: dict[str, int]
    pushes: dict[str, int]
    connections: dict[str, int]


def operation_state(session: Session) -> OperationState:
    """How the server does now."""
    lately: dict[str, object] = {"since": now() - LATELY}
    return OperationState(
        workers=session.execute(text(_WORKERS), {"alive": _ALIVE_S}).scalar_one(),
        queues=_queues(session, lately),
        times=[
            TaskTimes(task, done, half, most)
            for task, done, half, most in session.execute(text(_TIMES), lately)
        ],
        calls=dict(session.exec(select(Call.state, func.count()).group_by(Call.state)).all()),
        failures=_failures(session),
        pushes=dict(
            session.exec(select(CrmPush.state, func.count()).group_by(CrmPush.state)).all()
        ),
        connections=dict(
            session.exec(
                select(CrmConnection.state, func.count()).group_by(CrmConnection.state)
            ).all()
        ),
    )


def _queues(session: Session, lately: dict[str, object]) -> list[QueueState]:
    """Every queue there is, with or without jobs."""
    found = {
        name: QueueState(name, waiting, working, failed, oldest or 0.0)
        for name, waiting, working, failed, oldest in session.execute(text(_QUEUES), lately)
    }
    return [found.get(name, QueueState(name)) for name in QUEUES]


def _failures(session: Session) -> dict[str, int]:
    """Calls that failed of late, by the class of what went wrong."""
    kind = func.coalesce(Call.failure_kind, "unknown")
    counted = select(kind, func.count()).where(
        Call.state == "failed", col(Call.updated_at) > now() - LATELY
    )
    return dict(session.exec(counted.group_by(kind)).all())


def forget_times(session: Session) -> None:
    """Delete what is too old to be told."""
    session.execute(delete(JobTime).where(col(JobTime.at) < now() - LATELY))


_WORKERS = """
SELECT count(*) FROM procrastinate_workers
WHERE last_heartbeat > now() - make_interval(secs => :alive)
"""
_QUEUES = """
SELECT queue_name,
    count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
    count(*) FILTER (WHERE status = 'doing'),
    count(*) FILTER (WHERE status = 'failed' AND last_at > :since),
    extract(epoch FROM now() - min(coalesce(scheduled_at, first_at)) FILTER (
        WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()
    ))::float
FROM procrastinate_jobs job
LEFT JOIN LATERAL (
    SELECT min(at) AS first_at, max(at) AS last_at FROM procrastinate_events WHERE job_id = job.id
) event ON true
WHERE status IN ('todo', 'doing', 'failed')
GROUP BY queue_name
"""
_TIMES = """
SELECT task, count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY took_s),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s)
FROM job_time WHERE at > :since GROUP BY task ORDER BY task
"""
