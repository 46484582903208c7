"""What is written to Pipedrive over real sockets: notes, next steps, fields, within its limits."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.crm.errors import (
    CrmGone,
    CrmRejected,
    CrmSpent,
    CrmUnavailable,
    CrmUncertain,
)
from api.crm.pipedrive import Pipedrive
from api.crm.port import CallNote, CrmTask, DealHint
from tests.crm.fakes.faults import Fault
from tests.crm.fakes.pipedrive import Limits, PipedriveFake, Shop, free, opened
from tests.crm.fakes.pipedrive_account import FIELD
from tests.crm.fakes.serving import serve

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
MARK = "Ref TT-0b9f5f6e-5a0c-4a52-9d3c-3f6f3c1d2e11"


def note(text: str = "They will sign.", mark: str = MARK) -> CallNote:
    return CallNote(mark, "Call", f"<p>{text}<br>{mark}</p>", f"{text}\n{mark}", AT)


def task(title: str = "Send the offer", **more: Any) -> CrmTask:
    return CrmTask(MARK, title, f"Before <Friday>\n{MARK}", **more)


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
def slept() -> list[float]:
    return []


@pytest.fixture
def crm(fake: PipedriveFake, slept: list[float]) -> Iterator[Pipedrive]:
    with opened(fake, slept) as crm:
        yield crm


def paths(fake: PipedriveFake, part: str) -> list[str]:
    return [f"{one.method} {one.path}" for one in fake.calls if part in one.path]


def test_a_note_is_written_changed_and_taken_away(fake: PipedriveFake, crm: Pipedrive) -> None:
    deal = fake.add_deal()
    made = crm.create_note(deal, note())
    assert made.url == f"{fake.url}/deal/{deal}"
    assert [(one.id, one.deal_id) for one in fake.notes] == [(made.id, deal)]
    assert fake.note_rows[int(made.id)]["add_time"] == "2026-11-02 09:30:00"
    assert crm.list_notes(deal, MARK) == [made]
    crm.update_note(deal, made.id, note("They signed."))
    assert fake.notes[0].body == f"<p>They signed.<br />{MARK}</p>"
    crm.delete_note(deal, made.id)
    assert fake.notes == []
    crm.delete_note(deal, made.id)
    with pytest.raises(CrmGone):
        crm.update_note(deal, made.id, note())


def test_notes_are_found_on_every_page_in_the_order_they_were_made(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal, other = fake.add_deal(), fake.add_deal()
    first = crm.create_note(deal, note())
    for at in range(110):
        fake.add_note(deal, f"<p>Ref TT-{at}</p>")
    last = crm.create_note(deal, note())
    crm.create_note(other, note())
    gone = crm.create_note(deal, note())
    fake.delete_note(gone.id)
    assert crm.list_notes(deal, MARK) == [first, last]


def test_a_mark_is_found_whatever_the_server_makes_of_the_tags(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal = fake.add_deal()
    made = crm.create_note(deal, note())
    fake.note_rows[int(made.id)]["content"] = MARK.replace(" TT", "&nbsp;<b>TT</b>")
    assert crm.list_notes(deal, MARK) == [made]
    assert crm.list_notes(deal, MARK[:-1] + "2") == []


@pytest.mark.parametrize("fault", ["lost_answer", "html", "half_json"])
def test_a_note_whose_answer_is_lost_is_uncertain_and_there_once(
    fake: PipedriveFake, crm: Pipedrive, fault: Fault
) -> None:
    deal = fake.add_deal()
    fake.faults.next(fault, "POST")
    with pytest.raises(CrmUncertain):
        crm.create_note(deal, note())
    assert len(fake.notes) == len(crm.list_notes(deal, MARK)) == 1


def test_a_note_that_met_a_broken_server_is_uncertain_and_sent_once(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal = fake.add_deal()
    fake.faults.next("broken", "POST")
    with pytest.raises(CrmUncertain):
        crm.create_note(deal, note())
    assert fake.notes == []
    assert len(paths(fake, "/notes")) == 1


@pytest.mark.parametrize("fault", ["broken", "slow", "lost_answer", "html", "half_json"])
def test_reading_goes_on_after_a_fault(fake: PipedriveFake, crm: Pipedrive, fault: Fault) -> None:
    deal = fake.add_deal()
    fake.faults.next(fault, "GET")
    assert crm.list_notes(deal, MARK) == []


@pytest.mark.parametrize("deal", ["999999", "not-a-number", "12 ", "²", "9" * 40])
def test_a_note_on_a_deal_that_is_not_there_says_so(crm: Pipedrive, deal: str) -> None:
    with pytest.raises(CrmGone):
        crm.create_note(deal, note())


@pytest.mark.parametrize("fault", ["slow_down", "slow_down_until"])
def test_a_note_is_sent_again_two_seconds_after_pipedrive_asked_to_slow_down(
    fake: PipedriveFake, crm: Pipedrive, slept: list[float], fault: Fault
) -> None:
    deal = fake.add_deal()
    fake.faults.next(fault, "POST")
    crm.create_note(deal, note())
    assert len(fake.notes) == 1
    assert slept == [2.0]


def test_a_day_without_budget_is_told_until_midnight(fake: PipedriveFake, crm: Pipedrive) -> None:
    fake.limits.daily = 3
    crm.check()
    with pytest.raises(CrmSpent) as caught:
        crm.check()
    until = caught.value.until
    assert (until.hour, until.minute, until.tzinfo) == (0, 0, UTC)
    assert timedelta() < until - datetime.now(UTC) <= timedelta(days=1)


def test_a_gateway_that_shuts_us_out_is_left_alone(fake: PipedriveFake, slept: list[float]) -> None:
    fake.limits = Limits(calls=1)
    with opened(fake, slept) as crm:
        crm.check()
        with pytest.raises(CrmUnavailable, match="shuts us out") as caught:
            crm.check()
    assert caught.value.retry_after_s == 120
    assert [one.status for one in fake.calls] == [200, 429, 403]


def test_many_calls_stay_within_what_is_allowed() -> None:
    fake = PipedriveFake(limits=Limits(calls=9, searches=5))
    hint = DealHint(AT, emails=tuple(f"p{at}@acme.test" for at in range(9)))
    with fake.serve(), opened(fake) as crm:
        assert crm.find_deals(hint) == []
    assert len(paths(fake, "/persons/search")) == 9
    assert fake.over_limit == 0


def test_a_next_step_becomes_an_activity_of_its_owner(fake: PipedriveFake, crm: Pipedrive) -> None:
    deal, seller = fake.add_deal(), fake.add_owner("Sam@talktrack.test")
    made = crm.create_task(deal, task(due_on=date(2026, 11, 9), owner_email="sam@talktrack.test"))
    row = fake.activities[int(made.id)]
    assert (row["subject"], row["type"], row["deal_id"]) == ("Send the offer", "task", int(deal))
    assert (row["due_date"], row["owner_id"]) == ("2026-11-09", int(seller))
    assert row["note"] == f"Before &lt;Friday&gt;<br>{MARK}"
    assert crm.list_tasks(deal, MARK) == [made]
    row["done"] = True
    crm.update_task(deal, made.id, task("Send it " + "y" * 300, owner_email="who@talktrack.test"))
    assert row["subject"] == "Send it " + "y" * 247
    assert (row["owner_id"], row["done"]) == (int(seller), True)
    row["is_deleted"] = True
    assert crm.list_tasks(deal, MARK) == []
    with pytest.raises(CrmGone):
        crm.update_task(deal, made.id, task())


def test_an_activity_whose_answer_is_lost_is_uncertain_and_there_once(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal = fake.add_deal()
    fake.faults.next("lost_answer", "POST")
    with pytest.raises(CrmUncertain):
        crm.create_task(deal, task())
    assert len(fake.tasks) == len(crm.list_tasks(deal, MARK)) == 1


def test_the_accounts_own_text_fields_are_read_and_written(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    deal = fake.add_deal()
    assert [(one.name, one.label, one.longest) for one in crm.fields()] == [
        (FIELD, "Next step", 65_000),
        ("2f0c", "Competitor", 255),
    ]
    assert crm.read_fields(deal, [FIELD, "2f0c"]) == {FIELD: None, "2f0c": None}
    crm.write_fields(deal, {FIELD: "O'Brien signs <on> 100 %"})
    assert crm.read_fields(deal, [FIELD]) == {FIELD: "O'Brien signs <on> 100 %"}
    with pytest.raises(CrmRejected, match="Validation failed"):
        crm.write_fields(deal, {"nowhere": "x"})
    fake.delete_deal(deal)
    with pytest.raises(CrmGone):
        crm.read_fields(deal, [FIELD])
