"""Settings: one's own account, and what only an admin may open."""

import html
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.dependencies import COOKIE
from models.database import session_scope
from models.tables import ApiToken, AuditEntry, User
from models.tables.columns import now
from models.tokens import find_token
from models.users import check_password, hash_password
from tests.api.conftest import People
from tests.pages.conftest import Pages

PASSWORD = "a long enough one"  # noqa: S105
OWN = ("/settings", "/settings/tokens")
ADMINS = (
    "/settings/people",
    "/settings/teams",
    "/settings/imports",
    "/settings/watched",
    "/settings/webhooks",
    "/settings/models",
    "/settings/storage",
    "/settings/audit",
    "/settings/demo",
)


def _user(engine: Engine, user: User) -> User:
    with Session(engine) as session:
        return session.get_one(User, user.id)


def _speaks(engine: Engine, user: User, language: str) -> None:
    with session_scope(engine) as session:
        session.get_one(User, user.id).language = language


def _input(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found is not None, name
    return found[0]


@pytest.mark.parametrize("path", [*OWN, *ADMINS, "/welcome/start"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_of_settings_is_there_in_both_languages(
    path: str, language: str, pages: Pages, people: People, engine: Engine
) -> None:
    _speaks(engine, people.admin, language)
    answer = pages(people.admin).get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.text.count("<h1") == 1
    assert "style=" not in answer.text


@pytest.mark.parametrize("path", ADMINS)
def test_what_is_for_admins_is_shut_to_others_who_see_no_way_there(
    path: str, pages: Pages, people: People
) -> None:
    for user in (people.rep, people.manager):
        client = pages(user)
        assert client.get(path).status_code == 403
        assert client.post(path).status_code in {403, 405, 415}
        assert f'href="{path}"' not in client.get("/settings").text


def test_name_language_and_clock_are_kept_and_told_in_the_new_language(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    form = {"name": " Rita Vale ", "language": "fr", "time_zone": "America/Chicago"}
    assert client.post("/settings/account", data=form).headers["location"] == "/settings"
    rita = _user(engine, people.rep)
    assert (rita.name, rita.language, rita.time_zone) == ("Rita Vale", "fr", "America/Chicago")
    assert "Votre compte est à jour." in client.get("/settings").text


def test_a_wrong_clock_is_told_beside_the_field_and_what_was_typed_stays(
    pages: Pages, people: People, engine: Engine
) -> None:
    form = {"name": "Rita <b>Vale</b>", "language": "en", "time_zone": "Moon/Base"}
    answer = pages(people.rep).post("/settings/account", data=form)
    assert answer.status_code == 422
    assert 'value="Moon/Base"' in _input(answer.text, "time_zone")
    assert 'aria-invalid="true"' in _input(answer.text, "time_zone")
    assert "Rita &lt;b&gt;Vale" in answer.text
    assert _user(engine, people.rep).time_zone is None


def test_a_new_password_keeps_this_session_and_ends_the_others(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).password_hash = hash_password(PASSWORD)
    here, elsewhere = pages(people.rep), pages(people.rep)
    with session_scope(engine) as session:  # a session tells its time in whole seconds
        session.get_one(User, people.rep.id).sessions_from = now() - timedelta(hours=1)
    old = elsewhere.cookies[COOKIE]
    wrong = here.post("/settings/password", data={"old": "guessed", "new": "short"})
    assert wrong.status_code == 422
    assert "This is not your present password." in wrong.text
    assert "Use 10 characters or more." in wrong.text
    form = {"old": PASSWORD, "new": "another long one"}
    answer = here.post("/settings/password", data=form)
    assert answer.headers["location"] == "/settings"
    assert here.get("/settings").status_code == 200
    since = _user(engine, people.rep).sessions_from
    assert since is not None
    assert now() - since < timedelta(seconds=30)
    assert COOKIE in answer.cookies
    assert old != ""
    with Session(engine) as session:
        assert check_password(session, people.rep.email, "another long one") is not None


def test_signing_out_everywhere_ends_this_session_too(pages: Pages, people: People) -> None:
    client, other = pages(people.rep), pages(people.rep)
    assert client.post("/settings/sign-out-everywhere").headers["location"] == "/sign-in"
    assert other.get("/settings").headers["location"].startswith("/sign-in")


def test_digests_say_when_the_server_sends_no_mail(pages: Pages, people: People) -> None:
    client = pages(people.rep)
    assert "This server sends no e-mails yet." in client.get("/settings").text
    assert client.post("/settings/digest", data={"every": "week"}).status_code == 422
    assert client.post("/settings/digest", data={"every": ""}).status_code == 303
    assert client.post("/settings/digest", data={"every": "hour"}).status_code == 422


def test_a_token_is_shown_once_works_and_is_revoked(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    made = client.post("/settings/tokens", data={"name": "CRM <export>", "days": 30})
    secret = re.search(r'value="(tt_[^"]+)"', made.text)
    assert secret is not None
    assert made.headers["cache-control"] == "no-store"
    assert "CRM &lt;export&gt;" in made.text
    with Session(engine) as session:
        assert find_token(session, secret[1]) is not None
        token = session.exec(select(ApiToken)).one()
    shown = client.get("/settings/tokens").text
    assert secret[1] not in shown
    assert token.hint in shown
    stranger = pages(people.stranger)
    assert stranger.post(f"/settings/tokens/{token.id}/revoke").status_code == 404
    assert client.post(f"/settings/tokens/{token.id}/revoke").status_code == 303
    with Session(engine) as session:
        assert find_token(session, secret[1]) is None
        noted = session.exec(select(AuditEntry.verb).where(AuditEntry.noun == "tokens")).all()
    assert noted == ["make_token", "revoke_token"]


def test_a_token_without_a_name_is_none(pages: Pages, people: People) -> None:
    answer = pages(people.rep).post("/settings/tokens", data={"name": "  "})
    assert answer.status_code == 422
    assert "Say what it is for" in answer.text


def test_storage_tells_counts_and_no_password(pages: Pages, people: People) -> None:
    page = html.unescape(pages(people.admin).get("/settings/storage").text)
    assert "Room on the disks of this machine" in page
    assert re.search(r"://[^/\s<]+:[^/\s<]+@", page) is None


def test_models_are_looked_at_only_when_asked(pages: Pages, people: People) -> None:
    client = pages(people.admin)
    assert "Reading every model takes a second." in client.get("/settings/models").text
    looked = client.get("/settings/models?look=true").text
    assert "SHA-256 verified" in looked
    assert 'hx-trigger="load"' not in looked


def test_the_trail_is_narrowed_and_a_day_that_is_none_changes_nothing(
    pages: Pages, people: People
) -> None:
    client = pages(people.admin)
    client.post("/settings/teams", data=_team(name="North"))
    client.post("/settings/tokens", data={"name": "one"})
    page = client.get("/settings/audit?noun=teams").text
    assert "make_team" in page
    assert "make_token" not in page
    assert "make_team" in client.get("/settings/audit?since=yesterday").text
    assert "Nothing found" in client.get("/settings/audit?actor=%00nobody").text
    assert client.get("/settings/audit?cursor=forged").status_code == 422


def test_the_trail_comes_a_page_at_a_time(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.add_all(
            AuditEntry(actor="program", verb="sing", noun="songs", subject_id=str(number))
            for number in range(60)
        )
    client = pages(people.admin)
    first = client.get("/settings/audit?noun=songs").text
    following = re.search(r'href="(/settings/audit\?[^"]*cursor=[^"]*)"', first)
    assert following is not None
    second = client.get(html.unescape(following[1])).text
    assert first.count("<code>sing</code>") == 50
    assert second.count("<code>sing</code>") == 10


def test_watched_places_say_what_is_wrong(pages: Pages, people: People) -> None:
    assert "Nothing is watched" in pages(people.admin).get("/settings/watched").text
    assert pages(people.admin).get("/settings/watched?state=odd").status_code == 422


def _team(**changed: str) -> dict[str, str]:
    form = {"time_zone": "Europe/Paris", "currency": "EUR", "fiscal_year_start": "4"}
    return {**form, **changed}


def test_other_sites_cannot_change_settings(
    nobody: TestClient, pages: Pages, people: People
) -> None:
    client = pages(people.rep)
    form = {"name": "Mallory", "language": "en"}
    crossed = client.post("/settings/account", data=form, headers={"sec-fetch-site": "cross-site"})
    assert crossed.status_code == 403
    assert nobody.post("/settings/account", data=form).status_code == 303
