"""Why something could not be done is there in French, and known again wherever it is shown."""

import re
from datetime import UTC, datetime
from string import Formatter
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from api.pages.reasons import reason_in, reason_in_html
from models.tables import Call, User
from tests.api.conftest import People
from tests.pages.conftest import Pages
from tests.reasons import catalogues, said

_SAID = said()
_FRENCH = {
    str(message.id): str(message.string)
    for catalogue in catalogues().values()
    for message in catalogue
    if message.id
}
MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
_FIELD = re.compile(r"[a-z_][\w.]*: ")


def _names(text: str) -> list[str]:
    return sorted(name for _, name, *_ in Formatter().parse(text) if name)


def test_all_errors_say_is_there_in_french_and_nothing_else() -> None:
    assert [one for one in _SAID if not _FRENCH.get(one)] == []
    assert [one for one in _FRENCH if one not in _SAID] == []


def test_french_has_the_same_values_and_begins_with_the_same_field() -> None:
    assert [one for one, french in _FRENCH.items() if _names(one) != _names(french)] == []
    begun = {one: _FIELD.match(one) for one in _FRENCH}
    fields = {one: found.group() for one, found in begun.items() if found}
    assert [one for one, field in fields.items() if not _FRENCH[one].startswith(field)] == []


def test_french_has_its_signs() -> None:
    for french in _FRENCH.values():
        words = re.sub(r"`[^`]*`|https?:\S+", "", french)
        assert re.findall(r"[a-zéè] [:;?!](?:\s|$)", words) == [], french
        assert re.findall(r"[a-zéè]'[a-zéè]", words) == [], french


@pytest.mark.parametrize("english", sorted(_SAID))
def test_a_reason_is_known_again_with_its_values(english: str) -> None:
    values = {name: f"q{n}z" for n, name in enumerate(_names(english))}
    told = english.format(**values)
    assert reason_in("fr", told) == _FRENCH[english].format(**values)
    assert reason_in("en", told) == told


def test_what_a_reason_quotes_is_translated_too() -> None:
    inner = "there is no call q1z that you may see"
    assert reason_in("fr", inner) != inner
    outer = next(one for one in _SAID if one.endswith(("({why})", ": {why}")))
    values = dict.fromkeys(_names(outer), "q2z") | {"why": inner}
    assert reason_in("fr", inner) in reason_in("fr", outer.format(**values))


def test_a_reason_follows_the_name_of_what_it_is_about() -> None:
    english = "has no sound that can be decoded; export it again"
    assert reason_in("fr", f"a call.wav {english}") == f"a call.wav {_FRENCH[english]}"


def test_nothing_stays_nothing() -> None:
    assert reason_in("fr", "") == reason_in("fr", " ").strip() == ""


def test_what_nobody_knows_stays_and_is_marked_as_english() -> None:
    strange = "<b>PIPELINE_LOCKED</b> by the CRM"
    assert reason_in("fr", strange) == strange
    marked = '<span lang="en">&lt;b&gt;PIPELINE_LOCKED&lt;/b&gt; by the CRM</span>'
    assert reason_in_html("fr", strange) == marked
    assert reason_in_html("en", strange) == strange


def test_pages_say_what_went_wrong_in_the_language_of_their_reader(
    pages: Pages, people: People, engine: Engine
) -> None:
    gone = f"/calls/{uuid4()}"
    with Session(engine) as session:
        call = Call(title="Broken", rep_id=people.rep.id, started_at=MORNING, state="failed")
        call.failure = "a call.wav has no sound that can be decoded; export it again"
        session.add(call)
        session.commit()
        session.refresh(call)
    assert "that you may see" in pages(people.rep).get(gone).text
    assert call.failure in pages(people.rep).get("/calls").text
    with Session(engine) as session:
        session.get_one(User, people.rep.id).language = "fr"
        session.commit()
    assert "auquel vous ayez accès" in pages(people.rep).get(gone).text
    shown = pages(people.rep).get("/calls").text
    assert "a call.wav ne contient aucun son décodable" in shown
    assert call.failure not in shown
