"""Pushes as people look at them: of a call, of a deal, of a connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from models.paging import Slice, take
from models.rights import visible_calls
from models.tables import Call, CrmConnection, CrmPush, Deal, User


@dataclass(frozen=True, slots=True)
class CallPush:
    """A connection, and what became of a call there; None where nothing was asked yet."""

    connection: CrmConnection
    push: CrmPush | None


@dataclass(frozen=True, slots=True)
class PushRow:
    """A push with the names of its call and connection."""

    push: CrmPush
    title: str
    connection_name: str


@dataclass(frozen=True, slots=True)
class PushFilters:
    """What a list of pushes is narrowed to; None leaves it open."""

    connection_id: UUID | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class DealNote:
    """A note that is on a deal, and the call it is of."""

    call_id: UUID
    title: str
    connection_name: str
    push: CrmPush


def call_pushes(session: Session, call_id: UUID) -> Sequence[CallPush]:
    """Every connection that is not off, or was told of the call, the oldest first."""
    mine = and_(
        col(CrmPush.connection_id) == col(CrmConnection.id), col(CrmPush.call_id) == call_id
    )
    found = (
        select(CrmConnection, CrmPush)
        .outerjoin(CrmPush, mine)
        .where(or_(col(CrmConnection.state) != "off", col(CrmPush.id).is_not(None)))
        .order_by(col(CrmConnection.created_at), col(CrmConnection.id))
    )
    return [CallPush(connection, push) for connection, push in session.exec(found)]


def list_pushes(
    session: Session, filters: PushFilters, *, limit: int, cursor: str | None = None
) -> Slice[PushRow]:
    """Pushes, the newest first: for admins, who see every call."""
    statement = select(CrmPush)
    if filters.connection_id is not None:
        statement = statement.where(CrmPush.connection_id == filters.connection_id)
    if filters.state is not None:
        statement = statement.where(CrmPush.state == filters.state)
    keys = [(CrmPush.created_at, lambda one: one.created_at), (CrmPush.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    titles = select(Call.id, Call.title).where(
        col(Call.id).in_({one.call_id for one in found.items})
    )
    names = select(CrmConnection.id, CrmConnection.name)
    by_call, by_connection = dict(session.exec(titles).all()), dict(session.exec(names).all())
    rows = [
        PushRow(one, by_call.get(one.call_id, ""), by_connection.get(one.connection_id, ""))
        for one in found.items
    ]
    return Slice(rows, found.next)


def deal_notes(session: Session, user: User, deal: Deal, *, limit: int = 20) -> Sequence[DealNote]:
    """Notes on a deal of calls that a user may see, the last pushed first."""
    found = (
        select(Call.id, Call.title, CrmConnection.name, CrmPush)
        .join(CrmPush, col(CrmPush.call_id) == col(Call.id))
        .join(CrmConnection, col(CrmPush.connection_id) == col(CrmConnection.id))
        .where(CrmConnection.origin == deal.origin, CrmPush.note_deal_ref == deal.ref)
        .where(col(CrmPush.note_id).is_not(None), visible_calls(user))
        .order_by(col(CrmPush.pushed_at).desc().nulls_last(), col(CrmPush.id))
        .limit(limit)
    )
    return [DealNote(*row) for row in session.exec(found)]


def deals_from(session: Session, connection: CrmConnection) -> int:
    """How many deals were copied from a connection."""
    counted = select(func.count()).select_from(Deal).where(Deal.origin == connection.origin)
    return session.exec(counted).one()


def last_heard(session: Session, *, limit: int) -> Sequence[Call]:
    """The last calls that were understood: for admins, who see every call."""
    heard = select(Call).where(Call.state == "ready")
    return session.exec(heard.order_by(col(Call.started_at).desc()).limit(limit)).all()
