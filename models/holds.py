"""Legal holds: nothing of a call, of a deal's calls or an account's, goes until they are lifted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, text
from sqlmodel import Session, col, select

from models.errors import BadInput, Conflict, Missing
from models.selecting import pick
from models.storable import readable
from models.tables import Account, Call, Deal, LegalHold, User
from models.tables.columns import now

_LOCK = 7_411_705
_LONGEST = 1000
HoldKind = Literal["call", "deal", "account"]


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold, on what it lies, and who placed it; None when they are gone."""

    hold: LegalHold
    kind: HoldKind
    subject_id: UUID
    name: str
    placed_by: str | None


def under_hold() -> ColumnElement[bool]:
    """Which rows of `call` lie under a hold, as a condition."""
    return exists().where(and_(col(LegalHold.lifted_at).is_(None), _covers()))


def await_holds(session: Session) -> None:
    """See every hold that is being placed; who places one waits until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": _LOCK})


def hold_on(session: Session, call_id: UUID) -> LegalHold | None:
    """The hold that a call lies under, the first of several."""
    statement = (
        select(LegalHold)
        .join(Call, _covers())
        .where(col(Call.id) == call_id, col(LegalHold.lifted_at).is_(None))
        .order_by(col(LegalHold.created_at))
    )
    return session.exec(statement.limit(1)).first()


def check_free(session: Session, call_id: UUID) -> None:
    """Raise Conflict when a call lies under a hold, which none can be placed on meanwhile."""
    await_holds(session)
    session.flush()
    _refuse(hold_on(session, call_id), f"call {call_id}")


def check_calls_free(session: Session, call_ids: Sequence[UUID]) -> None:
    """Raise Conflict when one of some calls lies under a hold."""
    await_holds(session)
    held = select(Call.id).where(col(Call.id).in_(call_ids), under_hold())
    found = session.exec(held.limit(1)).first()
    if found is not None:
        _refuse(hold_on(session, found), f"call {found}")


def check_deal_free(session: Session, deal_id: UUID) -> None:
    """Raise Conflict when a deal, its account or a call of it lies under a hold."""
    await_holds(session)
    calls = pick(Call.id).where(col(Call.deal_id) == deal_id)
    account = pick(Deal.account_id).where(col(Deal.id) == deal_id)
    covers = or_(
        col(LegalHold.deal_id) == deal_id,
        col(LegalHold.account_id).in_(account),
        col(LegalHold.call_id).in_(calls),
    )
    _refuse(_live(session, covers), f"deal {deal_id}")


def check_account_free(session: Session, account_id: UUID) -> None:
    """Raise Conflict when an account or a deal with it lies under a hold."""
    await_holds(session)
    deals = pick(Deal.id).where(col(Deal.account_id) == account_id)
    covers = or_(col(LegalHold.account_id) == account_id, col(LegalHold.deal_id).in_(deals))
    _refuse(_live(session, covers), f"account {account_id}")


def place_hold(
    session: Session, admin: User, kind: HoldKind, subject_id: UUID, reason: str
) -> LegalHold:
    """Keep all of a call, a deal's calls or an account's from being deleted.

    Whatever deletes now is waited for. Raises Missing, BadInput without a reason, and Conflict
    when there is a hold already.
    """
    why = readable(reason.strip())[:_LONGEST]
    if not why:
        raise BadInput("reason: say why nothing may be deleted")
    if session.get(_TABLES[kind], subject_id) is None:
        raise Missing(f"there is no {kind} {subject_id}")
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if session.get(_TABLES[kind], subject_id, populate_existing=True) is None:
        raise Missing(f"there is no {kind} {subject_id} any more")
    if _live(session, _COLUMNS[kind] == subject_id) is not None:
        raise Conflict(f"{kind} {subject_id} is under a legal hold already")
    hold = LegalHold(reason=why, placed_by_id=admin.id)
    setattr(hold, f"{kind}_id", subject_id)
    session.add(hold)
    session.flush()
    return hold


def lift_hold(session: Session, admin: User, hold_id: UUID) -> LegalHold:
    """Lift a hold; the row stays, for who asks later. Raises Missing, Conflict."""
    hold = session.get(LegalHold, hold_id, with_for_update=True)
    if hold is None:
        raise Missing(f"there is no legal hold {hold_id}")
    if hold.lifted_at is not None:
        raise Conflict(f"legal hold {hold_id} was lifted already")
    hold.lifted_at, hold.lifted_by_id = now(), admin.id
    session.add(hold)
    session.flush()
    return hold


def list_holds(session: Session, limit: int = 500) -> list[HoldRow]:
    """Every hold in force, the last placed first."""
    found = session.execute(
        pick(LegalHold, Call.title, Deal.name, Account.name, User.name)
        .outerjoin(Call, col(LegalHold.call_id) == Call.id)
        .outerjoin(Deal, col(LegalHold.deal_id) == Deal.id)
        .outerjoin(Account, col(LegalHold.account_id) == Account.id)
        .outerjoin(User, col(LegalHold.placed_by_id) == User.id)
        .where(col(LegalHold.lifted_at).is_(None))
        .order_by(col(LegalHold.created_at).desc(), col(LegalHold.id))
        .limit(limit)
    )
    return [
        HoldRow(hold, *_subject(hold), title or deal or account or "", by)
        for hold, title, deal, account, by in found
    ]


_TABLES: dict[HoldKind, type[Call] | type[Deal] | type[Account]] = {
    "call": Call,
    "deal": Deal,
    "account": Account,
}
_COLUMNS: dict[HoldKind, Any] = {
    "call": col(LegalHold.call_id),
    "deal": col(LegalHold.deal_id),
    "account": col(LegalHold.account_id),
}


def _covers() -> ColumnElement[bool]:
    """Which rows of `legal_hold` cover which of `call`."""
    of_deal = select(Deal.account_id).where(Deal.id == Call.deal_id)
    return or_(
        col(LegalHold.call_id) == Call.id,
        col(LegalHold.deal_id) == Call.deal_id,
        col(LegalHold.account_id) == Call.account_id,
        # However deep it stands, it is about the call outside.
        col(LegalHold.account_id) == of_deal.correlate(Call).scalar_subquery(),
    )


def _subject(hold: LegalHold) -> tuple[HoldKind, UUID]:
    kinds: tuple[tuple[HoldKind, UUID | None], ...] = (
        ("call", hold.call_id),
        ("deal", hold.deal_id),
        ("account", hold.account_id),
    )
    return next((kind, one) for kind, one in kinds if one is not None)


def _live(session: Session, covers: ColumnElement[bool]) -> LegalHold | None:
    live = select(LegalHold).where(col(LegalHold.lifted_at).is_(None), covers)
    return session.exec(live.limit(1)).first()


def _refuse(hold: LegalHold | None, what: str) -> None:
    if hold is not None:
        since = f"{hold.created_at:%Y-%m-%d}"
        raise Conflict(
            f"{what} is under a legal hold since {since} ({hold.reason}): nothing of it is "
            "deleted until an admin lifts it"
        )
