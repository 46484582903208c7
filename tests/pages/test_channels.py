"""Where else one is told: added, tested, changed, switched off and deleted on one's own page."""

import re

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.database import session_scope
from models.tables import Channel, ChannelMessage, User
from tests.api.conftest import People
from tests.pages.conftest import Pages

_HERE = "/settings/channels"
_URL = "https://hooks.slack.com/services/T0/B0/s3cret"
_FORM = {"kind": "slack", "name": "#sales", "url": _URL, "events": ["call_ready", "mention"]}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "smtp_url": SecretStr("smtp://127.0.0.1:1"),
            "mail_from": "Talktrack <talktrack@beacon.example>",
            "public_url": "https://talktrack.beacon.example",
        }
    )


def _channel(engine: Engine) -> Channel:
    with Session(engine) as session:
        return session.exec(select(Channel)).one()


def _speaks_french(engine: Engine, user: User) -> None:
    with session_scope(engine) as session:
        session.get_one(User, user.id).language = "fr"


def test_nobody_is_told_anything_until_they_add_a_place(
    pages: Pages, people: People, engine: Engine
) -> None:
    rep = pages(people.rep)
    page = rep.get(_HERE)
    assert page.status_code == 200
    assert "You are told nowhere else" in page.text
    assert 'name="whose"' not in page.text
    assert rep.post(_HERE, data=_FORM).headers["location"] == _HERE
    shown = rep.get(_HERE).text
    assert "hooks.slack.com" in shown
    assert "s3cret" not in shown
    assert _channel(engine).events == ["call_ready", "mention"]


def test_the_page_is_french_for_who_reads_french(
    pages: Pages, people: People, engine: Engine
) -> None:
    _speaks_french(engine, people.manager)
    manager = pages(people.manager)
    manager.post(_HERE, data={**_FORM, "name": "<b>#ventes</b>", "whose": "team"})
    page = manager.get(_HERE).text
    assert "Être prévenu ailleurs" in page
    assert "les appels de toute l\u2019équipe" in page
    assert "&lt;b&gt;#ventes&lt;/b&gt;" in page
    assert "<b>#ventes" not in page


def test_what_is_wrong_is_told_beside_the_fields_and_what_was_typed_stays(
    pages: Pages, people: People, engine: Engine
) -> None:
    rep = pages(people.rep)
    wrong = {"kind": "slack", "name": " ", "url": "https://evil.example/<x>", "events": ["odd"]}
    answer = rep.post(_HERE, data=wrong)
    assert answer.status_code == 422
    assert answer.text.count('class="wrong" id=') == 3
    assert 'value="https://evil.example/&lt;x&gt;"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    pigeon = rep.post(_HERE, data={**_FORM, "kind": "pigeon"})
    assert (pigeon.status_code, "cannot tell you that way" in pigeon.text) == (422, True)
    rep.post(_HERE, data=_FORM)
    there = f"{_HERE}/{_channel(engine).id}"
    answer = rep.post(there, data={**_FORM, "url": "https://x.webhook.office.com/y"})
    assert (answer.status_code, "<details open" in answer.text) == (422, True)
    assert _channel(engine).host == "hooks.slack.com"


def test_an_email_goes_to_ones_own_address(pages: Pages, people: People, engine: Engine) -> None:
    rep = pages(people.rep)
    mine = {"kind": "email", "name": "Mine", "events": ["mention", "weekly_digest"]}
    assert rep.post(_HERE, data={**mine, "url": _URL}).status_code == 422
    assert rep.post(_HERE, data=mine).status_code == 303
    assert (_channel(engine).address, _channel(engine).events) == (None, ["mention"])
    assert "rita@beacon.example" in rep.get(_HERE).text


def test_a_channel_is_tested_and_what_came_of_it_is_shown(
    pages: Pages, people: People, engine: Engine
) -> None:
    rep = pages(people.rep)
    rep.post(_HERE, data=_FORM)
    there = f"{_HERE}/{_channel(engine).id}"
    assert rep.post(f"{there}/test").headers["location"] == _HERE
    assert 'hx-trigger="every 2s"' in rep.get(_HERE).text
    with session_scope(engine) as session:
        message = session.exec(select(ChannelMessage)).one()
        message.state, message.job_id = "failed", None
        channel = session.exec(select(Channel)).one()
        channel.is_active, channel.last_error = False, "answered 404 (<no_service>)"
    page = rep.get(_HERE).text
    assert "It was switched off" in page
    assert "answered 404 (&lt;no_service&gt;)" in page
    assert "every 2s" not in page
    assert f"{there}/test" not in page
    assert rep.post(f"{there}/test").status_code == 409
    assert "switched off" in rep.get("/").text


def test_a_channel_is_changed_switched_off_and_deleted(
    pages: Pages, people: People, engine: Engine
) -> None:
    rep = pages(people.rep)
    rep.post(_HERE, data=_FORM)
    before = _channel(engine)
    there = f"{_HERE}/{before.id}"
    changed = {"name": "#all", "url": "", "events": ["mention"]}
    assert rep.post(there, data=changed).status_code == 303
    after = _channel(engine)
    assert (after.name, after.events, after.is_active) == ("#all", ["mention"], False)
    assert after.address == before.address
    rep.post(there, data={**changed, "is_active": "true"})
    assert _channel(engine).is_active
    assert rep.post(f"{there}/delete").headers["location"] == _HERE
    assert rep.get(_HERE).status_code == 200
    assert not re.search(re.escape(there), rep.get(_HERE).text)


def test_anothers_channel_is_nobodys_business(pages: Pages, people: People, engine: Engine) -> None:
    pages(people.rep).post(_HERE, data=_FORM)
    there = f"{_HERE}/{_channel(engine).id}"
    for other in (people.peer, people.manager, people.admin):
        client = pages(other)
        assert '#sales"' not in client.get(_HERE).text
        for path in (there, f"{there}/test", f"{there}/delete"):
            assert client.post(path, data=_FORM).status_code == 404, path
    assert _channel(engine).name == "#sales"
    assert pages(people.rep).post(there, data={**_FORM, "whose": "team"}).status_code == 403
