"""Playbooks in the browser: forms, the file, versions, the trial, and who may not."""

import re
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.database import session_scope
from models.tables import Playbook, User
from tests.api.conftest import People
from tests.pages.conftest import Pages

TRACKER = {"part": "trackers", "key": "", "name.en": "Data & <b>", "phrases.en": "gdpr\nprivacy"}


def begun(client: TestClient, name: str = "Ours") -> str:
    made = client.post("/playbooks", data={"name": name})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def kept(client: TestClient, path: str, given: dict[str, str]) -> str:
    """The path of the version that an entry makes."""
    made = client.post(f"{path}/entry", data=given)
    assert made.status_code == 303, made.text
    return str(made.headers["location"]).rsplit("/entry", 1)[0]


def text_of(client: TestClient, path: str) -> str:
    return client.get(f"{path}/download").text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_shown(pages: Pages, people: People, engine: Engine, language: str) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.manager.id).language = language
    client = pages(people.manager)
    assert client.get("/playbooks").status_code == 200
    path = kept(client, begun(client), TRACKER)
    for part in ("agendas", "trackers", "competitors", "tips", "scorecards", "call_types"):
        assert client.get(f"{path}/entry?part={part}").status_code == 200
    for more in ("", "/file", "/products", "/entry?part=tips&key=talks_too_much"):
        shown = client.get(path + more)
        assert shown.status_code == 200
        assert "Data &amp; &lt;b&gt;" in shown.text
    assert client.get(f"{path}/entry?part=tips&key=none").status_code == 404
    assert client.get(f"{path}/entry?part=none").status_code == 422
    assert "[[tips]]" in client.get("/playbooks/standard.toml").text


def test_an_entry_is_a_version_and_can_be_undone(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.manager)
    first = begun(client)
    second = kept(client, first, TRACKER)
    assert 'id = "data-b"' in text_of(client, second)
    assert client.post(f"{first}/restore").status_code == 303
    with Session(engine) as session:
        rows = session.exec(select(Playbook).order_by(Playbook.version)).all()  # type: ignore[arg-type]
        assert [(one.version, bool(one.text), one.is_active) for one in rows] == [
            (1, False, False),
            (2, True, False),
            (3, False, False),
        ]


def test_rows_are_kept_without_the_empty_ones(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    path = kept(
        client,
        begun(client),
        {
            "part": "agendas",
            "key": "",
            "id": "first",
            "items.0.title": "Intro",
            "items.0.minutes": "2,5",
            "items.1.side": "buyer",
            "items.4.title": "Next",
            "items.4.keywords": "date, day",
        },
    )
    text = text_of(client, path)
    assert '{title = "Intro", minutes = 2.5}' in text
    assert '{title = "Next", keywords = ["date", "day"]}' in text
    more = client.post(f"{path}/entry", data={"part": "agendas", "key": "first", "more": "items"})
    assert more.status_code == 200
    assert "items.1.title" in more.text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({**TRACKER, "phrases.en": "fine\nwhat?!"}, "Line 2: “what?!” is no part of a phrase"),
        ({**TRACKER, "phrases.en": "", "examples": ""}, "A tracker needs phrases"),
        ({**TRACKER, "name.en": ""}, "Give it a name."),
        (
            {"part": "tips", "key": "", "id": "t", "conditions.0.measure": "talk_ratoi"},
            "talk_ratio",
        ),
        ({"part": "agendas", "key": "", "id": "a"}, "This is needed."),
        ({"part": "competitors", "key": "", "name": ""}, "Give it a name."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(
    pages: Pages, people: People, given: dict[str, str], told: str
) -> None:
    client = pages(people.manager)
    path = begun(client)
    answer = client.post(f"{path}/entry", data={"examples": "typed before", **given})
    assert answer.status_code == 422
    assert told in answer.text
    if given["part"] == "trackers" and "examples" not in given:
        assert "typed before" in answer.text
    assert text_of(client, path) == ""


def test_a_standard_entry_is_changed_dropped_and_had_back(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    path, which = begun(client), {"part": "scorecards", "key": "bant"}
    dropped = client.post(f"{path}/drop", data=which)
    path = str(dropped.headers["location"])
    assert 'disabled = ["bant"]' in text_of(client, path)
    back = client.post(f"{path}/standard", data=which)
    path = str(back.headers["location"]).rsplit("/entry", 1)[0]
    assert "bant" not in text_of(client, path)


def test_the_file_tells_lines_and_keeps_the_text(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    path, wrong = begun(client), "[[trackers]]\nid = 'a'\nname.en = 'A'\nphrases.en = ['x?']\n"
    answer = client.post(f"{path}/file", data={"text": wrong})
    assert answer.status_code == 422
    assert "Line 4" in answer.text
    assert "phrases.en = [&#39;x?&#39;]" in answer.text
    brought = {"file": ("ours.toml", b"\xff\xfe", "application/toml")}
    assert client.post(f"{path}/file", data={"text": ""}, files=brought).status_code == 422
    good = {"file": ("ours.toml", b'products = ["Rotago"]\n', "application/toml")}
    made = client.post(f"{path}/file", data={"text": wrong}, files=good)
    assert made.status_code == 303
    assert (
        text_of(client, made.headers["location"].removesuffix("/file")) == 'products = ["Rotago"]\n'
    )


def test_a_version_is_put_in_force_and_out(pages: Pages, people: People, engine: Engine) -> None:
    client = pages(people.manager)
    path = begun(client)

    def is_active() -> bool:
        with Session(engine) as session:
            return session.get_one(Playbook, UUID(path.rsplit("/")[-1])).is_active

    assert client.post(f"{path}/activate", data={"again": "true"}).status_code == 303
    assert is_active()
    assert client.post(f"{path}/deactivate").status_code == 303
    assert not is_active()


def test_an_older_version_is_not_overwritten(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    first = begun(client)
    kept(client, first, TRACKER)
    answer = client.post(f"{first}/entry", data={**TRACKER, "name.en": "Other"})
    assert answer.status_code == 409
    assert 'value="Other"' in answer.text


def test_reps_read_and_strangers_see_nothing(pages: Pages, people: People) -> None:
    path = kept(pages(people.manager), begun(pages(people.manager)), TRACKER)
    rep, boss = pages(people.rep), pages(people.boss)
    assert rep.get(path).status_code == 200
    assert "Keep as the next version" not in rep.get(f"{path}/entry?part=trackers&key=data-b").text
    assert rep.post("/playbooks", data={"name": "Mine"}).status_code == 403
    for more in ("/entry", "/file", "/products", "/activate", "/deactivate", "/restore"):
        assert rep.post(path + more, data=TRACKER).status_code == 403
        assert boss.post(path + more, data=TRACKER).status_code == 404
    assert boss.get(path).status_code == 404
    assert boss.get(f"{path}/download").status_code == 404
    assert boss.post(f"{path}/try", data=TRACKER).status_code == 404


def test_a_trial_says_what_is_missing(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    path = begun(client)
    none = client.post(f"{path}/try", data=TRACKER)
    assert none.status_code == 200
    assert "Choose a call to try it on." in none.text
    wrong = client.post(f"{path}/try", data={**TRACKER, "phrases.en": "?!"})
    assert re.search("is no part of a phrase", wrong.text)


def test_names_are_needed_and_there_once(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    begun(client)
    assert client.post("/playbooks", data={"name": "Ours"}).status_code == 422
    assert client.post("/playbooks", data={"name": "\0"}).status_code == 422
