"""Notes, tasks and fields of HubSpot, who may write them, and what goes wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api.crm.credentials import Credentials, HeldGrant
from api.crm.errors import CrmGone, CrmNeedsLogin, CrmRejected, CrmSpent, CrmUncertain
from api.crm.hubspot import HubSpot, authorize_url, exchange, manners
from api.crm.port import CallNote, CrmTask, DealHint
from api.crm.wire import Wire
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.fakes.hubspot_state import DEALS, NOTES
from tests.crm.hubspot_opening import AT, MARK, NOTE, TASK, VERSIONS, opened, wire_to


@pytest.fixture(params=VERSIONS)
def fake(request: pytest.FixtureRequest) -> Iterator[HubSpotFake]:
    fake = HubSpotFake(request.param)
    with fake.serve():
        yield fake


@pytest.fixture
def crm(fake: HubSpotFake) -> Iterator[HubSpot]:
    with opened(fake) as crm:
        yield crm


def test_a_note_is_made_listed_changed_and_deleted(crm: HubSpot, fake: HubSpotFake) -> None:
    owner = fake.add_owner("sam@seller.example")
    deal = fake.add_deal()
    made = crm.create_note(deal, CallNote(MARK, "t", NOTE.html, "", AT, "Sam@Seller.example"))
    assert made.url == f"https://app-eu1.hubspot.com/contacts/62515/record/0-3/{deal}"
    (note,) = fake.notes
    assert (note.deal_id, note.body) == (deal, NOTE.html)
    assert note.properties["hs_timestamp"] == "2026-11-21T10:00:00.000Z"
    assert note.properties["hubspot_owner_id"] == owner
    assert [one.id for one in crm.list_notes(deal, MARK)] == [made.id]
    assert crm.list_notes(deal, "Ref TT-of-another-call") == []
    crm.update_note(deal, made.id, CallNote(MARK, "t", f"<p>New</p><p>{MARK}</p>", "", AT))
    assert fake.notes[0].body.startswith("<p>New</p>")
    crm.delete_note(deal, made.id)
    crm.delete_note(deal, made.id)
    assert fake.notes == []


def test_a_note_that_somebody_deleted_is_told_when_it_is_changed(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    deal = fake.add_deal()
    made = crm.create_note(deal, NOTE)
    fake.delete_note(made.id)
    with pytest.raises(CrmGone):
        crm.update_note(deal, made.id, NOTE)


def test_notes_are_found_where_the_search_does_not_know_them(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    deal = fake.add_deal()
    crm.create_note(deal, NOTE)
    fake.calls.clear()
    assert len(crm.list_notes(deal, MARK)) == 1
    assert not [path for _, path, _ in fake.calls if path.endswith("/search")]


def test_a_mark_is_seen_however_hubspot_dresses_it(crm: HubSpot, fake: HubSpotFake) -> None:
    deal = fake.add_deal()
    made = crm.create_note(deal, NOTE)
    dressed = f'<div dir="auto"><p>A &amp; B</p><p><span>Ref</span>&#32;{MARK[4:]}</p></div>'
    fake.state.change(NOTES, made.id, {"hs_note_body": dressed})
    assert [one.id for one in crm.list_notes(deal, MARK)] == [made.id]


def test_all_notes_of_a_deal_are_looked_through_oldest_first(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    fake.association_page = 40
    deal = fake.add_deal()
    for number in range(205):
        body = f"<p>{number}</p><p>{MARK if number in (3, 204) else ''}</p>"
        at = AT - timedelta(hours=number)
        made = fake.state.add(NOTES, {"hs_note_body": body}, at)
        fake.state.link(NOTES, made.id, DEALS, deal)
    listed = crm.list_notes(deal, MARK)
    assert [one.made_at for one in listed] == [AT - timedelta(hours=204), AT - timedelta(hours=3)]


def test_a_note_of_a_merged_deal_is_found_and_written_where_the_deal_went(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    winner, loser = fake.add_deal("A"), fake.add_deal("B")
    made = crm.create_note(loser, NOTE)
    fake.merge_deals(winner, loser)
    assert [one.id for one in crm.list_notes(loser, MARK)] == [made.id]
    crm.create_note(loser, NOTE)
    with opened(fake) as another:
        another.create_note(loser, NOTE)
    assert len(fake.notes) == 3
    assert {note.deal_id for note in fake.notes} == {winner}


def test_a_deal_that_is_gone_is_told_before_anything_is_written(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    deal = fake.add_deal()
    fake.delete_deal(deal)
    for gone in (deal, "../notes", "7/../8", "", "²"):
        with pytest.raises(CrmGone):
            crm.list_notes(gone, MARK)
    with pytest.raises(CrmGone):
        crm.create_note(deal, NOTE)
    assert fake.notes == []


@pytest.mark.parametrize("fault", ["lost_answer", "html", "half_json", "broken"])
def test_a_create_without_a_plain_answer_is_uncertain_and_not_repeated(
    crm: HubSpot, fake: HubSpotFake, fault: Any
) -> None:
    deal = fake.add_deal()
    fake.faults.next(fault, "POST /crm/objects")
    with pytest.raises(CrmUncertain):
        crm.create_note(deal, NOTE)
    assert len(fake.notes) == (0 if fault == "broken" else 1)
    assert len(crm.list_notes(deal, MARK)) == len(fake.notes)


def test_a_create_that_was_told_to_slow_down_is_made_once(crm: HubSpot, fake: HubSpotFake) -> None:
    deal = fake.add_deal()
    fake.faults.next("slow_down", "POST /crm/objects")
    fake.faults.next("slow_down_until", "POST /crm/objects")
    fake.faults.next("expired", "POST /crm/objects")
    crm.create_note(deal, NOTE)
    assert len(fake.notes) == 1
    assert fake.refreshes == 1


def test_everything_else_is_repeated(crm: HubSpot, fake: HubSpotFake) -> None:
    deal = fake.add_deal(contacts=[fake.add_contact("b@buyer.example")])
    made = crm.create_note(deal, NOTE)
    for fault in ("lost_answer", "html", "half_json", "broken"):
        for where in ("GET /crm/objects", "associations", "notes/batch/read", "PATCH", "search"):
            fake.faults.next(fault, where)
        assert len(crm.list_notes(deal, MARK)) == 1
        crm.update_note(deal, made.id, NOTE)
        assert len(crm.find_deals(DealHint(AT, emails=("b@buyer.example",)))) == 1
    assert len(fake.faults.happened) == 20


def test_a_task_has_the_day_at_the_account_and_keeps_being_done(
    crm: HubSpot, fake: HubSpotFake
) -> None:
    deal = fake.add_deal()
    made = crm.create_task(deal, TASK)
    (task,) = fake.tasks
    assert task.deal_id == deal
    assert task.properties["hs_task_subject"] == "Send the offer"
    assert task.body == f"Send the &lt;offer&gt;<br>{MARK}"
    assert task.properties["hs_timestamp"] == "2026-12-01T07:00:00.000Z"  # 8 in Paris
    assert [one.id for one in crm.list_tasks(deal, MARK)] == [made.id]
    fake.state.change("tasks", made.id, {"hs_task_status": "COMPLETED"})
    crm.update_task(deal, made.id, CrmTask(MARK, "Send it", MARK))
    (task,) = fake.tasks
    assert task.properties["hs_task_status"] == "COMPLETED"
    assert task.properties["hs_timestamp"] == "2026-12-01T07:00:00.000Z"
    assert task.properties["hs_task_subject"] == "Send it"


def test_a_task_without_a_day_gets_one(crm: HubSpot, fake: HubSpotFake) -> None:
    crm.create_task(fake.add_deal(), CrmTask(MARK, "Call back", MARK))
    due = datetime.fromisoformat(fake.tasks[0].properties["hs_timestamp"])
    assert timedelta(days=1) < due - datetime.now(UTC) < timedelta(days=4)


def test_fields_are_the_texts_that_may_be_written(crm: HubSpot, fake: HubSpotFake) -> None:
    deal = fake.add_deal()
    assert [one.name for one in crm.fields()] == ["hs_next_step", "competitor", "description"]
    crm.write_fields(deal, {"hs_next_step": "Send <it> & wait 🚀"})
    assert crm.read_fields(deal, ["hs_next_step", "competitor"]) == {
        "hs_next_step": "Send <it> & wait 🚀",
        "competitor": None,
    }
    with pytest.raises(CrmRejected, match="Property values were not valid"):
        crm.write_fields(deal, {"no_such_field": "x"})


def test_the_account_is_told_with_its_scopes(fake: HubSpotFake) -> None:
    with opened(fake) as crm:
        told = crm.check()
    assert (told.name, told.user) == ("buyers.example", "admin@buyers.example")
    assert told.lacks == ()
    assert (told.api_version, told.limits) == (fake.version, ())
    assert told.web_url == "https://app-eu1.hubspot.com/contacts/62515"
    fake.scopes.remove("crm.objects.contacts.write")
    with opened(fake) as crm:
        assert crm.check().lacks == ("write notes and tasks (crm.objects.contacts.write)",)
    assert {method for method, path, _ in fake.calls if "/crm/" in path} == set()


def test_the_account_of_a_plain_token_is_told_too() -> None:
    fake = HubSpotFake(oauth=False)
    with fake.serve(), wire_to(fake) as wire:
        told = HubSpot(wire, fake.options).check()
        assert (told.name, told.lacks) == ("HubSpot 62515", ())
        assert told.limits == ("249,000 of 250,000 calls left today",)
        fake.forbidden = {"access-token-info", "notes"}
        told = HubSpot(wire, fake.options).check()
        assert told.lacks == ("read contacts and notes (crm.objects.contacts.read)",)
        fake.expire_tokens()
        with pytest.raises(CrmNeedsLogin, match="enter a new one"):
            HubSpot(wire, fake.options).check()


def test_a_grant_that_was_taken_back_needs_a_login(crm: HubSpot, fake: HubSpotFake) -> None:
    deal = fake.add_deal()
    fake.revoke()
    with pytest.raises(CrmNeedsLogin, match="connect it again: BAD_REFRESH_TOKEN") as told:
        crm.create_note(deal, NOTE)
    assert not any(secret in str(told.value) for secret in fake.credentials().secrets.values())
    assert fake.notes == []


def test_the_day_s_limit_stops_until_midnight_at_the_account(fake: HubSpotFake) -> None:
    deal = fake.add_deal()
    fake.faults.next("daily_limit", "GET /crm/objects")
    there = "Asia/Kolkata"
    with opened(fake, time_zone=there) as crm, pytest.raises(CrmSpent) as told:
        crm.list_notes(deal, MARK)
    until = told.value.until
    assert (until.hour, until.minute) == (18, 30)
    assert timedelta() < until - datetime.now(UTC) <= timedelta(hours=24)
    fake.faults.next("daily_limit", "GET /crm/objects")
    with opened(fake) as crm, pytest.raises(CrmSpent) as told:
        crm.list_notes(deal, MARK)
    assert timedelta() < told.value.until - datetime.now(UTC) <= timedelta(hours=1)


def test_a_refusal_tells_hubspot_s_words_and_number(fake: HubSpotFake) -> None:
    deal = fake.add_deal()
    fake.forbidden = {"/notes"}
    with opened(fake) as crm, pytest.raises(CrmRejected) as told:
        crm.create_note(deal, NOTE)
    words = str(told.value)
    assert "(403)" in words
    assert "crm.objects.secret.read" in words
    assert "correlation id aeb5f871" in words
    assert "Hello" not in words


def test_codes_are_exchanged_for_credentials(fake: HubSpotFake) -> None:
    begun = Credentials({"client_id": fake.credentials()["client_id"], "client_secret": "wrong"})
    with wire_to(fake, begun) as wire, pytest.raises(CrmNeedsLogin, match="BAD_CLIENT"):
        exchange(wire, "the-code", "https://talktrack.example/back")
    known = fake.credentials().secrets
    begun = Credentials({name: known[name] for name in ("client_id", "client_secret")})
    with wire_to(fake, begun) as wire:
        held = exchange(wire, "the-code", "https://talktrack.example/back")
        with pytest.raises(CrmNeedsLogin):
            exchange(wire, "another-code", "https://talktrack.example/back")
    assert held.get("refresh_token") == known["refresh_token"]
    assert held.expires_at is not None
    assert timedelta(minutes=29) < held.expires_at - datetime.now(UTC) < timedelta(minutes=31)


def test_people_are_led_to_hubspot_with_the_scopes_that_are_needed() -> None:
    url = urlsplit(authorize_url("https://api.hubapi.com", {}, "id", "s&t", "https://t.example/b"))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.netloc, url.path) == ("app.hubspot.com", "/oauth/authorize")
    assert (asked["client_id"], asked["state"]) == ("id", "s&t")
    assert "crm.objects.contacts.write" in asked["scope"].split()


@pytest.mark.parametrize("token", ["", "a\r\nx-evil: 1", "tökén", "two words"])
def test_a_token_that_can_be_none_is_never_sent(fake: HubSpotFake, token: str) -> None:
    held = Credentials({"access_token": token})
    with opened(fake, held) as crm, pytest.raises(CrmNeedsLogin, match="access token"):
        crm.deals(["1"])
    assert fake.calls == []


def test_hubspot_s_limits_are_kept() -> None:
    """Searches count twice: as themselves, and as calls."""
    fake = HubSpotFake()
    paces = manners("", {}).paces
    most, period_s = fake.limits[""]
    search = paces["search"]
    assert paces[""].calls + search.calls * period_s / search.period_s <= most
    with fake.serve() as url:
        held = HeldGrant(fake.credentials())
        with Wire(manners(url, {}), held, (urlsplit(url).netloc,)) as wire:
            crm = HubSpot(wire, {})
            for number in range(9):
                crm.find_deals(DealHint(AT, domains=(f"{number}.example",)))
    assert fake.over_limit == 0
    assert len(fake.calls) == 9
