"""Whether the server lives, and whether it can work."""

from pydantic import BaseModel, Field
from sqlalchemy import text

from api.dependencies import FilesDep, SessionDep
from api.routing import open_router

router = open_router("health")
_ALIVE_S = 60


class Health(BaseModel):
    """The process lives."""

    status: str = Field(examples=["ok"])


class Readiness(Health):
    """What the server needs is there."""

    workers: int = Field(description="Workers that said lately that they live.", examples=[1])
    waiting: int = Field(description="Jobs that wait for one of them.", examples=[0])


@router.get("/health")
def health() -> Health:
    """Say that the process lives."""
    return Health(status="ok")


@router.get("/ready")
def ready(session: SessionDep, files: FilesDep) -> Readiness:
    """Say that database and files can be reached; 503 otherwise."""
    files.check()
    workers, waiting = session.execute(
        text(
            "SELECT (SELECT count(*) FROM procrastinate_workers "
            "WHERE last_heartbeat > now() - make_interval(secs => :alive)), "
            "(SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' "
            "AND (scheduled_at IS NULL OR scheduled_at <= now()))"
        ),
        {"alive": _ALIVE_S},
    ).one()
    return Readiness(status="ok", workers=workers, waiting=waiting)
