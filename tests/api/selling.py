"""Some deals, leads and invitations of two teams, all closed and done in 2025."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import session_scope
from models.tables import Deal, FxRate, Invitation, Lead, Spend, Target, User
from tests.api.conftest import People

JULY = datetime(2025, 7, 10, 9, tzinfo=UTC)
CENTS = 100


def sell(engine: Engine, people: People) -> None:
    """Rita wins two of three and Paul one of two in July, Sam one of one in August."""
    with session_scope(engine) as session:
        for amount, outcome in ((1000, "won"), (3000, "won"), (500, "lost")):
            _deal(session, people.rep, amount, outcome, region="France", channel="event")
        for amount, outcome in ((2000, "won"), (700, "lost")):
            _deal(session, people.peer, amount, outcome, channel="ads")
        august = JULY + timedelta(days=31)
        _deal(session, people.stranger, 8000, "won", at=august, region="Ohio", currency="USD")
        _deal(session, people.rep, 1000, "won", at=JULY - timedelta(days=30))
        for response in ("accepted", "accepted", "declined", None):
            session.add(Invitation(rep_id=people.rep.id, sent_at=JULY, response=response))
        for channel in ("ads", "ads", "event"):
            session.add(Lead(rep_id=people.peer.id, arrived_at=JULY, channel=channel))
        month = JULY.date().replace(day=1)
        session.add(Spend(month=month, kind="marketing", amount_minor=600 * CENTS, currency="EUR"))
        session.add(FxRate(month=date(2025, 1, 1), currency="USD", eur_per_unit=0.5))
        session.add(
            Target(rep_id=people.rep.id, month=month, amount_minor=5000 * CENTS, currency="EUR")
        )


def _deal(
    session: Session,
    rep: User,
    amount: int,
    outcome: str,
    *,
    at: datetime = JULY,
    region: str | None = None,
    channel: str | None = None,
    currency: str = "EUR",
) -> None:
    session.add(
        Deal(
            name=f"{rep.name}'s for {amount}",
            rep_id=rep.id,
            amount_minor=amount * CENTS,
            currency=currency,
            outcome=outcome,
            opened_at=at - timedelta(days=20),
            closed_at=at,
            region=region,
            channel=channel,
        )
    )
