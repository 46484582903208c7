"""Calls on their way as the page of adding calls shows them: cancelled, failed, broken off."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from models.database import session_scope
from models.placing import Wanted
from models.tables import Call
from models.uploads import NewUpload, begin_upload, let_go
from tests.api.conftest import People
from tests.pages.conftest import Pages
from tests.pages.sending import calls_of, facts_told, send, some_sound


@pytest.fixture
def waiting(pages: Pages, people: People, engine: Engine) -> Call:
    send(pages(people.rep), {"a.wav": some_sound()}, **facts_told())
    return calls_of(engine)[0]


def test_a_call_is_cancelled_and_tried_again(
    pages: Pages, people: People, engine: Engine, waiting: Call
) -> None:
    client, path = pages(people.rep), f"/upload/calls/{waiting.id}"
    assert client.post(f"{path}/cancel").status_code == 303
    page = client.get("/upload").text
    assert f'action="{path}/retry"' in page
    assert "every 2s" not in client.get("/upload/added").text
    assert client.post(f"{path}/retry").status_code == 303
    assert calls_of(engine)[0].state == "waiting"


def test_others_do_not_see_what_is_on_its_way(pages: Pages, people: People, waiting: Call) -> None:
    for who in (people.peer, people.stranger, people.boss):
        client = pages(who)
        assert str(waiting.id) not in client.get("/upload").text
        assert client.post(f"/upload/calls/{waiting.id}/cancel").status_code == 404


def test_what_failed_says_what_to_do(
    pages: Pages, people: People, engine: Engine, waiting: Call
) -> None:
    with session_scope(engine) as session:
        call = session.get_one(Call, waiting.id)
        call.state, call.failure, call.failure_kind = "failed", "no <sound>; send another", "Bad"
    page = pages(people.rep).get("/upload").text
    assert "no &lt;sound&gt;; send another" in page
    assert "Try again" in page


@pytest.fixture
def left(engine: Engine, people: People) -> UUID:
    """An upload of which 40 bytes of 100 came."""
    with session_scope(engine) as session:
        new = NewUpload("monday.mp3", "audio/mpeg", 100, Wanted())
        upload = begin_upload(session, people.rep, new, lasts=timedelta(days=7))
        upload.lease = lease = uuid4()
        session.flush()
        let_go(session, upload.id, lease, 40, timedelta(days=7))
        return upload.id


def test_what_was_broken_off_is_shown_to_its_owner_and_can_be_given_up(
    pages: Pages, people: People, left: UUID
) -> None:
    rep, way = pages(people.rep), f"/upload/left/{left}/give-up"
    assert "monday.mp3" in rep.get("/upload").text
    assert "monday.mp3" not in pages(people.manager).get("/upload").text
    assert pages(people.manager).post(way).status_code == 404
    assert rep.post(way).status_code == 303
    assert f'data-upload="{left}"' not in rep.get("/upload").text
