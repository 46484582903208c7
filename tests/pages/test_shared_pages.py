"""Clips, the links that share them, and what who holds a link sees: that clip and no more."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from models.database import session_scope
from models.tables import Clip, ShareLink
from models.tables.columns import now
from tests.api.conftest import People
from tests.pages.conftest import Pages
from tests.pages.heard_calls import heard_call


@pytest.fixture
def call_id(engine: Engine, people: People) -> UUID:
    return heard_call(engine, people.rep, title="Secret <deal>")


@pytest.fixture
def clip(pages: Pages, people: People, engine: Engine, call_id: UUID) -> str:
    fields = {"title": "How Tom <names> a price", "start": "0:05", "end": "0:25"}
    done = pages(people.rep).post(f"/calls/{call_id}/clips", data=fields)
    assert (done.status_code, done.headers["location"]) == (303, f"/calls/{call_id}#clips")
    with Session(engine) as session:
        return f"/calls/{call_id}/clips/{session.exec(select(Clip.id)).one()}"


def _share(client: TestClient, clip: str, **asked: str) -> str:
    """The path of a new link, which is shown once."""
    made = client.post(f"{clip}/links", data={"days": "7", **asked})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    found = re.search(r'value="http://127\.0\.0\.1(/s/[\w-]+)"', made.text)
    assert found is not None
    return found[1]


def test_a_clip_is_listed_played_and_deleted(
    pages: Pages, people: People, call_id: UUID, clip: str
) -> None:
    client = pages(people.rep)
    page = client.get(f"/calls/{call_id}/clips").text
    assert "How Tom &lt;names&gt; a price" in page
    assert f'href="/calls/{call_id}?at=5.00" data-play="5.00" data-until="25.00"' in page
    assert client.post(f"{clip}/delete").status_code == 303
    assert clip not in client.get(f"/calls/{call_id}/clips").text


def test_a_stretch_that_is_none_is_kept_and_told(
    pages: Pages, people: People, call_id: UUID
) -> None:
    client = pages(people.rep)
    for title, start, end, told in (
        ("", "0:01", "0:05", "Give the clip a name."),
        ("A", "", "0:05", "Write both times"),
        ("A", "now", "0:05", "Write both times"),
        ("A", "0:05", "0:01", "A clip ends after it starts"),
        ("A", "0:05", "9:00:00", "The call ends at"),
    ):
        fields = {"title": title, "start": start, "end": end}
        answer = client.post(f"/calls/{call_id}/clips", data=fields)
        assert answer.status_code == 422
        assert told in answer.text
        for typed in (title, start, end):
            assert f'value="{typed}"' in answer.text


def test_a_link_opens_the_clip_and_nothing_of_its_call(
    nobody: TestClient, pages: Pages, people: People, call_id: UUID, clip: str
) -> None:
    link = _share(pages(people.rep), clip)
    page = nobody.get(link)
    assert page.status_code == 200
    assert "How Tom &lt;names&gt; a price" in page.text
    assert "Secret" not in page.text
    assert str(call_id) not in page.text
    assert people.rep.email not in page.text
    assert f'src="/api/v1/shared/{link.removeprefix("/s/")}/sound"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert len(re.findall(r"<li>", page.text)) > 1


def test_a_link_says_no_more_to_who_is_signed_in(pages: Pages, people: People, clip: str) -> None:
    client = pages(people.rep)
    page = client.get(_share(client, clip)).text
    assert people.rep.email not in page
    assert 'class="places"' not in page


def test_a_link_is_shown_once_counted_and_revoked(
    nobody: TestClient, pages: Pages, people: People, engine: Engine, clip: str
) -> None:
    client, way = pages(people.rep), clip.rsplit("/", 1)[0]
    link = _share(client, clip)
    for _ in range(2):
        assert nobody.get(link).status_code == 200
    page = client.get(way).text
    assert link not in page
    assert "opened 2 times" in page
    with Session(engine) as session:
        link_id = session.exec(select(ShareLink.id)).one()
    assert client.post(f"{clip}/links/{link_id}/revoke").status_code == 303
    gone = nobody.get(link)
    assert gone.status_code == 404
    assert "This link opens nothing any more." in gone.text
    assert gone.headers["cache-control"] == "no-store"
    assert "Revoked" in client.get(way).text


def test_what_is_over_and_what_never_was_look_alike(
    nobody: TestClient, pages: Pages, people: People, engine: Engine, clip: str
) -> None:
    link = _share(pages(people.rep), clip)
    with session_scope(engine) as session:
        past = {"expires_at": now() - timedelta(seconds=1)}
        session.exec(update(ShareLink).where(col(ShareLink.revoked_at).is_(None)).values(past))
    texts = {
        re.sub(r"nonce\S+|content=\"[\w-]{16}\"", "", nobody.get(one).text)
        for one in (link, "/s/never")
    }
    assert len(texts) == 1


def test_a_shared_page_speaks_the_language_of_the_browser(
    nobody: TestClient, pages: Pages, people: People, clip: str
) -> None:
    link = _share(pages(people.rep), clip)
    for language, words in (("en", "shared with you"), ("fr", "partagé avec vous")):
        assert words in nobody.get(link, headers={"accept-language": language}).text


def test_only_who_sees_the_call_shares_it(pages: Pages, people: People, clip: str) -> None:
    for who in (people.stranger, people.peer):
        assert pages(who).post(f"{clip}/links", data={"days": "7"}).status_code == 404
        assert pages(who).post(f"{clip}/delete").status_code == 404
    assert pages(people.rep).post(f"{clip}/links", data={"days": "91"}).status_code == 422


WORD = "seven green bottles"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Open the clip", "not its password")), ("fr", ("Ouvrir", "pas le bon mot"))],
)
def test_the_door_asks_for_the_password_and_shows_nothing_before(
    nobody: TestClient,
    pages: Pages,
    people: People,
    clip: str,
    language: str,
    words: tuple[str, str],
) -> None:
    door, wrong = words
    nobody.headers["accept-language"] = language
    link = _share(pages(people.rep), clip, password=WORD, views="2")
    shut = nobody.get(link)
    assert shut.status_code == 200
    assert door in shut.text
    assert "How Tom" not in shut.text
    assert shut.headers["referrer-policy"] == "same-origin"
    refused = nobody.post(link, data={"password": "another word"})
    assert refused.status_code == 403
    assert wrong in refused.text
    assert "another word" not in refused.text
    for _ in range(2):
        shown = nobody.post(link, data={"password": WORD})
        assert shown.status_code == 200
        assert "How Tom &lt;names&gt; a price" in shown.text
        assert "sound?view=" in shown.text
    assert nobody.post(link, data={"password": WORD}).status_code == 404
    assert nobody.get(link).status_code == 404
    page = pages(people.rep).get(clip.rsplit("/", 1)[0]).text
    assert "opened 2 times · 2 times at most, with a password" in page
    assert "Opened as often as it may be" in page


def test_the_door_of_a_link_is_shut_for_a_while_after_wrong_passwords(
    nobody: TestClient, pages: Pages, people: People, clip: str
) -> None:
    link = _share(pages(people.rep), clip, password=WORD)
    for n in range(5):
        assert nobody.post(link, data={"password": f"guess {n}"}).status_code == 403
    shut = nobody.post(link, data={"password": WORD})
    assert shut.status_code == 429
    assert "Try again in" in shut.text


def test_a_password_too_short_is_told_beside_the_field(
    pages: Pages, people: People, clip: str
) -> None:
    client = pages(people.rep)
    asked = {"days": "30", "views": "5", "password": "short"}
    answer = client.post(f"{clip}/links", data=asked)
    assert answer.status_code == 422
    assert "Use 10 characters or more." in answer.text
    assert 'value="short"' not in answer.text
    assert '<option value="5" selected>' in answer.text
    assert '<option value="30" selected>' in answer.text
