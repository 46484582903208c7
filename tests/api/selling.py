"""Some deals, leads and invitations of two teams, all closed and done in 2025."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import session_scope
from models.tables import FxRate, User
from tests.api.conftest import People
from tests.kpis.selling import deals, invitations, leads, spent, target

JULY = datetime(2025, 7, 10, 9, tzinfo=UTC)
CENTS = 100


def sell(engine: Engine, people: People) -> None:
    """Rita wins two of three and Paul one of two in July, Sam one of one in August."""
    month = JULY.date().replace(day=1)
    with session_scope(engine) as session:
        for amount, outcome in ((1000, "won"), (3000, "won"), (500, "lost")):
            _deal(session, people.rep, amount, outcome, region="France", channel="event")
        for amount, outcome in ((2000, "won"), (700, "lost")):
            _deal(session, people.peer, amount, outcome, channel="ads")
        august = JULY + timedelta(days=31)
        _deal(session, people.stranger, 8000, "won", august, region="Ohio", currency="USD")
        _deal(session, people.rep, 1000, "won", JULY - timedelta(days=30))
        for response, count in (("accepted", 2), ("declined", 1), (None, 1)):
            invitations(session, count, response, rep_id=people.rep.id, sent_at=JULY)
        for channel, count in (("ads", 2), ("event", 1)):
            leads(session, count, rep_id=people.peer.id, arrived_at=JULY, channel=channel)
        spent(session, 600, "marketing", month=month)
        session.add(FxRate(month=date(2025, 1, 1), currency="USD", eur_per_unit=0.5))
        target(session, 5000, rep_id=people.rep.id, month=month)


def _deal(
    session: Session, rep: User, amount: int, outcome: str, at: datetime = JULY, **values: Any
) -> None:
    named = {"name": f"{rep.name}'s for {amount}", "rep_id": rep.id, "amount_minor": amount * CENTS}
    known = {"outcome": outcome, "opened_at": at - timedelta(days=20), "closed_at": at}
    deals(session, 1, **named, **known, **values)
