"""The database keeps when a lead was first dealt with, and whether it came before."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Activity, Deal, Lead

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)


def _lead(session: Session, hours: float = 0, email: str | None = None) -> Lead:
    lead = Lead(arrived_at=DAY + timedelta(hours=hours), email=email)
    session.add(lead)
    session.flush()
    return lead


def _done(session: Session, lead: Lead, kind: str, hours: float, **more: bool) -> Activity:
    at = DAY + timedelta(hours=hours)
    activity = Activity(lead_id=lead.id, kind=kind, at=at, **more)
    session.add(activity)
    session.flush()
    return activity


def _kept(session: Session, lead: Lead) -> tuple[float | None, ...]:
    """Hours after the day: the first of all, the first follow-up, the first on LinkedIn."""
    session.refresh(lead)
    found = (lead.first_activity_at, lead.first_follow_up_at, lead.first_linkedin_at)
    return tuple(None if at is None else (at - DAY).total_seconds() / 3600 for at in found)


def _repeats(session: Session) -> list[bool]:
    session.expire_all()
    order = select(Lead).order_by(col(Lead.arrived_at), col(Lead.id))
    return [one.is_repeat for one in session.exec(order)]


def test_the_first_of_each_kind_after_it_came_is_kept(session: Session) -> None:
    lead, other = _lead(session, 1), _lead(session, 1)
    assert _kept(session, lead) == (None, None, None)
    _done(session, lead, "email", 0.5)  # before it came
    _done(session, lead, "linkedin", 0.5)
    _done(session, lead, "call", 2, is_whole_day=True)
    _done(session, lead, "follow_up", 4)
    _done(session, lead, "email", 3)
    assert _kept(session, lead) == (3, 4, 0.5)
    assert _kept(session, other) == (None, None, None)


def test_what_changes_or_goes_is_seen(session: Session) -> None:
    lead, other = _lead(session), _lead(session)
    activity = _done(session, lead, "follow_up", 4)
    activity.at = DAY + timedelta(hours=2)
    session.flush()
    assert _kept(session, lead) == (2, 2, None)
    activity.lead_id = other.id
    session.flush()
    assert (_kept(session, lead), _kept(session, other)) == ((None,) * 3, (2, 2, None))
    other.arrived_at = DAY + timedelta(hours=3)
    session.flush()
    assert _kept(session, other) == (None, None, None)
    other.arrived_at = DAY
    session.flush()
    session.execute(text("DELETE FROM activity"))
    assert _kept(session, other) == (None, None, None)


def test_what_goes_with_its_deal_is_seen(session: Session) -> None:
    lead, deal = _lead(session), Deal(name="Deal")
    session.add(deal)
    session.flush()
    _done(session, lead, "call", 1).deal_id = deal.id
    _done(session, lead, "call", 2)
    assert _kept(session, lead) == (1, None, None)
    session.execute(text("DELETE FROM deal"))
    assert _kept(session, lead) == (2, None, None)


def test_the_first_lead_of_an_address_is_no_repeat(session: Session) -> None:
    _lead(session, 2, " Anne@Beacon.example")
    _lead(session, 1, "anne@beacon.example ")
    for hours, email in ((3, "  "), (4, "  "), (5, None), (6, "paul@beacon.example")):
        _lead(session, hours, email)
    assert _repeats(session) == [False, True, False, False, False, False]
    session.execute(text("UPDATE lead SET email = 'ANNE@beacon.example' WHERE email LIKE 'paul%'"))
    assert _repeats(session) == [False, True, False, False, False, True]
    session.execute(text("DELETE FROM lead WHERE email = 'anne@beacon.example '"))
    assert _repeats(session) == [False, False, False, False, True]
    session.execute(text("UPDATE lead SET email = NULL WHERE is_repeat"))
    assert _repeats(session) == [False] * 5


def test_ten_thousand_at_once_take_no_time(session: Session) -> None:
    session.execute(
        text(
            "INSERT INTO lead (id, origin, arrived_at, email) SELECT gen_random_uuid(), 'test', "
            ":day, 'p' || n % 9000 || '@beacon.example' FROM generate_series(1, 10000) n"
        ),
        {"day": DAY},
    )
    session.execute(text("SET LOCAL statement_timeout = '5s'"))
    session.execute(
        text(
            "INSERT INTO activity (id, origin, lead_id, kind, at, is_whole_day) "
            "SELECT gen_random_uuid(), 'test', id, 'email', arrived_at, false FROM lead"
        )
    )
    counted = "SELECT count(first_activity_at), count(*) FILTER (WHERE is_repeat) FROM lead"
    assert tuple(session.execute(text(counted)).one()) == (10_000, 1_000)
