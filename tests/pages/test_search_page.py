"""The page of search: what is found plays where it was said, and what is not found is told."""

import html
import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from analyzer import EngineMissing
from analyzer.engines.scripted import ScriptedEngines
from api.engine_lease import EngineLease
from models.database import session_scope
from models.tables import User
from tests.api.conftest import People
from tests.builders import conversation
from tests.models.market import Said, held
from tests.pages.conftest import Pages


@pytest.fixture
def said(engine: Engine, people: People) -> None:
    """Calls of three reps; one line holds what a browser would take for a script."""
    with session_scope(engine) as session:
        lines: list[Said] = [
            "Hello there",
            ("buyer", "Our <b>data centre</b> & the <i>price</i> of it"),
        ]
        held(session, people.rep, lines, day=1, moments=[("objection", 1)]).title = "First <call>"
        french = ["Le prix du centre de données"]
        held(session, people.rep, french, day=2, language="fr", facts={"call_type": "demo"})
        held(session, people.peer, ["the data centre again"], day=3).title = "Paul calls"
        held(session, people.stranger, ["no data centre for Sam"], day=4).title = "Sam calls"


def marks(text: str) -> list[str]:
    return re.findall(r"<mark>(.*?)</mark>", text)


def found(client: TestClient, query: str) -> list[str]:
    """The titles of what is found."""
    text = client.get(f"/search?{query}").text
    calls = text.split('found-call">')[1:]
    return [html.unescape(one.split("<h2>")[1].split(">")[1].split("</a")[0]) for one in calls]


@pytest.mark.usefixtures("said")
def test_a_hit_is_marked_and_plays_where_it_was_said(pages: Pages, people: People) -> None:
    text = pages(people.rep).get('/search?q="data centre"').text
    assert marks(text) == ["data", "centre"]
    assert "First &lt;call&gt;" in text
    assert "Our &lt;b&gt;<mark>data</mark>" in text
    at_s = float(re.findall(r"\?at=([\d.]+)", text)[0])
    assert 10.0 < at_s < 18.0
    assert 'class="found-line buyer"' in text
    assert "Found in 1 call" in text


@pytest.mark.usefixtures("said")
def test_each_finds_what_they_may_see(pages: Pages, people: People) -> None:
    assert found(pages(people.peer), "q=centre") == ["Paul calls"]
    assert found(pages(people.manager), 'q="data centre"') == ["Paul calls", "First <call>"]
    assert found(pages(people.peer), f"q=centre&rep_id={people.rep.id}") == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=price or prix", 2),
        ("q=centre -price", 1),
        ("q=centre&side=buyer", 1),
        ("q=centre&side=seller", 1),
        ("q=centre&moment_kind=objection", 1),
        ("q=centre&call_type=demo&language=fr", 1),
        ("q=centre&outcome=won", 0),
        ("q=centre&since=2026-03-04", 1),
        ("q=centre&until=2026-03-03&order=best", 1),
    ],
)
@pytest.mark.usefixtures("said")
def test_words_and_filters_narrow(pages: Pages, people: People, query: str, count: int) -> None:
    assert len(found(pages(people.rep), query)) == count


@pytest.mark.usefixtures("said")
def test_nothing_found_says_what_to_try(pages: Pages, people: People) -> None:
    text = pages(people.rep).get("/search?q=zanzibar&side=buyer").text
    assert "Nobody said that" in text
    assert "/search?q=zanzibar&amp;mode=meaning&amp;side=buyer" in text
    assert 'href="/search?q=zanzibar"' in text  # the chip takes the side out


@pytest.mark.parametrize("query", ["q=-price", 'q="..."'])
def test_words_that_look_for_nothing_are_told_and_kept(
    pages: Pages, people: People, query: str
) -> None:
    answer = pages(people.rep).get(f"/search?{query}&side=buyer")
    assert answer.status_code == 422
    assert "There is nothing to search for" in answer.text
    assert f'value="{html.escape(query[2:])}"' in answer.text.replace("&#34;", "&quot;")
    assert 'value="buyer" selected' in answer.text


def test_without_words_it_says_what_one_can_look_for(pages: Pages, people: People) -> None:
    text = pages(people.rep).get("/search").text
    assert "What you can look for" in text
    assert "Found" not in text


@pytest.mark.usefixtures("said")
def test_it_speaks_french(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).language = "fr"
    text = pages(people.rep).get("/search?q=prix").text
    for told in ("Trouvé dans 1 appel", "Tous les types", "Dit par", "4 mars"):
        assert told in text


@pytest.mark.usefixtures("said")
def test_meaning_that_cannot_be_told_leaves_words(
    pages: Pages, people: People, nobody: TestClient
) -> None:
    def load() -> ScriptedEngines:
        return ScriptedEngines(replace(conversation((("A", "Hello"),))))

    nobody.app.state.engines = EngineLease(load, 60)  # type: ignore[attr-defined]
    client = pages(people.rep)
    text = client.get("/search?q=centre&mode=meaning").text
    assert "Only words can be searched here" in text
    assert 'href="/search?q=centre"' in text
    assert found(client, "q=centre") != []


@pytest.mark.usefixtures("said")
def test_searching_words_loads_no_engine(pages: Pages, people: People, nobody: TestClient) -> None:
    def load() -> ScriptedEngines:
        raise EngineMissing("nobody asked for engines")

    nobody.app.state.engines = EngineLease(load, 60)  # type: ignore[attr-defined]
    client = pages(people.rep)
    assert found(client, "q=centre") != []
    assert "Only words can be searched here" in client.get("/search?q=x&mode=meaning").text


@pytest.mark.parametrize("query", ["q=%00", "q=x&mode=magic", "q=x&since=x", "q=" + 1001 * "x"])
def test_an_address_that_means_nothing_is_told(pages: Pages, people: People, query: str) -> None:
    assert pages(people.rep).get(f"/search?{query}").status_code == 422


@pytest.mark.usefixtures("said")
def test_a_wrong_cursor_is_told(pages: Pages, people: People) -> None:
    assert pages(people.rep).get("/search?q=centre&cursor=junk").status_code == 422
