"""CRM connections in the settings, and the part of a call's page, against a HubSpot on loopback."""

import re
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.tables import AuditEntry, CrmConnection, CrmPush, Deal, DealOverride
from tests.api.conftest import People
from tests.crm.standing import (
    BUYER,
    TOKEN,
    Outbox,
    Standing,
    connected,
    connection_of,
    heard_call,
    push_of,
)
from tests.pages.conftest import Pages
from tests.pages.standing_crm import crm, nobody

__all__ = ["crm", "nobody"]
_HERE = "/settings/crm"


@pytest.fixture
def call_id(engine: Engine, files: Files, settings: Settings, people: People) -> UUID:
    return heard_call(engine, files, settings, people.rep)


@pytest.fixture
def connection_id(engine: Engine, crm: Standing, people: People) -> UUID:
    return connected(engine, crm.settings, people.admin, crm.url)


def _typed(crm: Standing, more: dict[str, str] | None = None) -> dict[str, str]:
    return {
        "kind": "hubspot",
        "way": "token",
        "address": crm.url,
        "access_token": TOKEN,
        **(more or {}),
    }


@pytest.fixture
def outbox(
    engine: Engine, files: Files, crm: Standing, call_id: UUID, connection_id: UUID
) -> Outbox:
    """Empty: the call was there before the connection."""
    del call_id
    return Outbox(engine, files, crm, connection_id)


def test_a_connection_is_tested_kept_and_shows_the_deals_of_the_last_calls(
    pages: Pages, people: People, crm: Standing, engine: Engine, call_id: UUID
) -> None:
    contact = crm.fake.add_contact(BUYER)
    crm.fake.add_deal("Harbor <i>rollout</i>", contacts=[contact])
    admin = pages(people.admin)
    assert "No CRM yet" in admin.get(_HERE).text
    assert "Service Keys" in admin.get(f"{_HERE}/new?kind=hubspot").text
    made = admin.post(f"{_HERE}/new", data=_typed(crm))
    there = made.headers["location"]
    page = admin.get(there).text
    assert connection_of(engine).state == "ready"
    assert "crm.objects.deals.read" in page
    assert 'hx-trigger="load"' in page
    found = admin.get(f"{there}/deals").text
    assert "Harbor &lt;i&gt;rollout&lt;/i&gt;" in found
    assert f"People of the call are its contacts: {BUYER}" in found
    assert crm.fake.notes == []
    with Session(engine) as session:
        assert session.exec(select(CrmPush)).all() == []
        trail = session.exec(select(AuditEntry)).all()
    assert TOKEN not in page + found + admin.get(_HERE).text + str(trail)


def test_what_the_crm_refuses_is_not_kept_and_secrets_are_not_sent_back(
    pages: Pages, people: People, crm: Standing, engine: Engine
) -> None:
    admin = pages(people.admin)
    refused = admin.post(
        f"{_HERE}/new", data=_typed(crm, {"access_token": "pat-wrong", "name": "Mine"})
    )
    assert refused.status_code == 422
    assert "HubSpot does not accept the access token" in refused.text
    assert 'value="Mine"' in refused.text
    assert "pat-wrong" not in refused.text
    elsewhere = admin.post(f"{_HERE}/new", data=_typed(crm, {"address": "https://evil.example"}))
    assert elsewhere.status_code == 422
    assert 'id="wrong-address"' in elsewhere.text
    empty = admin.post(f"{_HERE}/new", data=_typed(crm, {"access_token": ""}))
    assert 'id="wrong-access_token"' in empty.text
    with Session(engine) as session:
        assert session.exec(select(CrmConnection)).all() == []


def test_new_access_is_kept_only_if_the_crm_takes_it(
    pages: Pages, people: People, crm: Standing, engine: Engine, connection_id: UUID
) -> None:
    admin, there = pages(people.admin), f"{_HERE}/{connection_id}"
    before = connection_of(engine).secrets
    assert admin.post(f"{there}/secrets", data={"access_token": "pat-wrong"}).status_code == 422
    assert connection_of(engine).secrets == before
    assert admin.post(f"{there}/secrets", data={"access_token": TOKEN}).status_code == 303
    assert connection_of(engine).state == "ready"
    crm.fake.expire_tokens()
    admin.post(f"{there}/test")
    assert "connect again" in admin.get(there).text
    assert connection_of(engine).state == "needs_login"


def test_what_a_connection_does_is_changed(
    pages: Pages, people: People, engine: Engine, connection_id: UUID
) -> None:
    admin, there = pages(people.admin), f"{_HERE}/{connection_id}"
    form = {
        "name": "The <b>one</b>",
        "push_when": "rule",
        "stages": ["Decision"],
        "call_types": ["demo"],
        "language": "fr",
        "with_tasks": "true",
        "sync_every_min": "60",
    }
    assert admin.post(there, data=form).status_code == 303
    kept = connection_of(engine)
    assert kept.rule == {"stages": ["Decision"], "call_types": ["demo"]}
    assert (kept.language, kept.with_tasks, kept.is_synced) == ("fr", True, False)
    page = admin.get(there).text
    assert "The &lt;b&gt;one&lt;/b&gt;" in page
    assert re.search(r'value="Decision" checked', page)
    wrong = admin.post(there, data={**form, "name": " ", "language": "fr"})
    assert wrong.status_code == 422
    assert 'id="wrong-name"' in wrong.text
    assert admin.post(there, data={**form, "push_when": "never"}).status_code == 422
    assert connection_of(engine).push_when == "rule"
    assert admin.post(f"{there}/sync").status_code == 303
    admin.post(f"{there}/switch")
    assert connection_of(engine).state == "off"
    assert admin.post(f"{there}/sync").status_code == 409
    admin.post(f"{there}/switch", data={"is_on": "true"})
    assert connection_of(engine).state == "new"
    assert admin.post(f"{there}/delete").headers["location"] == _HERE


def test_a_template_is_tried_on_a_call_and_refused_by_its_line(
    pages: Pages, people: People, engine: Engine, call_id: UUID, connection_id: UUID
) -> None:
    admin, there = pages(people.admin), f"{_HERE}/{connection_id}/note"
    assert f"Ref TT-{call_id}" in admin.get(there).text
    tried = admin.post(f"{there}/preview", data={"template": "# Ours <u>x</u>\r\n{title}"}).text
    assert "<strong>Ours &lt;u&gt;x&lt;/u&gt;</strong>" in tried
    assert "Demo &lt;b&gt;Harbor&lt;/b&gt;" in tried
    wrong = admin.post(there, data={"template": "# A\n\n{oops}"})
    assert wrong.status_code == 422
    assert "line 3" in wrong.text
    assert connection_of(engine).template is None
    admin.post(there, data={"template": "# Ours\n{title}"})
    assert connection_of(engine).template == "# Ours\n{title}"
    admin.post(there, data={"template": " "})
    assert connection_of(engine).template is None


def test_fields_of_the_crm_are_chosen(
    pages: Pages, people: People, crm: Standing, engine: Engine, connection_id: UUID
) -> None:
    admin, there = pages(people.admin), f"{_HERE}/{connection_id}/fields"
    assert 'value="description"' in admin.get(there).text
    assert admin.post(there, data={"summary": "description"}).status_code == 303
    assert connection_of(engine).fields == {"description": "summary"}
    twice = {"summary": "description", "next_step": "description"}
    assert admin.post(there, data=twice).status_code == 422
    crm.fake.expire_tokens()
    broken = admin.get(there)
    assert "HubSpot" in broken.text
    assert 'value="description" selected' in broken.text


def test_a_call_says_why_its_deal_is_asked_for_and_a_choice_is_pushed(
    pages: Pages,
    people: People,
    crm: Standing,
    outbox: Outbox,
    call_id: UUID,
) -> None:
    connection_id = outbox.connection_id
    contact = crm.fake.add_contact(BUYER)
    deals = [crm.fake.add_deal(name, contacts=[contact]) for name in ("One <b>", "Two")]
    rep, here = pages(people.rep), f"/calls/{call_id}/crm"
    assert outbox.consider(call_id).state == "asking"
    page = rep.get(f"/calls/{call_id}").text
    assert "Several deals: choose" in page
    assert "One &lt;b&gt;" in page
    assert "every 2s" not in rep.get(here).text
    wrong = rep.post(f"{here}/{connection_id}/deal", data={"deal": "https://evil.example/<b>"})
    assert wrong.status_code == 422
    assert 'value="https://evil.example/&lt;b&gt;"' in wrong.text
    chosen = rep.post(f"{here}/{connection_id}/deal", data={"candidate": deals[1]})
    assert chosen.headers["location"] == f"/calls/{call_id}#crm"
    as_part = {"hx-request": "true"}
    pushed = rep.post(f"{here}/{connection_id}", headers=as_part)
    assert pushed.headers["location"] == here
    assert 'hx-trigger="every 2s"' in rep.get(here).text
    assert outbox.push().state == "pushed"
    done = rep.get(here).text
    assert "Open the note in HubSpot" in done
    assert "chosen by hand" in done
    assert crm.fake.notes[0].deal_id == deals[1]
    rep.post(f"{here}/{connection_id}/deal", data={"again": "true"})
    assert push_of(outbox.engine).deal_ref is None


def test_a_preview_is_what_will_be_written(
    pages: Pages,
    people: People,
    crm: Standing,
    outbox: Outbox,
    call_id: UUID,
) -> None:
    connection_id = outbox.connection_id
    crm.fake.add_deal("Harbor", contacts=[crm.fake.add_contact(BUYER)])
    rep, here = pages(people.rep), f"/calls/{call_id}/crm/{connection_id}"
    with session_scope(outbox.engine) as session:
        connection = session.get_one(CrmConnection, connection_id)
        connection.fields, connection.with_tasks = {"description": "next_step"}, True
    page = rep.get(f"{here}/preview").text
    assert "To-dos" in page
    assert "<ins>" in page
    rep.post(here)
    assert outbox.push().state == "pushed"
    assert crm.fake.notes[0].body in page


def test_pushes_are_listed_filtered_and_tried_again(
    pages: Pages, people: People, engine: Engine, call_id: UUID, connection_id: UUID
) -> None:
    with session_scope(engine) as session:
        push = CrmPush(connection_id=connection_id, call_id=call_id, state="failed")
        push.last_error, push.note_url = "HubSpot says <no>", "javascript:alert(1)"
        push.deal_name = "Harbor"
        session.add(push)
    admin, there = pages(people.admin), f"{_HERE}/{connection_id}/pushes"
    page = admin.get(f"{there}?state=failed").text
    assert "HubSpot says &lt;no&gt;" in page
    assert "javascript:" not in page
    assert "No calls here" in admin.get(f"{there}?state=pushed").text
    assert admin.post(f"{there}/retry").status_code == 303
    assert push_of(engine).state == "waiting"
    admin.post(f"{there}/{call_id}")
    assert push_of(engine).is_asked


def test_a_deal_of_a_crm_says_so_and_what_is_said_otherwise_can_be_put_back(
    pages: Pages, people: People, engine: Engine, call_id: UUID, connection_id: UUID
) -> None:
    with session_scope(engine) as session:
        deal = Deal(name="Harbor", rep_id=people.rep.id, origin="hubspot", ref="7")
        deal.pipeline, deal.probability, deal.url = "New business", 0.4, "https://crm.example/7"
        session.add(deal)
        session.flush()
        push = CrmPush(connection_id=connection_id, call_id=call_id, state="pushed")
        push.note_id, push.note_deal_ref, push.note_url = "1", "7", "https://crm.example/n"
        session.add(push)
        here = f"/deals/{deal.id}"
    rep = pages(people.rep)
    page = rep.get(here).text
    assert "From Our HubSpot" in page
    assert "New business" in page
    assert "40%" in page
    assert "Demo &lt;b&gt;Harbor&lt;/b&gt;" in page
    assert "https://crm.example/n" in page
    form = {"name": "Harbor", "rep": str(people.rep.id), "kind": "new", "outcome": "open"}
    form |= {"pipeline": "New business", "probability": "62,5", "expected_on": "2027-01-31"}
    assert rep.post(f"{here}/edit", data={**form, "probability": "120"}).status_code == 422
    assert rep.post(f"{here}/edit", data={**form, "expected_on": "soon"}).status_code == 422
    form["probability"] = "62.5"
    assert rep.post(f"{here}/edit", data=form).status_code == 303
    assert "What Our HubSpot says" in rep.get(here).text
    with Session(engine) as session:
        said = {one.field for one in session.exec(select(DealOverride)).all()}
    assert said == {"probability", "expected_on"}
    assert rep.post(f"{here}/theirs", data={"field": "probability"}).status_code == 303
    with Session(engine) as session:
        assert session.exec(select(Deal.probability)).one() == 0.4
    assert rep.post(f"{here}/theirs", data={"field": "probability"}).status_code == 404
    assert pages(people.stranger).post(f"{here}/theirs", data={"field": "x"}).status_code == 404


def test_pages_are_there_in_french(
    pages: Pages, people: People, engine: Engine, call_id: UUID, connection_id: UUID
) -> None:
    with session_scope(engine) as session:
        for user in (people.admin, people.rep):
            session.merge(user).language = "fr"
    admin, there = pages(people.admin), f"{_HERE}/{connection_id}"
    for path in (_HERE, f"{_HERE}/new", there, f"{there}/note", f"{there}/pushes"):
        assert admin.get(path).status_code == 200
    assert "Quand les appels sont envoyés" in admin.get(there).text
    assert "Pas envoyé" in pages(people.rep).get(f"/calls/{call_id}/crm").text


def test_others_learn_nothing_of_connections_and_pushes(
    pages: Pages, people: People, engine: Engine, call_id: UUID, connection_id: UUID
) -> None:
    for user in (people.rep, people.manager):
        client = pages(user)
        for path in ("", "/new", f"/{connection_id}", f"/{connection_id}/sign-in", "/callback"):
            assert client.get(f"{_HERE}{path}").status_code == 403
        for path in ("/new", f"/{connection_id}/secrets", f"/{connection_id}/delete"):
            assert client.post(f"{_HERE}{path}").status_code == 403
    here = f"/calls/{call_id}/crm"
    for user in (people.peer, people.boss, people.stranger):
        client = pages(user)
        assert client.get(here).status_code == 404
        assert client.get(f"{here}/{connection_id}/preview").status_code == 404
        assert client.post(f"{here}/{connection_id}").status_code == 404
        assert client.post(f"{here}/{connection_id}/deal").status_code == 404
    with Session(engine) as session:
        assert session.exec(select(CrmPush)).all() == []
