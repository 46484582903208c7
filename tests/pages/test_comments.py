"""Comments on a call: at a second, to one another, and nobody's but one's own to change."""

import re
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.pages.calls.typed_times import seconds_typed
from models.tables import Comment, Mention
from tests.api.conftest import People
from tests.pages.conftest import Pages
from tests.pages.heard_calls import heard_call


@pytest.fixture
def call_id(engine: Engine, people: People) -> UUID:
    return heard_call(engine, people.rep)


def _say(client: TestClient, call_id: UUID, **fields: object) -> int:
    return client.post(f"/calls/{call_id}/comments", data=fields).status_code


def _only(engine: Engine, call_id: UUID) -> Comment:
    with Session(engine) as session:
        return session.exec(select(Comment).where(Comment.call_id == call_id)).one()


def test_a_comment_at_a_second_names_somebody_and_plays(
    pages: Pages, people: People, engine: Engine, call_id: UUID
) -> None:
    client = pages(people.rep)
    done = client.post(
        f"/calls/{call_id}/comments",
        data={"text": "Ask who decides.", "at": "0:41", "mentions": [str(people.manager.id)]},
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/calls/{call_id}#comments")
    page = client.get(f"/calls/{call_id}").text
    assert "Ask who decides." in page
    assert f'href="/calls/{call_id}?at=41.00" data-play="41.00"' in page
    assert f"@{people.manager.name}" in page
    with Session(engine) as session:
        assert session.exec(select(Mention.user_id)).one() == people.manager.id


def test_a_script_is_sent_to_the_comments_alone(
    pages: Pages, people: People, call_id: UUID
) -> None:
    client = pages(people.rep)
    done = client.post(
        f"/calls/{call_id}/comments", data={"text": "Hi"}, headers={"hx-request": "true"}
    )
    assert done.headers["location"] == f"/calls/{call_id}/comments"
    page = client.get(done.headers["location"]).text
    assert page.count('id="comments"') == 1
    assert "Your comment is there." in page


def test_only_who_sees_the_call_can_be_named(pages: Pages, people: People, call_id: UUID) -> None:
    page = pages(people.rep).get(f"/calls/{call_id}/comments").text
    offered = set(re.findall(r'name="mentions" value="([0-9a-f-]+)"', page))
    assert offered == {str(people.manager.id), str(people.admin.id)}
    stranger = str(people.stranger.id)
    assert _say(pages(people.rep), call_id, text="Hi", mentions=[stranger]) == 422


def test_what_cannot_be_taken_is_kept_and_told(pages: Pages, people: People, call_id: UUID) -> None:
    client, named = pages(people.rep), str(people.manager.id)
    for text, at, told in (
        ("", "0:10", "Write what you have to say."),
        ("  \n ", "", "Write what you have to say."),
        ("Something", "soon", "Write a time of the call such as 4:31."),
        ("Something", "1:75", "Write a time of the call such as 4:31."),
        ("Something", "9:59:59", "The call ends at"),
    ):
        fields = {"text": text, "at": at, "mentions": [named]}
        answer = client.post(f"/calls/{call_id}/comments", data=fields)
        assert answer.status_code == 422
        assert told in answer.text
        assert f'value="{at}"' in answer.text
        assert f"{text.strip()}</textarea>" in answer.text
        assert f'value="{named}" checked' in answer.text


def test_a_reply_stands_under_what_it_answers(
    pages: Pages, people: People, engine: Engine, call_id: UUID
) -> None:
    assert _say(pages(people.manager), call_id, text="Why no price?") == 303
    first = _only(engine, call_id)
    answer = {"text": "It was too early.", "reply_to": str(first.id)}
    assert _say(pages(people.rep), call_id, **answer) == 303
    page = pages(people.rep).get(f"/calls/{call_id}/comments").text
    replies = page.split('class="replies"')[1]
    assert "It was too early." in replies
    assert "Why no price?" not in replies


def test_one_changes_one_s_own_words_only(
    pages: Pages, people: People, engine: Engine, call_id: UUID
) -> None:
    assert _say(pages(people.manager), call_id, text="First") == 303
    one = f"/calls/{call_id}/comments/{_only(engine, call_id).id}"
    rep, manager = pages(people.rep), pages(people.manager)
    assert rep.post(f"{one}/change", data={"text": "Mine"}).status_code == 403
    assert rep.post(f"{one}/delete").status_code == 403
    assert f"{one}/change" not in rep.get(f"/calls/{call_id}/comments").text
    assert manager.post(f"{one}/change", data={"text": " "}).status_code == 422
    assert manager.post(f"{one}/change", data={"text": "Second"}).status_code == 303
    page = manager.get(f"/calls/{call_id}/comments").text
    assert "Second" in page
    assert "edited" in page
    assert manager.post(f"{one}/delete").status_code == 303
    assert "Second" not in manager.get(f"/calls/{call_id}/comments").text


def test_comments_are_escaped(pages: Pages, people: People, call_id: UUID) -> None:
    hostile = "</textarea><script>alert(1)</script>"
    client = pages(people.rep)
    assert _say(client, call_id, text=hostile) == 303
    assert "<script>alert" not in client.get(f"/calls/{call_id}/comments").text
    assert _say(client, call_id, text="a\0b") == 422


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("4:31", 271), ("1:04:31", 3871), ("83.5", 83.5), ("83,5", 83.5), (" 0:07 ", 7), ("", None)],
)
def test_times_are_read_as_people_write_them(typed: str, seconds: float | None) -> None:
    assert seconds_typed(typed) == seconds


@pytest.mark.parametrize("typed", ["4:", ":31", "-3", "4:61", "1:2:3:4", "NaN", "\u0661:00", "1e9"])
def test_other_times_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        seconds_typed(typed)
