"""Deals out of Salesforce: whole, page by page, and found by what is known of a call."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from api.crm.errors import (
    CrmRejected,
)
from api.crm.port import Crm, DealHint
from api.crm.salesforce import Salesforce
from tests.crm.fakes.salesforce import SalesforceFake
from tests.crm.salesforce_opening import AT, Stage, staged, wired


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture
def fake(stage: Stage) -> SalesforceFake:
    return stage.opened()


@pytest.fixture
def crm(fake: SalesforceFake) -> Iterator[Crm]:
    with wired(fake) as wire:
        yield Salesforce(wire, fake.options)


def test_a_deal_comes_with_all_that_belongs_to_it(fake: SalesforceFake, crm: Crm) -> None:
    fake.add_company("Aubier", "aubier.example", Industry="Wood", BillingCountry="France")
    bea = fake.add_contact("Bea@Aubier.example", phone="+33 6 12", company="Aubier", title="CFO")
    fake.record_types["0125g0000000001AAA"] = "Renewals"
    deal_id = fake.add_deal(
        "Big one", contacts=[bea, bea], company="Aubier", at=AT, RecordTypeId="0125g0000000001AAA"
    )
    fake.move_deal(deal_id, "Proposal", AT + timedelta(days=1))
    fake.insert(
        "OpportunityHistory", AT + timedelta(days=2), OpportunityId=deal_id, StageName="Proposal"
    )
    fake.close_deal(deal_id, "won", AT + timedelta(days=3))
    (deal,) = crm.deals([deal_id, "006000000000000AAA", "nonsense'"])
    assert (deal.status, deal.stage, deal.pipeline) == ("won", "Closed Won", "Renewals")
    assert (deal.amount, deal.currency, deal.probability) == (Decimal("1200.50"), "EUR", 1.0)
    assert deal.closed_at == AT + timedelta(days=3)
    assert deal.closes_on == date(2026, 12, 31)
    assert [(one.stage, (one.at - AT).days) for one in deal.history] == [
        ("Prospecting", 0),
        ("Proposal / Price quote", 1),
        ("Closed Won", 3),
    ]
    assert deal.owner is not None
    assert deal.owner.email == "talktrack@example.com"
    assert deal.company is not None
    assert (deal.company.domain, deal.company.region) == ("aubier.example", "France")
    assert [(one.id, one.email, one.title) for one in deal.contacts] == [
        (bea, "bea@aubier.example", "CFO")
    ]
    assert deal.url == f"{fake.url}/lightning/r/Opportunity/{deal_id}/view"


def test_each_deal_has_its_own_currency_where_there_are_many(
    fake: SalesforceFake, crm: Crm
) -> None:
    fake.hidden.clear()
    fake.currency = None
    deal_id = fake.add_deal(CurrencyIsoCode="JPY")
    assert [one.currency for one in crm.deals([deal_id])] == ["JPY"]


def test_deals_come_without_what_the_user_may_not_see(fake: SalesforceFake) -> None:
    fake.hidden |= {"OpportunityHistory", "OpportunityContactRole", "Opportunity.Amount"}
    fake.hidden |= {"Account.Website", "Contact.Email", "Opportunity.RecordTypeId", "Contact.Phone"}
    deal_id = fake.add_deal(company="Aubier", status="lost", at=AT)
    with wired(fake) as wire:
        (deal,) = Salesforce(wire, {}).deals([deal_id])
    assert (deal.amount, deal.history, deal.closed_at) == (None, (), AT)


def test_a_row_that_cannot_be_read_spoils_no_page(
    fake: SalesforceFake, crm: Crm, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = fake.add_deal(), fake.add_deal()
    fake.tables["Opportunity"][bad]["Amount"] = "secret words"
    with caplog.at_level(logging.WARNING):
        assert [one.id for one in crm.deals([bad, good])] == [good]
    assert "Amount" in caplog.text
    assert "secret" not in caplog.text


def test_long_answers_are_read_to_their_end(fake: SalesforceFake, crm: Crm) -> None:
    fake.batch = 7
    ids = [fake.add_deal(f"Deal {number}", at=AT) for number in range(230)]
    assert [one.id for one in crm.deals(ids)] == ids


def test_changes_come_page_by_page_though_many_have_the_same_instant(
    fake: SalesforceFake, crm: Crm
) -> None:
    old = fake.add_deal(at=AT - timedelta(days=9))
    ids = [fake.add_deal(at=AT + timedelta(seconds=number // 150)) for number in range(450)]
    seen, cursor, pages = list[str](), None, 0
    while True:
        page = crm.changed_deals(AT, cursor)
        seen += [one.id for one in page.deals]
        pages, cursor = pages + 1, page.next
        if cursor is None:
            break
    assert pages == 3
    assert sorted(seen) == sorted(ids)
    assert old in [one.id for one in crm.changed_deals(None, None).deals]


def test_a_deal_changed_while_paging_comes_again(fake: SalesforceFake, crm: Crm) -> None:
    ids = [fake.add_deal(at=AT) for _ in range(201)]
    first = crm.changed_deals(AT, None)
    fake.change_deal(first.deals[0].id, AT + timedelta(hours=1))
    rest = {one.id for one in crm.changed_deals(AT, first.next).deals}
    assert {one.id for one in first.deals} | rest == set(ids)
    assert first.deals[0].id in rest


def test_a_cursor_that_is_none_is_refused(crm: Crm) -> None:
    for cursor in ("", "x", '["2026-11-20T10:00:00Z"]', '["2026-11-20T10:00:00Z","1 OR 2=2"]'):
        with pytest.raises(CrmRejected, match="start it anew"):
            crm.changed_deals(None, cursor)


def found(crm: Crm, at: datetime = AT, **known: object) -> list[tuple[str, str, tuple[str, ...]]]:
    hint = DealHint(at=at, **known)  # type: ignore[arg-type]
    return sorted((one.deal.id, one.via, one.by) for one in crm.find_deals(hint))


def test_a_deal_is_found_by_its_id_however_long_ago_it_was_closed(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal(status="lost", at=AT - timedelta(days=400))
    assert found(crm, deal_id=deal_id[:15]) == [(deal_id, "id", (deal_id[:15],))]
    assert found(crm, deal_id="x' OR Id != '") == []


def test_a_deal_is_found_by_its_people_and_nothing_weaker_is_asked(
    fake: SalesforceFake, crm: Crm
) -> None:
    bea = fake.add_contact("bea.o'brien@aubier.example", company="Aubier")
    deal_id = fake.add_deal(contacts=[bea])
    fake.add_deal(company="Aubier")
    emails = ("bea.o'brien@aubier.example", "x@y.example")
    assert found(crm, emails=emails, companies=("Aubier",)) == [(deal_id, "email", emails[:1])]
    assert not any("FROM Account" in query for query in fake.queries)


def test_a_deal_is_found_by_phone_as_it_is_written(fake: SalesforceFake, crm: Crm) -> None:
    bea = fake.add_contact(phone="06 12 34 56 78")
    deal_id = fake.add_deal(contacts=[bea])
    phones = ("+33612345678", "06 12 34 56 78")
    assert found(crm, phones=phones) == [(deal_id, "phone", phones[1:])]


def test_a_deal_is_found_by_the_account_of_its_people(fake: SalesforceFake, crm: Crm) -> None:
    fake.add_contact("bea@aubier.example", company="Aubier")
    deal_id = fake.add_deal(company="Aubier")
    emails = ("bea@aubier.example",)
    assert found(crm, emails=emails) == [(deal_id, "company", emails)]


@pytest.mark.parametrize("name", ["O'Brien & 100%_\\", "Ünïcode 😀", "x" * 300, "a\nb"])
def test_a_deal_is_found_by_the_name_of_its_account(
    fake: SalesforceFake, crm: Crm, name: str
) -> None:
    deal_id = fake.add_deal(company=name)
    fake.add_deal(company="Elsewhere")
    expected = [] if len(name) > 255 else [(deal_id, "company", (name,))]
    assert found(crm, companies=(name,)) == expected


def test_a_longer_account_name_is_found_too_and_wildcards_mean_nothing(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal(company="Aubier Holding")
    assert found(crm, companies=("Aubier",)) == [(deal_id, "company", ("Aubier Holding",))]
    assert found(crm, companies=("Aub%", "A_bier", "%")) == []


def test_a_deal_is_found_by_domain_of_people_or_website(fake: SalesforceFake, crm: Crm) -> None:
    fake.add_company("Aubier", "aubier.example")
    fake.add_company("Other", "notaubier.example")
    first = fake.add_deal(company="Aubier")
    second = fake.add_deal(contacts=[fake.add_contact("z@aubier.example")])
    fake.add_deal(company="Other")
    by = ("aubier.example",)
    assert found(crm, domains=by) == sorted([(first, "domain", by), (second, "domain", by)])


def test_closed_deals_count_for_two_weeks_before_a_call(fake: SalesforceFake, crm: Crm) -> None:
    bea = fake.add_contact("bea@aubier.example")
    old = fake.add_deal("Old", contacts=[bea], status="lost", at=AT - timedelta(days=15))
    fake.change_deal(old, AT, NextStep="touched since")
    late = fake.add_deal("Late", contacts=[bea], status="won", at=AT - timedelta(days=13))
    after = fake.add_deal("After", contacts=[bea], status="lost", at=AT + timedelta(days=30))
    ids = {one[0] for one in found(crm, emails=("bea@aubier.example",))}
    assert ids == {late, after}


def test_text_fields_can_be_listed_read_and_written(fake: SalesforceFake, crm: Crm) -> None:
    deal_id = fake.add_deal()
    fields = {one.name: one for one in crm.fields()}
    assert set(fields) == {"NextStep", "Description", "Competitor__c"}
    assert fields["NextStep"].longest == 255
    crm.write_fields(deal_id, {"NextStep": "O'Brien 😀", "Competitor__c": "Acme"})
    assert crm.read_fields(deal_id, ["NextStep", "Description"]) == {
        "NextStep": "O'Brien 😀",
        "Description": None,
    }
    with pytest.raises(CrmRejected, match="no field"):
        crm.read_fields(deal_id, ["Id FROM User"])
    with pytest.raises(CrmRejected, match="NextStep") as raised:
        crm.write_fields(deal_id, {"NextStep": "secret words " * 50})
    assert "secret words" not in str(raised.value)
