"""Deals of the real Tryton: found, told with their history, and read page by page."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from api.crm import tryton_reading
from api.crm.credentials import HeldGrant
from api.crm.errors import CrmRejected
from api.crm.port import DealHint
from api.crm.tryton import Tryton, manners
from api.crm.wire import Wire
from tests.crm.tryton import running as real
from tests.crm.tryton.sales import Sales
from tests.crm.tryton.wording import now, stages, unique

HOSTILE = [
    "O'Brien & Fils",
    "100% _under_score_",
    'back\\slash "quoted" <b>bold</b>',
    "Crêperie 🥞 Łódź 株式会社",
    "x" * 300,
]


def test_check_tells_who_it_is_and_that_nothing_lacks(crm: Tryton) -> None:
    account = crm.check()
    assert account.name == "Seller SA"
    assert account.user == "Talktrack"
    assert set(account.scopes) == {"Sale Opportunity", "Sales"}
    assert account.lacks == ()
    assert account.api_version == "8.2"
    assert account.web_url is None  # this one has no web client


def test_a_user_without_the_groups_is_told_what_lacks(tryton: real.Tryton, sales: Sales) -> None:
    login, password = unique("poor"), f"pass-{uuid4().hex}"
    sales.client.create("res.user", name="Poor", login=login, password=password)
    credentials = tryton.credentials(password).renewed(None, login=login)
    with Wire(manners(tryton.url, {}), HeldGrant(credentials), (tryton.host,)) as wire:
        account = Tryton(wire, {}).check()
    assert account.scopes == ()
    assert "to see and change opportunities (group Sale Opportunity)" in account.lacks


def test_a_deal_is_told_with_its_money_its_people_and_its_owner(crm: Tryton, sales: Sales) -> None:
    host = f"{unique()}.example"
    party = sales.party(
        "Hélène & Co",
        ("email", f"helene@{host}", "Hélène Martin"),
        ("phone", "06 12 34 56 78", "Hélène Martin"),
        ("email", f"info@{host}", None),
        ("website", f"https://www.{host}/about", None),
    )
    day = now().date() + timedelta(days=30)
    number = sales.deal(party, "50 seats", "1200.50", conversion_probability=0.25, end_date=day)
    (deal,) = crm.deals([str(number)])
    assert (deal.name, deal.status, deal.stage) == ("50 seats", "open", "Lead")
    assert (deal.amount, deal.currency) == (Decimal("1200.50"), "EUR")
    assert (deal.probability, deal.closes_on) == (0.25, day)
    assert deal.company is not None
    assert (deal.company.name, deal.company.domain) == ("Hélène & Co", host)
    assert deal.owner is not None
    assert (deal.owner.name, deal.owner.email) == ("Sam Seller", "sam@seller.example")
    people = {(one.name, one.email, one.phone) for one in deal.contacts}
    assert people == {
        ("Hélène Martin", f"helene@{host}", "06 12 34 56 78"),
        (None, f"info@{host}", None),
    }
    assert deal.url is None


def test_a_currency_without_decimals_and_a_deal_without_a_name(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Kyoto Mills"), None, "90000", "JPY")
    (deal,) = crm.deals([str(number)])
    assert (deal.amount, deal.currency) == (Decimal("90000"), "JPY")
    assert deal.name.startswith("Kyoto Mills ")


def test_deals_are_found_by_email_whatever_its_case(crm: Tryton, sales: Sales) -> None:
    email = f"Bob.O'Brien@{unique()}.Example"
    number = sales.deal(sales.party("Mixed Case", ("email", email, "Bob")), "Seats")
    (found,) = crm.find_deals(DealHint(now(), emails=(email.lower(), "nobody@else.example")))
    assert (found.deal.id, found.via, found.by) == (str(number), "email", (email.lower(),))


def test_an_email_of_another_is_not_taken_for_a_pattern(crm: Tryton, sales: Sales) -> None:
    host = f"{unique()}.example"
    sales.deal(sales.party("Pattern", ("email", f"bobxsmith@{host}", None)), "Seats")
    assert crm.find_deals(DealHint(now(), emails=(f"bob_smith@{host}",))) == []
    assert crm.find_deals(DealHint(now(), emails=(f"%@{host}",))) == []


@pytest.mark.parametrize("written", ["+33 6 12 {} 56 78", "0033612{}5678", "+33 (0)6.12.{}.56.78"])
def test_deals_are_found_by_phone_however_it_is_written(
    crm: Tryton, sales: Sales, written: str
) -> None:
    middle = f"{uuid4().int % 10**7:07d}"
    number = sales.deal(sales.party("Phone", ("mobile", written.format(middle), None)), "Seats")
    variants = (f"+33612{middle}5678", f"0033612{middle}5678", f"0612{middle}5678")
    (found,) = crm.find_deals(DealHint(now(), phones=variants))
    assert (found.deal.id, found.via) == (str(number), "phone")
    assert crm.find_deals(DealHint(now(), phones=(f"0612{middle}567",))) == []


def test_deals_are_found_by_domain_but_not_by_a_longer_one(crm: Tryton, sales: Sales) -> None:
    name = unique()
    number = sales.deal(sales.party("Domain", ("email", f"a@{name}.example", None)), "Seats")
    sales.deal(sales.party("Longer", ("email", f"a@{name}.example.org", None)), "Seats")
    (found,) = crm.find_deals(DealHint(now(), domains=(f"{name}.example",)))
    assert (found.deal.id, found.via, found.by) == (str(number), "domain", (f"{name}.example",))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_found_as_they_are(crm: Tryton, sales: Sales, name: str) -> None:
    number = sales.deal(sales.party(name), name)
    sales.deal(sales.party(name.replace("_", "x").replace("%", "zz") + "!"), "Other")
    found = crm.find_deals(DealHint(now(), companies=(name.lower(),)))
    assert [one.deal.id for one in found] == [str(number)]
    assert found[0].deal.name == name
    assert found[0].deal.company is not None
    assert found[0].deal.company.name == name


def test_what_is_weaker_is_not_asked_for_once_an_open_deal_was_found(
    crm: Tryton, sales: Sales
) -> None:
    host = f"{unique()}.example"
    first = sales.deal(sales.party("First", ("email", f"a@{host}", None)), "Seats")
    sales.deal(sales.party("Second", ("email", f"b@{host}", None)), "Seats")
    hint = DealHint(now(), emails=(f"a@{host}",), domains=(host,))
    assert [one.deal.id for one in crm.find_deals(hint)] == [str(first)]
    sales.press(first, "lost")
    assert {one.via for one in crm.find_deals(hint)} == {"email", "domain"}


def test_closed_deals_are_found_for_two_weeks(crm: Tryton, sales: Sales) -> None:
    email = f"a@{unique()}.example"
    number = sales.deal(sales.party("Closed", ("email", email, None)), "Seats")
    sales.press(number, "lost")
    (found,) = crm.find_deals(DealHint(now() + timedelta(days=13), emails=(email,)))
    assert found.deal.status == "lost"
    sales.change(number, reference="touched")
    assert crm.find_deals(DealHint(now() + timedelta(days=15), emails=(email,))) == []


def test_a_deal_is_found_by_its_id_and_those_that_are_none_are_not(
    crm: Tryton, sales: Sales
) -> None:
    number = sales.deal(sales.party("By id"), "Seats")
    (found,) = crm.find_deals(DealHint(now(), deal_id=str(number)))
    assert (found.deal.id, found.via, found.by) == (str(number), "id", (str(number),))
    for wrong in ("999999", "-1", "0", "1 OR 1=1", "٣", "9" * 30, ""):
        assert crm.find_deals(DealHint(now(), deal_id=wrong)) == []


def test_the_history_is_what_was_done(crm: Tryton, sales: Sales) -> None:
    began = now()
    number = sales.deal(sales.party("History"), "Seats", "100")
    sales.press(number, "opportunity")
    sales.change(number, amount=Decimal("150"))
    sales.press(number, "lead", "lost", "lead", "opportunity")
    assert stages(crm, number) == ["Lead", "Opportunity", "Lead", "Lost", "Lead", "Opportunity"]
    sales.win(number)
    (deal,) = crm.deals([str(number)])
    assert [one.stage for one in deal.history[-3:]] == ["Opportunity", "Converted", "Won"]
    times = [one.at for one in deal.history]
    assert times == sorted(times)
    assert began - timedelta(seconds=1) < times[0] == deal.created_at
    assert (deal.status, deal.closed_at) == ("won", times[-1])
    assert deal.closes_on is not None


def test_a_lost_deal_has_its_reason_and_a_reopened_one_no_end(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Lost"), "Seats")
    sales.press(number, "lost")
    sales.change(number, lost_reason="Too dear")
    (lost,) = crm.deals([str(number)])
    assert (lost.status, lost.lost_reason) == ("lost", "Too dear")
    assert lost.closed_at == lost.history[-1].at
    sales.press(number, "lead")
    (again,) = crm.deals([str(number)])
    assert (again.status, again.closed_at) == ("open", None)


def test_many_deals_have_each_its_own_history(crm: Tryton, sales: Sales) -> None:
    party = sales.party("Many")
    done: dict[int, list[str]] = {}
    for turn in range(4):
        number = sales.deal(party, f"Deal {turn}")
        done[number] = ["Lead"]
        for open_one, told in done.items():
            button = "opportunity" if told[-1] == "Lead" else "lead"
            sales.press(open_one, button)
            told.append(button.capitalize())
    read = crm.deals([str(number) for number in done])
    assert {int(one.id): [entered.stage for entered in one.history] for one in read} == done


def test_changed_deals_come_page_by_page_each_once_in_order(
    crm: Tryton, sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = sales.party("Pages")
    since = now() - timedelta(milliseconds=1)
    made = [sales.deal(party, f"Deal {number}") for number in range(5)]
    sales.press(made[0], "opportunity")
    monkeypatch.setattr(tryton_reading, "_PAGE", 2)
    seen, cursor, sizes = [], None, []
    while True:
        page = crm.changed_deals(since, cursor)
        seen += [int(one.id) for one in page.deals]
        sizes.append(len(page.deals))
        if (cursor := page.next) is None:
            break
    assert seen == [*made[1:], made[0]]
    assert max(sizes) == 2
    (last,) = crm.changed_deals(now() - timedelta(days=1), None).deals[-1:] or (None,)
    assert last is not None


def test_only_what_changed_since_comes(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Since"), "Old")
    (old,) = crm.deals([str(number)])
    assert old.updated_at is not None
    page = crm.changed_deals(old.updated_at, None)
    assert [one.id for one in page.deals] == [str(number)]
    assert crm.changed_deals(old.updated_at + timedelta(microseconds=1), None).deals == ()
    with pytest.raises(CrmRejected, match="begin it anew"):
        crm.changed_deals(None, "nonsense")
