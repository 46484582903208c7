"""The outbox: what is to be written of calls at CRMs, and how far each is.

    waiting -> held (a person is to look first), asking (which deal?), unmatched (no deal),
               skipped (no rule asks for it), pushed, failed
    any of them -> waiting, when a person asks, or the call was understood anew

A row is written in the transaction that finishes the report. It needs no job of its own: a job
works off all that is due at a connection, one after the other (`models/crm/turns.py`). Each try
has a number nobody had before, kept as the row's `try_number`, and keeps what it did only while the
row still has that number.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.errors import Conflict, Missing
from models.queue import defer
from models.tables import Call, CrmConnection, CrmPush, User
from models.tables.columns import now

PAUSES_S = (5, 30, 120, 600, 1800, 7200, 21_600, 86_400)
"""How long it waits before the second try, the third, and so on; then it has failed."""
WORKING = ("new", "ready", "needs_login")


@dataclass(frozen=True, slots=True)
class Try:
    """One try at a push; `number` tells it from others."""

    push_id: UUID
    number: int


class Overtaken(Exception):
    """The push is in other hands by now, or gone: nothing is to be kept."""


def consider(session: Session, call: Call) -> None:
    """Put a call whose report is new into the outbox of every connection that is not off.

    A private call stays here, unless somebody asked for it to be pushed.
    """
    if call.is_private:
        _renew_asked(session, call)
        return
    connections = session.exec(
        select(CrmConnection.id).where(col(CrmConnection.state).in_(WORKING))
    ).all()
    for connection_id in connections:
        row = insert(CrmPush).values(
            **CrmPush(connection_id=connection_id, call_id=call.id).model_dump()
        )
        session.execute(
            row.on_conflict_do_update(
                index_elements=["connection_id", "call_id"],
                set_={
                    "state": "waiting",
                    "attempts": 0,
                    "try_number": None,
                    "next_try_at": None,
                    "updated_at": now(),
                },
            )
        )
        wake(session, connection_id)


def _renew_asked(session: Session, call: Call) -> None:
    """Put what was asked for by a person into the outbox again."""
    for push in pushes_of(session, call.id):
        if push.is_asked:
            _again(session, push)


def wake(session: Session, connection_id: UUID) -> None:
    """Have the outbox of a connection worked off, once this transaction is done."""
    defer(session, "push_calls", connection_id=str(connection_id))


def push_of(session: Session, connection_id: UUID, call_id: UUID) -> CrmPush | None:
    """What is to be written of a call at a connection."""
    return session.exec(
        select(CrmPush).where(CrmPush.connection_id == connection_id, CrmPush.call_id == call_id)
    ).one_or_none()


def pushes_of(session: Session, call_id: UUID) -> Sequence[CrmPush]:
    """All that is to be written of a call, the oldest connection first."""
    mine = select(CrmPush).join(CrmConnection).where(CrmPush.call_id == call_id)
    return session.exec(mine.order_by(col(CrmConnection.created_at))).all()


def ask(session: Session, user: User, call: Call, connection_id: UUID) -> CrmPush:
    """A person wants a call pushed, whatever the rules say. Raises Missing, Conflict."""
    if call.state != "ready":
        raise Conflict(f"call {call.id} is {call.state}: there is nothing to push yet")
    push = _row(session, call, connection_id)
    push.is_asked, push.asked_by_id = True, user.id
    _again(session, push)
    return push


def choose(
    session: Session, user: User, call: Call, connection_id: UUID, deal_ref: str | None
) -> CrmPush:
    """A person says which deal a call belongs to; None: look for it again. Raises Missing."""
    push = _row(session, call, connection_id)
    push.deal_ref, push.deal_name, push.deal_url = deal_ref, None, None
    push.chosen_by_id = user.id if deal_ref is not None else None
    if deal_ref is None:
        push.matched_at = None
    _again(session, push)
    return push


def retry_failed(session: Session, connection_id: UUID) -> int:
    """Try anew all that failed at a connection; returns how many."""
    failed = select(CrmPush).where(
        CrmPush.connection_id == connection_id, CrmPush.state == "failed"
    )
    found = session.exec(failed.with_for_update()).all()
    for push in found:
        _again(session, push, is_woken=False)
    wake(session, connection_id)
    return len(found)


def take_next(session: Session, connection_id: UUID) -> Try | None:
    """Begin a try at what has waited longest and is due; None when nothing is."""
    due = (
        select(CrmPush)
        .where(CrmPush.connection_id == connection_id, CrmPush.state == "waiting", _is_due(now()))
        .order_by(func.coalesce(CrmPush.next_try_at, CrmPush.created_at), col(CrmPush.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    push = session.exec(due).first()
    if push is None:
        return None
    push.attempts += 1
    push.try_number = secrets.randbits(62)
    return Try(push.id, push.try_number)


def due_connections(session: Session) -> Sequence[UUID]:
    """Connections at which something is due that no job may come for: none should be for long."""
    usable = (
        select(CrmConnection.id)
        .where(col(CrmConnection.state).in_(("new", "ready")))
        .where(
            or_(col(CrmConnection.parked_until).is_(None), col(CrmConnection.parked_until) <= now())
        )
    )
    waiting = select(CrmPush.connection_id).where(CrmPush.state == "waiting", _is_due(now()))
    return session.exec(usable.where(col(CrmConnection.id).in_(waiting))).all()


def still_mine(session: Session, mine: Try) -> CrmPush:
    """The push, locked, while a try at it is the last one begun. Raises Overtaken."""
    push = session.get(CrmPush, mine.push_id, with_for_update=True, populate_existing=True)
    if push is None or push.try_number != mine.number or push.state != "waiting":
        raise Overtaken
    push.updated_at = now()
    return push


def expect(session: Session, push: CrmPush, deal_ref: str, within_s: float = 0.0) -> None:
    """From now on something new of the call may be on a deal, or come to it within some seconds.

    The clock is the database's: those of workers may differ.
    """
    push.tried = sorted({*push.tried, deal_ref})
    push.uncertain_since = database_now(session) + timedelta(seconds=within_s)


def came_back(session: Session, push: CrmPush) -> None:
    """A try goes on or ends: nothing of it is on its way any more."""
    if push.uncertain_since is not None:
        push.uncertain_since = min(push.uncertain_since, database_now(session))


def doubt(session: Session, push_id: UUID, deal_ref: str) -> None:
    """A try that was overtaken wrote to a deal all the same: have somebody look there."""
    push = session.get(CrmPush, push_id, with_for_update=True, populate_existing=True)
    if push is not None:
        expect(session, push, deal_ref)
        _again(session, push)


def database_now(session: Session) -> datetime:
    """The time of the one clock that all workers have."""
    found: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return found


def settle(push: CrmPush, state: str, why: str | None = None) -> None:
    """A try came to its end."""
    push.state, push.last_error, push.next_try_at, push.try_number = state, why, None, None
    push.attempts = 0 if state != "failed" else push.attempts


def put_off(push: CrmPush, why: str, at_least_s: float = 0.0) -> None:
    """Try again later, or give up when that was tried too often."""
    if push.attempts > len(PAUSES_S):
        settle(push, "failed", why)
        return
    pause_s = max(float(PAUSES_S[push.attempts - 1]), at_least_s)
    push.last_error, push.next_try_at = why, now() + timedelta(seconds=pause_s)
    push.try_number = None


def leave(push: CrmPush, why: str) -> None:
    """It was not this push's fault: it waits, as if it had not been tried."""
    push.last_error, push.try_number = why, None
    push.attempts -= 1


def counts_by_state(session: Session, connection_id: UUID) -> dict[str, int]:
    """How many pushes of a connection are in each state."""
    counted = select(CrmPush.state, func.count()).where(CrmPush.connection_id == connection_id)
    return dict(session.exec(counted.group_by(CrmPush.state)).all())


def _is_due(at: datetime) -> ColumnElement[bool]:
    return or_(col(CrmPush.next_try_at).is_(None), col(CrmPush.next_try_at) <= at)


def _row(session: Session, call: Call, connection_id: UUID) -> CrmPush:
    """The row of a call, locked, new when there is none. Raises Missing."""
    if session.get(CrmConnection, connection_id) is None:
        raise Missing(f"there is no CRM connection {connection_id}")
    made = CrmPush(connection_id=connection_id, call_id=call.id, state="held")
    session.execute(insert(CrmPush).values(**made.model_dump()).on_conflict_do_nothing())
    found = push_of(session, connection_id, call.id)
    assert found is not None  # noqa: S101 (it was just added)
    session.refresh(found, with_for_update=True)
    return found


def _again(session: Session, push: CrmPush, *, is_woken: bool = True) -> None:
    push.state, push.attempts, push.next_try_at, push.last_error = "waiting", 0, None, None
    push.try_number, push.updated_at = None, now()
    session.flush()
    if is_woken:
        wake(session, push.connection_id)
