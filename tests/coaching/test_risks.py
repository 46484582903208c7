"""Signs that a deal may be going wrong: when there is one, when none, and what shows it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from models.risks import Looking, Risk, RiskFilters, RiskKind, list_risks, risks_of
from models.tables import Activity, Call, Deal, Invitation, Offer, PlannedMeeting, User
from tests.coaching.company import NOW, Company


@pytest.fixture
def deal(company: Company) -> Deal:
    return company.deal()


def risks(
    company: Company, deal: Deal, viewer: User | None = None, **looking: Any
) -> dict[RiskKind, Risk]:
    looks = Looking(viewer or company.manager, NOW, **looking)
    return {one.kind: one for one in risks_of(company.session, looks, deal)}


def met(company: Company, deal: Deal, days_ago: float = 3, **facts: Any) -> Call:
    return company.call(days_ago, deal_id=deal.id, title="Call", facts=facts)


def test_a_last_call_without_a_next_step_is_a_sign(company: Company, deal: Deal) -> None:
    first = met(company, deal, 9, next_steps=1)
    company.step(first, due_on=NOW.date() + timedelta(days=9))
    last = met(company, deal, 3, next_steps=0)
    risk = risks(company, deal)["no_next_step"]
    assert (risk.why, risk.since) == ("none_agreed", last.started_at)
    (seen,) = risk.evidence
    assert (seen.call_id, seen.start_s, seen.end_s) == (last.id, 540.0, 600.0)


def test_so_is_one_whose_next_steps_are_all_over(company: Company, deal: Deal) -> None:
    call = met(company, deal, 9, next_steps=2)
    company.step(call, due_on=NOW.date() - timedelta(days=3), quote="Sooner")
    company.step(call, due_on=NOW.date() - timedelta(days=1), quote="Later", start_s=520.0)
    risk = risks(company, deal)["no_next_step"]
    assert risk.why == "none_open"
    assert [(one.quote, one.start_s) for one in risk.evidence] == [("Later", 520.0)]


@pytest.mark.parametrize("owner_side", ["seller", "buyer", None])
def test_a_step_that_is_due_today_is_still_to_come(
    company: Company, deal: Deal, owner_side: str | None
) -> None:
    call = met(company, deal, 9, next_steps=1)
    company.step(call, due_on=NOW.date(), owner_side=owner_side)
    assert "no_next_step" not in risks(company, deal)


def test_today_is_the_day_where_the_rep_works(company: Company) -> None:
    sam = company.person("Sam", apart=True)
    deal = company.deal(rep_id=sam.id)
    call = company.call(9, deal_id=deal.id, rep_id=sam.id, facts={"next_steps": 1})
    company.step(call, due_on=NOW.date())  # in Auckland it is the day after already
    assert "no_next_step" not in risks(company, deal, sam)
    assert "no_next_step" in risks(company, deal, sam, zone="Pacific/Auckland")


def test_a_step_without_a_day_is_to_come_for_some_days(company: Company, deal: Deal) -> None:
    company.step(met(company, deal, 7, next_steps=1))
    assert "no_next_step" not in risks(company, deal)
    assert "no_next_step" in risks(company, deal, follow_up_days=6)


def test_a_planned_meeting_is_a_next_step(company: Company, deal: Deal) -> None:
    met(company, deal, next_steps=0)
    meeting = PlannedMeeting(deal_id=deal.id, scheduled_at=NOW + timedelta(days=2))
    company.kept(meeting)
    assert "no_next_step" not in risks(company, deal)
    meeting.scheduled_at = NOW - timedelta(days=2)
    company.kept(meeting)
    assert "no_next_step" in risks(company, deal)


def test_what_was_not_heard_is_not_missing(company: Company, deal: Deal) -> None:
    assert "no_next_step" not in risks(company, deal)
    met(company, deal, next_steps=None)
    assert "no_next_step" not in risks(company, deal)


def test_a_deal_is_silent_when_nothing_happened_for_so_long(company: Company, deal: Deal) -> None:
    company.kept(Activity(deal_id=deal.id, kind="email", at=NOW - timedelta(days=22, hours=1)))
    met(company, deal, 40)
    risk = risks(company, deal)["silent"]
    assert (risk.count, risk.since) == (22, NOW - timedelta(days=22, hours=1))
    assert [(one.what, one.title) for one in risk.evidence] == [("activity", "email")]
    assert "silent" not in risks(company, deal, silent_days=23)


def test_anything_that_happens_breaks_the_silence(company: Company) -> None:
    at = NOW - timedelta(days=2)
    kinds: list[dict[str, Any]] = [
        {"row": Offer, "kind": "quote", "sent_at": at},
        {"row": Invitation, "sent_at": at},
        {"row": Invitation, "sent_at": NOW - timedelta(days=60), "responded_at": at},
        {"row": PlannedMeeting, "scheduled_at": at, "was_held": True},
    ]
    for columns in kinds:
        deal = company.deal()
        row = columns.pop("row")
        assert "silent" in risks(company, deal)
        company.kept(row(deal_id=deal.id, **columns))
        assert "silent" not in risks(company, deal), row
    deal = company.deal()
    company.kept(PlannedMeeting(deal_id=deal.id, scheduled_at=at, was_held=False))
    company.kept(Activity(deal_id=deal.id, kind="call", at=NOW + timedelta(days=1)))
    assert "silent" in risks(company, deal)


def test_a_new_deal_is_not_silent_yet_nor_one_of_which_nothing_is_known(company: Company) -> None:
    assert "silent" not in risks(company, company.deal(opened_at=NOW - timedelta(days=5)))
    assert "silent" not in risks(company, company.deal(opened_at=None))
    (seen,) = risks(company, company.deal())["silent"].evidence
    assert seen.what == "opened"


def test_one_voice_over_all_calls_is_a_single_contact(company: Company, deal: Deal) -> None:
    met(company, deal, 9, buyers=1, buyer_names=["Jim Kowalski"])
    last = met(company, deal, 3, buyers=1, buyer_names=["jim kowalski"])
    company.said(last, "seller", 1.0, "Hello")
    company.said(last, "buyer", 7.0, "Hello Tom")
    risk = risks(company, deal)["single_contact"]
    (seen,) = risk.evidence
    assert (risk.count, seen.who and seen.who.lower()) == (2, "jim kowalski")
    assert (seen.call_id, seen.start_s, seen.quote) == (last.id, 7.0, "Hello Tom")


@pytest.mark.parametrize(
    "second",
    [
        {"facts": {"buyers": 2}},
        {"facts": {"buyers": 1, "buyer_names": ["Ann Lee"]}},
        {
            "known": {
                "participants": [{"name": "Jim", "side": "buyer"}, {"name": "Al", "side": "buyer"}]
            }
        },
    ],
)
def test_a_second_buyer_heard_or_announced_makes_two(
    company: Company, deal: Deal, second: dict[str, Any]
) -> None:
    met(company, deal, 9, buyers=1, buyer_names=["Jim"])
    assert "single_contact" in risks(company, deal)
    company.call(3, deal_id=deal.id, **second)
    assert "single_contact" not in risks(company, deal)


def test_who_is_invited_counts_but_for_our_own(company: Company, deal: Deal) -> None:
    def invite(email: str | None) -> None:
        company.kept(Invitation(deal_id=deal.id, email=email, sent_at=NOW - timedelta(days=3)))

    assert "single_contact" not in risks(company, deal)
    for email in ("jim@buyer.example", " JIM@buyer.example", company.rep.email.upper(), None, ""):
        invite(email)
    (seen,) = risks(company, deal)["single_contact"].evidence
    assert (seen.who or "").strip().lower() == "jim@buyer.example"
    assert seen.call_id is None
    invite("ann@buyer.example")
    assert "single_contact" not in risks(company, deal)


def test_what_is_known_of_a_call_may_have_any_shape(company: Company, deal: Deal) -> None:
    for known in ({}, {"participants": None}, {"participants": ["Jim", 3, {"side": "buyer"}]}):
        company.call(3, deal_id=deal.id, known=known, facts={"buyers": 1})
    assert risks(company, deal)["single_contact"].count == 3


def test_a_price_objection_is_open_until_the_buyer_is_won_over(
    company: Company, deal: Deal
) -> None:
    call = met(company, deal)
    company.moment(call, "objection", 100.0, about="price")
    company.moment(call, "objection", 300.0, about="timing")
    company.moment(call, "positive", 200.0)  # more than a minute later
    risk = risks(company, deal)["price_objection"]
    (seen,) = risk.evidence
    assert (risk.count, seen.call_id, seen.start_s, seen.end_s) == (1, call.id, 100.0, 104.0)
    assert seen.quote == "objection at 100.0"
    company.moment(call, "commitment", 150.0, side="seller")
    assert "price_objection" in risks(company, deal)
    company.moment(call, "commitment", 150.0)
    assert "price_objection" not in risks(company, deal)


def test_the_last_call_that_was_about_the_price_decides(company: Company, deal: Deal) -> None:
    company.moment(met(company, deal, 9), "objection", 100.0, about="price")
    met(company, deal, 5)
    assert "price_objection" in risks(company, deal)
    later = met(company, deal, 3)
    company.moment(later, "objection", 100.0, about="price")
    company.moment(later, "positive", 110.0)
    assert "price_objection" not in risks(company, deal)


def test_a_deal_that_is_over_has_no_risks(company: Company, deal: Deal) -> None:
    met(company, deal, 40, next_steps=0, buyers=1)
    assert set(risks(company, deal)) == {"no_next_step", "silent", "single_contact"}
    deal.outcome = "lost"
    company.kept(deal)
    assert risks(company, deal) == {}


def test_a_private_call_is_no_evidence_for_others(company: Company, deal: Deal) -> None:
    facts = {"next_steps": 0, "buyers": 1, "buyer_names": ["Jim"]}
    call = company.call(3, deal_id=deal.id, is_private=True, facts=facts)
    company.moment(call, "objection", 100.0, about="price")
    assert set(risks(company, deal)) == {"silent"}
    assert set(risks(company, deal, company.rep)) == {
        "no_next_step",
        "single_contact",
        "price_objection",
    }


def test_of_a_call_one_may_not_see_only_its_time_is_told(company: Company, deal: Deal) -> None:
    stranger = company.person("Sam", apart=True)
    company.call(30, deal_id=deal.id, rep_id=stranger.id, title="Secret", facts={"next_steps": 0})
    found = risks(company, deal, company.rep)
    assert set(found) == {"silent"}
    (seen,) = found["silent"].evidence
    assert (seen.what, seen.id, seen.call_id, seen.title) == ("call", None, None, None)


def test_a_list_has_the_open_deals_one_sees_page_by_page(company: Company) -> None:
    other = Company(company.session)
    other.deal(name="Theirs")
    company.deal(name="Won", outcome="won")
    peer = company.person("Paul")
    names = ["Newest", "Middle", "Oldest", "Unknown"]
    for n, name in enumerate(names):
        opened_at = None if name == "Unknown" else NOW - timedelta(days=n + 1)
        company.deal(name=name, opened_at=opened_at, rep_id=peer.id if n == 1 else company.rep.id)

    def told(viewer: User, filters: RiskFilters | None = None) -> list[str]:
        found: list[str] = []
        cursor = None
        while True:
            page = list_risks(
                company.session,
                Looking(viewer, NOW),
                filters or RiskFilters(),
                limit=1,
                cursor=cursor,
            )
            found += [one.row.deal.name for one in page.items]
            cursor = page.next
            if cursor is None:
                return found

    assert told(company.manager) == names
    assert told(company.rep) == ["Newest", "Oldest", "Unknown"]
    assert told(company.manager, RiskFilters(rep_id=peer.id)) == ["Middle"]
    assert told(company.manager, RiskFilters(team_id=other.team.id)) == []
    assert told(other.manager) == ["Theirs"]


def test_a_list_is_narrowed_to_any_of_some_risks(company: Company) -> None:
    quiet, silent_deal, priced = (company.deal(name=name) for name in ("Quiet", "Silent", "Priced"))
    for deal in (quiet, priced):
        company.kept(Activity(deal_id=deal.id, kind="call", at=NOW - timedelta(days=1)))
    company.moment(met(company, priced), "objection", 9.0, about="price")

    def told(*kinds: RiskKind) -> dict[str, list[RiskKind]]:
        filters = RiskFilters(kinds=kinds)
        page = list_risks(company.session, Looking(company.manager, NOW), filters, limit=50)
        return {one.row.deal.name: [risk.kind for risk in one.risks] for one in page.items}

    price: list[RiskKind] = ["single_contact", "price_objection"]
    assert told() == {"Quiet": [], "Silent": ["silent"], "Priced": price}
    assert told("silent") == {"Silent": ["silent"]}
    assert told("silent", "price_objection") == {"Silent": ["silent"], "Priced": price}
    assert told("no_next_step") == {}
    assert silent_deal.outcome == "open"


def test_a_page_asks_as_often_whatever_the_number_of_deals(
    company: Company, session: Session
) -> None:
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))

    def fill(count: int) -> int:
        for _ in range(count):
            met(company, company.deal(), next_steps=0, buyers=1)
        session.flush()
        asked.clear()
        list_risks(session, Looking(company.manager, NOW), RiskFilters(), limit=100)
        return len(asked)

    assert fill(2) == fill(20) <= 5


def test_a_day_at_the_end_of_time_is_no_mistake(company: Company, deal: Deal) -> None:
    company.step(met(company, deal, next_steps=1), due_on=date.max)
    assert "no_next_step" not in risks(company, deal)
