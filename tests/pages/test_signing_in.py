"""The door: who comes in, where they land, and what other sites cannot make them do."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.dependencies import COOKIE
from api.pages.frame import own_path
from models.database import session_scope
from models.tables import User
from models.users import hash_password
from tests.api.conftest import People
from tests.pages.conftest import Pages

PASSWORD = "a long enough one"  # noqa: S105


@pytest.fixture
def rita(engine: Engine, people: People) -> User:
    with session_scope(engine) as session:
        user = session.get_one(User, people.rep.id)
        user.password_hash = hash_password(PASSWORD)
        return user


def _sign_in(client: TestClient, **fields: str) -> tuple[int, str | None]:
    answer = client.post("/sign-in", data=fields)
    return answer.status_code, answer.headers.get("location")


def test_whoever_did_not_sign_in_is_shown_the_door_and_then_what_they_wanted(
    nobody: TestClient, rita: User
) -> None:
    sent = nobody.get("/?tab=me")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/sign-in?next=%2F%3Ftab%3Dme"
    fields = {"email": rita.email, "password": PASSWORD, "next": "/?tab=me"}
    assert _sign_in(nobody, **fields) == (303, "/?tab=me")
    assert COOKIE in nobody.cookies


def test_a_wrong_password_keeps_the_address_that_was_typed(nobody: TestClient, rita: User) -> None:
    answer = nobody.post("/sign-in", data={"email": rita.email, "password": "wrong"})
    assert answer.status_code == 401
    assert COOKIE not in nobody.cookies
    assert f'value="{rita.email}"' in answer.text
    assert "value=" not in answer.text.split('name="password"')[1].split(">")[0]


def test_signing_out_ends_the_session(pages: Pages, people: People) -> None:
    answer = pages(people.rep).post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["set-cookie"].startswith(f'{COOKIE}=""; expires=')


@pytest.mark.parametrize("language", ["fr", "fr-CH, en;q=0.5", "de, fr;q=0.3"])
def test_the_door_speaks_the_language_of_the_browser(
    nobody: TestClient, people: People, language: str
) -> None:
    answer = nobody.get("/sign-in", headers={"accept-language": language})
    assert '<html lang="fr"' in answer.text
    assert "Se connecter" in answer.text


@pytest.mark.parametrize(
    "asked",
    ["//evil.example/x", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\x"],
)
def test_nobody_is_sent_elsewhere(asked: str) -> None:
    assert own_path(asked) == "/"


def test_a_page_may_load_nothing_from_elsewhere(nobody: TestClient, people: People) -> None:
    answer = nobody.get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_another_site_s_form_is_refused(pages: Pages, people: People) -> None:
    client = pages(people.rep)
    answer = client.post("/sign-out", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


def test_an_unknown_page_is_told_in_words_and_the_api_keeps_to_json(
    pages: Pages, people: People
) -> None:
    client = pages(people.rep)
    assert "There is nothing here" in client.get("/nothing").text
    assert client.get("/api/v1/nothing").headers["content-type"] == "application/problem+json"
