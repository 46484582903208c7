"""The library: who sees which calls, what narrows them, and the views that are kept of it."""

import html
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.database import session_scope
from models.saved_views import MOST_VIEWS
from models.tables import Call, Deal, Hearing, SavedView, User
from models.tables.columns import now
from tests.api.conftest import People
from tests.models.market import MORNING, held
from tests.pages.conftest import Pages

HOSTILE = '<script>alert("1")</script> & co'


@pytest.fixture
def calls(engine: Engine, people: People) -> None:
    """Two calls of a rep, one with a deal; one of a peer, one of another team, one private."""
    with session_scope(engine) as session:
        deal = Deal(name="Acme pilot", rep_id=people.rep.id)
        session.add(deal)
        session.flush()
        demo = {"call_type": "demo", "talk_ratio": 0.62, "objections": 3, "next_steps": 2}
        planned = {"agenda_items": 4, "agenda_covered": 3, "agenda_coverage": 0.75}
        one = held(session, people.rep, ["the price"], day=1, facts=demo | planned)
        one.title, one.deal_id = "Demo for Acme", deal.id
        held(session, people.rep, ["le prix"], day=2, language="fr").title = HOSTILE
        held(session, people.peer, ["the price"], day=3).title = "Paul calls"
        held(session, people.stranger, ["the price"], day=4).title = "Sam calls"
        held(session, people.rep, ["secret"], day=5, is_private=True).title = "In private"
        failed = Call(title="Broken one", rep_id=people.rep.id, started_at=MORNING, state="failed")
        failed.failure = "the file is cut off; upload it again"
        session.add(failed)


def titles(client: TestClient, query: str = "") -> list[str]:
    """The titles on a page of the library, as people read them."""
    answer = client.get(f"/calls{query}")
    assert answer.status_code == 200, answer.text
    rows = answer.text.split('class="library-name">')[1:]
    return [html.unescape(one.split(">")[1].split("</a")[0]) for one in rows]


@pytest.mark.usefixtures("calls")
def test_everybody_sees_their_calls_the_newest_first(pages: Pages, people: People) -> None:
    own = ["In private", HOSTILE, "Demo for Acme", "Broken one"]
    assert titles(pages(people.rep)) == own
    assert titles(pages(people.peer)) == ["Paul calls"]
    assert titles(pages(people.manager)) == ["Paul calls", *own[1:]]
    assert titles(pages(people.boss)) == ["Sam calls"]
    assert len(titles(pages(people.admin))) == 6


@pytest.mark.usefixtures("calls")
def test_a_row_tells_what_happened_and_escapes_what_people_typed(
    pages: Pages, people: People
) -> None:
    text = pages(people.rep).get("/calls").text
    for told in ("Acme pilot", "62%", "75%", "Demo", "the file is cut off; upload it again"):
        assert told in text
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?title=acme", ["Demo for Acme"]),
        ("?call_type=demo", ["Demo for Acme"]),
        ("?language=fr", [HOSTILE]),
        ("?state=failed", ["Broken one"]),
        ("?state=working", []),
        ("?since=2026-03-04&until=2026-03-04", [HOSTILE]),
        ("?rep_id=&team_id=&title=&since=", ["In private", HOSTILE, "Demo for Acme", "Broken one"]),
    ],
)
@pytest.mark.usefixtures("calls")
def test_filters_narrow_the_list(
    pages: Pages, people: People, query: str, found: list[str]
) -> None:
    assert titles(pages(people.rep), query) == found


@pytest.mark.usefixtures("calls")
def test_what_was_chosen_is_a_chip_that_takes_it_out(pages: Pages, people: People) -> None:
    text = pages(people.rep).get("/calls?call_type=demo&title=x%26y").text
    assert 'href="/calls?title=x%26y"' in text
    assert 'href="/calls?call_type=demo"' in text
    assert 'value="x&amp;y"' in text
    assert "No call is like this" in text


@pytest.mark.usefixtures("calls")
def test_only_who_coaches_chooses_among_reps(pages: Pages, people: People) -> None:
    assert 'name="rep_id"' not in pages(people.rep).get("/calls").text
    shown = pages(people.manager).get("/calls").text
    assert "Paul</option>" in shown
    assert "Sam</option>" not in shown
    assert titles(pages(people.peer), f"?rep_id={people.rep.id}") == []


def test_a_long_list_has_pages(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        for day in range(45):
            held(session, people.rep, ["hello"], day=day).title = f"Call {day}"
    client = pages(people.rep)
    first = client.get("/calls?title=call").text
    (following,) = (one.split('"')[0] for one in first.split('href="')[1:] if "cursor=" in one)
    rest = titles(client, html.unescape(following).removeprefix("/calls"))
    assert [*titles(client, "?title=call"), *rest] == [f"Call {day}" for day in range(44, -1, -1)]


@pytest.mark.parametrize(
    "query", ["since=31/12/2026", "since=0001-01-01", "rep_id=me", "title=%00", "view=1"]
)
def test_an_address_that_means_nothing_is_told(pages: Pages, people: People, query: str) -> None:
    answer = pages(people.rep).get(f"/calls?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


def test_an_empty_library_says_what_to_do(pages: Pages, people: People) -> None:
    text = pages(people.rep).get("/calls").text
    assert "No calls yet" in text
    assert 'href="/upload"' in text


def test_it_speaks_french(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).language = "fr"
        held(session, people.rep, ["bonjour"], facts={"call_type": "discovery"})
    text = pages(people.rep).get("/calls").text
    for told in ("Tous les états", "Parole du commercial", "Découverte", "2 mars"):
        assert told in text


def kept(engine: Engine) -> list[SavedView]:
    with Session(engine) as session:
        return list(session.exec(select(SavedView)))


def saved(client: TestClient, place: str, name: str, query: str) -> str:
    answer = client.post(f"/saved/{place}", data={"name": name, "query": query})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.mark.usefixtures("calls")
def test_a_view_is_saved_opened_deleted_and_brought_back(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    path = saved(client, "calls", " My <demos> ", "call_type=demo")
    (view,) = kept(engine)
    assert (view.name, view.query, view.user_id) == ("My <demos>", "call_type=demo", people.rep.id)
    text = client.get(path).text
    assert titles(client, path.removeprefix("/calls")) == ["Demo for Acme"]
    assert "My &lt;demos&gt;" in text
    gone = client.post(f"/saved/{view.id}/delete")
    assert kept(engine) == []
    undo = html.unescape(
        client.get(gone.headers["location"]).text.split('action="/saved/calls/')[1]
    )
    client.post(f"/saved/calls/{undo.split(chr(34))[0]}")
    assert [(one.name, one.query) for one in kept(engine)] == [("My <demos>", "call_type=demo")]


def test_what_came_in_since_is_counted_and_looking_ends_it(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    calls_path = saved(client, "calls", "Demos", "call_type=demo")
    saved(client, "search", "Budget", "q=budget")
    assert "new" not in _counts(client, "calls") + _counts(client, "search")
    with session_scope(engine) as session:
        call = held(session, people.rep, ["the budget"], facts={"call_type": "demo"})
        other = held(session, people.stranger, ["the budget"], facts={"call_type": "demo"})
        for one in (call, other):
            hearing = Hearing(call_id=one.id, hearing={}, language="en", duration_s=10)
            session.add(hearing)
    assert "1 new" in _counts(client, "calls")
    assert "1 new" in _counts(client, "search")
    client.get(calls_path)
    assert "new" not in _counts(client, "calls")
    with Session(engine) as session:
        view = session.exec(select(SavedView).where(SavedView.place == "search")).one()
    shown = client.get(f"/search?q=budget&view={view.id}").text
    assert "1 new here since you last looked" in shown
    assert (
        "1 new here since you last looked"
        not in client.get(f"/search?q=budget&view={view.id}").text
    )


def _counts(client: TestClient, place: str) -> str:
    text = client.get(f"/saved/{place}").text
    return text.split('id="saved"')[1].split("</nav>")[0]


def test_a_view_is_its_owner_s_alone(pages: Pages, people: People, engine: Engine) -> None:
    saved(pages(people.rep), "calls", "Mine", "state=ready")
    (view,) = kept(engine)
    other = pages(people.manager)
    assert other.post(f"/saved/{view.id}/delete").status_code == 404
    assert other.get(f"/calls?view={view.id}").status_code == 404
    assert other.get(f"/calls?view={uuid4()}").status_code == 404
    assert "Mine" not in other.get("/calls").text
    assert len(kept(engine)) == 1


def test_a_view_without_a_name_and_one_too_many_are_told(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    back = saved(client, "calls", "  ", "state=ready")
    assert back == "/calls?state=ready"
    assert "Give the view a name" in client.get(back).text
    for number in range(MOST_VIEWS + 1):
        back = saved(client, "calls", f"View {number}", "state=ready")
    assert "delete one first" in client.get(back).text
    assert len(kept(engine)) == MOST_VIEWS
    before = _seen(engine, "View 1")
    saved(client, "calls", "View 1", "state=failed")  # the same name again is a change
    assert len(kept(engine)) == MOST_VIEWS
    assert _seen(engine, "View 1") > before


def _seen(engine: Engine, name: str) -> datetime:
    with Session(engine) as session:
        return session.exec(select(SavedView).where(SavedView.name == name)).one().last_seen_at


def test_a_view_that_asks_for_nothing_any_more_does_not_break_the_others(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        for place, query in (("calls", "rep_id=me&since=x"), ("search", "q=-not&mode=words")):
            row = SavedView(user_id=people.rep.id, place=place, name="Old", query=query)
            row.last_seen_at = now() - timedelta(days=1)
            session.add(row)
    client = pages(people.rep)
    for place in ("calls", "search"):
        assert "Old" in client.get(f"/saved/{place}").text
    assert client.get("/saved/settings").status_code == 422
