"""Next steps promised on calls: kept, late, forgotten, or not due yet."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from models.coaching.promises import Promises
from models.tables import Activity, Call, Deal
from tests.coaching.company import NOW, Company


@pytest.fixture
def deal(company: Company) -> Deal:
    return company.deal()


def act(company: Company, deal: Deal, at: datetime, **columns: Any) -> None:
    company.kept(Activity(deal_id=deal.id, rep_id=deal.rep_id, kind="email", at=at, **columns))


def states(promises: Promises) -> dict[str, int]:
    names = ("kept", "late", "forgotten", "not_due")
    return {name: getattr(promises, name) for name in names if getattr(promises, name)}


def promise(company: Company, deal: Deal, days_ago: float = 10, **columns: Any) -> Call:
    call = company.call(days_ago, deal_id=deal.id)
    company.step(call, **columns)
    return call


def test_a_promise_is_kept_by_the_end_of_its_day(company: Company, deal: Deal) -> None:
    promise(company, deal, due_on=date(2026, 11, 12))
    act(company, deal, datetime(2026, 11, 12, 23, 59, tzinfo=UTC))
    promises = company.report().promises
    assert states(promises) == {"kept": 1}
    assert (promises.kept_rate.part, promises.kept_rate.whole) == (1, 1)


def test_what_comes_after_its_day_is_late(company: Company, deal: Deal) -> None:
    promise(company, deal, due_on=date(2026, 11, 12))
    act(company, deal, datetime(2026, 11, 13, 0, 0, tzinfo=UTC))
    promises = company.report().promises
    assert states(promises) == {"late": 1}
    assert (promises.kept_rate.part, promises.kept_rate.whole) == (0, 1)


def test_the_day_ends_where_the_rep_works(session: Session) -> None:
    company = Company(session, zone="America/Chicago")
    deal = company.deal()
    promise(company, deal, due_on=date(2026, 11, 12))
    act(company, deal, datetime(2026, 11, 13, 5, 59, tzinfo=UTC))  # 23:59 in Chicago
    assert states(company.report().promises) == {"kept": 1}


def test_it_ends_where_the_rep_of_no_team_is_said_to_work(company: Company) -> None:
    company.rep = company.person("Sam", apart=True)
    deal = company.deal()
    promise(company, deal, due_on=date(2026, 11, 12))
    act(company, deal, datetime(2026, 11, 13, 5, 59, tzinfo=UTC))  # 23:59 in Chicago
    for zone, state in (("America/Chicago", "kept"), ("UTC", "late")):
        assert states(company.report(company.rep, zone=zone).promises) == {state: 1}


def test_what_was_done_before_the_call_keeps_nothing(company: Company, deal: Deal) -> None:
    call = promise(company, deal, due_on=date(2026, 11, 12))
    act(company, deal, call.started_at)
    other = company.deal()
    act(company, other, call.started_at + timedelta(hours=1))
    act(company, deal, NOW + timedelta(minutes=1))
    assert states(company.report().promises) == {"forgotten": 1}


def test_another_call_of_the_deal_keeps_a_promise(company: Company, deal: Deal) -> None:
    promise(company, deal, due_on=date(2026, 11, 12))
    company.call(9, deal_id=deal.id)
    assert states(company.report().promises) == {"kept": 1}


def test_without_a_day_it_is_due_some_days_after_the_call(company: Company, deal: Deal) -> None:
    call = promise(company, deal, 8)  # 12 November, 18:00: due on the 19th
    (forgotten,) = company.report().promises.forgotten_now
    assert forgotten.due_on == date(2026, 11, 19)
    assert not forgotten.is_dated
    assert forgotten.replay.call_id == call.id
    assert (forgotten.replay.start_s, forgotten.replay.quote) == (500.0, "I will send it")
    assert states(company.report(follow_up_days=8).promises) == {"not_due": 1}


def test_what_is_not_due_yet_is_in_no_rate(company: Company, deal: Deal) -> None:
    promise(company, deal, due_on=NOW.date())
    promises = company.report().promises
    assert states(promises) == {"not_due": 1}
    assert (promises.kept_rate.whole, promises.kept_rate.value) == (0, None)
    assert [one.state for one in promises.coming] == ["not_due"]
    act(company, deal, NOW - timedelta(days=1))
    early = company.report().promises
    assert states(early) == {"kept": 1}
    assert early.kept_rate.whole == 0


def test_forgotten_ones_of_open_deals_come_first(company: Company) -> None:
    lost, open_deal = company.deal(outcome="lost", name="Lost"), company.deal(name="Open")
    promise(company, lost, due_on=date(2026, 11, 15))
    promise(company, open_deal, due_on=date(2026, 11, 12))
    told = [(one.deal_name, one.outcome) for one in company.report().promises.forgotten_now]
    assert told == [("Open", "open"), ("Lost", "lost")]


def test_of_calls_without_a_deal_nobody_can_tell(company: Company, deal: Deal) -> None:
    company.step(company.call(10))
    promise(company, deal, owner_side="buyer")
    promise(company, deal, owner_side=None)
    promises = company.report().promises
    assert states(promises) == {}
    assert promises.without_deal == 1


def test_a_private_call_keeps_a_promise_for_its_rep_only(company: Company, deal: Deal) -> None:
    promise(company, deal, due_on=date(2026, 11, 12))
    company.call(9, deal_id=deal.id, is_private=True)
    assert states(company.report(viewer=company.rep).promises) == {"kept": 1}
    assert states(company.report().promises) == {"forgotten": 1}


def test_a_colleagues_call_keeps_a_promise_for_the_rep_too(company: Company, deal: Deal) -> None:
    promise(company, deal, due_on=date(2026, 11, 12))
    company.call(9, deal_id=deal.id, rep_id=company.person("Paul").id)
    for viewer in (company.rep, company.manager):
        assert states(company.report(viewer=viewer).promises) == {"kept": 1}


def test_a_day_at_the_end_of_time_is_no_mistake(company: Company, deal: Deal) -> None:
    promise(company, deal, due_on=date.max)
    promise(company, deal, due_on=date.min)
    assert states(company.report().promises) == {"forgotten": 1, "not_due": 1}
