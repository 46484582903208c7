"""What an admin should look at, worst first: each by a code, and what fills its words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from sqlmodel import Session, col, func, select

from models.audit_chain import late_entries
from models.operation import OperationState
from models.retention import is_late
from models.tables import CrmConnection, Erasure
from models.tables.columns import now

Severity = Literal["bad", "warn"]
AlertCode = Literal[
    "no_worker",
    "queue_stalled",
    "jobs_failed",
    "calls_failed",
    "disk_full",
    "crm_login",
    "crm_failed",
    "crm_silent",
    "trail_unlinked",
    "retention_late",
    "erasure_failed",
]
_STALLED_S = 1800.0
_LOW_SHARE, _LOW_BYTES = 0.05, 2_000_000_000
_SYNC_LATE = 4
"""So many times as late as it should be."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where files lie, in bytes; None where nobody can tell, as of a bucket."""

    free: int
    size: int

    @property
    def is_low(self) -> bool:
        """Whether an upload may not fit any more."""
        return self.free < _LOW_BYTES and self.free < _LOW_SHARE * self.size


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to look at; `place` is where."""

    code: AlertCode
    severity: Severity
    place: str
    params: dict[str, str | int | float] = field(default_factory=dict)


def alerts_of(session: Session, state: OperationState, room: Room | None) -> Sequence[Alert]:
    """What to look at now, the worst first."""
    found = [*_of_queues(state), *_of_room(room), *_of_crms(session, state), *_of_trail(session)]
    found += [*_of_retention(session), *_of_erasures(session)]
    return sorted(found, key=lambda one: one.severity != "bad")


def _of_queues(state: OperationState) -> Iterator[Alert]:
    waiting = sum(one.waiting for one in state.queues)
    if waiting and not state.workers:
        yield Alert("no_worker", "bad", "/settings/state", {"count": waiting})
    for one in state.queues:
        if one.oldest_s > _STALLED_S and state.workers:
            told: dict[str, str | int | float] = {"queue": one.name, "seconds": one.oldest_s}
            yield Alert("queue_stalled", "warn", "/settings/state", told)
    if failed := sum(one.failed for one in state.queues if one.name not in {"hear", "understand"}):
        yield Alert("jobs_failed", "warn", "/settings/state", {"count": failed})
    if calls := sum(state.failures.values()):
        yield Alert("calls_failed", "warn", "/calls?state=failed", {"count": calls})


def _of_room(room: Room | None) -> Iterator[Alert]:
    if room is not None and room.is_low:
        yield Alert("disk_full", "bad", "/settings/storage", {"bytes": room.free})


def _of_crms(session: Session, state: OperationState) -> Iterator[Alert]:
    at = now()
    for one in session.exec(select(CrmConnection).where(col(CrmConnection.state) != "off")):
        place = f"/settings/crm/{one.id}"
        if one.state == "needs_login":
            yield Alert("crm_login", "bad", place, {"name": one.name})
        late = timedelta(minutes=one.sync_every_min * _SYNC_LATE)
        is_parked = one.parked_until is not None and one.parked_until > at
        if one.is_synced and one.synced_at and one.synced_at + late < at and not is_parked:
            yield Alert("crm_silent", "warn", place, {"name": one.name})
    if failed := state.pushes.get("failed", 0):
        yield Alert("crm_failed", "warn", "/settings/crm", {"count": failed})


def _of_retention(session: Session) -> Iterator[Alert]:
    if is_late(session):
        yield Alert("retention_late", "bad", "/settings/retention")


def _of_erasures(session: Session) -> Iterator[Alert]:
    failed = select(func.count()).select_from(Erasure).where(Erasure.state == "failed")
    if count := session.exec(failed).one():
        yield Alert("erasure_failed", "bad", "/settings/privacy", {"count": count})


def _of_trail(session: Session) -> Iterator[Alert]:
    if late := late_entries(session):
        yield Alert("trail_unlinked", "bad", "/settings/audit", {"count": late})
