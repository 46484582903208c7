"""The first run: nobody becomes the admin but whoever started the server, and then a guide."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.dependencies import COOKIE
from api.serving import welcome_first
from api.settings import Settings
from api.signing import first_run_code
from models.database import session_scope
from models.errors import Conflict
from models.first_admin import add_first_admin
from models.tables import AuditEntry, Team, User
from models.users import check_password
from tests.api.conftest import People
from tests.pages.conftest import Pages

PASSWORD = "the first of all"  # noqa: S105


@pytest.fixture
def code(settings: Settings) -> str:
    return first_run_code(settings.signing_key())


def _form(code: str, **changed: str) -> dict[str, str]:
    form = {
        "code": code,
        "name": "Ada",
        "email": "ada@beacon.example",
        "password": PASSWORD,
        "language": "fr",
        "time_zone": "Europe/Paris",
        "team": "Sales",
    }
    return {**form, **changed}


@pytest.mark.parametrize("path", ["/", "/calls?x=1", "/settings", "/sign-in", "/welcome/start"])
def test_every_page_leads_to_the_first_one_as_long_as_nobody_is_here(
    nobody: TestClient, path: str
) -> None:
    answer = nobody.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/welcome"


@pytest.mark.parametrize("wrong", ["", "x", "é" * 32, "\x00"])
def test_without_the_code_the_page_says_where_to_find_it(
    nobody: TestClient, wrong: str, engine: Engine
) -> None:
    answer = nobody.get("/welcome", params={"code": wrong})
    assert answer.status_code == 403
    assert "talktrack serve" in answer.text
    assert "<form" not in answer.text
    assert nobody.post("/welcome", data=_form(wrong)).status_code == 403
    with Session(engine) as session:
        assert session.exec(select(User)).all() == []


def test_the_first_admin_is_made_signed_in_and_guided(
    nobody: TestClient, code: str, engine: Engine
) -> None:
    form = nobody.get(f"/welcome?code={code}&language=fr")
    assert form.status_code == 200
    assert '<html lang="fr"' in form.text
    made = nobody.post("/welcome", data=_form(code))
    assert made.headers["location"] == "/welcome/start"
    guide = nobody.get("/welcome/start")
    assert "Par où voulez-vous commencer" in guide.text
    with Session(engine) as session:
        ada = check_password(session, "ada@beacon.example", PASSWORD)
        assert ada is not None
        team = session.get_one(Team, ada.team_id)
        noted = session.exec(select(AuditEntry.verb)).all()
    assert (ada.role, ada.language, ada.time_zone) == ("admin", "fr", "Europe/Paris")
    assert (team.name, team.time_zone, team.currency) == ("Sales", "Europe/Paris", "EUR")
    assert noted == ["make_first_admin"]


def test_what_is_wrong_is_told_and_what_was_typed_stays_but_not_the_password(
    nobody: TestClient, code: str
) -> None:
    wrong = {"email": "no address", "password": "short", "time_zone": "Mars", "team": " "}
    form = _form(code, name="<b>", **wrong)
    answer = nobody.post("/welcome", data=form)
    assert answer.status_code == 422
    assert answer.text.count('class="wrong" id=') == 4
    assert 'value="no address"' in answer.text
    assert 'value="&lt;b&gt;"' in answer.text
    assert "short" not in re.findall(r'value="([^"]*)"', answer.text)
    assert COOKIE not in nobody.cookies


def test_the_code_is_worth_nothing_once_somebody_is_here(
    nobody: TestClient, people: People, code: str, engine: Engine
) -> None:
    assert nobody.get(f"/welcome?code={code}").headers["location"] == "/"
    answer = nobody.post("/welcome", data=_form(code))
    assert answer.headers["location"] == "/sign-in"
    assert COOKIE not in nobody.cookies
    with Session(engine) as session:
        assert len(session.exec(select(User)).all()) == 6


def test_of_two_who_come_at_once_one_becomes_the_admin(engine: Engine) -> None:
    def come(name: str) -> bool:
        try:
            with session_scope(engine) as session:
                user = User(email=f"{name}@beacon.example", name=name)
                add_first_admin(session, user, Team(name=name), PASSWORD)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor() as both:
        assert sorted(both.map(come, ["ann", "ben"])) == [False, True]
    with Session(engine) as session:
        assert [one.role for one in session.exec(select(User))] == ["admin"]


def test_serving_tells_the_address_only_as_long_as_nobody_is_here(
    settings: Settings, engine: Engine, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    welcome_first(settings, engine, "0.0.0.0", 8080)  # noqa: S104
    assert f"http://127.0.0.1:8080/welcome?code={code}\n" in capsys.readouterr().out
    with session_scope(engine) as session:
        session.add(User(email="ann@beacon.example", name="Ann"))
    welcome_first(settings, engine, "127.0.0.1", 8080)
    assert capsys.readouterr().out == ""


def test_codes_of_two_servers_differ() -> None:
    assert first_run_code("one key") != first_run_code("another key")


def test_a_rep_is_guided_to_their_own_calls_alone(pages: Pages, people: People) -> None:
    page = pages(people.rep).get("/welcome/start").text
    assert 'href="/upload"' in page
    assert "/settings/demo" not in page
    assert "/settings/imports" not in page
