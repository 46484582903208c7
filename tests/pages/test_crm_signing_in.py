"""Signing in on the CRM's own page, and coming back."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from api.signing import sign_crm_sign_in
from models.crm.connections import NewConnection, add_connection
from models.database import session_scope
from tests.api.conftest import People
from tests.crm.fakes.hubspot_told import CLIENT, CLIENT_SECRET
from tests.crm.standing import Standing, connection_of
from tests.pages.conftest import HOME, Pages
from tests.pages.standing_crm import crm, nobody

__all__ = ["crm", "nobody"]
_HERE = "/settings/crm"


@pytest.fixture
def by_web(engine: Engine, crm: Standing, people: People) -> UUID:
    crm.fake.oauth = True
    secrets = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}
    new = NewConnection("Ours", "hubspot", crm.url, secrets, {"way": "app"})
    with session_scope(engine) as session:
        return add_connection(session, people.admin, new, crm.settings.seal()).id


def test_signing_in_leads_there_and_back_once(
    pages: Pages, people: People, crm: Standing, engine: Engine, by_web: UUID
) -> None:
    admin = pages(people.admin)
    assert f"{_HERE}/{by_web}/sign-in" in admin.get(f"{_HERE}/{by_web}").text
    there = urlsplit(admin.get(f"{_HERE}/{by_web}/sign-in").headers["location"])
    asked = {name: values[0] for name, values in parse_qs(there.query).items()}
    assert f"{there.scheme}://{there.netloc}" == crm.url
    assert asked["redirect_uri"] == f"{HOME}{_HERE}/callback"
    assert CLIENT_SECRET not in there.query
    back = {"state": asked["state"], "code": "the-code"}
    answer = admin.get(f"{_HERE}/callback", params=back)
    assert answer.headers["location"] == f"{_HERE}/{by_web}"
    assert connection_of(engine).state == "ready"
    assert admin.get(f"{_HERE}/callback", params=back).status_code == 409


def test_it_is_for_one_admin_for_some_minutes_and_one_connection(
    pages: Pages, people: People, crm: Standing, engine: Engine, by_web: UUID
) -> None:
    key, sealed = crm.settings.signing_key(), connection_of(engine).secrets
    admin = pages(people.admin)
    states = (
        sign_crm_sign_in(key, people.manager.id, by_web, sealed),
        sign_crm_sign_in(key, people.admin.id, uuid4(), sealed),
        sign_crm_sign_in(key, people.admin.id, by_web, b"others"),
        sign_crm_sign_in("another key", people.admin.id, by_web, sealed),
        "",
        "x" * 500,
    )
    asked = len(crm.fake.calls)
    for state in states:
        answer = admin.get(f"{_HERE}/callback", params={"state": state, "code": "a-code"})
        assert answer.status_code == 409
    assert len(crm.fake.calls) == asked
    assert connection_of(engine).state == "new"


def test_a_stale_state_is_over(
    pages: Pages,
    people: People,
    crm: Standing,
    engine: Engine,
    by_web: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = connection_of(engine).secrets
    state = sign_crm_sign_in(crm.settings.signing_key(), people.admin.id, by_web, sealed)
    monkeypatch.setattr("api.pages.settings.crm_sign_in.MINUTES", -1)
    answer = pages(people.admin).get(f"{_HERE}/callback", params={"state": state, "code": "a-code"})
    assert answer.status_code == 409


def test_a_refusal_is_told_without_its_words(
    pages: Pages, people: People, crm: Standing, engine: Engine, by_web: UUID
) -> None:
    admin = pages(people.admin)
    sealed = connection_of(engine).secrets
    state = sign_crm_sign_in(crm.settings.signing_key(), people.admin.id, by_web, sealed)
    asked = {"state": state, "error": "<script>alert(1)</script>"}
    answer = admin.get(f"{_HERE}/callback", params=asked)
    assert answer.headers["location"] == f"{_HERE}/{by_web}"
    assert "<script>alert" not in admin.get(f"{_HERE}/{by_web}").text
    assert connection_of(engine).state == "new"
