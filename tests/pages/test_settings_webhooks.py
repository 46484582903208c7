"""Webhooks, as an admin adds, tests and looks after them."""

import re

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.database import session_scope
from models.tables import Webhook, WebhookDelivery
from tests.api.conftest import People
from tests.pages.conftest import Pages

_HERE = "/settings/webhooks"
_FORM = {"url": "https://crm.example.com/in", "events": ["call.ready", "call.failed"]}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_hosts": ("crm.example.com",)})


def _webhook(engine: Engine) -> Webhook:
    with Session(engine) as session:
        return session.exec(select(Webhook)).one()


def test_a_webhook_is_added_its_secret_shown_once_and_renewed(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin = pages(people.admin)
    made = admin.post(_HERE, data=_FORM)
    webhook = _webhook(engine)
    assert webhook.secret in made.text
    assert made.headers["cache-control"] == "no-store"
    there = f"{_HERE}/{webhook.id}"
    assert webhook.secret not in admin.get(_HERE).text + admin.get(there).text
    renewed = admin.post(f"{there}/secret")
    assert _webhook(engine).secret in renewed.text
    assert _webhook(engine).secret != webhook.secret


def test_what_is_wrong_with_a_webhook_is_told_beside_the_fields(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin = pages(people.admin)
    answer = admin.post(_HERE, data={"url": "https://evil.example/<b>", "events": ["odd"]})
    assert answer.status_code == 422
    assert answer.text.count('class="wrong" id=') == 2
    assert 'value="https://evil.example/&lt;b&gt;"' in answer.text
    admin.post(_HERE, data=_FORM)
    there = f"{_HERE}/{_webhook(engine).id}"
    assert admin.post(there, data={"url": "", "events": ["call.ready"]}).status_code == 422
    assert _webhook(engine).url == _FORM["url"]


def test_a_webhook_is_tested_and_what_failed_is_sent_anew(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin = pages(people.admin)
    admin.post(_HERE, data=_FORM)
    there = f"{_HERE}/{_webhook(engine).id}"
    admin.post(f"{there}/test")
    page = admin.get(there).text
    assert 'hx-trigger="every 2s"' in page
    with session_scope(engine) as session:
        delivery = session.exec(select(WebhookDelivery)).one()
        delivery.state, delivery.last_error, delivery.attempts = "failed", "answered <500>", 8
        delivery.job_id = delivery.next_try_at = None
    failed = admin.get(f"{there}?state=failed").text
    assert "answered &lt;500&gt;" in failed
    assert "every 2s" not in failed
    assert "Nothing was sent" in admin.get(f"{there}?state=delivered").text
    again = re.search(r'action="([^"]*/deliveries/[^"]*/replay)"', failed)
    assert again is not None
    assert admin.post(again[1]).headers["location"] == there
    with Session(engine) as session:
        assert session.exec(select(WebhookDelivery)).one().state == "waiting"
    assert admin.post(f"{there}/replay").status_code == 303


def test_a_webhook_is_switched_off_and_deleted(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin = pages(people.admin)
    admin.post(_HERE, data=_FORM)
    there = f"{_HERE}/{_webhook(engine).id}"
    assert admin.post(there, data=_FORM).status_code == 303
    assert not _webhook(engine).is_active
    assert admin.post(f"{there}/test").status_code == 409
    assert pages(people.rep).get(there).status_code == 403
    assert pages(people.manager).post(f"{there}/delete").status_code == 403
    assert admin.post(f"{there}/delete").headers["location"] == _HERE
    assert admin.get(there).status_code == 404
