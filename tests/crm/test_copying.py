"""Deals of a CRM as they are copied here, and what people say against them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from models.crm.copying import Copied, copied_deal, copy_deals, forget_deals
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson, StageEntered
from models.crm.overrides import clear_override, overrides_of
from models.deals import change_deal
from models.errors import Missing
from models.importing import import_rows
from models.importing.findings import ImportOptions
from models.tables import Account, AuditEntry, Call, Contact, CrmConnection, Deal, StageChange, User
from tests.models.market import person

MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)
WON = datetime(2026, 4, 1, 15, tzinfo=UTC)
DEAL = CrmDeal(
    id="7",
    name="Harbor Foods 2026",
    status="open",
    stage="Proposal",
    url="https://crm.example/deals/7",
    pipeline="New business",
    amount=Decimal("1200.50"),
    currency="GBP",
    probability=0.4,
    created_at=MARCH,
    updated_at=MARCH + timedelta(days=9),
    closes_on=date(2026, 5, 1),
    owner=CrmPerson("1", "Tom", "TOM@seller.example"),
    company=CrmCompany("c1", "Harbor Foods", "harbor-foods.example"),
    contacts=(CrmPerson("p1", "Jim", "jim@harbor-foods.example", "+44 20 7946 0000", "COO"),),
    history=(StageEntered("Qualified", MARCH), StageEntered("Proposal", MARCH + timedelta(days=9))),
)


@pytest.fixture
def tom(session: Session) -> User:
    return person(session, "tom")


@pytest.fixture
def crm(session: Session) -> CrmConnection:
    made = CrmConnection(
        name="HubSpot", kind="hubspot", origin="hubspot", address="", secrets=b"sealed"
    )
    session.add(made)
    session.flush()
    return made


def copied(session: Session, crm: CrmConnection, *deals: CrmDeal) -> Copied:
    return copy_deals(session, crm, deals, currency="EUR")


def kept(session: Session, crm: CrmConnection, ref: str = "7") -> Deal:
    found = copied_deal(session, crm, ref)
    assert found is not None
    return found


def stages(session: Session, deal: Deal) -> list[str]:
    mine = select(StageChange).where(StageChange.deal_id == deal.id)
    return [one.stage for one in sorted(session.exec(mine), key=lambda one: one.position)]


def test_a_deal_comes_with_whom_it_is_between_and_its_stages(
    session: Session, crm: CrmConnection, tom: User
) -> None:
    assert copied(session, crm, DEAL) == Copied(deals=1, new=1)
    deal = kept(session, crm)
    assert (deal.name, deal.amount_minor, deal.currency) == ("Harbor Foods 2026", 120_050, "GBP")
    assert (deal.pipeline, deal.stage, deal.probability) == ("New business", "Proposal", 0.4)
    assert (deal.expected_on, deal.url) == (date(2026, 5, 1), "https://crm.example/deals/7")
    assert (deal.rep_id, deal.opened_at, deal.updated_at) == (tom.id, MARCH, DEAL.updated_at)
    account = session.get_one(Account, deal.account_id)
    assert (account.name, account.domain) == ("Harbor Foods", "harbor-foods.example")
    (contact,) = session.exec(select(Contact)).all()
    assert (contact.email, contact.account_id) == ("jim@harbor-foods.example", account.id)
    assert stages(session, deal) == ["Qualified", "Proposal"]


def test_the_same_again_changes_nothing_and_a_won_deal_ends(
    session: Session, crm: CrmConnection
) -> None:
    copied(session, crm, DEAL)
    assert copied(session, crm, DEAL) == Copied(deals=1)
    won = replace(
        DEAL,
        status="won",
        stage="Closed won",
        closed_at=WON,
        history=(*DEAL.history, StageEntered("Closed won", WON)),
    )
    assert copied(session, crm, won) == Copied(deals=1, changed=1)
    deal = kept(session, crm)
    assert (deal.outcome, deal.closed_at, deal.ended_at) == ("won", WON, WON)
    reopened = replace(DEAL, history=DEAL.history[:1], stage="Qualified")
    copied(session, crm, reopened)
    session.refresh(deal)
    assert (deal.outcome, deal.closed_at, stages(session, deal)) == ("open", None, ["Qualified"])


def test_an_owner_who_is_nobody_here_leaves_our_rep(
    session: Session, crm: CrmConnection, tom: User
) -> None:
    copied(session, crm, DEAL)
    copied(session, crm, replace(DEAL, owner=CrmPerson("2", "Ann", "ann@elsewhere.example")))
    assert kept(session, crm).rep_id == tom.id
    copied(session, crm, replace(DEAL, id="8", owner=CrmPerson("2", "Ann", None)))
    assert kept(session, crm, "8").rep_id is None


def test_an_amount_without_a_currency_is_in_ours_and_hostile_words_are_words(
    session: Session, crm: CrmConnection
) -> None:
    name = "O'Brien & Söhne \u202e <b>100 %</b> 💥\0\n" + "x" * 400
    copied(session, crm, replace(DEAL, name=name, currency=None, lost_reason="y" * 999))
    deal = kept(session, crm)
    assert (deal.currency, len(deal.name)) == ("EUR", 300)
    assert deal.name.startswith("O'Brien & Söhne \u202e <b>100 %</b> 💥")


def test_rows_that_were_imported_from_the_crm_are_taken_over(
    session: Session, crm: CrmConnection
) -> None:
    rows = [{"id": "7", "name": "Old name", "outcome": "open", "product": "Planner"}]
    import_rows(session, "deals", rows, ImportOptions(origin="hubspot"))
    assert copied(session, crm, DEAL) == Copied(deals=1, changed=1)
    assert (kept(session, crm).name, kept(session, crm).product) == (DEAL.name, "Planner")
    assert len(session.exec(select(Deal)).all()) == 1


def test_what_a_person_says_wins_until_it_is_cleared(
    session: Session, crm: CrmConnection, tom: User
) -> None:
    copied(session, crm, DEAL)
    deal = kept(session, crm)
    change_deal(session, tom, deal.id, {"amount_minor": 99_900, "stage": "Negotiation"})
    richer = replace(DEAL, amount=Decimal(1500), probability=0.5)
    copied(session, crm, richer)
    session.refresh(deal)
    assert (deal.amount_minor, deal.stage, deal.probability) == (99_900, "Negotiation", 0.5)
    assert stages(session, deal) == ["Qualified", "Proposal", "Negotiation"]
    assert {one.field for one in overrides_of(session, deal.id)} == {"amount_minor", "stage"}
    clear_override(session, deal, "amount_minor")
    assert deal.amount_minor == 150_000
    with pytest.raises(Missing):
        clear_override(session, deal, "amount_minor")


def test_when_the_crm_comes_to_say_the_same_nothing_is_against_it(
    session: Session, crm: CrmConnection, tom: User
) -> None:
    copied(session, crm, DEAL)
    deal = kept(session, crm)
    change_deal(session, tom, deal.id, {"expected_on": date(2026, 6, 1)})
    copied(session, crm, replace(DEAL, closes_on=date(2026, 6, 1)))
    assert overrides_of(session, deal.id) == []
    change_deal(session, tom, deal.id, {"name": "Mine"})
    change_deal(session, tom, deal.id, {"name": DEAL.name})
    assert overrides_of(session, deal.id) == []


def test_of_merged_deals_one_stays_with_the_calls_of_all(
    session: Session, crm: CrmConnection, tom: User
) -> None:
    copied(session, crm, DEAL, replace(DEAL, id="8", name="Twin"))
    loser = kept(session, crm, "8")
    call = Call(title="a", rep_id=tom.id, started_at=MARCH, deal_id=loser.id)
    session.add(call)
    session.flush()
    copied(session, crm, replace(DEAL, merged=("8",)))
    session.refresh(call)
    assert call.deal_id == kept(session, crm).id
    assert copied_deal(session, crm, "8") is None
    told = session.exec(select(AuditEntry).where(AuditEntry.verb == "merged")).one()
    assert told.detail == {"into": "7", "ref": "8", "connection": "HubSpot"}


def test_a_merge_under_a_new_id_goes_on_with_the_copy_there_is(
    session: Session, crm: CrmConnection
) -> None:
    copied(session, crm, DEAL)
    before = kept(session, crm).id
    copied(session, crm, replace(DEAL, id="90", merged=("7",)))
    assert kept(session, crm, "90").id == before


def test_deals_that_are_gone_go_and_their_calls_stay(
    session: Session, crm: CrmConnection, tom: User
) -> None:
    copied(session, crm, DEAL)
    call = Call(title="a", rep_id=tom.id, started_at=MARCH, deal_id=kept(session, crm).id)
    session.add(call)
    session.flush()
    assert forget_deals(session, crm, ["7", "unheard of"]) == 1
    session.refresh(call)
    assert call.deal_id is None
    assert session.exec(select(AuditEntry).where(AuditEntry.verb == "gone")).one().noun == "deals"
