"""What is imported around deals, as managers and admins list it: one declaration a kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select

from models.paging import Slice, take
from models.rights import require, visible_accounts, visible_deals, visible_users
from models.tables import (
    Account,
    Activity,
    Deal,
    Figure,
    FxRate,
    Invitation,
    Lead,
    Offer,
    PlannedMeeting,
    Spend,
    Subscription,
    Survey,
    User,
)
from models.tables.columns import Imported

Scope = Callable[[Any, User], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class SalesKind:
    """A kind of rows: its table, the column that says when, and which of them a manager sees."""

    name: str
    table: type[Imported]
    when: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to before `until`; None leaves an end open.

    Both are instants for kinds whose rows have one, days for the others.
    """

    since: date | None = None
    until: date | None = None


def list_rows(
    session: Session,
    user: User,
    kind: SalesKind,
    period: Period,
    *,
    limit: int,
    cursor: str | None = None,
) -> Slice[Any]:
    """The rows of a kind, the latest first; a manager sees what is the team's.

    Raises Forbidden for a rep.
    """
    require(user, "manager")
    table: Any = kind.table
    when = getattr(table, kind.when)
    statement = select(table)
    if user.role != "admin":
        statement = statement.where(kind.scope(table, user))
    if period.since is not None:
        statement = statement.where(when >= period.since)
    if period.until is not None:
        statement = statement.where(when < period.until)
    keys = [(when, lambda one: getattr(one, kind.when)), (table.id, lambda one: one.id)]
    return take(session, statement, keys, limit=limit, cursor=cursor)


def _of_deal(table: Any, user: User) -> ColumnElement[bool]:
    return col(table.deal_id).in_(select(Deal.id).where(visible_deals(user)))


def _of_rep(table: Any, user: User) -> ColumnElement[bool]:
    return col(table.rep_id).in_(select(User.id).where(visible_users(user)))


def _of_rep_or_deal(table: Any, user: User) -> ColumnElement[bool]:
    return or_(_of_rep(table, user), _of_deal(table, user))


def _of_account(table: Any, user: User) -> ColumnElement[bool]:
    return col(table.account_id).in_(select(Account.id).where(visible_accounts(user)))


def _of_account_or_everybody(table: Any, user: User) -> ColumnElement[bool]:
    return or_(col(table.account_id).is_(None), _of_account(table, user))


def _of_everybody(_table: Any, _user: User) -> ColumnElement[bool]:
    return true()


LEADS = SalesKind("leads", Lead, "arrived_at", _of_rep_or_deal)
MEETINGS = SalesKind("meetings", PlannedMeeting, "scheduled_at", _of_rep_or_deal)
INVITATIONS = SalesKind("invitations", Invitation, "sent_at", _of_rep_or_deal)
ACTIVITIES = SalesKind("activities", Activity, "at", _of_rep_or_deal)
OFFERS = SalesKind("offers", Offer, "sent_at", _of_deal)
SURVEYS = SalesKind("surveys", Survey, "at", _of_account)
SUBSCRIPTIONS = SalesKind("subscriptions", Subscription, "started_on", _of_account)
SPEND = SalesKind("spend", Spend, "month", _of_everybody)
FX_RATES = SalesKind("fx_rates", FxRate, "month", _of_everybody)
FIGURES = SalesKind("figures", Figure, "month", _of_account_or_everybody)
