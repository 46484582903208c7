"""Calls as people list, open, change and delete them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.errors import Missing
from models.paging import Slice, take
from models.rights import visible_calls
from models.tables import Account, Call, CallFacts, Deal, Hearing, Progress, Recording, User

_Table = TypeVar("_Table", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class CallFilters:
    """What a list of calls is narrowed to; None leaves it open. Instants are half-open."""

    rep_id: UUID | None = None
    team_id: UUID | None = None
    deal_id: UUID | None = None
    account_id: UUID | None = None
    states: tuple[str, ...] = ()
    call_type: str | None = None
    language: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with what a list shows of it."""

    call: Call
    rep: User
    deal: Deal | None = None
    facts: CallFacts | None = None
    progress: Progress | None = None
    recording: Recording | None = None


def list_calls(
    session: Session, user: User, filters: CallFilters, *, limit: int, cursor: str | None = None
) -> Slice[CallRow]:
    """The calls a user may see, the newest first."""
    statement = _filtered(select(Call).where(visible_calls(user)), filters)
    keys = [(Call.started_at, lambda one: one.started_at), (Call.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Slice(_rows(session, found.items), found.next)


def count_calls(session: Session, user: User, filters: CallFilters, *, since: datetime) -> int:
    """How many of the calls that a list shows were added since an instant."""
    own = select(Call.id).where(visible_calls(user), col(Call.created_at) > since)
    counted = _filtered(cast("SelectOfScalar[Call]", own), filters).subquery()
    return session.exec(select(func.count()).select_from(counted)).one()


def list_added(
    session: Session, user: User, *, since: datetime, failed_since: datetime, limit: int
) -> list[CallRow]:
    """The calls a user added that are on their way, failed or came since; the last added first."""
    state = col(Call.state)
    shown = or_(
        state.in_(("waiting", "hearing", "understanding")),
        and_(state == "failed", col(Call.created_at) >= failed_since),
        and_(state.in_(("ready", "cancelled", "held")), col(Call.created_at) >= since),
    )
    statement = select(Call).where(visible_calls(user), Call.created_by_id == user.id, shown)
    newest = statement.order_by(col(Call.created_at).desc(), col(Call.id)).limit(limit)
    return _rows(session, session.exec(newest).all())


def open_call(session: Session, call: Call) -> CallRow:
    """One call with what belongs to it."""
    return _rows(session, [call])[0]


def check_links(session: Session, deal_id: UUID | None, account_id: UUID | None) -> None:
    """Raise Missing unless the deal and the account are there."""
    if deal_id is not None and session.get(Deal, deal_id) is None:
        raise Missing(f"there is no deal {deal_id}")
    if account_id is not None and session.get(Account, account_id) is None:
        raise Missing(f"there is no account {account_id}")


def same_recording(session: Session, user: User, sha256: str) -> Call | None:
    """The call the user may see that already holds this very file, the earliest if several."""
    return session.exec(
        select(Call)
        .join(Recording, col(Recording.call_id) == Call.id)
        .where(Recording.sha256 == sha256, visible_calls(user))
        .order_by(col(Call.created_at))
        .limit(1)
    ).one_or_none()


def same_transcript(session: Session, user: User, sha256: str) -> Call | None:
    """The call the user may see that was made of this very transcript, the earliest if several."""
    return session.exec(
        select(Call)
        .join(Hearing, col(Hearing.call_id) == Call.id)
        .where(Hearing.sha256 == sha256, visible_calls(user))
        .order_by(col(Call.created_at))
        .limit(1)
    ).one_or_none()


def _filtered(statement: SelectOfScalar[Call], filters: CallFilters) -> SelectOfScalar[Call]:
    equal = {
        Call.rep_id: filters.rep_id,
        Call.deal_id: filters.deal_id,
        Call.account_id: filters.account_id,
    }
    for column, value in equal.items():
        if value is not None:
            statement = statement.where(col(column) == value)
    if filters.states:
        statement = statement.where(col(Call.state).in_(filters.states))
    if filters.since is not None:
        statement = statement.where(col(Call.started_at) >= filters.since)
    if filters.until is not None:
        statement = statement.where(col(Call.started_at) < filters.until)
    if filters.title:
        statement = statement.where(func.strpos(func.lower(Call.title), filters.title.lower()) > 0)
    return _joined(statement, filters)


def _joined(statement: SelectOfScalar[Call], filters: CallFilters) -> SelectOfScalar[Call]:
    if filters.team_id is not None:
        members = select(User.id).where(User.team_id == filters.team_id)
        statement = statement.where(col(Call.rep_id).in_(members))
    if filters.call_type is not None or filters.language is not None:
        statement = statement.join(CallFacts, col(CallFacts.call_id) == Call.id)
    if filters.call_type is not None:
        statement = statement.where(CallFacts.call_type == filters.call_type)
    if filters.language is not None:
        statement = statement.where(CallFacts.language == filters.language)
    return statement


def _rows(session: Session, calls: Sequence[Call]) -> list[CallRow]:
    """The rows that belong to a page of calls, a query a table."""
    ids = [call.id for call in calls]
    reps = {one.id: one for one in _all(session, User, User.id, {call.rep_id for call in calls})}
    deals = {
        one.id: one
        for one in _all(session, Deal, Deal.id, {call.deal_id for call in calls if call.deal_id})
    }
    facts = {one.call_id: one for one in _all(session, CallFacts, CallFacts.call_id, ids)}
    progress = {one.call_id: one for one in _all(session, Progress, Progress.call_id, ids)}
    recordings = {one.call_id: one for one in _all(session, Recording, Recording.call_id, ids)}
    return [
        CallRow(
            call,
            reps[call.rep_id],
            deals.get(call.deal_id) if call.deal_id else None,
            facts.get(call.id),
            progress.get(call.id),
            recordings.get(call.id),
        )
        for call in calls
    ]


def _all(
    session: Session, table: type[_Table], column: object, values: Collection[UUID]
) -> Sequence[_Table]:
    statement = select(table).where(col(column).in_(list(values)))
    return session.exec(statement).all() if values else ()
