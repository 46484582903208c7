"""Notes and tasks in Salesforce: once, whole, and found again, whatever goes wrong."""

import base64
import html
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from api.crm.errors import (
    CrmGone,
    CrmNeedsLogin,
    CrmSpent,
    CrmUncertain,
)
from api.crm.port import Crm, CrmTask
from api.crm.salesforce import Salesforce
from tests.crm.fakes.faults import Fault
from tests.crm.fakes.salesforce import SalesforceFake
from tests.crm.salesforce_opening import MARK, Stage, note, staged, wired

HOSTILE = ("O'Brien & Söhne \\ 100%_x", "日本 😀" * 90, 'a\nb\tc\x00\x07"<script>', "';--\\'")


def body(content: str) -> str:
    return html.unescape(base64.b64decode(content).decode())


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


def posted(fake: SalesforceFake, part: str) -> int:
    return sum(method == "POST" and part in path for method, path, _ in fake.calls)


def test_a_note_and_its_link_are_made_in_one_call(fake: SalesforceFake, crm: Crm) -> None:
    deal_id = fake.add_deal()
    ref = crm.create_note(deal_id, note(html_text="<p>Très 😀 <strong>bon</strong></p>"))
    (kept,) = fake.notes
    assert (kept.id, kept.deal_id) == (ref.id, deal_id)
    assert body(kept.body).startswith("<p>Très 😀 <strong>bon</strong></p>")
    assert base64.b64decode(kept.body).isascii()
    assert kept.title == f"Discovery call · {MARK}"
    assert posted(fake, "composite") == 1
    assert posted(fake, "sobjects") == 0


def test_notes_are_found_by_their_mark_alone(fake: SalesforceFake, crm: Crm) -> None:
    deal_id = fake.add_deal()
    first = crm.create_note(deal_id, note())
    crm.create_note(deal_id, note(mark=f"{MARK}-2"))
    crm.create_note(fake.add_deal(), note(mark="Ref TT-other"))
    assert [one.id for one in crm.list_notes(deal_id, MARK)] == [first.id]
    assert crm.list_notes(deal_id, MARK)[0].made_at is not None


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_keep_the_mark_whole(fake: SalesforceFake, crm: Crm, title: str) -> None:
    deal_id = fake.add_deal(title[:100])
    ref = crm.create_note(deal_id, note(title))
    assert fake.notes[0].title.endswith(MARK)
    assert [one.id for one in crm.list_notes(deal_id, MARK)] == [ref.id]


def test_an_update_sends_title_and_content_only(fake: SalesforceFake, crm: Crm) -> None:
    deal_id = fake.add_deal()
    ref = crm.create_note(deal_id, note())
    assert crm.update_note(deal_id, ref.id, note("Other", "<p>New</p>")).id == ref.id
    (kept,) = fake.notes
    assert body(kept.body).startswith("<p>New</p>")
    assert kept.title.startswith("Other")


def test_a_deleted_note_is_gone_for_updates_and_no_error_for_deletes(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal()
    ref = crm.create_note(deal_id, note())
    crm.delete_note(deal_id, ref.id)
    assert fake.notes == []
    crm.delete_note(deal_id, ref.id)
    with pytest.raises(CrmGone):
        crm.update_note(deal_id, ref.id, note())
    assert crm.list_notes(deal_id, MARK) == []


def test_a_refused_part_of_a_composite_call_is_seen_under_its_200(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal()
    fake.delete_deal(deal_id)
    with pytest.raises(CrmGone, match="invalid cross reference"):
        crm.create_note(deal_id, note())
    assert fake.notes == []
    assert fake.calls[-1][2] == 200


def test_a_half_written_note_is_linked_at_once(fake: SalesforceFake, crm: Crm) -> None:
    deal_id = fake.add_deal()
    fake.half_write = "told"
    ref = crm.create_note(deal_id, note())
    assert [(one.id, one.deal_id) for one in fake.notes] == [(ref.id, deal_id)]


def test_a_half_written_note_that_nobody_told_of_is_linked_when_notes_are_listed(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal()
    fake.half_write = "lost"
    with pytest.raises(CrmUncertain):
        crm.create_note(deal_id, note())
    assert [one.deal_id for one in fake.notes] == [None]
    (ref,) = crm.list_notes(deal_id, MARK)
    assert [(one.id, one.deal_id) for one in fake.notes] == [(ref.id, deal_id)]


def test_a_half_written_note_whose_link_is_refused_is_taken_away(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal()
    fake.delete_deal(deal_id)
    fake.half_write = "told"
    with pytest.raises(CrmGone):
        crm.create_note(deal_id, note())
    assert fake.notes == []


def test_a_note_of_another_deal_is_left_there(fake: SalesforceFake, crm: Crm) -> None:
    first, second = fake.add_deal(), fake.add_deal()
    crm.create_note(first, note())
    assert crm.list_notes(second, MARK) == []
    assert [one.deal_id for one in fake.notes] == [first]


@pytest.mark.parametrize("fault", ["lost_answer", "html", "half_json", "broken"])
def test_an_unanswered_create_is_sent_once_and_found_afterwards(
    fake: SalesforceFake, crm: Crm, fault: Fault
) -> None:
    deal_id = fake.add_deal()
    fake.faults.next(fault, "composite")
    with pytest.raises(CrmUncertain):
        crm.create_note(deal_id, note())
    assert posted(fake, "composite") == 1
    assert len(crm.list_notes(deal_id, MARK)) == len(fake.notes) == (fault != "broken")


def test_an_expired_token_is_replaced_once_and_the_call_repeated(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal()
    crm.list_notes(deal_id, MARK)
    fake.expire_tokens()
    crm.create_note(deal_id, note())
    assert (len(fake.grants), len(fake.notes)) == (2, 1)


def test_a_revoked_grant_wants_a_new_login_and_says_no_secret(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal()
    crm.list_notes(deal_id, MARK)
    fake.revoke()
    with pytest.raises(CrmNeedsLogin, match="invalid_grant") as raised:
        crm.create_note(deal_id, note())
    assert all(secret not in str(raised.value) for secret in fake.credentials().secrets.values())


def test_the_days_limit_parks_for_an_hour_and_too_many_at_once_do_not(
    fake: SalesforceFake, crm: Crm
) -> None:
    deal_id = fake.add_deal()
    fake.faults.next("daily_limit", "composite")
    with pytest.raises(CrmSpent) as raised:
        crm.create_note(deal_id, note())
    left = raised.value.until - datetime.now(UTC)
    assert timedelta(minutes=58) < left < timedelta(minutes=62)
    fake.faults.next("slow_down", "composite")
    crm.create_note(deal_id, note())
    assert len(fake.notes) == 1


@pytest.mark.parametrize("fault", ["broken", "slow_down_until", "html", "half_json", "lost_answer"])
def test_questions_are_repeated(fake: SalesforceFake, crm: Crm, fault: Fault) -> None:
    deal_id = fake.add_deal()
    fake.faults.next(fault, "query")
    assert [one.id for one in crm.deals([deal_id])] == [deal_id]


def test_a_logged_call_serves_as_a_note_where_an_admin_wants_it(fake: SalesforceFake) -> None:
    deal_id, owner_id = fake.add_deal(), fake.add_owner("sam@example.com")
    with wired(fake) as wire:
        crm: Crm = Salesforce(wire, {**fake.options, "note_as": "task"})
        assert crm.note_format == "text"
        ref = crm.create_note(deal_id, note(mark=MARK))
        crm.create_task(deal_id, CrmTask(f"{MARK}-1", "Send it", f"Send it\n{MARK}-1"))
        crm.update_note(deal_id, ref.id, note("Other"))
        assert [one.id for one in crm.list_notes(deal_id, MARK)] == [ref.id]
        row = fake.tables["Task"][ref.id]
        assert (row["Status"], row["OwnerId"], row["ActivityDate"]) == (
            "Terminé",
            owner_id,
            "2026-11-20",
        )
        assert row["Subject"] == "Other"
        crm.delete_note(deal_id, ref.id)
        assert fake.notes == []


def test_next_steps_become_tasks_of_their_owner(fake: SalesforceFake, crm: Crm) -> None:
    deal_id, owner_id = fake.add_deal(), fake.add_owner("sam@example.com")
    task = CrmTask(MARK, "Send the offer", f"By mail\n{MARK}", date(2026, 12, 1), "sam@example.com")
    ref = crm.create_task(deal_id, task)
    row = fake.tables["Task"][ref.id]
    assert (row["WhatId"], row["OwnerId"], row["ActivityDate"]) == (deal_id, owner_id, "2026-12-01")
    row["Status"] = "Terminé"
    crm.update_task(deal_id, ref.id, CrmTask(MARK, "Changed", f"x\n{MARK}", None, "no@example.com"))
    assert (row["Subject"], row["ActivityDate"], row["Status"]) == ("Changed", None, "Terminé")
    assert [one.id for one in crm.list_tasks(deal_id, MARK)] == [ref.id]
