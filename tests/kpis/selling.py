"""Rows of sales, made with as few words as a test needs."""

from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session, SQLModel

from models.kpis import Line, Period, Question, Rules, answer, find_kpi
from models.tables import (
    Account,
    Deal,
    Figure,
    Invitation,
    Lead,
    Offer,
    Spend,
    Subscription,
    Survey,
    Target,
    User,
)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1), "month")


def many(session: Session, row: type[SQLModel], count: int, **values: Any) -> list[Any]:
    """So many rows that are alike."""
    rows = [row(**values) for _one in range(count)]
    session.add_all(rows)
    session.flush()
    return rows


def deals(session: Session, count: int, **values: Any) -> list[Deal]:
    """Deals, won at noon of a day in March unless told otherwise, for 100 euros each."""
    usual = {"name": "Deal", "outcome": "won", "closed_at": NOON, "amount_minor": 10_000}
    return many(session, Deal, count, **(usual | {"currency": "EUR"} | values))


def leads(session: Session, count: int, **values: Any) -> list[Lead]:
    """Leads that came at noon of a day in March."""
    return many(session, Lead, count, **({"arrived_at": NOON} | values))


def customers(session: Session, count: int, **values: Any) -> list[Account]:
    """Customers since long before March."""
    usual = {"name": "Acme", "became_customer_on": date(2024, 1, 1)}
    return many(session, Account, count, **(usual | values))


def invitations(session: Session, count: int, response: str | None, **values: Any) -> None:
    """People asked to a meeting at noon of a day in March."""
    many(session, Invitation, count, **({"sent_at": NOON, "response": response} | values))


def quotes(session: Session, of: list[Deal]) -> None:
    """A quote for each deal."""
    for deal in of:
        many(session, Offer, 1, deal_id=deal.id, kind="quote", sent_at=NOON)


def spent(session: Session, euros: int, kind: str, **values: Any) -> None:
    """What March cost."""
    usual = {"month": date(2026, 3, 1), "amount_minor": euros * 100, "currency": "EUR"}
    many(session, Spend, 1, **(usual | {"kind": kind} | values))


def told(session: Session, kind: str, value: float, **values: Any) -> None:
    """A figure of March from elsewhere."""
    many(session, Figure, 1, **({"month": date(2026, 3, 1), "kind": kind, "value": value} | values))


def pays(session: Session, account: Account, euros: float, **values: Any) -> None:
    """What an account pays a month since long."""
    usual = {"change": "new", "started_on": date(2024, 1, 1), "currency": "EUR"}
    many(
        session,
        Subscription,
        1,
        **(usual | {"account_id": account.id, "mrr_minor": round(euros * 100)} | values),
    )


def surveyed(session: Session, count: int, kind: str, score: int) -> None:
    """Answers of customers in March."""
    many(session, Survey, count, kind=kind, score=score, at=NOON)


def target(session: Session, euros: float | None, **values: Any) -> None:
    """What is to be reached in March."""
    minor = None if euros is None else round(euros * 100)
    usual = {"month": date(2026, 3, 1), "amount_minor": minor, "currency": "EUR"}
    many(session, Target, 1, **(usual | values))


def ask(
    session: Session, user: User, slug: str, period: Period = MARCH, **asked: Any
) -> dict[Any, Line]:
    """The lines of an answer by the id of their group, or by None."""
    rules, now = asked.pop("rules", Rules()), asked.pop("now", NOW)
    question = Question(find_kpi(session, slug), period, **asked)
    found = answer(session, user, question, rules, now=now)
    return {line.groups[0].id if line.groups else None: line for line in found.lines}


def one(session: Session, user: User, slug: str, period: Period = MARCH, **asked: Any) -> Line:
    """The one line of an answer."""
    return ask(session, user, slug, period, **asked)[None]
