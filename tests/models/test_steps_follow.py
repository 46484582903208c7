"""The database keeps what followed a call's next steps, and when a lead was first heard."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from models.tables import Activity, Call, Deal, Lead, NextStep, User

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)


def _later(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


@pytest.fixture
def deal(session: Session) -> Deal:
    deal = Deal(name="Deal")
    session.add(deal)
    session.flush()
    return deal


@pytest.fixture
def rep(session: Session) -> User:
    rep = User(email="rep@us.example", name="Rep")
    session.add(rep)
    session.flush()
    return rep


def _call(session: Session, rep: User, deal: Deal | None, hours: float, **more: object) -> Call:
    known = {"state": "ready", **more}
    call = Call(title="Call", rep_id=rep.id, deal_id=deal and deal.id, started_at=_later(hours))
    call.sqlmodel_update(known)
    session.add(call)
    session.flush()
    return call


def _step(session: Session, call: Call) -> NextStep:
    words = {"text": "Send the offer", "quote": "I will", "utterance": 0, "start_s": 0, "end_s": 1}
    step = NextStep(call_id=call.id, owner_side="seller", **words)
    session.add(step)
    session.flush()
    return step


def _done(session: Session, deal: Deal, hours: float) -> Activity:
    activity = Activity(deal_id=deal.id, kind="email", at=_later(hours), is_whole_day=False)
    session.add(activity)
    session.flush()
    return activity


def _hours(session: Session, row: NextStep | Lead, name: str = "followed_at") -> float | None:
    session.refresh(row)
    at = getattr(row, name)
    return None if at is None else (at - DAY).total_seconds() / 3600


def test_the_first_thing_after_the_call_is_kept(session: Session, rep: User, deal: Deal) -> None:
    _done(session, deal, 0.5)
    _done(session, deal, 5)
    step = _step(session, _call(session, rep, deal, 1))
    assert _hours(session, step) == 5
    sooner = _done(session, deal, 3)
    assert _hours(session, step) == 3
    call = _call(session, rep, deal, 2)
    assert _hours(session, step) == 2
    session.delete(call)
    session.flush()
    assert _hours(session, step) == 3
    sooner.at = _later(7)
    session.flush()
    assert _hours(session, step) == 5
    session.execute(text("DELETE FROM activity"))
    assert _hours(session, step) is None


def test_only_calls_that_are_ready_and_not_private_count(
    session: Session, rep: User, deal: Deal
) -> None:
    step = _step(session, _call(session, rep, deal, 1))
    later = _call(session, rep, deal, 2, state="waiting")
    assert _hours(session, step) is None
    later.state = "ready"
    session.flush()
    assert _hours(session, step) == 2
    later.is_private = True
    session.flush()
    assert _hours(session, step) is None
    later.is_private = False
    session.flush()
    assert _hours(session, step) == 2


def test_what_comes_to_another_deal_is_seen(session: Session, rep: User, deal: Deal) -> None:
    other = Deal(name="Other")
    session.add(other)
    session.flush()
    call, activity = _call(session, rep, deal, 1), _done(session, other, 4)
    step = _step(session, call)
    assert _hours(session, step) is None
    activity.deal_id = deal.id
    session.flush()
    assert _hours(session, step) == 4
    later = _call(session, rep, other, 2)
    call.deal_id = other.id
    session.flush()
    assert _hours(session, step) == 2
    later.started_at = _later(9)
    session.flush()
    assert _hours(session, step) == 9


def test_the_first_recorded_call_of_a_leads_deal_is_kept(
    session: Session, rep: User, deal: Deal
) -> None:
    first, lead = _call(session, rep, deal, 3), Lead(arrived_at=DAY, deal_id=deal.id)
    session.add(lead)
    session.flush()
    assert _hours(session, lead, "first_heard_at") == 3
    sooner = _call(session, rep, None, 2)
    assert _hours(session, lead, "first_heard_at") == 3
    sooner.deal_id = deal.id
    session.flush()
    assert _hours(session, lead, "first_heard_at") == 2
    lead.deal_id = None
    session.flush()
    assert _hours(session, lead, "first_heard_at") is None
    lead.deal_id = deal.id
    sooner.state = "held"
    session.flush()
    assert _hours(session, lead, "first_heard_at") == 3
    session.delete(first)
    session.flush()
    assert _hours(session, lead, "first_heard_at") is None


def test_ten_thousand_at_once_take_no_time(session: Session, rep: User) -> None:
    many = "FROM generate_series(1, 10000) n"
    for statement in (
        f"INSERT INTO deal (id, origin, name, kind, outcome) SELECT md5('d' || n)::uuid, 'test', "
        f"'D', 'new', 'open' {many}",
        "INSERT INTO call (id, origin, title, rep_id, deal_id, started_at, state, known, attempts, "
        "is_private, version, updated_at) SELECT md5('c' || n)::uuid, 'test', 'C', :rep, "
        f"md5('d' || n)::uuid, :day, 'ready', '{{}}', 0, false, 1, :day {many}",
        "INSERT INTO next_step (id, call_id, text, utterance, quote, start_s, end_s) SELECT "
        f"md5('n' || n)::uuid, md5('c' || n)::uuid, 'Send it', 0, 'I will', 0, 1 {many}",
        "INSERT INTO lead (id, origin, arrived_at, deal_id) SELECT md5('l' || n)::uuid, 'test', "
        f":day, md5('d' || n)::uuid {many}",
        "SET LOCAL statement_timeout = '5s'",
        "INSERT INTO activity (id, origin, deal_id, kind, at, is_whole_day) SELECT "
        "gen_random_uuid(), 'test', id, 'email', CAST(:day AS timestamptz) + interval '1 hour', "
        "false FROM deal",
        "UPDATE call SET started_at = started_at - interval '1 hour'",
    ):
        session.execute(text(statement), {"day": DAY, "rep": rep.id} if ":" in statement else {})
    for kept in ("count(followed_at) FROM next_step", "count(first_heard_at) FROM lead"):
        assert session.execute(text(f"SELECT {kept}")).scalar_one() == 10_000


def test_two_at_once_see_what_the_other_did(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as first, Session(engine) as other:
        rep, deal = User(email="rep@us.example", name="Rep"), Deal(name="Deal")
        first.add_all([rep, deal])
        first.commit()
        call = _call(first, rep, deal, 1)
        first.commit()
        _done(other, deal, 3)
        with ThreadPoolExecutor(1) as beside:
            added = beside.submit(_step, first, call)
            with pytest.raises(TimeoutError):
                added.result(0.5)  # it waits for what is done in the meantime
            other.commit()
            assert _hours(first, added.result(5)) == 3
        first.commit()
