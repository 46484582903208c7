"""The page of a call: what it shows at each state, and what can be put right on it."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

from sqlalchemy import Engine
from sqlmodel import Session, select

from models import lifecycle
from models.database import session_scope
from models.files import Files
from models.new_calls import NewCall, add_call
from models.tables import Call, Correction, Report, User
from tests.api.conftest import People
from tests.api.working import SAID, new_recording
from tests.pages.conftest import Pages
from tests.pages.written_calls import Made, finish, written

__all__ = ["finish", "written"]
HOSTILE = '<img src=x onerror="alert(1)">'


def _part(text: str, id_: str) -> str:
    """From an element's start to the end of the page."""
    return text[text.index(f'id="{id_}"') :]


def _state(engine: Engine, call_id: UUID) -> str:
    with Session(engine) as session:
        return session.get_one(Call, call_id).state


def test_a_call_shows_who_spoke_what_was_said_and_what_matters(
    pages: Pages, people: People, written: Made
) -> None:
    text = pages(people.rep).get(f"/calls/{written()}").text
    assert "<h1>Cold call</h1>" in text
    assert 'class="chip seller"' in text
    assert "Jim Kowalski" in text
    assert "Planning the shifts." in _part(text, "transcript")
    assert 'id="findings"' in text
    assert "nothing to hear" in text
    assert "<audio" not in text


def test_a_paragraph_tells_when_each_of_its_words_begins(
    pages: Pages, people: People, written: Made
) -> None:
    text = pages(people.rep).get(f"/calls/{written()}").text
    paragraphs = re.findall(r'data-t="([^"]*)">.*?<p>(.*?)</p>', text)
    assert len(paragraphs) == len(SAID)
    for times, said in paragraphs:
        plain = re.sub("<.*?>", "", said)
        assert len(times.split()) == plain.count(" ")
    assert paragraphs[1][0].split()[0] == "500"  # in hundredths of a second


def test_the_page_is_in_the_reader_s_language(
    pages: Pages, people: People, written: Made, engine: Engine
) -> None:
    call_id = written()
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).language = "fr"
    text = pages(people.rep).get(f"/calls/{call_id}").text
    assert 'html lang="fr"' in text
    assert 'id="said" lang="en"' in text
    assert "Transcription" in text
    assert "Rechercher dans" in text


def test_hostile_names_titles_and_words_are_only_text(
    pages: Pages, people: People, written: Made, engine: Engine
) -> None:
    call_id = written(names=("Rita", HOSTILE))
    with session_scope(engine) as session:
        session.get_one(Call, call_id).title = HOSTILE
    client = pages(people.rep)
    for path in ("", "/edit", "/words/1"):
        text = client.get(f"/calls/{call_id}{path}").text
        assert "<img" not in text, path
    assert "&lt;img" in client.get(f"/calls/{call_id}").text


def test_strangers_find_nothing_and_managers_all(
    pages: Pages, people: People, written: Made
) -> None:
    call_id = written()
    for path in ("", "?at=3.5", "/edit", "/words/0", "/course"):
        way = f"/calls/{call_id}{path}"
        assert pages(people.stranger).get(way).status_code == 404, path
        assert pages(people.manager).get(way).status_code == 200, path
        assert pages(people.peer).get(way).status_code == 404, path


def test_strangers_change_nothing(
    pages: Pages, people: People, written: Made, engine: Engine
) -> None:
    call_id = written()
    stranger = pages(people.stranger)
    fields = {"name": "X", "side": "buyer", "into": "S2", "speaker": "S1"}
    fields |= {"start_s": "0", "end_s": "4", "text": "no", "title": "no"}
    ways = ["sides/swap", "speakers/S1/name", "speakers/S1/side", "speakers/S1/merge", "words/0"]
    ways += ["edit", "delete", "retry", "cancel", "understand", "corrections/1/undo"]
    for way in ways:
        assert stranger.post(f"/calls/{call_id}/{way}", data=fields).status_code == 404, way
    assert _state(engine, call_id) == "ready"


def test_what_is_no_call_is_not_found(pages: Pages, people: People) -> None:
    client = pages(people.rep)
    assert client.get(f"/calls/{uuid4()}").status_code == 404
    assert client.get("/calls/1").status_code == 404


def test_a_second_that_cannot_be_is_refused(pages: Pages, people: People, written: Made) -> None:
    call_id = written()
    client = pages(people.rep)
    assert 'data-at="3.50"' in client.get(f"/calls/{call_id}?at=3.5").text
    for wrong in ("-1", "nan", "inf", "soon"):
        assert client.get(f"/calls/{call_id}?at={wrong}").status_code == 422


def test_a_name_is_put_right_and_taken_back(
    pages: Pages, people: People, written: Made, finish: Callable[[], None]
) -> None:
    call_id, client = written(), pages(people.rep)
    answer = client.post(f"/calls/{call_id}/speakers/S2/name", data={"name": " Jane  Doe "})
    assert answer.headers["location"] == f"/calls/{call_id}"
    during = client.get(f"/calls/{call_id}").text
    assert "Now called Jane Doe." in during
    assert "being updated" in during
    (undo,) = set(re.findall(r'action="(/calls/[^"]+/undo)"', _part(during, "notice")))
    finish()
    assert "Jane Doe" in _part(client.get(f"/calls/{call_id}").text, "transcript")
    client.post(undo)
    finish()
    text = client.get(f"/calls/{call_id}").text
    assert "Jane Doe" not in _part(text, "transcript")
    assert "Put back: Speaker named Jane Doe" in text


def test_sides_are_swapped_and_the_page_tells_when_it_is_done(
    pages: Pages, people: People, written: Made, finish: Callable[[], None]
) -> None:
    call_id, client = written(), pages(people.rep)
    client.post(f"/calls/{call_id}/sides/swap")
    course = client.get(f"/calls/{call_id}/course")
    assert 'hx-trigger="every 1s"' in course.text
    assert "hx-trigger" not in course.headers
    finish()
    course = client.get(f"/calls/{call_id}/course")
    assert course.headers["hx-trigger"] == "understood"
    assert "hx-get" not in course.text
    chip = client.get(f"/calls/{call_id}").text.split('id="person-S1"')[1]
    assert 'class="chip buyer"' in chip.split("</summary>")[0]


def test_two_speakers_become_one(
    pages: Pages, people: People, written: Made, finish: Callable[[], None]
) -> None:
    call_id, client = written(), pages(people.rep)
    assert client.post(f"/calls/{call_id}/speakers/S2/merge", data={"into": "S1"}).is_redirect
    finish()
    text = client.get(f"/calls/{call_id}").text
    assert 'id="person-S2"' not in text
    assert "Only one person" not in text


def test_one_word_is_put_right_and_the_others_keep_their_times(
    pages: Pages, people: People, written: Made, finish: Callable[[], None], engine: Engine
) -> None:
    call_id, client = written(), pages(people.rep)
    before = client.get(f"/calls/{call_id}").text
    form = client.get(f"/calls/{call_id}/words/1").text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    text = "Planning the rota. It is too expensive as it is, and we also look at Kestrel."
    client.post(f"/calls/{call_id}/words/1", data={**fields, "to": "S2", "text": text})
    with Session(engine) as session:
        (row,) = session.exec(select(Correction)).all()
        assert (row.kind, row.what["text"]) == ("fix_words", "rota.")
    finish()
    after = client.get(f"/calls/{call_id}").text
    assert "Planning the rota." in after
    times = re.compile(r'id="p1" data-t="([^"]*)"')
    assert times.findall(after)[0].split()[3:] == times.findall(before)[0].split()[3:]


def test_words_are_put_in_and_taken_out(
    pages: Pages, people: People, written: Made, finish: Callable[[], None]
) -> None:
    call_id, client = written(), pages(people.rep)
    for text in ("Yes, do that.", "Well yes, do that.", "Well yes, do all that.", "No."):
        form = client.get(f"/calls/{call_id}/words/3").text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        client.post(f"/calls/{call_id}/words/3", data={**fields, "text": text})
        finish()
        assert f"<p>{text} </p>" in client.get(f"/calls/{call_id}").text


def test_words_are_given_to_somebody_else_and_nothing_is_done_for_nothing(
    pages: Pages, people: People, written: Made, finish: Callable[[], None], engine: Engine
) -> None:
    call_id, client = written(), pages(people.rep)
    form = client.get(f"/calls/{call_id}/words/3").text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    same = {**fields, "text": "Yes, please do that.", "to": "S2"}
    client.post(f"/calls/{call_id}/words/3", data=same)
    assert _state(engine, call_id) == "ready"
    client.post(f"/calls/{call_id}/words/3", data={**same, "to": "new"})
    finish()
    assert 'id="person-S3"' in client.get(f"/calls/{call_id}").text


def test_words_that_cannot_be_are_kept_in_the_form(
    pages: Pages, people: People, written: Made
) -> None:
    call_id, client = written(), pages(people.rep)
    form = client.get(f"/calls/{call_id}/words/0").text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    answer = client.post(f"/calls/{call_id}/words/0", data={**fields, "text": "Hello \x07 Jim"})
    assert answer.status_code == 422
    assert "cannot be printed" in answer.text
    assert "Hello \x07 Jim" in answer.text
    assert client.get(f"/calls/{call_id}/words/999").status_code == 404


def test_details_are_changed_and_what_the_form_does_not_show_stays(
    pages: Pages, people: People, written: Made, engine: Engine
) -> None:
    call_id, client = written(), pages(people.rep)
    fields = {
        "title": "Second call",
        "starts": "2026-03-12T14:30",
        "agenda": "Agree on a pilot\n- Price\n\n",
        "person_name": ["Rita", "Jim Kowalski", ""],
        "person_email": ["", "jim@vantage.example", ""],
        "person_company": ["", "Vantage", ""],
        "person_role": ["", "Buyer", ""],
        "person_side": ["seller", "buyer", "unknown"],
        "is_private": "true",
    }
    assert client.post(f"/calls/{call_id}/edit", data=fields).is_redirect
    with Session(engine) as session:
        call = session.get_one(Call, call_id)
        assert (call.title, call.is_private, call.state) == ("Second call", True, "understanding")
        assert f"{call.started_at:%Y-%m-%d %H:%M}" == "2026-03-12 14:30"
        items = call.known["agenda"]
        assert [one["title"] for one in items] == ["Agree on a pilot", "Price"]
        assert items[0]["keywords"] == ["trial"]
        assert [one["name"] for one in call.known["participants"]] == ["Rita", "Jim Kowalski"]
    assert pages(people.manager).get(f"/calls/{call_id}").status_code == 404  # private now


def test_saving_the_same_details_understands_nothing_again(
    pages: Pages, people: People, written: Made, engine: Engine
) -> None:
    call_id, client = written(), pages(people.rep)
    form = client.get(f"/calls/{call_id}/edit").text
    starts = re.search(r'name="starts" value="([^"]*)"', form)
    assert starts is not None
    fields = {
        "title": "Cold call",
        "starts": starts[1],
        "agenda": "Agree on a pilot",
        "person_name": ["Rita", "Jim Kowalski"],
        "person_email": ["", ""],
        "person_company": ["", "Vantage"],
        "person_role": ["", ""],
        "person_side": ["seller", "buyer"],
    }
    client.post(f"/calls/{call_id}/edit", data=fields)
    assert _state(engine, call_id) == "ready"


def test_details_that_cannot_be_are_told_and_kept(
    pages: Pages, people: People, written: Made
) -> None:
    call_id, client = written(), pages(people.rep)
    wrongs = {
        ("title", "  "): "Give the call a title.",
        ("starts", "yesterday"): "Write when it started",
        ("deal_id", "x"): "Choose one of the list.",
        ("language", "klingon"): "language",
    }
    for (field, value), told in wrongs.items():
        fields = {"title": "My title", "starts": "2026-03-12T14:30", "agenda": "My item"}
        answer = client.post(f"/calls/{call_id}/edit", data={**fields, field: value})
        assert answer.status_code == 422
        assert told in answer.text
        assert "My item" in answer.text


def test_a_call_on_its_way_shows_how_far_it_is_and_can_be_stopped(
    pages: Pages, people: People, engine: Engine, files: Files
) -> None:
    call_id, client = new_recording(engine, files, people.rep), pages(people.rep)
    assert "Waiting for its turn" in client.get(f"/calls/{call_id}").text
    with session_scope(engine) as session:
        attempt = lifecycle.begin(session, call_id, "hearing")
        lifecycle.tell_progress(session, attempt, "transcribing", 0.42, 95.0)
    text = client.get(f"/calls/{call_id}").text
    assert 'hx-trigger="every 2s"' in text
    assert 'value="42"' in text
    assert "Writing down what is said" in text
    assert "left" in text
    client.post(f"/calls/{call_id}/cancel")
    text = client.get(f"/calls/{call_id}").text
    assert "Stopped before the end" in text
    assert "every 2s" not in text
    client.post(f"/calls/{call_id}/retry")
    assert _state(engine, call_id) == "waiting"


def test_a_failed_call_says_what_went_wrong_and_what_to_do(
    pages: Pages, people: People, engine: Engine, files: Files
) -> None:
    call_id = new_recording(engine, files, people.rep)
    with session_scope(engine) as session:
        call = session.get_one(Call, call_id)
        lifecycle.fail(session, call, "BadRecording", f"call.wav: no sound {HOSTILE}")
    text = pages(people.rep).get(f"/calls/{call_id}").text
    assert "The recording cannot be heard" in text
    assert "no sound &lt;img" in text
    assert f'action="/calls/{call_id}/retry"' in text


def test_an_empty_call_asks_for_its_recording(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        call_id = add_call(session, people.rep, NewCall(title="Soon")).id
    text = pages(people.rep).get(f"/calls/{call_id}").text
    assert "There is no recording yet" in text
    assert f"/upload?call_id={call_id}" in text


def test_a_recording_plays_with_its_peaks(
    pages: Pages, people: People, engine: Engine, files: Files, finish: Callable[[], None]
) -> None:
    call_id, client = new_recording(engine, files, people.rep), pages(people.rep)
    finish()
    text = client.get(f"/calls/{call_id}").text
    (sound,) = re.findall(r'<audio[^>]* src="([^"]+)"', text)
    (peaks,) = re.findall(r'data-peaks="([^"]+)"', text)
    assert client.get(sound).status_code == 200
    assert client.get(peaks).json()["peaks"]


def test_a_report_of_another_version_is_made_anew_by_a_button(
    pages: Pages, people: People, written: Made, engine: Engine, finish: Callable[[], None]
) -> None:
    call_id, client = written(), pages(people.rep)
    with session_scope(engine) as session:
        session.get_one(Report, call_id).kept = {"version": "long ago"}
    assert "older Talktrack" in client.get(f"/calls/{call_id}").text
    client.post(f"/calls/{call_id}/understand")
    finish()
    assert "Planning the shifts" in client.get(f"/calls/{call_id}").text


def test_a_call_is_deleted(pages: Pages, people: People, written: Made, engine: Engine) -> None:
    call_id, client = written(), pages(people.rep)
    answer = client.post(f"/calls/{call_id}/delete")
    assert answer.headers["location"] == "/calls"
    with Session(engine) as session:
        assert session.get(Call, call_id) is None
