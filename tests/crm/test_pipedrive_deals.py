"""Deals as they are found and read at Pipedrive, over real sockets."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.crm.pipedrive import Pipedrive
from api.crm.pipedrive_deals import stages_entered
from api.crm.pipedrive_shapes import RawChange, RawDeal
from api.crm.port import DealHint
from models.crm.deal import CrmCompany, CrmPerson, StageEntered
from tests.crm.fakes.pipedrive import PipedriveFake, Shop, free, opened
from tests.crm.fakes.pipedrive_account import STAGES
from tests.crm.fakes.serving import serve

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
MARK = "Ref TT-0b9f5f6e-5a0c-4a52-9d3c-3f6f3c1d2e11"


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Shop, str]]:
    made = Shop()
    with serve(made) as url:
        yield made, url


@pytest.fixture
def fake(shop: tuple[Shop, str]) -> Iterator[PipedriveFake]:
    fake = PipedriveFake(limits=free())
    shop[0].inside = fake.checked or fake.app
    with fake.at(shop[1]):
        yield fake


@pytest.fixture
def crm(fake: PipedriveFake) -> Iterator[Pipedrive]:
    with opened(fake, []) as crm:
        yield crm


def paths(fake: PipedriveFake, part: str) -> list[str]:
    return [f"{one.method} {one.path}" for one in fake.calls if part in one.path]


def found(crm: Pipedrive, **hint: Any) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.deal.id: (one.via, one.by) for one in crm.find_deals(DealHint(AT, **hint))}


def test_a_deal_is_found_by_its_id_and_nothing_else_is_asked(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal = fake.add_deal(contacts=[fake.add_contact("c@acme.test")])
    assert found(crm, deal_id=deal, emails=("c@acme.test",)) == {deal: ("id", (deal,))}
    assert paths(fake, "search") == []


@pytest.mark.parametrize("deal_id", ["424242", "../users/me", "O'Brien"])
def test_an_id_of_no_deal_leaves_the_other_ways(
    fake: PipedriveFake, crm: Pipedrive, deal_id: str
) -> None:
    deal = fake.add_deal(contacts=[fake.add_contact("c@acme.test")])
    assert found(crm, deal_id=deal_id, emails=("c@acme.test",)) == {
        deal: ("email", ("c@acme.test",))
    }


def test_deals_are_found_by_the_exact_address_of_their_contacts(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    one, two = fake.add_contact("C@Acme.test"), fake.add_contact("d@acme.test")
    fake.add_deal(contacts=[fake.add_contact("cc@acme.test.example")])
    first, second = fake.add_deal(contacts=[one]), fake.add_deal("Two", contacts=[two])
    fake.delete_deal(fake.add_deal(contacts=[one]))
    assert found(crm, emails=("c@acme.test", "d@acme.test", "x@acme.test")) == {
        first: ("email", ("c@acme.test",)),
        second: ("email", ("d@acme.test",)),
    }


def test_closed_deals_count_for_two_weeks(fake: PipedriveFake, crm: Pipedrive) -> None:
    contact = fake.add_contact("c@acme.test")
    for days, status in ((15, "won"), (15, "lost")):
        fake.add_deal(contacts=[contact], status=status, at=AT - timedelta(days=days))
    late = fake.add_deal(contacts=[contact], status="lost", at=AT - timedelta(days=13))
    after = fake.add_deal(contacts=[contact], status="won", at=AT + timedelta(days=1))
    assert set(found(crm, emails=("c@acme.test",))) == {late, after}


def test_weaker_ways_are_tried_while_nothing_open_is_found(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    contact = fake.add_contact("c@acme.test", company="Acme")
    closed = fake.add_deal(contacts=[contact], status="won", at=AT)
    by_company = fake.add_deal(company="Acme")
    assert found(crm, emails=("c@acme.test",), domains=("acme.test",)) == {
        closed: ("email", ("c@acme.test",)),
        by_company: ("company", ("c@acme.test",)),
    }
    assert len(paths(fake, "/persons/search")) == 1


@pytest.mark.parametrize("stored", ["+33 6 12 34 56 78", "0033612345678", "06.12.34.56.78"])
def test_deals_are_found_by_a_number_however_it_is_written(
    fake: PipedriveFake, crm: Pipedrive, stored: str
) -> None:
    deal = fake.add_deal(contacts=[fake.add_contact(phone=stored)])
    fake.add_deal(contacts=[fake.add_contact(phone="+33 6 12 34 56 79")])
    phones = ("+33612345678", "0033612345678", "0612345678")
    assert {one: via for one, (via, _) in found(crm, phones=phones).items()} == {deal: "phone"}


@pytest.mark.parametrize(
    ("stored", "said", "is_found"),
    [
        ("Acme", "ACME S.A.S.", True),
        ("Acme SAS", "acme", True),
        ("Acme Foods", "Acme", False),
        ("O'Brien & Sons, Ltd", "O'Brien & Sons", True),
        ("100 % Élan 🚀", "100 % élan 🚀", True),
        ("X" * 300, "x" * 300, True),
        ("SAS", "sas", True),
    ],
)
def test_deals_are_found_by_the_name_of_their_company(
    fake: PipedriveFake, crm: Pipedrive, stored: str, said: str, is_found: bool
) -> None:
    deal = fake.add_deal(company=stored)
    assert found(crm, companies=(said,)) == ({deal: ("company", (said,))} if is_found else {})


def test_deals_are_found_by_the_domain_of_their_contacts(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    fake.add_contact("boss@acme.test", company="Acme")
    of_company = fake.add_deal(company="Acme")
    alone = fake.add_deal(contacts=[fake.add_contact("freelance@acme.test")])
    fake.add_deal(contacts=[fake.add_contact("c@acme.test.example")])
    assert found(crm, emails=("new@acme.test",), domains=("acme.test",)) == {
        of_company: ("domain", ("acme.test",)),
        alone: ("domain", ("acme.test",)),
    }


@pytest.mark.parametrize("hostile", ["'", "%", "a", "%' OR 1=1 --", "\U0001f680", "", " "])
def test_hostile_names_find_nothing_and_break_nothing(
    fake: PipedriveFake, crm: Pipedrive, hostile: str
) -> None:
    fake.add_deal(company="Acme", contacts=[fake.add_contact("c@acme.test", phone="0612345678")])
    hint = {"companies": (hostile,), "phones": (hostile,), "domains": (f"{hostile}.test",)}
    assert found(crm, **hint) == {}


def test_a_deal_is_told_in_names_with_its_history(fake: PipedriveFake, crm: Pipedrive) -> None:
    lead = fake.add_contact("Lead@acme.test", name="Lea", company="Acme", title="CFO")
    other = fake.add_contact("o@acme.test", name="Otto", phone="0612345678")
    fake.add_company("Acme")
    fake.organizations[int(fake.add_company("Acme"))]["website"] = "http://www.Acme.test/fr"
    deal = fake.add_deal("O'Brien 🚀", contacts=[lead, other], company="Acme", at=AT)
    fake.move_deal(deal, STAGES[1], AT + timedelta(days=1))
    fake.move_deal(deal, STAGES[2], AT + timedelta(days=2))
    fake.close_deal(deal, "lost", AT + timedelta(days=3), "Too dear")
    (told,) = crm.deals([deal])
    assert (told.name, told.status, told.stage, told.pipeline) == (
        "O'Brien 🚀",
        "lost",
        STAGES[2],
        "Sales",
    )
    assert (told.amount, told.currency) == (Decimal("1200.5"), "EUR")
    assert told.history == tuple(
        StageEntered(stage, AT + timedelta(days=day)) for day, stage in enumerate(STAGES)
    )
    assert told.closed_at == AT + timedelta(days=3)
    assert (told.closes_on, told.lost_reason) == (date(2026, 11, 5), "Too dear")
    assert told.owner == CrmPerson(str(fake.user_id), "Olive Owner", "owner@talktrack.test")
    company_id = fake.add_company("Acme")
    assert told.company == CrmCompany(company_id, "Acme", "acme.test", None, "France")
    assert told.contacts == (
        CrmPerson(lead, "Lea", "lead@acme.test", None, "CFO"),
        CrmPerson(other, "Otto", "o@acme.test", "0612345678"),
    )
    assert told.url == f"{fake.url}/deal/{deal}"
    assert told.created_at == AT


def test_an_open_deal_has_its_own_probability_or_its_stages(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    own = fake.add_deal(probability=80, expected_close_date="2026-12-24")
    of_stage, won = fake.add_deal(stage=STAGES[1]), fake.add_deal(status="won", probability=80)
    told = {one.id: one for one in crm.deals([own, of_stage, won])}
    assert [told[one].probability for one in (own, of_stage, won)] == [0.8, 0.5, None]
    assert told[own].closes_on == date(2026, 12, 24)


def test_deals_that_were_deleted_or_merged_are_left_out_and_archived_ones_are_not(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    kept, gone, merged, shelved = (fake.add_deal() for _ in range(4))
    fake.delete_deal(gone)
    fake.merge_deals(kept, merged)
    fake.change_deal(shelved, is_archived=True)
    asked = [kept, gone, merged, shelved, "no-id", "424242", "9" * 40]
    assert [one.id for one in crm.deals(asked)] == [kept, shelved]
    assert crm.deals([gone]) == crm.deals([]) == []


def test_many_deals_are_asked_for_by_the_hundred(fake: PipedriveFake, crm: Pipedrive) -> None:
    made = [fake.add_deal(company=f"C{at}") for at in range(130)]
    assert [one.id for one in crm.deals(made)] == made
    assert len(fake.calls) < 10


def test_a_stage_that_was_taken_away_keeps_its_name_or_its_number(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal = fake.add_deal(at=AT)
    fake.move_deal(deal, STAGES[1], AT + timedelta(days=1))
    fake.move_deal(deal, STAGES[2], AT + timedelta(days=2))
    fake.stages[fake.stage_id(STAGES[0])]["is_deleted"] = True
    lost = fake.stage_id(STAGES[1])
    del fake.stages[lost]
    (told,) = crm.deals([deal])
    assert [one.stage for one in told.history] == [STAGES[0], f"#{lost}", STAGES[2]]


def test_owners_stay_numbers_where_users_may_not_be_read(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    fake.forbidden = "/users"
    (told,) = crm.deals([fake.add_deal()])
    assert told.owner == CrmPerson(str(fake.user_id))


def test_what_is_not_known_may_be_told_as_null(caplog: pytest.LogCaptureFixture) -> None:
    fake = PipedriveFake(limits=free(), is_checked=False)
    fake.writes_nulls = True
    deal = fake.add_deal(amount=None, lost_reason="")
    with fake.serve(), opened(fake, []) as crm, caplog.at_level(logging.WARNING):
        assert crm.list_notes(deal, MARK) == []
        (told,) = crm.deals([deal])
        assert crm.changed_deals(None, None).next == "archived:"
    assert (told.amount, told.company, told.contacts) == (None, None, ())
    assert caplog.records == []


def test_a_broken_deal_is_left_out_and_its_contents_stay_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake = PipedriveFake(limits=free(), is_checked=False)
    good, bad = fake.add_deal(), fake.add_deal("Secret plan", status="won")
    fake.deals[int(bad)]["won_time"] = "Secret day"
    with fake.serve(), opened(fake, []) as crm, caplog.at_level(logging.WARNING):
        page = crm.changed_deals(None, None)
    assert [one.id for one in page.deals] == [good]
    assert "won_time" in caplog.text
    assert "Secret" not in caplog.text


def changed(crm: Pipedrive, since: datetime | None) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page = crm.changed_deals(since, cursor)
        pages.append([one.id for one in page.deals])
        if (cursor := page.next) is None:
            return pages


def test_all_deals_come_page_by_page_with_the_archive_last(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    made = [fake.add_deal(at=AT + timedelta(minutes=at)) for at in range(60)]
    shelved = fake.add_deal(is_archived=True, at=AT)
    fake.change_deal(made[0], AT + timedelta(days=1), value=7)
    expected = [*made[1:], made[0]]
    assert changed(crm, None) == [expected[:50], expected[50:], [shelved]]


def test_only_what_changed_since_comes(fake: PipedriveFake, crm: Pipedrive) -> None:
    old, new = fake.add_deal(at=AT), fake.add_deal(at=AT)
    fake.change_deal(new, AT + timedelta(hours=1), value=7)
    assert changed(crm, AT + timedelta(hours=1)) == [[new], []]
    assert changed(crm, AT + timedelta(seconds=1)) == [[new], []]
    assert changed(crm, AT + timedelta(seconds=0.5)) == [[old, new], []]


def test_an_account_without_an_archive_has_no_more_pages(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    fake.has_archive = False
    deal = fake.add_deal()
    assert changed(crm, None) == [[deal], []]


def test_a_changelog_is_asked_for_only_where_a_deal_moved(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    still, moved, moved_before = (fake.add_deal(at=AT) for _ in range(3))
    fake.move_deal(moved_before, STAGES[1], AT + timedelta(hours=1))
    since = AT + timedelta(hours=5)
    fake.move_deal(moved, STAGES[1], since)
    for deal in (still, moved_before):
        fake.change_deal(deal, since, value=7)
    told = {one.id: one.history for one in crm.changed_deals(since, None).deals}
    assert [len(told[one]) for one in (still, moved, moved_before)] == [0, 2, 0]
    assert paths(fake, "changelog") == [f"GET /api/v1/deals/{moved}/changelog"]
    told = {one.id: one.history for one in crm.changed_deals(None, None).deals}
    assert [len(told[one]) for one in (still, moved, moved_before)] == [1, 2, 2]
    assert told[still] == (StageEntered(STAGES[0], AT),)


MOVES = st.lists(
    st.tuples(st.integers(0, 1000), st.sampled_from("1234"), st.sampled_from("1234")), max_size=8
)


@given(moves=MOVES, present=st.integers(1, 4), changed_at=st.none() | st.integers(0, 1000))
def test_a_history_is_in_order_and_ends_in_the_present_stage(
    moves: list[tuple[int, str, str]], present: int, changed_at: int | None
) -> None:
    def at(minute: int) -> datetime:
        return AT + timedelta(minutes=minute)

    since = None if changed_at is None else at(changed_at)
    raw = RawDeal(id=1, stage_id=present, add_time=AT, stage_change_time=since)
    changes = [
        RawChange(field_key="stage_id", time=at(one), old_value=old, new_value=new)
        for one, old, new in moves
    ]
    entered = stages_entered(raw, changes)
    times = [when for _, when in entered]
    assert times == sorted(times)
    assert entered[-1][0] == str(present)
    assert all(one != two for (one, _), (two, _) in pairwise(entered))


def test_a_deal_that_moved_on_after_it_was_read_ends_where_it_was() -> None:
    at = [AT, AT + timedelta(hours=1), AT + timedelta(hours=2)]
    raw = RawDeal(id=1, stage_id=2, add_time=at[0], stage_change_time=at[1])
    changes = [
        RawChange(field_key="stage_id", time=at[2], old_value="2", new_value="3"),
        RawChange(field_key="stage_id", time=at[1], old_value="1", new_value="2"),
    ]
    assert stages_entered(raw, changes) == [("1", at[0]), ("2", at[1])]
