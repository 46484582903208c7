"""Where deals stand: what a list shows of each, and the orders it can be in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    and_,
    case,
    cast,
    func,
    literal,
    null,
)
from sqlmodel import Session, col, select

from models.coaching.scope import counts_for
from models.currencies import EURO, decimals_of
from models.deal_steps import DealStep, next_steps_of
from models.deals import DealRow, name_deals
from models.kpis.exchange import read_rates
from models.paging import Slice, take
from models.rights import heard_by, visible_deals
from models.risks import Looking, Risk, RiskKind, flagged_deals, risks_among
from models.selecting import pick
from models.tables import Activity, Call, Deal, Invitation, Offer, PlannedMeeting, User

Order = Literal["contact", "quiet", "amount", "closed", "opened"]
"""Last contact first, longest without contact first, largest, last closed, last opened."""
ORDERS: tuple[Order, ...] = get_args(Order)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StandingFilters:
    """What a list is narrowed to; None leaves it open. `risk`: open deals that show it."""

    outcome: str | None = None
    rep_id: UUID | None = None
    team_id: UUID | None = None
    account_id: UUID | None = None
    stage: str | None = None
    name: str | None = None
    risk: RiskKind | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A deal with its risks, what is to come next, and how many of its calls one may hear.

    `last_contact_at` is the last call, activity, meeting held, offer, invitation or answer to one.
    """

    row: DealRow
    risks: tuple[Risk, ...]
    last_contact_at: datetime | None
    next_step: DealStep | None
    calls: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Deals of one currency together; None is of those without an amount."""

    currency: str | None
    deals: int
    amount_minor: int | None


def list_standing(
    session: Session,
    looking: Looking,
    filters: StandingFilters,
    order: Order = "contact",
    *,
    limit: int,
    cursor: str | None = None,
) -> Slice[Standing]:
    """The deals the viewer may see, in an order; what is not known comes last."""
    contact = last_contact(looking).label("contact")
    statement: Any = pick(Deal, contact).where(*_conditions(looking, filters))
    key = _key(session, order, contact, looking.now)
    found: Slice[Any] = take(
        session,
        statement.add_columns(key.label("place")),
        [(key, lambda one: one.place), (Deal.id, lambda one: one.Deal.id)],
        limit=limit,
        cursor=cursor,
        descending=order != "quiet",
    )
    return Slice(_standings(session, looking, found.items), found.next)


def sums_of(session: Session, looking: Looking, filters: StandingFilters) -> tuple[Sum, ...]:
    """How many deals there are, and their amounts a currency: sums of several mean nothing."""
    has_amount = and_(col(Deal.amount_minor).is_not(None), col(Deal.currency).is_not(None))
    currency = case((has_amount, Deal.currency), else_=null())
    amount = func.sum(case((has_amount, Deal.amount_minor), else_=null()))
    counted = pick(currency, func.count(), cast(amount, BigInteger))
    rows = session.execute(
        counted.where(*_conditions(looking, filters)).group_by(currency).order_by(amount.desc())
    )
    return tuple(Sum(*row) for row in rows)


def stages_of(session: Session, viewer: User, outcome: str | None = None) -> Sequence[str]:
    """The stages that deals are in now, those of most deals first."""
    named = pick(Deal.stage).where(visible_deals(viewer), col(Deal.stage).is_not(None))
    if outcome is not None:
        named = named.where(col(Deal.outcome) == outcome)
    order = (func.count().desc(), col(Deal.stage))
    return session.scalars(named.group_by(Deal.stage).order_by(*order).limit(100)).all()


def last_contact(looking: Looking) -> ColumnElement[datetime]:
    """When we or the buyer last did anything on a deal, of rows of `deal`."""
    now = looking.now
    parts = [
        _latest(Call, Call.started_at, now).where(
            col(Call.state) != "empty", counts_for(Call, looking.viewer)
        ),
        _latest(Activity, Activity.at, now),
        _latest(PlannedMeeting, PlannedMeeting.scheduled_at, now).where(
            col(PlannedMeeting.was_held).is_(True)
        ),
        _latest(Offer, Offer.sent_at, now),
        _latest(Invitation, Invitation.sent_at, now),
        _latest(Invitation, Invitation.responded_at, now),
    ]
    return func.greatest(
        *(one.correlate(Deal).scalar_subquery() for one in parts), type_=DateTime(True)
    )


def _latest(table: Any, at: Any, now: datetime) -> Any:
    # Compared where it is taken: as a condition it would lead through all that ever happened.
    return pick(func.max(at).filter(at <= now)).where(col(table.deal_id) == Deal.id)


def _key(session: Session, order: Order, contact: Any, now: datetime) -> ColumnElement[Any]:
    """What rows are ordered by, never null."""
    makers: dict[Order, Callable[[], Any]] = {
        "contact": lambda: func.coalesce(contact.element, _LONG_AGO, type_=DateTime(True)),
        "quiet": lambda: func.coalesce(contact.element, now, type_=DateTime(True)),
        "amount": lambda: _in_euros(session, now),
        "closed": lambda: func.coalesce(Deal.ended_at, _LONG_AGO, type_=DateTime(True)),
        "opened": lambda: func.coalesce(Deal.opened_at, _LONG_AGO, type_=DateTime(True)),
    }
    made: ColumnElement[Any] = makers[order]()
    return made


def _in_euros(session: Session, now: datetime) -> ColumnElement[int]:
    """The amount in hundredths of a euro by today's rates; -1 where it cannot be told."""
    rates, today = read_rates(session), now.date()
    worth = []
    for currency in {EURO, *rates.by_currency}:
        factor = rates.factor(currency, EURO, today)
        if factor is not None:
            scaled = factor * 10.0 ** (2 - decimals_of(currency))
            worth.append((col(Deal.currency) == currency, Deal.amount_minor * literal(scaled)))
    return func.coalesce(cast(func.round(case(*worth)), BigInteger), -1, type_=BigInteger)


def _conditions(looking: Looking, filters: StandingFilters) -> list[Any]:
    plain = _plain(looking.viewer, filters)
    if filters.risk is None:
        return plain
    is_open = col(Deal.outcome) == "open"
    ids = select(Deal.id).where(*plain, is_open)
    return [*plain, is_open, col(Deal.id).in_(flagged_deals(looking, ids, (filters.risk,)))]


def _plain(viewer: User, filters: StandingFilters) -> list[Any]:
    equal = (
        (Deal.outcome, filters.outcome),
        (Deal.rep_id, filters.rep_id),
        (Deal.account_id, filters.account_id),
        (Deal.stage, filters.stage),
    )
    conditions: list[Any] = [visible_deals(viewer)]
    conditions += [col(column) == value for column, value in equal if value is not None]
    if filters.team_id is not None:
        members = select(User.id).where(User.team_id == filters.team_id)
        conditions.append(col(Deal.rep_id).in_(members))
    if filters.name:
        conditions.append(func.strpos(func.lower(Deal.name), filters.name.lower()) > 0)
    return conditions


def _standings(session: Session, looking: Looking, rows: Sequence[Any]) -> list[Standing]:
    ids = [one.Deal.id for one in rows]
    risks = risks_among(session, looking, ids)
    steps, calls = next_steps_of(session, looking, ids), _calls(session, looking, ids)
    named = name_deals(session, [one.Deal for one in rows])
    return [
        Standing(row, risks.get(key, ()), one.contact, steps.get(key), calls.get(key, 0))
        for key, row, one in zip(ids, named, rows, strict=True)
    ]


def _calls(session: Session, looking: Looking, ids: Sequence[UUID]) -> dict[UUID, int]:
    heard = heard_by(looking.viewer, looking.now)
    counted = pick(Call.deal_id, func.count()).where(col(Call.deal_id).in_(ids), heard)
    rows = session.execute(counted.group_by(col(Call.deal_id)))
    return {key: count for key, count in rows if key is not None}
