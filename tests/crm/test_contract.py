"""What every CRM promises, whichever it is: the same scenarios for all of them."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from api.crm.console import Console, Memory
from api.crm.credentials import HeldGrant
from api.crm.errors import CrmGone, CrmRejected
from api.crm.note_rendering import mark_of
from api.crm.port import CallNote, Crm, CrmTask, DealHint, Found
from api.crm.vendors import open_crm
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson
from tests.crm.fakes.pipedrive import Shop
from tests.crm.pushing import KINDS, Fake, new_fake

AT = datetime(2026, 9, 10, 15, 20, tzinfo=UTC)
LATE = AT + timedelta(days=30)
MARK, OTHER_MARK = mark_of(UUID(int=7)), mark_of(UUID(int=8))
BUYER = "jim.kowalski@vantagefm.example"
NOTE = CallNote(MARK, "A call", f"<p>One &amp; all</p><p>{MARK}</p>", f"One & all\n{MARK}", AT)
TASK = CrmTask(MARK, "Send <it>", f"Send <it>\n{MARK}", AT.date())
NOBODY = {"hubspot": "999999", "salesforce": "006000000000999AAA", "pipedrive": "999999"}


@dataclass
class ConsoleFake:
    """The controls of a fake, for the CRM that prints."""

    memory: Memory = field(default_factory=Memory)
    contacts: dict[str, CrmPerson] = field(default_factory=dict)

    def add_contact(self, email: str | None = None, **more: Any) -> str:
        del more
        self.contacts[str(len(self.contacts))] = CrmPerson(str(len(self.contacts)), email=email)
        return str(len(self.contacts) - 1)

    def add_deal(
        self,
        name: str = "Deal",
        *,
        contacts: Sequence[str] = (),
        company: str | None = None,
        at: datetime = AT,
    ) -> str:
        deal_id = str(len(self.memory.deals) + 1)
        self.memory.deals[deal_id] = CrmDeal(
            deal_id,
            name,
            "open",
            "New",
            created_at=at,
            updated_at=at,
            company=CrmCompany("c", company) if company else None,
            contacts=tuple(self.contacts[one] for one in contacts),
        )
        return deal_id

    def change_deal(self, deal_id: str, at: datetime) -> None:
        self.memory.deals[deal_id] = replace(self.memory.deals[deal_id], updated_at=at)

    def close_deal(self, deal_id: str, status: Any, at: datetime) -> None:
        deal = self.memory.deals[deal_id]
        self.memory.deals[deal_id] = replace(deal, status=status, closed_at=at, updated_at=at)

    def delete_deal(self, deal_id: str) -> None:
        del self.memory.deals[deal_id]

    def delete_note(self, note_id: str) -> None:
        del self.memory.notes[note_id]


@dataclass(frozen=True)
class Place:
    """A CRM, and the controls of what is behind it."""

    kind: str
    crm: Crm
    fake: Any

    @property
    def nobody(self) -> str:
        """An id that no deal has."""
        return NOBODY.get(self.kind, "999999")


@pytest.fixture(params=[*KINDS, "console"])
def place(
    request: pytest.FixtureRequest, shop: tuple[Shop, str], no_pauses: None
) -> Iterator[Place]:
    with _opened(request.param, *shop) as found:
        yield found


@contextmanager
def _opened(kind: str, shop: Shop, url: str) -> Iterator[Place]:
    if kind == "console":
        fake = ConsoleFake()
        yield Place(kind, Console((), io.StringIO(), memory=fake.memory), fake)
        return
    made: Fake = new_fake(kind)
    made.url = url
    shop.inside = getattr(made, "app", made)
    grant = HeldGrant(made.credentials())
    with open_crm(kind, url, made.options, grant, (urlsplit(url).netloc,)) as crm:
        yield Place(kind, crm, made)


def every_change(crm: Crm, since: datetime | None) -> list[str]:
    """The ids of all pages."""
    found, cursor = [], None
    while True:
        page = crm.changed_deals(since, cursor)
        found += [one.id for one in page.deals]
        cursor = page.next
        if cursor is None:
            return found


class TestEveryCrm:
    def test_it_says_what_it_is(self, place: Place) -> None:
        assert place.crm.kind == place.kind
        assert place.crm.note_format in {"html", "text"}
        assert place.crm.note_limit >= 10_000
        assert 0 <= place.crm.settles_s <= 10
        assert place.crm.check().name

    def test_a_note_is_made_found_by_its_mark_changed_and_taken_away(self, place: Place) -> None:
        crm, deal_id = place.crm, place.fake.add_deal()
        assert crm.list_notes(deal_id, MARK) == []
        made = crm.create_note(deal_id, NOTE)
        assert [one.id for one in crm.list_notes(deal_id, MARK)] == [made.id]
        assert crm.list_notes(deal_id, OTHER_MARK) == []
        changed = crm.update_note(deal_id, made.id, replace(NOTE, html=f"<p>Two</p><p>{MARK}</p>"))
        assert changed.id == made.id
        assert [one.id for one in crm.list_notes(deal_id, MARK)] == [made.id]
        crm.delete_note(deal_id, made.id)
        assert crm.list_notes(deal_id, MARK) == []
        crm.delete_note(deal_id, made.id)  # as good as the first time

    def test_notes_of_one_mark_come_oldest_first_and_of_their_deal_alone(
        self, place: Place
    ) -> None:
        crm = place.crm
        here, there = place.fake.add_deal("Here"), place.fake.add_deal("There")
        made = [crm.create_note(here, NOTE).id for _ in range(3)]
        crm.create_note(there, NOTE)
        crm.create_note(here, replace(NOTE, mark=OTHER_MARK, html=f"<p>{OTHER_MARK}</p>"))
        assert [one.id for one in crm.list_notes(here, MARK)] == made

    def test_a_note_that_was_deleted_is_gone(self, place: Place) -> None:
        crm, deal_id = place.crm, place.fake.add_deal()
        made = crm.create_note(deal_id, NOTE)
        place.fake.delete_note(made.id)
        with pytest.raises(CrmGone):
            crm.update_note(deal_id, made.id, NOTE)

    def test_nothing_is_written_on_a_deal_that_is_not_there(self, place: Place) -> None:
        for deal_id in (place.nobody, "' OR 1=1 --", "../1"):
            with pytest.raises(CrmRejected):
                place.crm.create_note(deal_id, NOTE)

    def test_a_deal_is_found_by_the_address_of_its_contact(self, place: Place) -> None:
        contact = place.fake.add_contact(BUYER)
        deal_id = place.fake.add_deal("Theirs", contacts=[contact], at=AT - timedelta(days=9))
        place.fake.add_deal("Another's", contacts=[place.fake.add_contact("x@y.example")])
        found: list[Found] = place.crm.find_deals(DealHint(AT, emails=(BUYER,)))
        assert [(one.deal.id, one.via, one.by) for one in found] == [(deal_id, "email", (BUYER,))]
        assert place.crm.find_deals(DealHint(AT, emails=("o'brien%@_.example",))) == []
        assert place.crm.find_deals(DealHint(AT)) == []

    def test_a_deal_is_found_by_its_id_before_all_else(self, place: Place) -> None:
        contact = place.fake.add_contact(BUYER)
        named = place.fake.add_deal("Named")
        place.fake.add_deal("Theirs", contacts=[contact])
        found = place.crm.find_deals(DealHint(AT, deal_id=named, emails=(BUYER,)))
        assert ("id", named) in [(one.via, one.deal.id) for one in found]

    def test_deals_are_told_by_their_ids_and_the_rest_is_gone(self, place: Place) -> None:
        one, two = place.fake.add_deal("One"), place.fake.add_deal("Two")
        place.fake.delete_deal(two)
        there = place.crm.deals([one, two, place.nobody, "no id at all"])
        assert [(deal.id, deal.name, deal.status) for deal in there] == [(one, "One", "open")]
        assert place.crm.deals([]) == []

    def test_a_deal_that_was_won_says_so(self, place: Place) -> None:
        deal_id = place.fake.add_deal("One", at=AT)
        place.fake.close_deal(deal_id, "won", LATE)
        (deal,) = place.crm.deals([deal_id])
        assert (deal.status, deal.closed_at) == ("won", LATE)

    def test_all_deals_come_once_and_later_only_those_that_changed(self, place: Place) -> None:
        ids = [place.fake.add_deal(f"Deal {n}", at=AT + timedelta(minutes=n)) for n in range(120)]
        assert sorted(set(every_change(place.crm, None))) == sorted(ids)
        place.fake.change_deal(ids[3], at=LATE + timedelta(hours=1))
        place.fake.close_deal(ids[5], "lost", LATE + timedelta(hours=2))
        assert set(every_change(place.crm, LATE)) == {ids[3], ids[5]}
        assert every_change(place.crm, LATE + timedelta(days=1)) == []

    def test_a_to_do_is_made_found_and_changed(self, place: Place) -> None:
        crm, deal_id = place.crm, place.fake.add_deal()
        assert crm.has_tasks
        made = crm.create_task(deal_id, TASK)
        crm.update_task(deal_id, made.id, replace(TASK, title="Call back"))
        assert [one.id for one in crm.list_tasks(deal_id, MARK)] == [made.id]
        assert crm.list_tasks(deal_id, OTHER_MARK) == []
        with pytest.raises(CrmGone):
            crm.update_task(deal_id, place.nobody.replace("006", "00T"), TASK)

    def test_text_fields_are_written_and_read(self, place: Place) -> None:
        crm, deal_id = place.crm, place.fake.add_deal()
        (name, *_) = [one.name for one in crm.fields()]
        assert crm.read_fields(deal_id, [name]) == {name: None}
        crm.write_fields(deal_id, {name: "Call O'Brien, 100 %"})
        assert crm.read_fields(deal_id, [name]) == {name: "Call O'Brien, 100 %"}
        with pytest.raises(CrmRejected):
            crm.write_fields(deal_id, {"no such field": "x"})
