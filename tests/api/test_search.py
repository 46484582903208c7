"""Search over the API: each finds what was said in calls they may see, and nothing else."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from analyzer import EngineMissing
from analyzer.engines.e5 import E5Embedder
from analyzer.engines.scripted import ScriptedEngines
from api.engine_lease import EngineLease
from api.settings import Settings
from models.database import session_scope
from models.files import Files
from tests.api.conftest import People
from tests.api.working import SAID, conversation, new_recording, sound, work, workshop_of
from tests.models.market import held


@pytest.fixture
def said(engine: Engine, people: People) -> None:
    """A call of each rep, in which one line is the same, and a private one."""
    with session_scope(engine) as session:
        for n, user in enumerate((people.rep, people.peer, people.stranger)):
            own = f"{user.name} asks about the <b>data centre</b>, as they do"
            said = ["Hello there", ("buyer", own)]
            held(session, user, said, day=n, topics=["pricing: discount"])
        held(session, people.rep, ["the data centre in private"], day=9, is_private=True)


def found(client: TestClient, **asked: object) -> list[str]:
    answer = client.get("/search", params={"q": "data centre", **asked})  # type: ignore[dict-item]
    assert answer.status_code == 200, answer.text
    return [
        line["text"]
        for call in answer.json()["items"]
        for place in call["snippets"]
        for line in place["lines"]
    ]


@pytest.mark.usefixtures("said")
def test_each_finds_only_what_they_may_see(
    rep: TestClient, peer: TestClient, manager: TestClient, boss: TestClient, admin: TestClient
) -> None:
    for client, names in (
        (rep, ["the", "Rita"]),
        (peer, ["Paul"]),
        (manager, ["Paul", "Rita"]),
        (boss, ["Sam"]),
        (admin, ["the", "Sam", "Paul", "Rita"]),
    ):
        assert [text.split()[0] for text in found(client)] == names
        answer = client.get("/search", params={"q": "data centre"}).json()
        assert (answer["total"], answer["is_exact"], answer["next"]) == (len(names), True, None)
        for text in ("Zanzibar", '"centre data"'):
            assert client.get("/search", params={"q": text}).json()["items"] == []


def test_nothing_of_others_is_found_by_naming_them(
    peer: TestClient, said: None, people: People
) -> None:
    assert found(peer, rep_id=str(people.rep.id)) == []
    assert found(peer, rep_id=[str(people.rep.id), str(people.peer.id)]) != []
    assert found(peer, team_id=str(people.rep.team_id)) == found(peer)


@pytest.mark.usefixtures("said")
def test_a_place_is_told_to_the_second_with_marks(rep: TestClient) -> None:
    (call,) = rep.get("/search", params={"q": "centre", "side": "buyer"}).json()["items"]
    (place,) = call["snippets"]
    (line,) = place["lines"]
    assert (line["utterance"], line["speaker"], line["side"]) == (1, "S2", "buyer")
    assert (line["start_s"], line["end_s"]) == (10.0, 18.0)
    assert 10.0 < place["at_s"] < 18.0
    assert [line["text"][start:end] for start, end in line["marks"]] == ["centre"]
    assert "<b>" in line["text"]  # as it was said: whoever shows it escapes it
    assert (call["rep_name"], call["deal_name"], call["places"]) == ("Rita", None, 1)


@pytest.mark.usefixtures("said")
def test_filters_narrow_and_pages_follow(admin: TestClient) -> None:
    third_day = "2026-03-04T00:00:00Z"
    assert [one.split()[0] for one in found(admin, until=third_day)] == ["Paul", "Rita"]
    assert len(found(admin, since=third_day)) == 2
    assert len(found(admin, topic="pricing")) == 3
    assert len(found(admin, side="seller")) == 1
    assert found(admin, language="fr") == []
    assert found(admin, longest_s=1) == []
    assert found(admin, outcome=["won", "lost"]) == []
    assert found(admin, moment_kind="objection") == []
    seen: list[str] = []
    cursor = None
    for _page in range(9):
        asked = {"q": "data centre", "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/search", params=asked).json()
        seen += [one["call_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 4
    best = admin.get("/search", params={"q": "data centre", "order": "best"}).json()["items"]
    assert [one["score"] for one in best] == sorted((one["score"] for one in best), reverse=True)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": ""},
        {"q": "  \n "},
        {"q": "\0"},
        {"q": "-only -not"},
        {"q": "x" * 10_240},
        {"q": "a", "by": "magic"},
        {"q": "a", "by": "meaning", "side": "left"},
        {"q": "a", "rep_id": "me"},
        {"q": "a", "topic": "a\0b"},
        {"q": "a", "topic": ["a"] * 101},
        {"q": "a", "since": "2026-03-01T00:00:00"},
        {"q": "a", "shortest_s": "nan"},
        {"q": "a", "limit": 51},
        {"q": "a", "cursor": "AAAA"},
        {"q": "a", "scope": "all"},
    ],
)
def test_what_cannot_be_looked_for_is_told(rep: TestClient, asked: dict[str, str]) -> None:
    answer = rep.get("/search", params=asked)
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "typed",
    ["'; DROP TABLE call; --", "!!! & | ( ) <-> :*", '"unclosed', "%_\\", "\U0001f600 a", "or or"],
)
def test_hostile_queries_are_words_like_any_other(admin: TestClient, typed: str) -> None:
    for way in ("newest", "best"):
        answer = admin.get("/search", params={"q": typed, "order": way})
        assert answer.status_code in {200, 422}, answer.text


@pytest.fixture(scope="module")
def embedder() -> E5Embedder:
    return E5Embedder()


@pytest.fixture
def by_meaning(app_client: TestClient, embedder: E5Embedder) -> list[int]:
    """The web process with real weights; counts how often they are loaded."""
    app, loaded = app_client.app, []

    def load() -> ScriptedEngines:
        loaded.append(1)
        return ScriptedEngines(conversation(SAID), embedder=embedder)

    assert isinstance(app, FastAPI)
    app.state.engines = EngineLease(load, 60)
    return loaded


def test_what_was_meant_is_found_by_who_may_see_it(
    rep: TestClient,
    peer: TestClient,
    admin: TestClient,
    by_meaning: list[int],
    embedder: E5Embedder,
    engine: Engine,
    settings: Settings,
    files: Files,
    people: People,
) -> None:
    call_id = new_recording(engine, files, people.rep, sound())
    work(
        workshop_of(
            settings,
            engine,
            files,
            lambda: ScriptedEngines(conversation(SAID), embedder=embedder),
        )
    )
    asked = {"q": "combien cela coûte-t-il ?", "by": "meaning"}
    for client, sees in ((rep, [str(call_id)]), (admin, [str(call_id)]), (peer, [])):
        answer = client.get("/search", params=asked)
        assert answer.status_code == 200, answer.text
        assert [one["call_id"] for one in answer.json()["items"]] == sees
    lines = rep.get("/search", params=asked).json()["items"][0]["snippets"][0]["lines"]
    assert any("400 pounds" in line["text"] for line in lines)
    assert by_meaning == [1]


def test_without_its_weights_meaning_says_what_to_do(
    rep: TestClient, app_client: TestClient
) -> None:
    def absent() -> ScriptedEngines:
        raise EngineMissing("the weights are absent; run `talktrack doctor`")

    loads: tuple[Callable[[], ScriptedEngines], ...] = (
        absent,
        lambda: ScriptedEngines(conversation(SAID)),
    )
    for load in loads:
        app_client.app.state.engines = EngineLease(load, 60)  # type: ignore[attr-defined]
        answer = rep.get("/search", params={"q": "price", "by": "meaning"})
        assert answer.status_code == 503
        assert "talktrack doctor" in answer.json()["detail"]
    assert rep.get("/search", params={"q": "price"}).status_code == 200
