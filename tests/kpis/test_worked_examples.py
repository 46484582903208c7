"""The worked examples of the articles, each with exactly its numbers, from rows of a database."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from analyzer.statistics import Interval
from models.tables import User
from tests.kpis.selling import (
    NOON,
    ask,
    customers,
    deals,
    invitations,
    leads,
    one,
    pays,
    quotes,
    spent,
    surveyed,
    target,
)

FEBRUARY = datetime(2026, 2, 10, 12, tzinfo=UTC)


@pytest.fixture
def boss(session: Session) -> User:
    user = User(email="boss@beacon.example", name="Boss", role="admin")
    session.add(user)
    session.flush()
    return user


def _close_ratio(session: Session) -> None:
    for won in deals(session, 25):
        leads(session, 1, deal_id=won.id)
    leads(session, 75)


def _quote_to_close(session: Session) -> None:
    quotes(session, deals(session, 5))
    quotes(session, deals(session, 25, outcome="lost"))


def _churn(session: Session) -> None:
    customers(session, 10, churned_on=date(2026, 3, 20))
    customers(session, 190)


def _of_leads(session: Session, part: int, whole: int, **at: datetime) -> None:
    (account,) = customers(session, 1)
    leads(session, part, account_id=account.id, **at)
    leads(session, whole - part, **at)


def _win_rate(session: Session) -> None:
    deals(session, 15)
    deals(session, 10, outcome="lost")
    deals(session, 7, outcome="open", closed_at=None)


def _follow_up(session: Session) -> None:
    leads(session, 80, followed_up_at=datetime(2026, 3, 16, tzinfo=UTC))
    leads(session, 20)


def _acceptance(session: Session) -> None:
    invitations(session, 25, "accepted")
    invitations(session, 15, "declined")
    invitations(session, 10, None)


def _responses(session: Session) -> None:
    leads(session, 30, response="positive")
    leads(session, 20, response="negative")
    leads(session, 12, response="none")


def _retention(session: Session) -> None:
    customers(session, 10, churned_on=date(2026, 3, 31))
    customers(session, 90)


SHARES: dict[str, tuple[Callable[[Session], None], float, tuple[float, float]]] = {
    "close_ratio": (_close_ratio, 0.25, (17.5, 34.3)),
    "quote_to_close": (_quote_to_close, 5 / 30, (7.3, 33.6)),
    "churn": (_churn, 0.05, (2.7, 9.0)),
    "sql_to_customer": (lambda s: _of_leads(s, 10, 50, sql_at=NOON), 0.20, (11.2, 33.0)),
    "win_rate": (_win_rate, 0.60, (40.7, 76.6)),
    "lead_follow_up": (_follow_up, 0.80, (71.1, 86.7)),
    "meeting_acceptance": (_acceptance, 0.50, (36.6, 63.4)),
    "positive_responses": (_responses, 0.60, (46.2, 72.4)),
    "mql_to_customer": (lambda s: _of_leads(s, 20, 200, mql_at=NOON), 0.10, (6.6, 14.9)),
    "retention": (_retention, 0.90, (82.6, 94.5)),
}


@pytest.mark.parametrize("slug", SHARES)
def test_a_share_of_the_articles_has_its_interval(session: Session, boss: User, slug: str) -> None:
    sell, value, (low, high) = SHARES[slug]
    sell(session)
    measured = one(session, boss, slug).measured
    assert measured.value == pytest.approx(value)
    assert measured.interval is not None
    assert round(measured.interval.low * 100, 1) == low
    assert round(measured.interval.high * 100, 1) == high


@pytest.mark.parametrize("slug", ["sales_growth", "monthly_sales_growth"])
def test_sales_grow_from_50_000_to_55_000_by_10_percent(
    session: Session, boss: User, slug: str
) -> None:
    deals(session, 5, closed_at=FEBRUARY, amount_minor=1_000_000)
    deals(session, 11, amount_minor=500_000)
    measured = one(session, boss, slug).measured
    assert measured.value == pytest.approx(0.10)
    assert isinstance(measured.interval, Interval)
    assert measured.interval.low < 0.10 < measured.interval.high


def test_10_000_for_100_new_customers_is_100_each(session: Session, boss: User) -> None:
    spent(session, 6_000, "marketing", channel="event")
    spent(session, 4_000, "sales")
    deals(session, 100)
    deals(session, 3, kind="upsell")
    assert one(session, boss, "cac").measured.value == pytest.approx(100)


def test_5_000_for_200_leads_is_25_each(session: Session, boss: User) -> None:
    spent(session, 5_000, "marketing", channel="event")
    spent(session, 900, "sales")
    leads(session, 200)
    assert one(session, boss, "cost_per_lead").measured.value == pytest.approx(25)


def test_50_000_from_100_accounts_is_500_each(session: Session, boss: User) -> None:
    for account in customers(session, 100):
        pays(session, account, 500)
    deals(session, 10, amount_minor=500_000)
    assert one(session, boss, "arpa").measured.value == pytest.approx(500)
    assert one(session, boss, "arpa", variant="revenue").measured.value == pytest.approx(500)
    assert one(session, boss, "mrr").measured.value == pytest.approx(50_000)
    assert one(session, boss, "arr").measured.value == pytest.approx(600_000)


def test_1_000_that_cost_700_leave_30_percent(session: Session, boss: User) -> None:
    deals(session, 1, amount_minor=100_000, cost_minor=70_000)
    for slug in ("profit_margin", "gross_margin"):
        assert one(session, boss, slug).measured.value == pytest.approx(0.30)


def test_500_a_year_for_three_years_is_1_500(session: Session, boss: User) -> None:
    """Of two customers who stayed one and a half years each, one was lost in March."""
    start, end = date(2024, 9, 30), date(2026, 3, 31)
    (left,) = customers(session, 1, became_customer_on=start, churned_on=end)
    (stayed,) = customers(session, 1, became_customer_on=date(2024, 10, 1))
    pays(session, left, 500 / 12, ended_on=end)
    pays(session, stayed, 500 / 12)
    years = one(session, boss, "customer_lifetime_years").measured.value
    assert years == pytest.approx(3, abs=0.01)
    value = one(session, boss, "clv").measured.value
    assert value == pytest.approx(1500, rel=0.005)


def test_60_percent_promoters_less_10_percent_detractors_is_50(
    session: Session, boss: User
) -> None:
    surveyed(session, 6, "nps", 9)
    surveyed(session, 3, "nps", 8)
    surveyed(session, 1, "nps", 6)
    measured = one(session, boss, "nps").measured
    assert measured.value == pytest.approx(50)
    assert measured.n == 10


def test_80_000_of_a_target_of_100_000_is_80_percent(session: Session, boss: User) -> None:
    target(session, 100_000, rep_id=boss.id)
    deals(session, 8, amount_minor=1_000_000, rep_id=boss.id)
    assert one(session, boss, "target_attainment").measured.value == pytest.approx(0.80)
    reached = ask(session, boss, "sales_revenue", by=("rep",))[boss.id].reached
    assert reached is not None
    assert (reached.target, reached.share) == (100_000, pytest.approx(0.80))
