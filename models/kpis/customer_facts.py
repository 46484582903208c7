"""Facts of customers and of money spent: who is one, what they pay and say, what it all cost."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, any_, case, cast, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.kpis.fact import (
    SPAN,
    THERE_FROM,
    THERE_NUMBER,
    THERE_TO,
    At,
    Expression,
    Fact,
    Lasting,
    On,
    key_of,
)
from models.kpis.terms import DEFAULT_ZONE, joins_of
from models.rights import visible_accounts
from models.tables import Account, Deal, Figure, Spend, Subscription, Survey, Team, User

ACCOUNT: Any = aliased(Account, name="its_account")


def _seen(account_id: Any, user: User) -> Any:
    """Those of accounts that a user may see."""
    return account_id.in_(select(col(Account.id)).where(visible_accounts(user)).correlate(None))


def _accounts(name: str, when: Lasting) -> Fact:
    return Fact(
        name=name,
        table=Account,
        when=when,
        by={"region": col(Account.region)},
        visible=lambda user: _seen(col(Account.id), user),
        joins=((_BUYERS, _BUYERS.c.account_id == col(Account.id)),),
        title=col(Account.name),
        links={**key_of(Account), "account_id": col(Account.id)},
    )


_deal: Any = aliased(Deal, name="later_deal")
_seller: Any = aliased(User, name="seller")
_sellers: Any = aliased(Team, name="team_of_seller")
_day = cast(func.timezone(func.coalesce(_sellers.time_zone, DEFAULT_ZONE), _deal.ended_at), Date)
_sales = (
    select(
        _deal.account_id.label("account_id"),
        _day.label("day"),
        _deal.kind.in_(("upsell", "cross_sell")).label("is_more"),
    )
    .select_from(_deal)
    .outerjoin(_seller, _seller.id == _deal.rep_id)
    .outerjoin(_sellers, _sellers.id == _seller.team_id)
    .where(
        _deal.outcome == "won",
        _deal.ended_at >= select(func.min(SPAN.c.start_on)).scalar_subquery() - 1,
    )
    .offset(0)  # the day of each is found out once
    .subquery("sales")
)
_BUYERS = (
    select(
        _sales.c.account_id,
        func.array_agg(SPAN.c.number).label("bought"),
        func.array_agg(SPAN.c.number).filter(_sales.c.is_more).label("bought_more"),
    )
    .join(SPAN, and_(SPAN.c.start_on <= _sales.c.day, SPAN.c.end_on > _sales.c.day))
    .group_by(_sales.c.account_id)
    .subquery("buyers")
)
"""Accounts that were sold something, with the numbers of the spans in which they were."""
_since, _until = col(Account.became_customer_on), col(Account.churned_on)
CUSTOMERS_AT_START = _accounts("customers_at_start", Lasting(_since, _until, at_start=True))
CUSTOMERS_AT_END = _accounts("customers_at_end", Lasting(_since, _until))
CUSTOMERS_EVER = _accounts("customers_ever", Lasting(_since))
YEARS_AS_CUSTOMERS = CUSTOMERS_EVER.valued((func.least(_until, THERE_TO) - _since) / 365.25)
CUSTOMERS_LOST_EVER = _accounts("customers_lost", Lasting(_until)).only(_since < _until)
LEFT = func.coalesce(col(Account.churned_on) < THERE_TO, False)

BOUGHT_AGAIN = func.coalesce(any_(_BUYERS.c.bought) == THERE_NUMBER, False)
BOUGHT_MORE = func.coalesce(any_(_BUYERS.c.bought_more) == THERE_NUMBER, False)


def _subscriptions(name: str, *, at_start: bool) -> Fact:
    return Fact(
        name=name,
        table=Subscription,
        when=Lasting(col(Subscription.started_on), col(Subscription.ended_on), at_start=at_start),
        by={"region": ACCOUNT.region},
        visible=lambda user: _seen(col(Subscription.account_id), user),
        joins=((ACCOUNT, ACCOUNT.id == col(Subscription.account_id)),),
        value=col(Subscription.mrr_minor),
        currency=col(Subscription.currency),
        title=ACCOUNT.name,
        links={**key_of(Subscription), "account_id": col(Subscription.account_id)},
    )


def _here(start: Any, end: Any, day: Any) -> Expression:
    """Whether something that started and perhaps ended is there at the beginning of a day."""
    return and_(start < day, or_(end.is_(None), end >= day))


RECURRING = _subscriptions("subscriptions", at_start=False)
RECURRING_AT_START = _subscriptions("subscriptions_at_start", at_start=True)
_paid_until = func.max(func.coalesce(Subscription.ended_on, date.max)).over(
    partition_by=col(Subscription.account_id),
    order_by=(col(Subscription.started_on), col(Subscription.id)),
    rows=(None, -1),
)
_paying = select(
    col(Subscription.account_id).label("account_id"),
    func.greatest(Subscription.started_on, _paid_until).label("started_on"),
    col(Subscription.ended_on).label("ended_on"),
).subquery("paying")
"""What accounts pay for, each row without what an earlier one covers: an account is there once."""
PAYING_ACCOUNTS = Fact(
    name="paying_accounts",
    table=_paying,
    when=Lasting(_paying.c.started_on, _paying.c.ended_on),
    by={"region": ACCOUNT.region},
    visible=lambda user: _seen(_paying.c.account_id, user),
    joins=((ACCOUNT, ACCOUNT.id == _paying.c.account_id),),
    title=ACCOUNT.name,
    links={"id": _paying.c.account_id, "account_id": _paying.c.account_id},
)
PAYING_CUSTOMERS = replace(
    PAYING_ACCOUNTS.only(ACCOUNT.became_customer_on.is_not(None)),
    name="paying_customers",
    when=Lasting(  # while the account pays and is a customer, both
        func.greatest(_paying.c.started_on, ACCOUNT.became_customer_on),
        func.least(_paying.c.ended_on, ACCOUNT.churned_on),
    ),
)
_other: Any = aliased(Subscription, name="other_subscription")
_first_at_start = ~(
    select(_other.id)
    .where(
        _other.account_id == Subscription.account_id,
        _other.id < Subscription.id,
        _here(_other.started_on, _other.ended_on, THERE_FROM),
    )
    .exists()
)


def _paid(day: Any) -> Expression:
    """What an account pays on the eve of a day, in the currency it pays in."""
    found = select(func.sum(_other.mrr_minor)).where(
        _other.account_id == Subscription.account_id,
        _here(_other.started_on, _other.ended_on, day),
    )
    return func.coalesce(found.scalar_subquery(), 0)


RECURRING_LOST = RECURRING_AT_START.only(_first_at_start, name="recurring_lost").valued(
    func.greatest(_paid(THERE_FROM) - _paid(THERE_TO), 0), col(Subscription.currency)
)

SURVEYS = Fact(
    name="surveys",
    table=Survey,
    when=At(col(Survey.at)),
    by={"region": ACCOUNT.region},
    visible=lambda user: _seen(col(Survey.account_id), user),
    joins=((ACCOUNT, ACCOUNT.id == col(Survey.account_id)),),
    value=col(Survey.score),
    title=ACCOUNT.name,
    links={**key_of(Survey), "account_id": col(Survey.account_id)},
)
CSAT = SURVEYS.only(col(Survey.kind) == "csat", name="csat_answers")
NPS = SURVEYS.only(col(Survey.kind) == "nps", name="nps_answers").valued(
    case((col(Survey.score) >= 9, 100.0), (col(Survey.score) <= 6, -100.0), else_=0.0)
)

SPENT = Fact(
    name="spend",
    table=Spend,
    when=On(col(Spend.month), is_month=True),
    by={"channel": col(Spend.channel)},
    value=col(Spend.amount_minor),
    currency=col(Spend.currency),
    title=func.coalesce(Spend.campaign, Spend.kind),
    links=key_of(Spend),
    only_with=frozenset({"channel"}),
)
MARKETING = SPENT.only(col(Spend.kind) == "marketing", name="marketing_spend")


def _seen_figures(user: User) -> Expression:
    """Those of no account, and of accounts that a user may see."""
    return or_(col(Figure.account_id).is_(None), _seen(col(Figure.account_id), user))


def figures(*kinds: str) -> Fact:
    """What was told of months from elsewhere."""
    is_cost = "cost" in kinds[0]
    return Fact(
        name="_and_".join(kinds),
        table=Figure,
        when=On(col(Figure.month), is_month=True),
        where=(col(Figure.kind).in_(kinds),),
        by={"region": col(Figure.region), "channel": col(Figure.channel)},
        visible=_seen_figures,
        value=col(Figure.amount_minor) if is_cost else col(Figure.value),
        currency=col(Figure.currency) if is_cost else None,
        title=col(Figure.kind),
        links={**key_of(Figure), "account_id": col(Figure.account_id)},
    )


_later: Any = aliased(Figure, name="later_figure")
LOYAL_AT_END = replace(figures("loyalty_members"), when=Lasting(col(Figure.month))).only(
    col(Figure.month) >= THERE_FROM,
    ~select(_later.id)
    .where(
        _later.kind == Figure.kind,
        _later.month > Figure.month,
        _later.month < THERE_TO,
    )
    .exists(),
)
"""Members of the loyalty programme in the last month they were told of."""

REPS = Fact(
    name="reps",
    table=User,
    when=Lasting(func.coalesce(User.hired_on, date.min)),
    rep=col(User.id),
    where=(col(User.role) == "rep", col(User.is_active)),
    by={"rep": col(User.id), "team": col(User.team_id)},
    joins=joins_of(col(User.id)),
    title=col(User.name),
    links=key_of(User),
)
