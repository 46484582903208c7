"""From upload to report: every change of a call's state, and the jobs that bring it on.

    empty -> waiting -> hearing -> understanding -> ready
    any of them on the way -> failed or cancelled -> (retry) waiting
    any of them on the way -> held, where it may not be worked on -> (settle) waiting

A job begins with `begin`, which hands it the number of its attempt; what it made is only kept
while that is still the call's number. So of two workers that took one call for their own, as when
a machine slept, only the later one counts.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.consent import handling_of, may_be_processed
from models.errors import Conflict
from models.hearings import has_hearing
from models.queue import cancel, defer
from models.tables import Call, CallFacts, Progress, Recording, Report
from models.tables.columns import now

Working = Literal["hearing", "understanding"]
IN_HAND = ("waiting", "hearing", "understanding")
"""States in which a job is to come or at work."""
CORRECTED_PRIORITY = 1000
"""Somebody waits in front of the screen."""
PLAYABLE_PRIORITY = 500
_BYTES_A_MINUTE = 1_000_000
_LONGEST = timedelta(hours=24)


class Stopped(Exception):
    """The call was cancelled, deleted, or is in another worker's hands: nothing is to be kept."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a call; `number` tells it from others."""

    call_id: UUID
    number: int


def hear(
    session: Session, call: Call, recording: Recording, *, shortest_first: bool = True
) -> None:
    """Have a recording heard, and made playable; without consent it may be held as it is."""
    if not may_be_processed(session, call):
        _hold(session, call)
        return
    priority = _priority(recording) if shortest_first else 0
    defer(session, "make_playable", priority=PLAYABLE_PRIORITY, call_id=str(call.id))
    _enqueue(session, call, "hear_call", priority)


def understand(session: Session, call: Call, *, priority: int = 0) -> None:
    """Have what was heard understood anew. Raises Conflict when nothing was heard yet."""
    if not has_hearing(session, call.id):
        if call.state in {"waiting", "hearing"}:
            return  # it will be understood once it is heard
        raise Conflict(f"call {call.id} was not heard yet: there is nothing to understand")
    if call.job_id is not None:
        cancel(session, call.job_id)
    if not may_be_processed(session, call):
        _hold(session, call)
        return
    _enqueue(session, call, "understand_call", priority, state="understanding")


def retry(session: Session, call: Call, *, shortest_first: bool = True) -> None:
    """Try a failed or cancelled call again from where it stopped. Raises Conflict otherwise."""
    if call.state not in {"failed", "cancelled"}:
        raise Conflict(f"call {call.id} is {call.state}; only a failed or cancelled one is retried")
    if has_hearing(session, call.id):
        understand(session, call)
        return
    recording = recording_of(session, call.id)
    if recording is None:
        raise Conflict(f"call {call.id} has no recording: upload one")
    hear(session, call, recording, shortest_first=shortest_first)


def cancel_call(session: Session, call: Call) -> None:
    """Stop whatever is under way. Raises Conflict when nothing is."""
    if call.state not in IN_HAND:
        raise Conflict(f"call {call.id} is {call.state}: there is nothing to cancel")
    stop_jobs(session, call)
    _turn(call, "cancelled")
    session.add(call)


def settle(session: Session, call: Call) -> None:
    """Bring a call on, or stop it, after what may be done with it changed."""
    handling = handling_of(session, call)
    may = handling in {"process", "transcribe"}
    if call.state in IN_HAND and not may:
        stop_jobs(session, call)
        _hold(session, call)
    elif call.state == "held" and may:
        _release(session, call)
    elif call.state == "ready" and handling == "process" and _lacks_analysis(session, call):
        understand(session, call, priority=CORRECTED_PRIORITY)


def hold_if_barred(session: Session, call_id: UUID) -> None:
    """Hold a call in hand that may not be worked on any more."""
    call = session.exec(_held(call_id)).one_or_none()
    if call is not None and call.state in IN_HAND and not may_be_processed(session, call):
        stop_jobs(session, call)
        _hold(session, call)


def stop_jobs(session: Session, call: Call) -> None:
    """Take the call's job from the queue, or have its worker stop."""
    if call.job_id is not None:
        cancel(session, call.job_id)
    call.job_id = None
    call.attempts += 1


def begin(session: Session, call_id: UUID, state: Working, *, job_id: int | None = None) -> Attempt:
    """Take a call in hand. Raises Stopped when it is not to be worked on any more.

    Nor is it by a job that is not its own: one that was given back when its work was done already.
    """
    call = session.exec(_held(call_id)).one_or_none()
    if call is None or call.state not in IN_HAND:
        raise Stopped
    if job_id is not None and call.job_id != job_id:
        raise Stopped
    call.attempts += 1
    _turn(call, state)
    session.add(call)
    return Attempt(call_id, call.attempts)


def still_mine(session: Session, attempt: Attempt) -> Call:
    """The call, locked, if this attempt still counts. Raises Stopped."""
    call = session.exec(_held(attempt.call_id)).one_or_none()
    if call is None or call.attempts != attempt.number or call.state not in IN_HAND:
        raise Stopped
    return call


def _hold(session: Session, call: Call) -> None:
    """Leave a call alone as it is; what was understood of it stays to be read."""
    call.job_id = None
    if call.state != "ready":
        _turn(call, "held")
    session.add(call)


def _release(session: Session, call: Call) -> None:
    recording = recording_of(session, call.id)
    if has_hearing(session, call.id):
        understand(session, call)
    elif recording is not None:
        hear(session, call, recording)
    else:
        _turn(call, "empty")
        session.add(call)


def _lacks_analysis(session: Session, call: Call) -> bool:
    """Whether only a transcript was made of a call, for want of consent."""
    has_words = session.get(Report, call.id) is not None and has_hearing(session, call.id)
    has_facts = session.get(CallFacts, call.id) is not None
    return has_words and not has_facts and call.analysis_deleted_at is None


def _held(call_id: UUID) -> SelectOfScalar[Call]:
    """The call, locked, but not from rows that only refer to it, such as its progress."""
    return select(Call).where(Call.id == call_id).with_for_update(key_share=True)


def heard(session: Session, call: Call) -> None:
    """What was heard is kept: have it understood."""
    _enqueue(session, call, "understand_call", 0, state="understanding")


def understood(session: Session, call: Call) -> None:
    """The report is kept: the call is ready."""
    _turn(call, "ready")
    call.job_id = None
    session.add(call)
    progress = session.get(Progress, call.id)
    if progress is not None:
        session.delete(progress)


def fail(session: Session, call: Call, kind: str, message: str) -> None:
    """Nothing more can be done by itself: say what, and what to do next."""
    _turn(call, "failed")
    call.failure_kind, call.failure, call.job_id = kind, message, None
    session.add(call)


def tell_progress(
    session: Session, attempt: Attempt, stage: str, fraction: float, left_s: float | None
) -> None:
    """Note how far an attempt is. Raises Stopped when it does not count any more."""
    found = session.exec(select(Call.attempts, Call.state).where(Call.id == attempt.call_id))
    row = found.one_or_none()
    if row is None or row[0] != attempt.number or row[1] not in IN_HAND:
        raise Stopped
    at = now()
    told = {"stage": stage, "fraction": fraction, "left_s": left_s, "updated_at": at}
    statement = insert(Progress).values(call_id=attempt.call_id, started_at=at, **told)
    session.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=told))


def recording_of(session: Session, call_id: UUID) -> Recording | None:
    """The call's recording, when there is one."""
    return session.exec(select(Recording).where(Recording.call_id == call_id)).one_or_none()


def touch(call: Call) -> None:
    """Note that the call changed."""
    call.version += 1
    call.updated_at = now()


def abandoned(session: Session, limit: int = 100) -> list[Call]:
    """Calls in hand whose job is gone: none should be, but nothing may be lost."""
    return list(
        session.exec(
            select(Call)
            .where(col(Call.state).in_(IN_HAND))
            .where(
                text(
                    "NOT EXISTS (SELECT 1 FROM procrastinate_jobs job WHERE job.id = call.job_id "
                    "AND job.status IN ('todo', 'doing'))"
                )
            )
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def _enqueue(
    session: Session, call: Call, task: str, priority: int, state: str = "waiting"
) -> None:
    _turn(call, state)
    session.add(call)
    session.flush()
    call.job_id = defer(session, task, priority=priority, call_id=str(call.id))
    session.add(call)


def _turn(call: Call, state: str) -> None:
    call.state = state
    call.failure = call.failure_kind = None
    touch(call)


def _priority(recording: Recording) -> int:
    """Minus the minutes, so that the shortest goes first; guessed from the size when not known."""
    minutes = (
        recording.duration_s / 60
        if recording.duration_s is not None
        else recording.size / _BYTES_A_MINUTE
    )
    return -round(min(minutes, _LONGEST.total_seconds() / 60))


def understand_if_heard(session: Session, call: Call) -> None:
    """Have a call understood anew, if it was heard at all."""
    if has_hearing(session, call.id):
        understand(session, call, priority=CORRECTED_PRIORITY)


def resume(session: Session, call: Call) -> None:
    """Give a call in hand, whose job is gone, a new one."""
    if has_hearing(session, call.id):
        _enqueue(session, call, "understand_call", 0, state="understanding")
        return
    recording = recording_of(session, call.id)
    if recording is None:
        fail(session, call, "Missing", "the recording is gone; upload it again")
        return
    _enqueue(session, call, "hear_call", _priority(recording))
