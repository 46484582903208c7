"""Adding calls: what is guessed, what must be told first, and what becomes of files."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from models.database import session_scope
from models.files import Files
from models.new_calls import NewCall, add_call
from models.tables import Account, AuditEntry, CallFacts, Contact, Deal, PlannedMeeting, User
from tests.api.conftest import People
from tests.pages.conftest import Pages
from tests.pages.sending import calls_of, facts_told, send, some_sound

AT = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)
INVITATION = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Discovery\r\n"
    "DTSTART;TZID=Romance Standard Time:20260312T143000\r\n"
    "ORGANIZER;CN=Rita:mailto:rita@beacon.example\r\n"
    'ATTENDEE;CN="Jim Kowalski":mailto:Jim.K@lumen.example\r\n'
    "ATTENDEE;CUTYPE=ROOM;CN=Room 2:mailto:room2@beacon.example\r\n"
    "DESCRIPTION:Hello\\n\\nAgenda:\\n- Goals (10 min)\\n- Prices\\n\\nBye\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
VTT = "WEBVTT\n\n00:00.000 --> 00:04.000\n<v Rita>Hello Jim.\n\n00:04.000 --> 00:09.000\n<v Jim>Hi."


@pytest.fixture
def deal(engine: Engine, people: People) -> Deal:
    """A deal of the rep's, with a contact, and another rep's of the other team."""
    with session_scope(engine) as session:
        ours = Account(name="Lumen Care Ltd", domain="lumen.example")
        theirs = Account(name="Orchard Foods")
        session.add_all([ours, theirs])
        session.flush()
        found = Deal(name="Lumen Care Ltd - New", account_id=ours.id, rep_id=people.rep.id)
        found.opened_at = AT
        hidden = Deal(name="Orchard Foods - New", account_id=theirs.id, rep_id=people.stranger.id)
        session.add_all([found, hidden])
        session.add(Contact(name="Ana Ruiz", email="ana@lumen.example", account_id=ours.id))
        return found


def _guess(client: TestClient, *names: str, **more: str) -> str:
    answer = client.post("/upload/guess", data={"name": list(names), **more})
    assert answer.status_code == 200, answer.text
    return answer.text


def _values(html: str) -> dict[str, str]:
    """What the first row's fields hold."""
    held = {
        name: re.search(rf'name="{name}" value="([^"]*)"', html)
        for name in ("title", "deal", "started")
    }
    areas = re.findall(r'name="(\w+)" rows[^>]*>\n([^<]*)</textarea>', html)
    chosen = re.search(r'<option value="(\w*)" selected>', html)
    found = {name: unescape(one[1]) if one else "" for name, one in held.items()}
    language = {"language": chosen[1] if chosen else ""}
    return found | language | {name: unescape(text) for name, text in reversed(areas)}


def test_the_page_is_there_in_each_language(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.peer.id).language = "fr"
    assert "<h1>Ajouter des appels</h1>" in pages(people.peer).get("/upload").text
    answer = pages(people.rep).get("/upload")
    assert answer.status_code == 200
    assert "<h1>Add calls</h1>" in answer.text
    assert "/upload/by-url" not in answer.text  # no hosts are listed


def test_whoever_did_not_sign_in_adds_nothing(nobody: TestClient, people: People) -> None:
    for path in ("/upload", "/upload/by-url", "/upload/guess", "/upload/facts"):
        assert nobody.post(path, data={"name": "x"}).headers["location"].startswith("/sign-in")


def test_an_invitation_fills_in_what_the_name_does_not_say(
    pages: Pages, people: People, deal: Deal
) -> None:
    html = _guess(pages(people.rep), "GMT20260312-133000_Recording.mp4", invitation=INVITATION)
    found = _values(html)
    assert found["title"] == "Discovery"
    assert found["started"] == "2026-03-12T13:30"  # the clock of a team without a zone
    assert found["theirs"] == "Jim Kowalski <jim.k@lumen.example>"
    assert found["ours"] == "Rita <rita@beacon.example>"
    assert found["agenda"].splitlines() == ["Goals (10 min)", "Prices"]
    assert found["deal"].startswith("Lumen Care Ltd - New")
    assert "By who is invited." in html
    assert 'data-read="1"' in html


def test_a_deal_is_known_by_its_account_in_the_name_of_the_file(
    pages: Pages, people: People, deal: Deal
) -> None:
    found = _values(_guess(pages(people.rep), "Lumen-care-demo.mp3"))
    assert found["deal"].startswith("Lumen Care Ltd - New")
    assert found["theirs"] == "Ana Ruiz <ana@lumen.example>"
    assert _values(_guess(pages(people.rep), "Orchard demo.mp3"))["deal"] == ""
    assert _values(_guess(pages(people.stranger), "Lumen care demo.mp3"))["deal"] == ""


def test_a_planned_meeting_tells_the_deal(
    pages: Pages, people: People, deal: Deal, engine: Engine
) -> None:
    with session_scope(engine) as session:
        planned = PlannedMeeting(deal_id=deal.id, rep_id=people.rep.id, scheduled_at=AT)
        session.add(planned)
    html = _guess(pages(people.rep), "GMT20260312-133500_Recording.mp4")
    assert _values(html)["deal"].startswith("Lumen Care Ltd - New")
    assert "A meeting of it was planned for then." in html


def test_the_last_call_of_a_deal_tells_language_and_people(
    pages: Pages, people: People, deal: Deal, engine: Engine
) -> None:
    with session_scope(engine) as session:
        known = {
            "participants": [{"name": "Léa", "side": "buyer"}, {"name": "R", "side": "seller"}]
        }
        new = NewCall("Before", AT, people.rep.id, deal.id, known=known)
        call = add_call(session, people.rep, new)
        call.state = "ready"
        facts = CallFacts(
            call_id=call.id,
            language="fr",
            source="diarized",
            duration_s=60,
            people=2,
            sellers=1,
            buyers=1,
        )
        session.add(facts)
    found = _values(_guess(pages(people.rep), "lumen care.mp3"))
    assert (found["language"], found["theirs"]) == ("fr", "Léa")


def test_guessing_asks_as_often_for_many_files_as_for_one(
    pages: Pages, people: People, deal: Deal, engine: Engine
) -> None:
    asked: list[str] = []
    client = pages(people.manager)

    @event.listens_for(engine, "before_cursor_execute")
    def count(*told: object) -> None:
        asked.append(str(told[2]))

    _guess(client, "Lumen care 2026-03-12 14-30.mp3")
    one = len(asked)
    _guess(client, *(f"Lumen care 2026-03-{day:02} 14-30.mp3" for day in range(10, 30)))
    assert len(asked) == 2 * one


def test_hostile_names_are_words(pages: Pages, people: People) -> None:
    html = _guess(pages(people.rep), '"><script>alert(1)</script>.mp3', invitation="BEGIN:NOTHING")
    assert "<script>" not in html
    assert 'data-read="0"' in html


def test_nothing_is_taken_before_everybody_knows(pages: Pages, people: People) -> None:
    fields = {"key": "k1", "title": "Kept <b>", "theirs": "Jim"}
    answer = pages(people.rep).post("/upload/facts", data=fields)
    assert answer.status_code == 422
    assert 'value="Kept &lt;b&gt;"' in answer.text
    assert 'id="k1-has_consent-why"' in answer.text


def test_what_is_told_is_what_the_intake_takes(
    pages: Pages, people: People, deal: Deal, engine: Engine
) -> None:
    fields = facts_told(
        key="k1",
        name="monday.mp3",
        title="Monday",
        deal="lumen care ltd - new",
        started="2026-03-12T14:30",
        language="fr",
        ours="Rita <rita@beacon.example>",
        theirs="Jim Kowalski <jim@lumen.example>, Lumen\n\nana.ruiz@lumen.example",
        agenda="- Goals (10 min)\n- Prices",
        is_private="true",
    )
    answer = pages(people.rep).post("/upload/facts", data=fields)
    assert answer.status_code == 200, answer.text
    call = json.loads(answer.json()["call"])
    assert call["deal_id"] == str(deal.id)
    assert call["started_at"] == "2026-03-12T14:30:00Z"
    assert [(one["name"], one["side"]) for one in call["participants"]] == [
        ("Rita", "seller"),
        ("Jim Kowalski", "buyer"),
        ("Ana Ruiz", "buyer"),
    ]
    assert call["participants"][1]["company"] == "Lumen"
    assert [(one["title"], one["minutes"]) for one in call["agenda"] if "minutes" in one] == [
        ("Goals", 10.0)
    ]
    assert call["is_private"] is True
    taken = pages(people.rep).post("/api/v1/calls", json=call)
    assert taken.status_code == 201, taken.text
    with Session(engine) as session:
        line = session.exec(select(AuditEntry).where(AuditEntry.verb == "declare_consent")).one()
        assert (line.actor, line.subject_id) == (people.rep.email, taken.json()["id"])
        assert line.detail == {"consent": "consented", "basis": None, "before": "unknown"}


def test_what_cannot_be_is_told_beside_its_field(pages: Pages, people: People, deal: Deal) -> None:
    wrong = [
        ("deal", "Orchard Foods - New", "No deal of yours is called that."),
        ("deal", "' OR 1=1 --", "No deal of yours is called that."),
        ("started", "tomorrow", "Write a day and a time"),
        ("started", "0001-01-01T00:00", "This cannot be kept"),
        ("language", "klingon", "This cannot be kept"),
        ("theirs", "x" * 400, "This cannot be kept"),
    ]
    client = pages(people.rep)
    for field, value, says in wrong:
        answer = client.post("/upload/facts", data=facts_told(key="k1", **{field: value}))
        assert answer.status_code == 422, field
        told = re.search(rf'id="k1-{field}-why">([^<]*)<', answer.text)
        assert told is not None, field
        assert says in told[1]
    assert client.post("/upload/facts", data=facts_told(key="k1", title="\x00")).status_code == 200


def test_a_manager_adds_for_the_team_and_a_rep_for_nobody_else(
    pages: Pages, people: People
) -> None:
    fields = facts_told(key="k1", rep_id=str(people.rep.id), ours="Mona <mona@beacon.example>")
    answer = pages(people.manager).post("/upload/facts", data=fields)
    call = json.loads(answer.json()["call"])
    assert call["rep_id"] == str(people.rep.id)
    assert [one["name"] for one in call["participants"]] == ["Rita"]  # not who brings it
    assert pages(people.peer).post("/upload/facts", data=fields).status_code == 403
    assert pages(people.boss).post("/upload/facts", data=fields).status_code == 403
    assert "rep_id" not in pages(people.rep).get("/upload").text
    assert "Paul" in pages(people.manager).get("/upload").text


def test_deals_are_found_as_one_types(pages: Pages, people: People, deal: Deal) -> None:
    found = pages(people.rep).get("/upload/deals", params={"deal": "care new"}).text
    assert found.count("<option") == 1
    assert "Lumen Care Ltd - New" in found
    assert "<option" not in pages(people.rep).get("/upload/deals", params={"deal": "orch"}).text


def test_a_deal_that_is_chosen_brings_its_people_unless_others_were_written(
    pages: Pages, people: People, deal: Deal
) -> None:
    fields = {"key": "k1", "deal": "Lumen Care Ltd - New", "theirs": "", "guessed": ""}
    answer = pages(people.rep).post("/upload/people", data=fields)
    assert _values(answer.text)["theirs"] == "Ana Ruiz <ana@lumen.example>"
    answer = pages(people.rep).post("/upload/people", data=fields | {"theirs": "Somebody"})
    assert _values(answer.text)["theirs"] == "Somebody"


def test_a_form_without_scripts_takes_recordings_and_transcripts_with_their_invitation(
    pages: Pages, people: People, deal: Deal, engine: Engine
) -> None:
    client = pages(people.rep)
    files: dict[str, bytes | str] = {
        "Budget 2026-03-12 13-30.wav": some_sound(),
        "talk.vtt": VTT,
        "i.ics": INVITATION,
    }
    status, to, _ = send(client, files, **facts_told(deal="Lumen Care Ltd - New", agenda="Prices"))
    assert (status, to) == (303, "/upload")
    budget, talk = calls_of(engine)
    assert (budget.title, budget.started_at, budget.state) == ("Budget", AT, "waiting")
    assert (talk.title, talk.state) == ("Talk", "understanding")
    assert {budget.deal_id, talk.deal_id} == {deal.id}
    assert budget.known["agenda"][0]["title"] == "Prices"
    page = client.get("/upload").text
    assert "2 calls were added." in page
    assert 'hx-trigger="every 2s"' in page
    assert f'/calls/{budget.id}"' in page


def test_a_form_without_the_tick_keeps_what_was_typed_and_no_file(
    pages: Pages, people: People, engine: Engine, files: Files
) -> None:
    status, _, page = send(pages(people.rep), {"a.wav": some_sound()}, title="Mine & yours")
    assert status == 422
    assert "Mine &amp; yours" in page
    assert "Tick this once everybody" in page
    assert calls_of(engine) == []
    assert list(files.stale_uploads(timedelta(seconds=-60))) == []


def test_no_file_at_all_is_told(pages: Pages, people: People) -> None:
    answer = pages(people.rep).post("/upload", data=facts_told(), files={"files": ("", b"")})
    assert answer.status_code == 422
    assert "Choose at least one recording" in answer.text


def test_what_is_wrong_with_one_file_concerns_it_alone(
    pages: Pages, people: People, engine: Engine
) -> None:
    sent: dict[str, bytes | str] = {
        "good.wav": some_sound(),
        "bad<b>.mp3": b"only words " * 99,
        "broken.vtt": "WEBVTT\n",
    }
    status, _, page = send(pages(people.rep), sent, **facts_told())
    assert status == 422
    assert [one.title for one in calls_of(engine)] == ["Good"]
    assert "2 files were not taken" in page
    assert "bad&lt;b&gt;.mp3" in page


def test_the_same_file_leads_to_the_call_that_is_there(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    send(client, {"a.wav": some_sound()}, **facts_told())
    status, to, _ = send(client, {"b.wav": some_sound()}, **facts_told())
    (call,) = calls_of(engine)
    assert (status, to) == (303, f"/calls/{call.id}")
    send(client, {"b.wav": some_sound(), "c.wav": some_sound(2)}, **facts_told())
    assert "One call was added. One file was there already." in client.get("/upload").text


def test_an_address_of_a_host_that_is_not_listed_is_refused_and_kept(
    pages: Pages, people: People, engine: Engine
) -> None:
    client, form = pages(people.rep), {"url": (None, "https://evil.example/a.mp3")}
    state = cast("FastAPI", client.app).state
    state.settings = state.settings.model_copy(update={"url_hosts": ("files.example.com",)})
    assert "From files.example.com." in client.get("/upload").text
    assert "Tick this once" in client.post("/upload/by-url", files=form).text
    answer = client.post("/upload/by-url", files=form | {"has_consent": (None, "true")})
    assert 'value="https://evil.example/a.mp3"' in answer.text
    assert answer.status_code == 422
    assert "1 file was not taken" in answer.text
    assert calls_of(engine) == []
