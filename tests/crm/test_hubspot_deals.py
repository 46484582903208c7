"""HubSpot's deals: found for a call, told with all their names, read as they change."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.crm.errors import CrmRejected
from api.crm.hubspot import HubSpot
from api.crm.port import DealHint, Found
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.fakes.hubspot_state import DEALS
from tests.crm.hubspot_opening import AT, VERSIONS, opened


@pytest.fixture(params=VERSIONS)
def fake(request: pytest.FixtureRequest) -> Iterator[HubSpotFake]:
    fake = HubSpotFake(request.param)
    with fake.serve():
        yield fake


@pytest.fixture
def crm(fake: HubSpotFake) -> Iterator[HubSpot]:
    with opened(fake) as crm:
        yield crm


def hint(**known: Any) -> DealHint:
    return DealHint(AT, **known)


def found_as(found: list[Found]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.deal.id: (one.via, one.by) for one in found}


def test_a_deal_is_told_with_all_its_names(crm: HubSpot, fake: HubSpotFake) -> None:
    owner = fake.add_owner("left@seller.example", "Lea Left", archived=True)
    contact = fake.add_contact("b@buyer.example", name="Bo O'Brien", title="CTO", phone="+331")
    company = fake.add_company("O'Brien & Söhne 🚀", "obrien.example", country="France")
    made_at, moved_at = AT - timedelta(days=20), AT - timedelta(days=10)
    deal_id = fake.add_deal(
        "100 % O'Brien 🚀 " + "x" * 300,
        contacts=[contact],
        company="O'Brien & Söhne 🚀",
        amount="1200.50",
        at=made_at,
        hubspot_owner_id=owner,
    )
    fake.move_deal(deal_id, "Contract sent", moved_at)
    fake.close_deal(deal_id, "lost", AT, "price")
    (deal,) = crm.deals([deal_id])
    assert deal.name.startswith("100 % O'Brien 🚀 xxx")
    assert (deal.status, deal.stage, deal.pipeline) == ("lost", "Closed lost", "Sales pipeline")
    assert (deal.amount, deal.currency, deal.probability) == (Decimal("1200.50"), "EUR", 0.0)
    assert (deal.created_at, deal.closed_at, deal.closes_on) == (made_at, AT, AT.date())
    assert deal.lost_reason == "price"
    assert deal.owner is not None
    assert (deal.owner.name, deal.owner.email) == ("Lea Left", "left@seller.example")
    assert deal.company is not None
    assert (deal.company.id, deal.company.region) == (company, "France")
    assert [(one.name, one.title) for one in deal.contacts] == [("Bo O'Brien", "CTO")]
    assert [(one.stage, one.at) for one in deal.history] == [
        ("Appointment scheduled", made_at),
        ("Contract sent", moved_at),
        ("Closed lost", AT),
    ]


def test_a_deal_has_its_own_currency_and_an_open_one_no_end(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    deal_id = fake.add_deal(
        deal_currency_code="USD", amount="not a number", closedate="2026-12-31T23:30:00.000Z"
    )
    (deal,) = crm.deals([deal_id])
    assert (deal.currency, deal.amount, deal.closed_at) == ("USD", None, None)
    assert deal.closes_on == date(2027, 1, 1)  # in Paris


def test_a_stage_that_was_taken_away_keeps_its_id(crm: HubSpot, fake: HubSpotFake) -> None:
    deal_id = fake.add_deal(at=AT)
    stored = fake.state.get(DEALS, deal_id)
    stored.history["dealstage"].insert(0, (AT - timedelta(days=3), "1234567"))
    (deal,) = crm.deals([deal_id])
    assert [one.stage for one in deal.history] == ["1234567", "Appointment scheduled"]


def test_broken_items_are_left_out_and_nothing_of_them_is_logged(
    crm: HubSpot, fake: HubSpotFake, caplog: pytest.LogCaptureFixture
) -> None:
    fake.add_owner("a@seller.example")
    fake.owners["501"]["email"] = {"secret": "words"}
    deal_id = fake.add_deal(hubspot_owner_id="501", contacts=[fake.add_contact("b@b.example")])
    fake.state.get(DEALS, deal_id).history["dealstage"].append((AT, None))  # type: ignore[arg-type]
    (deal,) = crm.deals([deal_id])
    assert deal.owner is not None
    assert deal.owner.name is None
    assert "owner is left out, for its email" in caplog.text
    assert "words" not in caplog.text


def test_deals_that_are_gone_are_left_out_and_merged_ones_followed(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    kept, winner, loser, gone = (fake.add_deal(name) for name in "KWLG")
    fake.merge_deals(winner, loser)
    fake.delete_deal(gone)
    deals = {one.id: one for one in crm.deals([kept, loser, gone, "no id", kept])}
    assert set(deals) == {kept, winner}
    assert deals[winner].merged == (loser,)
    assert [one.id for one in crm.deals([winner, loser])] == [winner]
    assert crm.deals([]) == []


def test_more_deals_than_a_batch_holds_are_read(crm: HubSpot, fake: HubSpotFake) -> None:
    ids = [fake.add_deal(str(number)) for number in range(130)]
    assert {one.id for one in crm.deals(ids)} == set(ids)


def test_what_may_not_be_read_leaves_the_deal_without_it(fake: HubSpotFake) -> None:
    deal_id = fake.add_deal(
        company="Acme", contacts=[fake.add_contact("b@b.example")], hubspot_owner_id="501"
    )
    fake.forbidden = {"/crm/owners", "companies", "/account-info"}
    with opened(fake) as crm:
        (deal,) = crm.deals([deal_id])
    assert deal.owner is not None
    assert (deal.owner.id, deal.company, deal.currency, deal.url) == ("501", None, None, None)
    assert len(deal.contacts) == 1


def drained(crm: HubSpot, since: datetime | None) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page = crm.changed_deals(since, cursor)
        pages.append([one.id for one in page.deals])
        cursor = page.next
        if cursor is None:
            return pages


def test_changed_deals_come_oldest_change_first_and_each_at_least_once(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    ids = [fake.add_deal(at=AT + timedelta(minutes=number)) for number in range(450)]
    pages = drained(crm, None)
    assert list(dict.fromkeys(one for page in pages for one in page)) == ids
    assert len(pages) == 3
    (recent,) = drained(crm, AT + timedelta(minutes=440))
    assert set(ids[440:]) <= set(recent) <= set(ids[437:])
    assert drained(crm, AT + timedelta(days=30)) == [[]]


def test_a_deal_that_changes_while_pages_are_read_pushes_none_over_the_edge(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    ids = [fake.add_deal(at=AT + timedelta(minutes=number)) for number in range(300)]
    page = crm.changed_deals(None, None)
    for one in ids[:50]:
        fake.change_deal(one, AT + timedelta(days=2), dealname="moved")
    seen = {one.id for one in page.deals}
    while page.next is not None:
        page = crm.changed_deals(None, page.next)
        seen |= {one.id for one in page.deals}
    assert seen == set(ids)


def test_more_deals_than_a_search_numbers_are_read(crm: HubSpot, fake: HubSpotFake) -> None:
    fake.searched_to = 400
    ids = [fake.add_deal(at=AT + timedelta(minutes=number)) for number in range(900)]
    assert {one for page in drained(crm, None) for one in page} == set(ids)


def test_ten_thousand_changes_in_one_millisecond_do_not_stop_the_sync(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    for _ in range(201):
        fake.state.add(DEALS, {"dealname": "d"}, AT)
    at_ms = int(AT.timestamp() * 1000)
    page = crm.changed_deals(None, f"{at_ms}:0")
    assert page.next == f"{at_ms}:200"
    assert crm.changed_deals(None, page.next).next is None
    fake.state.objects[DEALS].clear()
    for _ in range(10_001):
        fake.state.add(DEALS, {"dealname": "d"}, AT)
    assert crm.changed_deals(None, f"{at_ms}:9800").next == f"{at_ms + 1}:0"


@pytest.mark.parametrize("cursor", ["", "x", "1:2:3", "-1:0", "1:999999", "9" * 30 + ":0"])
def test_a_cursor_that_is_none_is_refused(crm: HubSpot, cursor: str) -> None:
    with pytest.raises(CrmRejected, match="lost its place"):
        crm.changed_deals(None, cursor)


def test_a_deal_is_found_by_its_id_alone(crm: HubSpot, fake: HubSpotFake) -> None:
    person = fake.add_contact("b@buyer.example")
    deal = fake.add_deal(contacts=[person])
    fake.add_deal(contacts=[person])
    found = crm.find_deals(hint(deal_id=deal, emails=("b@buyer.example",)))
    assert found_as(found) == {deal: ("id", (deal,))}
    assert not [path for _, path, _ in fake.calls if path.endswith("/search")]


def test_a_deal_is_found_by_the_first_and_other_addresses(crm: HubSpot, fake: HubSpotFake) -> None:
    people = [
        fake.add_contact("O'Brien@Buyer.example"),
        fake.add_contact("x@y.example", other_emails=("bo@buyer.example", "b2@buyer.example")),
        fake.add_contact("elsewhere@other.example"),
    ]
    deal = fake.add_deal(contacts=people)
    fake.add_deal("not theirs")
    emails = ("o'brien@buyer.example", "bo@buyer.example", *(f"{n}@buyer.example" for n in "abcd"))
    found = crm.find_deals(hint(emails=emails))
    assert found_as(found) == {deal: ("email", ("bo@buyer.example", "o'brien@buyer.example"))}


@pytest.mark.parametrize("stored", ["+33612345678", "06 12 34 56 78", "0033 6 12 34 56 78"])
def test_a_deal_is_found_by_a_phone_number_however_it_is_written(
    crm: HubSpot, fake: HubSpotFake, stored: str
) -> None:
    deal = fake.add_deal(contacts=[fake.add_contact(phone=stored)])
    fake.add_deal(contacts=[fake.add_contact(phone="+33612345679")])
    phones = ("+33612345678", "0033612345678", "0612345678")
    found = crm.find_deals(hint(phones=phones))
    assert [(one.deal.id, one.via) for one in found] == [(deal, "phone")]
    assert set(found[0].by) <= set(phones)


def test_weaker_ways_are_asked_only_until_an_open_deal_is_there(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    person = fake.add_contact("b@acme.example", company="Acme")
    late = fake.add_deal("won late", contacts=[person], status="won", at=AT - timedelta(days=3))
    fake.add_deal("won long ago", contacts=[person], status="won", at=AT - timedelta(days=300))
    open_one = fake.add_deal("open", company="Acme")
    known = hint(emails=("b@acme.example",), domains=("acme.example",))
    assert found_as(crm.find_deals(known)) == {
        late: ("email", ("b@acme.example",)),
        open_one: ("company", ("Acme",)),
    }
    searched = [path for _, path, _ in fake.calls if path.endswith("companies/search")]
    assert searched == []


def test_a_deal_is_found_by_company_and_by_domain(crm: HubSpot, fake: HubSpotFake) -> None:
    fake.add_company("Acme", "acme.example")
    fake.add_company("Other", "other.example")
    deal, other = fake.add_deal(company="Acme"), fake.add_deal(company="Other")
    assert found_as(crm.find_deals(hint(companies=("acme",)))) == {deal: ("company", ("Acme",))}
    found = crm.find_deals(hint(domains=("other.example",)))
    assert found_as(found) == {other: ("domain", ("other.example",))}
    assert crm.find_deals(hint(companies=("nobody",), domains=("no.example",))) == []
    assert crm.find_deals(hint()) == []
