"""Who was on a call for the buyer, as a CRM may know them; nobody of ours."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.report import CallReport
from api.crm.hints import Surroundings, deal_hint, is_free_mail, phone_variants
from models.errors import BadInput
from models.tables import Account, Call, Contact, Deal
from tests.builders import BUYER, call_report, words

AT = datetime(2026, 9, 10, 15, 20, tzinfo=UTC)
OURS = ("tom@beacon.example", "Ann@beacon.example", "carl@gmail.com")


def call(*people: dict[str, Any], **columns: Any) -> Call:
    known = {"participants": list(people), **columns.pop("known", {})}
    return Call(title="A call", rep_id=uuid4(), started_at=AT, known=known, **columns)


def around(**more: Any) -> Surroundings:
    return Surroundings(**{"origin": "crm", "our_emails": OURS, **more})


def contact(name: str, email: str | None = None, phone: str | None = None) -> Contact:
    return Contact(name=name, email=email, phone=phone)


def heard(name: str) -> CallReport:
    report = call_report([(BUYER, words("Hello there", 0.0))])
    speakers = tuple(
        type(one)(one.id, name, one.side, one.why) for one in report.speakers if one.id == BUYER
    )
    return CallReport(report.meeting, report.transcript, speakers, {})


def test_only_the_buyers_side_counts() -> None:
    hint = deal_hint(
        call(
            {"name": "Tom", "email": "TOM@beacon.example", "company": "Beacon", "side": "seller"},
            {"name": "Eve", "email": "eve@partner.example", "side": "seller"},
            {"name": "Newcomer", "email": "new@uk.beacon.example"},
            {
                "name": "Ann Bo",
                "email": " Ann.Bo@Acme.example ",
                "company": "Acme",
                "side": "buyer",
            },
            {"name": "Zed", "email": "zed@acme.example"},
        ),
        around(),
    )
    assert hint.emails == ("ann.bo@acme.example", "zed@acme.example")
    assert (hint.domains, hint.companies, hint.at) == (("acme.example",), ("acme",), AT)


def test_a_colleague_with_free_mail_does_not_hide_customers_with_it() -> None:
    hint = deal_hint(
        call({"name": "Buyer", "email": "b@gmail.com"}, {"name": "C", "email": "carl@gmail.com"}),
        around(),
    )
    assert (hint.emails, hint.domains) == (("b@gmail.com",), ())


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "orange.fr", "SFR.fr", "laposte.net", "yahoo.co.uk", "hotmail.fr", "gmx.ch",
     "wanadoo.fr", "free.fr", "btinternet.com", "videotron.ca", "bluewin.ch"],
)  # fmt: skip
def test_free_mail_tells_of_no_company(domain: str) -> None:
    assert is_free_mail(domain)


@pytest.mark.parametrize(
    "domain",
    ["acme.fr", "orange.com", "live.acme.fr", "outlook.acme-group.com", "yahoo", "free.com"],
)
def test_a_company_is_not_taken_for_free_mail(domain: str) -> None:
    assert not is_free_mail(domain)


@pytest.mark.parametrize(
    "written", ["0033612345678", "+33 6 12 34 56 78", "06.12.34.56.78", "+33 (0)6 12 34 56 78"]
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    ways = ("+33612345678", "0033612345678", "0612345678", "+33 6 12 34 56 78", "06 12 34 56 78")
    assert phone_variants(written) == ways


def test_a_number_of_another_country_keeps_its_prefix() -> None:
    assert phone_variants("+1 415 555 2671")[:2] == ("+14155552671", "0014155552671")
    assert phone_variants("020 7946 0018", "GB")[0] == "+442079460018"


@given(st.text(max_size=200))
def test_any_text_may_stand_where_a_number_should(text: str) -> None:
    for way in phone_variants(text):
        assert any(sign.isdigit() for sign in way)


def test_contacts_count_when_they_were_invited_or_heard_by_full_name() -> None:
    known = (
        contact("Bérénice Roy", "b.roy@acme.example", "06 12 34 56 78"),
        contact("Other Person", "other@acme.example", "01 42 68 53 00"),
        contact("Ann", "ann@acme.example"),
        contact("Invited", "Inv@acme.example", "+41 44 668 18 00"),
        contact("Tom Ours", "tom.o@beacon.example", "0142685301"),
    )
    hint = deal_hint(
        call({"name": "Somebody", "email": "inv@acme.example"}, {"name": "Ann"}),
        around(contacts=known),
        heard("berenice  ROY"),
    )
    assert hint.emails == ("inv@acme.example", "b.roy@acme.example")
    assert [one for one in hint.phones if one.startswith("+") and " " not in one] == [
        "+33612345678",
        "+41446681800",
    ]


def test_a_deal_is_named_only_by_an_id_of_this_crm() -> None:
    own = Deal(name="D", origin="crm", ref="77")
    foreign = Deal(name="D", origin="elsewhere", ref="78")
    told = {"deal": {"id": "79"}}
    named = [
        deal_hint(call(deal_id=own.id), around(deal=own)),
        deal_hint(call(deal_id=foreign.id, known=told), around(deal=foreign)),
        deal_hint(call(deal_id=own.id), around(deal=foreign)),
        deal_hint(call(known=told), around()),
        deal_hint(call(known=told), around(takes_told_id=False)),
    ]
    assert [one.deal_id for one in named] == ["77", None, None, "79", None]


def test_the_account_tells_its_name_and_domain() -> None:
    account = Account(name="Acme  SAS", domain="www.Acme.example")
    hint = deal_hint(call({"name": "A", "company": "acme sas"}), around(account=account))
    assert (hint.companies, hint.domains) == (("acme sas",), ("acme.example",))


def test_our_own_domain_is_never_a_buyers() -> None:
    account = Account(name="Ourselves", domain="beacon.example")
    assert deal_hint(call(), around(account=account)).domains == ()


@pytest.mark.parametrize(
    "email", ["nobody", "@acme.example", "a@b", "x y@acme.example", "a\x00@acme.example", "a@b,c.d"]
)
def test_what_is_no_address_is_left_out(email: str) -> None:
    assert deal_hint(call({"name": "A", "email": email}), around()).emails == ()


def test_a_crowd_is_cut() -> None:
    crowd = [{"name": f"P{n}", "email": f"p{n}@acme.example"} for n in range(150)]
    assert len(deal_hint(call(*crowd), around()).emails) == 50


def test_what_was_kept_and_fits_no_more_is_told() -> None:
    with pytest.raises(BadInput, match="what is known of call"):
        deal_hint(Call(title="x", rep_id=uuid4(), started_at=AT, known={"nope": 1}), around())
