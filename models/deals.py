"""Deals as people list, open, add, change and delete them.

A CRM that is connected owns its deals: what a person changes of one here is kept as theirs, wins
over what the CRM says, and can be cleared. Of a deal that was only imported, the next import says
how it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.crm.overrides import note_overrides, owned_of, owner_of
from models.deal_course import enter_stage
from models.errors import BadInput, Conflict, Forbidden
from models.holds import check_deal_free
from models.paging import Slice, take
from models.rights import find_account, find_deal, may_own, visible_deals
from models.tables import Account, Deal, User
from models.tables.columns import now

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for an instant that is not known, so that such deals come last and are not lost."""
_OPENED = func.coalesce(Deal.opened_at, _LONG_AGO)
_MONEY = {"amount_minor", "cost_minor", "currency"}
_NEEDED = ("name", "kind", "outcome")


@dataclass(frozen=True, slots=True)
class DealFilters:
    """What a list of deals is narrowed to; None leaves it open. Instants are half-open.

    A deal whose opening or closing is not known is in no period.
    """

    rep_id: UUID | None = None
    team_id: UUID | None = None
    account_id: UUID | None = None
    stages: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    opened_since: datetime | None = None
    opened_until: datetime | None = None
    closed_since: datetime | None = None
    closed_until: datetime | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal with the names of whom it is between."""

    deal: Deal
    rep_name: str | None = None
    account_name: str | None = None


def list_deals(
    session: Session, user: User, filters: DealFilters, *, limit: int, cursor: str | None = None
) -> Slice[DealRow]:
    """The deals a user may see, the last opened first; those of unknown opening at the end."""
    statement = _filtered(select(Deal).where(visible_deals(user)), filters)
    keys = [(_OPENED, lambda one: one.opened_at or _LONG_AGO), (Deal.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Slice(name_deals(session, found.items), found.next)


def name_deals(session: Session, deals: Sequence[Deal]) -> list[DealRow]:
    """The deals with the names that belong to them, a query a table."""
    reps = {one.rep_id for one in deals}
    accounts = {one.account_id for one in deals}
    named = select(User.id, User.name).where(col(User.id).in_(reps))
    rep_names: dict[UUID | None, str] = dict(session.exec(named).all())
    called = select(Account.id, Account.name).where(col(Account.id).in_(accounts))
    account_names: dict[UUID | None, str] = dict(session.exec(called).all())
    return [
        DealRow(one, rep_names.get(one.rep_id), account_names.get(one.account_id)) for one in deals
    ]


def add_deal(
    session: Session,
    user: User,
    values: Mapping[str, Any],
    *,
    stage_entered_at: datetime | None = None,
) -> Deal:
    """Add a deal; its rep is who asks when none is named. Raises what `change_deal` does."""
    given = {"rep_id": user.id, **values}
    if given.get("ref") is not None and _by_ref(session, given["ref"]) is not None:
        raise Conflict(f"there already is a deal {given['ref']}")
    _check_links(session, user, None, given)
    deal = Deal(name=given["name"])
    _set(deal, given | {"stage": None})
    _check(deal, given)
    session.add(deal)
    session.flush()
    if given.get("stage") is not None:
        entered_at = stage_entered_at or deal.opened_at
        enter_stage(session, deal, given["stage"], user, entered_at)
    elif stage_entered_at is not None:
        raise BadInput("stage_entered_at: give the stage with it")
    deal.updated_at = now()
    session.flush()
    return deal


def change_deal(
    session: Session,
    user: User,
    deal_id: UUID,
    values: Mapping[str, Any],
    *,
    stage_entered_at: datetime | None = None,
) -> Deal:
    """Change a deal; None takes a value away, and a new stage is noted with its instant.

    Raises Missing for a deal, rep or account the user may not see, Forbidden for a rep they may
    not sell for, BadInput for values that contradict each other.
    """
    deal = find_deal(session, user, deal_id, lock=True)
    _check_links(session, user, deal, values)
    if values.get("account_id", deal.account_id) != deal.account_id:
        check_deal_free(session, deal.id)  # or its calls could be moved from under a hold
    before = owned_of(deal)
    stage = values.get("stage", deal.stage)
    was, is_moved = deal.outcome, stage is not None and stage != deal.stage
    if stage is None and deal.stage is not None:
        raise BadInput("stage: cannot be taken away; give the one the deal is in now")
    if stage_entered_at is not None and not is_moved:
        raise BadInput("stage_entered_at: give the new stage with it")
    _set(deal, {name: value for name, value in values.items() if name != "stage"})
    _check(deal, values, was)
    if is_moved:
        enter_stage(session, deal, str(stage), user, stage_entered_at)
    if owner_of(session, deal) is None:
        deal.updated_at = now()
    else:
        note_overrides(session, user, deal, before)
    session.flush()
    return deal


def delete_deal(session: Session, user: User, deal_id: UUID) -> None:
    """Delete a deal with its history, meetings, offers and activities; its calls stay.

    Raises Missing, and Conflict under a legal hold.
    """
    deal = find_deal(session, user, deal_id, lock=True)
    check_deal_free(session, deal.id)
    session.delete(deal)
    session.flush()


def _check_links(
    session: Session, user: User, deal: Deal | None, values: Mapping[str, Any]
) -> None:
    """Raise unless the user may sell for the rep, and sees the accounts; not of what stays."""
    new = {
        name: values[name]
        for name in ("rep_id", "account_id", "referred_by_id")
        if name in values and (deal is None or values[name] != getattr(deal, name))
    }
    rep_id = new.pop("rep_id", user.id)
    if rep_id is not None:
        may_own(session, user, rep_id)
    elif user.role != "admin":
        raise Forbidden("only an admin may leave a deal to nobody; name a rep")
    for account_id in new.values():
        if account_id is not None:
            find_account(session, user, account_id)


def _set(deal: Deal, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if value is None and name in _NEEDED:
            raise BadInput(f"{name}: cannot be taken away")
        setattr(deal, name, value)


def _check(deal: Deal, values: Mapping[str, Any], was: str | None = None) -> None:
    """Make outcome and closing agree, or raise BadInput; see that what was given can be meant."""
    has_amount = (deal.amount_minor, deal.cost_minor) != (None, None)
    if _MONEY & values.keys() and has_amount and deal.currency is None:
        raise BadInput("currency: give the currency of the amounts, such as EUR")
    if deal.outcome == "open":
        if values.get("closed_at") is not None:
            raise BadInput("closed_at: an open deal has none; give the outcome, won or lost")
        deal.closed_at = None
    elif "closed_at" in values:
        if deal.closed_at is None:
            raise BadInput(f"closed_at: a deal that is {deal.outcome} was closed at some time")
    elif deal.outcome != was:
        deal.closed_at = now()
    if {"opened_at", "closed_at", "outcome"} & values.keys() and _is_turned(deal):
        raise BadInput("closed_at: comes before opened_at; change one of them")


def _is_turned(deal: Deal) -> bool:
    opened_at, closed_at = deal.opened_at, deal.closed_at
    return opened_at is not None and closed_at is not None and closed_at < opened_at


def _by_ref(session: Session, ref: str) -> Deal | None:
    statement = select(Deal).where(Deal.ref == ref, col(Deal.origin) == "talktrack")
    return session.exec(statement).one_or_none()


def _filtered(statement: SelectOfScalar[Deal], filters: DealFilters) -> SelectOfScalar[Deal]:
    conditions = [
        (filters.rep_id, col(Deal.rep_id).__eq__),
        (filters.account_id, col(Deal.account_id).__eq__),
        (filters.stages or None, col(Deal.stage).in_),
        (filters.outcomes or None, col(Deal.outcome).in_),
        (filters.opened_since, col(Deal.opened_at).__ge__),
        (filters.opened_until, col(Deal.opened_at).__lt__),
        (filters.closed_since, col(Deal.closed_at).__ge__),
        (filters.closed_until, col(Deal.closed_at).__lt__),
    ]
    for value, condition in conditions:
        if value is not None:
            statement = statement.where(condition(value))
    if filters.team_id is not None:
        members = select(User.id).where(User.team_id == filters.team_id)
        statement = statement.where(col(Deal.rep_id).in_(members))
    if filters.name:
        statement = statement.where(func.strpos(func.lower(Deal.name), filters.name.lower()) > 0)
    return statement
