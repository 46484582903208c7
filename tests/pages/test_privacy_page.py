"""Settings, Privacy: look somebody up, give them what is held, erase it."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.database import session_scope
from models.tables import Call, Contact, Erasure, User
from models.tables.columns import now
from tests.api.conftest import People
from tests.pages.conftest import Pages

_HERE = "/settings/privacy"
_NAME = "Jim <b>Lee"
_JIM = {"email": "jim@acme.example", "name": _NAME}


@pytest.fixture
def call_id(engine: Engine, people: People) -> str:
    with session_scope(engine) as session:
        known = {"participants": [{**_JIM, "side": "buyer"}]}
        call = Call(title=f"With {_NAME}", rep_id=people.rep.id, started_at=now(), known=known)
        session.add_all([call, Contact(name=_NAME, email=_JIM["email"])])
        session.flush()
        return str(call.id)


def test_somebody_is_looked_up_without_their_name_in_an_address(
    pages: Pages, people: People, call_id: str
) -> None:
    admin = pages(people.admin)
    shown = admin.post(_HERE, data=_JIM)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert "<b>Lee" not in shown.text
    assert "Take the person out" in shown.text
    assert admin.get(_HERE).status_code == 200
    nobody = admin.post(_HERE, data={"email": "no@body.example"})
    assert "Nothing. Check how" in nobody.text


def test_what_is_held_is_downloaded(pages: Pages, people: People, call_id: str) -> None:
    answer = pages(people.admin).post(f"{_HERE}/export", data=_JIM)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.content.startswith(b"PK")


def test_an_erasure_is_ordered_and_told(
    pages: Pages, people: People, engine: Engine, call_id: str
) -> None:
    admin = pages(people.admin)
    answer = admin.post(f"{_HERE}/erase", data={**_JIM, "kind": "person", "calls": "take_out"})
    assert (answer.status_code, answer.headers["location"]) == (303, _HERE)
    with Session(engine) as session:
        made = session.exec(select(Erasure)).one()
        assert (made.state, made.wanted["calls"]) == ("waiting", "take_out")
        assert b"jim" not in (made.subject or b"")
    assert "Waiting" in admin.get(_HERE).text


def test_a_call_is_erased_from_its_own_page(
    pages: Pages, people: People, engine: Engine, call_id: str
) -> None:
    admin = pages(people.admin)
    assert f"{_HERE}?call={call_id}" in admin.get(f"/calls/{call_id}").text
    assert f"{_HERE}?call={call_id}" not in pages(people.rep).get(f"/calls/{call_id}").text
    assert "With Jim" in admin.get(f"{_HERE}?call={call_id}").text
    answer = admin.post(f"{_HERE}/erase", data={"kind": "call", "id": call_id})
    assert answer.status_code == 303
    with Session(engine) as session:
        assert session.exec(select(Erasure)).one().kind == "call"


def test_bad_input_is_told_and_kept(pages: Pages, people: People, engine: Engine) -> None:
    admin = pages(people.admin)
    shown = admin.post(_HERE, data={"email": "no address", "name": ""})
    assert shown.status_code == 422
    assert 'value="no address"' in shown.text
    ours = admin.post(f"{_HERE}/erase", data={"kind": "person", "email": people.rep.email})
    assert ours.status_code == 422
    with Session(engine) as session:
        assert session.exec(select(Erasure)).all() == []


def test_nobody_but_an_admin_comes_here(pages: Pages, people: People, nobody: TestClient) -> None:
    users: tuple[User, ...] = (people.rep, people.manager, people.stranger)
    for user in users:
        client = pages(user)
        assert client.get(_HERE).status_code == 403
        for way in ("", "/export", "/erase"):
            assert client.post(f"{_HERE}{way}", data=_JIM).status_code == 403
    assert nobody.post(f"{_HERE}/erase", data=_JIM).status_code in {303, 401}


def test_it_is_there_in_french(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.admin.id).language = "fr"
    assert "Confidentialité" in pages(people.admin).get(_HERE).text
