"""Connections to CRMs and the pushes of calls, by the API and against a HubSpot on loopback."""

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from api.app import create_app
from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.tables import CrmConnection, CrmPush
from tests.api.conftest import People
from tests.crm.standing import BUYER, TOKEN, Outbox, Standing, connected, heard_call, standing

_GIVEN = {"kind": "hubspot", "way": "token", "name": "Ours", "secrets": {"access_token": TOKEN}}


@pytest.fixture
def crm(settings: Settings) -> Iterator[Standing]:
    with standing(settings) as found:
        yield found


@pytest.fixture
def app_client(crm: Standing, engine: Engine, files: Files) -> Iterator[TestClient]:
    with TestClient(create_app(crm.settings, engine, files), base_url="http://127.0.0.1") as client:
        client.base_url = client.base_url.join("/api/v1")
        yield client


@pytest.fixture
def call_id(engine: Engine, files: Files, settings: Settings, people: People) -> UUID:
    return heard_call(engine, files, settings, people.rep)


@pytest.fixture
def connection_id(engine: Engine, crm: Standing, people: People) -> UUID:
    return connected(engine, crm.settings, people.admin, crm.url)


@pytest.fixture
def outbox(
    engine: Engine, files: Files, crm: Standing, call_id: UUID, connection_id: UUID
) -> Outbox:
    """Empty: the call was there before the connection."""
    del call_id
    return Outbox(engine, files, crm, connection_id)


def test_a_connection_is_added_tried_and_its_secrets_never_shown(
    admin: TestClient, crm: Standing, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = admin.post("/crm/connections", json={**_GIVEN, "address": crm.url})
    assert made.status_code == 201
    here = f"/crm/connections/{made.json()['id']}"
    tried = admin.post(f"{here}/test")
    assert tried.json()["is_ok"] is True, tried.text
    assert tried.json()["account"]["name"]
    shown = admin.get(here)
    assert shown.json()["state"] == "ready"
    assert shown.json()["way"] == "token"
    told = [made, tried, shown, admin.get("/crm/connections"), admin.get("/audit")]
    assert [one.url for one in told if TOKEN in one.text] == []
    assert TOKEN not in caplog.text
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT secrets FROM crm_connection")).scalar_one()
    assert TOKEN.encode() not in bytes(kept)


def test_a_token_that_opens_nothing_is_said_so_in_words(
    admin: TestClient, crm: Standing, connection_id: UUID
) -> None:
    crm.fake.expire_tokens()
    tried = admin.post(f"/crm/connections/{connection_id}/test").json()
    assert tried["is_ok"] is False
    assert "HubSpot" in tried["problem"]
    shown = admin.get(f"/crm/connections/{connection_id}").json()
    assert shown["state"] == "needs_login"
    assert shown["last_error"] == tried["problem"]
    crm.fake._token = "pat-second-token"
    again = {"secrets": {"access_token": "pat-second-token"}}
    renewed = admin.post(f"/crm/connections/{connection_id}/secrets", json=again)
    assert renewed.json()["state"] == "new"
    assert admin.post(f"/crm/connections/{connection_id}/test").json()["is_ok"] is True


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"kind": "tryton", "way": "login", "address": "https://evil.example"}, "address"),
        ({"kind": "hubspot", "address": "http://169.254.169.254"}, "address"),
        ({"kind": "hubspot", "address": "https://user:word@api.hubapi.com"}, "address"),
        ({"kind": "salesforce", "way": "client"}, "address"),
        ({"way": "password"}, "way"),
        ({"secrets": {}}, "secrets.access_token"),
        ({"secrets": {"access_token": "x", "other": "hidden"}}, "secrets"),
        ({"options": {"oauth_url": "https://evil.example"}}, "options"),
        ({"options": {"version": "latest"}}, "options.version"),
        ({"kind": "console"}, "kind"),
    ],
)
def test_a_connection_that_cannot_be_is_refused(
    admin: TestClient, given: dict[str, Any], where: str
) -> None:
    whole = {**_GIVEN, **given}
    if whole["kind"] == "tryton":
        whole["secrets"] = {"login": "talktrack", "password": "x"}
    if whole["kind"] == "salesforce":
        whole["secrets"] = {"client_id": "a", "client_secret": "b"}
    refused = admin.post("/crm/connections", json=whole)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(f"{where}:")
    assert "hidden" not in refused.text
    assert admin.get("/crm/connections").json() == []


def test_what_a_connection_does_is_changed_and_a_wrong_template_refused_by_its_line(
    admin: TestClient, connection_id: UUID
) -> None:
    here = f"/crm/connections/{connection_id}"
    change = {
        "push_when": "rule",
        "rule": {"stages": ["Decision"], "teams": [str(uuid4())]},
        "template": "# {title}\n{summary}",
        "fields": {"description": "summary"},
        "language": "fr",
    }
    changed = admin.patch(here, json=change).json()
    assert changed["rule"]["stages"] == ["Decision"]
    assert changed["language"] == "fr"
    wrong = admin.patch(here, json={"template": "# {title}\n\n{oops}"})
    assert wrong.status_code == 422
    assert "line 3" in wrong.json()["detail"]
    assert admin.patch(here, json={"fields": {"amount": "tips"}}).status_code == 422
    assert admin.patch(here, json={"push_when": None}).status_code == 422
    assert admin.patch(here, json={"template": None}).json()["template"] is None
    assert admin.patch(here, json={"is_on": False}).json()["state"] == "off"
    assert admin.post(f"{here}/sync").status_code == 409
    assert admin.patch(here, json={"is_on": True}).json()["state"] == "new"
    assert admin.delete(here).status_code == 204
    assert admin.get(here).status_code == 404


def test_fields_are_told_and_a_sync_and_retries_asked_for(
    admin: TestClient, crm: Standing, connection_id: UUID, engine: Engine
) -> None:
    here = f"/crm/connections/{connection_id}"
    assert "description" in {one["name"] for one in admin.get(f"{here}/fields").json()}
    crm.fake.expire_tokens()
    assert admin.get(f"{here}/fields").status_code == 409
    assert admin.post(f"{here}/sync").status_code == 202
    assert admin.post(f"{here}/retry").json() == {"pushes": 0}
    with engine.connect() as connection:
        jobs = "SELECT task_name FROM procrastinate_jobs WHERE queue_name = 'push'"
        assert set(connection.execute(text(jobs)).scalars()) >= {"sync_crm", "push_calls"}


def test_a_call_is_previewed_pushed_and_says_where_it_is(
    rep: TestClient,
    crm: Standing,
    outbox: Outbox,
    call_id: UUID,
) -> None:
    connection_id = outbox.connection_id
    here = f"/calls/{call_id}/pushes"
    (before,) = rep.get(here).json()
    assert (before["state"], before["connection"]) == (None, "Our HubSpot")
    contact = crm.fake.add_contact(BUYER)
    deal = crm.fake.add_deal("Harbor rollout", contacts=[contact])
    asked_before = len(crm.fake.calls)
    preview = rep.get(f"{here}/{connection_id}/preview").json()
    assert len(crm.fake.calls) == asked_before
    assert f"Ref TT-{call_id}" in preview["html"]
    assert "Demo &lt;b&gt;Harbor&lt;/b&gt;" in preview["html"]
    assert rep.post(f"{here}/{connection_id}").json()["state"] == "waiting"
    assert outbox.push().state == "pushed"
    (after,) = rep.get(here).json()
    assert (after["state"], after["deal_id"]) == ("pushed", deal)
    assert after["deal_name"] == "Harbor rollout"
    assert BUYER in after["candidates"][0]["reasons"][0]
    assert after["note_url"].startswith("https://")
    assert len(crm.fake.notes) == 1
    assert crm.fake.notes[0].body == preview["html"]


def test_a_deal_is_chosen_by_its_address_and_looked_for_again(
    rep: TestClient,
    crm: Standing,
    outbox: Outbox,
    call_id: UUID,
) -> None:
    connection_id = outbox.connection_id
    contact = crm.fake.add_contact(BUYER)
    deals = [crm.fake.add_deal(name, contacts=[contact]) for name in ("One", "Two")]
    assert outbox.consider(call_id).state == "asking"
    here = f"/calls/{call_id}/pushes"
    (asking,) = rep.get(here).json()
    assert {one["id"] for one in asking["candidates"]} == set(deals)
    assert asking["why"]
    url = f"https://app-eu1.hubspot.com/contacts/62515/record/0-3/{deals[1]}?tab=1"
    chosen = rep.put(f"{here}/{connection_id}/deal", json={"deal_id": url}).json()
    assert (chosen["deal_id"], chosen["deal_name"], chosen["is_chosen"]) == (deals[1], "Two", True)
    for wrong in ("https://evil.example/1", "1/../../2", "x"):
        answer = rep.put(f"{here}/{connection_id}/deal", json={"deal_id": wrong})
        assert answer.status_code == 422
    again = rep.put(f"{here}/{connection_id}/deal", json={"deal_id": None}).json()
    assert (again["deal_id"], again["is_chosen"]) == (None, False)


def test_the_fields_of_a_deal_are_compared_before_they_are_written(
    rep: TestClient,
    crm: Standing,
    outbox: Outbox,
    call_id: UUID,
) -> None:
    connection_id = outbox.connection_id
    deal = crm.fake.add_deal("Harbor", description="as it was")
    with session_scope(outbox.engine) as session:
        session.get_one(CrmConnection, connection_id).fields = {"description": "next_step"}
    here = f"/calls/{call_id}/pushes/{connection_id}"
    rep.put(f"{here}/deal", json={"deal_id": deal})
    (field,) = rep.get(f"{here}/preview").json()["fields"]
    assert (field["name"], field["was"], field["is_change"]) == ("description", "as it was", True)
    assert field["becomes"]
    crm.fake.expire_tokens()
    broken = rep.get(f"{here}/preview").json()
    assert "HubSpot" in broken["problem"]
    assert broken["fields"][0]["was"] is None


def test_an_admin_reads_all_pushes_by_state(
    admin: TestClient, outbox: Outbox, call_id: UUID
) -> None:
    outbox.consider(call_id)
    page = admin.get("/crm/pushes", params={"state": "unmatched"}).json()
    assert [one["call_id"] for one in page["items"]] == [str(call_id)]
    assert admin.get("/crm/pushes", params={"state": "pushed"}).json()["items"] == []
    assert admin.get(f"/crm/connections/{outbox.connection_id}").json()["pushes"] == {
        "unmatched": 1
    }


def test_others_learn_nothing_and_change_nothing(
    rep: TestClient,
    manager: TestClient,
    peer: TestClient,
    boss: TestClient,
    call_id: UUID,
    connection_id: UUID,
    engine: Engine,
) -> None:
    here = f"/calls/{call_id}/pushes"
    for client in (peer, boss):
        assert client.get(here).status_code == 404
        assert client.get(f"{here}/{connection_id}/preview").status_code == 404
        assert client.post(f"{here}/{connection_id}").status_code == 404
        assert client.put(f"{here}/{connection_id}/deal", json={"deal_id": "1"}).status_code == 404
    for client in (rep, manager):
        for path in ("", f"/{connection_id}", f"/{connection_id}/fields"):
            assert client.get(f"/crm/connections{path}").status_code == 403
        assert client.get("/crm/pushes").status_code == 403
        assert client.post("/crm/connections", json=_GIVEN).status_code == 403
    assert manager.get(here).status_code == 200
    assert rep.post(f"{here}/{uuid4()}").status_code == 404
    with Session(engine) as session:
        assert session.exec(select(CrmPush)).all() == []
