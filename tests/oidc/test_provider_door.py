"""The door with a provider: what it offers, and what it says when the provider is of no use."""

from sqlalchemy import Engine
from sqlmodel import select

from api.pages.provider_sign_in import REFUSALS
from models.database import session_scope
from models.tables import SignInFailure, User
from models.users import hash_password
from tests.api.conftest import People
from tests.oidc.browsing import why
from tests.oidc.conftest import Door

RITA = {"email": "Rita@beacon.example", "email_verified": True, "name": "Rita Ruiz"}


def test_why_nobody_was_let_in_is_said_in_both_languages(door: Door, people: People) -> None:
    client = door().app
    for word, words in REFUSALS.items():
        english, french = (
            client.get("/sign-in", params={"problem": word}, headers={"accept-language": one}).text
            for one in ("en", "fr")
        )
        assert words.split(".")[0] in english
        assert words.split(".")[0] not in french
        assert 'role="alert"' in french
    assert 'role="alert"' not in client.get("/sign-in?problem=Call+0800").text


def test_a_provider_that_is_away_is_told_and_asked_again_later(
    door: Door, people: People, engine: Engine
) -> None:
    browser = door(oidc_issuer="http://127.0.0.1:9")
    for _ in range(2):
        answer = browser.app.get("/sign-in/provider")
        assert why(answer.headers["location"]) == "unreachable"
    shown = browser.app.get(answer.headers["location"])
    assert "does not answer just now" in shown.text
    assert 'name="password"' in shown.text


def test_a_provider_of_another_name_is_not_asked(door: Door, people: People, issuer: str) -> None:
    answer = door(oidc_issuer=f"{issuer}/").app.get("/sign-in/provider")
    assert why(answer.headers["location"]) == "misconfigured"


def test_too_many_failures_from_a_place_have_to_wait(
    door: Door, people: People, engine: Engine
) -> None:
    browser = door()
    browser.known_as("eve", email="eve@elsewhere.example", email_verified=True)
    assert why(browser.sign_in("eve")) == "unknown"
    with session_scope(engine) as session:
        (kept,) = session.exec(select(SignInFailure)).all()
        session.add_all([SignInFailure(what=kept.what) for _ in range(50)])
    browser.known_as("rita", **RITA)
    assert why(browser.sign_in("rita")) == "wait"


def test_nothing_is_asked_and_no_button_shown_without_a_provider(
    door: Door, people: People
) -> None:
    browser = door(oidc_issuer=None)
    assert browser.app.get("/sign-in/provider").status_code == 404
    assert browser.app.get("/sign-in/provider/callback?code=x&state=y").status_code == 404
    assert "/sign-in/provider" not in browser.app.get("/sign-in").text


def test_the_button_says_what_is_set_and_leads_on(door: Door, people: People) -> None:
    shown = door(oidc_button="Sign in with <Acme>").app.get("/sign-in?next=/deals").text
    assert "Sign in with &lt;Acme&gt;" in shown
    assert 'href="/sign-in/provider?next=%2Fdeals"' in shown
    french = door().app.get("/sign-in", headers={"accept-language": "fr"}).text
    assert "Se connecter avec le compte de votre entreprise" in french


def test_where_passwords_are_off_no_password_opens_anything(
    door: Door, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).password_hash = hash_password("a long enough one")
    browser = door(password_sign_in=False)
    right = {"email": "rita@beacon.example", "password": "a long enough one"}
    assert 'name="password"' not in browser.app.get("/sign-in").text
    assert browser.app.post("/sign-in", data=right).status_code == 403
    assert browser.app.post("/api/v1/session", json=right).status_code == 403
    assert browser.app.get("/welcome/join?code=x").status_code == 403
    assert browser.who() is None
