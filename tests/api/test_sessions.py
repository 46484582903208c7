"""Sessions: over after a while unused, over after a while at all, and whenever they should be."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from api.dependencies import COOKIE
from models.database import session_scope
from models.sessions import Lasting, forget_sessions
from models.tables import User, UserSession
from models.users import hash_password
from tests.api.conftest import People

PASSWORD = "correct horse battery"
HERE = {"sec-fetch-site": "same-origin"}
In = Callable[[], TestClient]


@pytest.fixture
def rita(app_client: TestClient, engine: Engine, people: People) -> In:
    """Signs Rita in with a browser of its own each time."""
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).password_hash = hash_password(PASSWORD)

    def sign_in() -> TestClient:
        client = TestClient(app_client.app, base_url=app_client.base_url, headers=HERE)
        _post(client)
        return client

    return sign_in


def _post(client: TestClient) -> None:
    signed = client.post("/session", json={"email": "rita@beacon.example", "password": PASSWORD})
    assert signed.status_code == 200


def _is_in(client: TestClient) -> bool:
    return bool(client.get("/session").status_code == 200)


def _pass(engine: Engine, *, unused: timedelta, used: timedelta = timedelta(0)) -> None:
    """Let time go by: unused, after it had been used for a while."""
    with session_scope(engine) as session:
        session.execute(
            update(UserSession).values(
                created_at=col(UserSession.created_at) - unused - used,
                seen_at=col(UserSession.seen_at) - unused,
            )
        )


def test_a_session_nobody_uses_is_over_after_two_hours(rita: In, engine: Engine) -> None:
    client = rita()
    _pass(engine, unused=timedelta(minutes=119))
    assert _is_in(client)  # which is a use
    _pass(engine, unused=timedelta(minutes=119))
    assert _is_in(client)
    _pass(engine, unused=timedelta(minutes=121))
    assert not _is_in(client)


def test_a_session_in_use_is_over_after_twelve_hours(rita: In, engine: Engine) -> None:
    client = rita()
    _pass(engine, unused=timedelta(0), used=timedelta(hours=11, minutes=59))
    assert _is_in(client)
    _pass(engine, unused=timedelta(0), used=timedelta(minutes=2))
    assert not _is_in(client)


def test_a_copied_cookie_is_worth_nothing_after_signing_out(rita: In) -> None:
    client, thief, elsewhere = rita(), rita(), rita()
    thief.cookies.clear()
    thief.cookies.set(COOKIE, client.cookies[COOKIE])
    assert _is_in(thief)
    assert client.delete("/session").status_code == 204
    assert not _is_in(thief)
    assert _is_in(elsewhere)  # another session of hers


def test_a_sign_in_begins_a_session_of_its_own(rita: In) -> None:
    """Fixation: a cookie that was there before is neither kept nor good any more."""
    client, planter = rita(), rita()
    planted = client.cookies[COOKIE]
    _post(client)
    assert client.cookies[COOKIE] != planted
    planter.cookies.clear()
    planter.cookies.set(COOKIE, planted)
    assert not _is_in(planter)
    assert _is_in(client)


@pytest.mark.parametrize(
    "change", [{"role": "manager"}, {"is_active": False}, {"password": "another long one"}]
)
def test_what_an_admin_changes_ends_every_session_at_once(
    rita: In, admin: TestClient, people: People, change: dict[str, object]
) -> None:
    one, another = rita(), rita()
    assert admin.patch(f"/users/{people.rep.id}", json=change).status_code == 200
    assert not _is_in(one)
    assert not _is_in(another)


def test_what_else_is_changed_of_somebody_ends_nothing(
    rita: In, admin: TestClient, people: People
) -> None:
    client = rita()
    same = {"role": "rep", "name": "Rita R.", "is_active": True}
    assert admin.patch(f"/users/{people.rep.id}", json=same).status_code == 200
    assert _is_in(client)


def test_a_new_password_ends_every_session_and_signing_out_everywhere_too(rita: In) -> None:
    one, another = rita(), rita()
    new = {"old": PASSWORD, "new": "another long one"}
    assert one.put("/session/password", json=new).status_code == 204
    assert not _is_in(one)
    assert not _is_in(another)


def test_signing_out_everywhere_and_in_again_in_the_same_instant(rita: In) -> None:
    one, another = rita(), rita()
    assert one.delete("/session", params={"everywhere": True}).status_code == 204
    again = rita()
    assert [_is_in(client) for client in (one, another, again)] == [False, False, True]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ],
)
def test_another_site_signs_nobody_in(
    rita: In, app_client: TestClient, headers: dict[str, str]
) -> None:
    given = {"email": "rita@beacon.example", "password": PASSWORD}
    rita()
    for path, body in (("/session", {"json": given}), ("/../../sign-in", {"data": given})):
        url = str(app_client.base_url.join("/sign-in")) if "sign-in" in path else path
        answer = app_client.post(url, headers=headers, **body)  # type: ignore[arg-type]
        assert answer.status_code == 403
        assert COOKIE not in app_client.cookies


def test_a_cookie_of_another_key_or_for_no_session_opens_nothing(
    rita: In, app_client: TestClient, settings: object
) -> None:
    from uuid import uuid4

    from api.signing import sign_session

    rita()
    for key in ("another key", "a key that only the tests know"):
        app_client.cookies.clear()
        app_client.cookies.set(COOKIE, sign_session(key, uuid4()))
        assert not _is_in(app_client)


def test_a_session_in_use_makes_no_other_request_wait(rita: In, engine: Engine) -> None:
    client = rita()
    _pass(engine, unused=timedelta(minutes=5))
    with Session(engine) as long, long.begin():
        long.execute(select(UserSession).with_for_update())
        assert _is_in(client)


def test_what_is_over_is_forgotten(rita: In, engine: Engine) -> None:
    gone, kept = rita(), rita()
    gone.delete("/session")
    with session_scope(engine) as session:
        forget_sessions(session, Lasting(timedelta(hours=2), timedelta(hours=12)))
        assert len(session.exec(select(UserSession)).all()) == 1
    assert _is_in(kept)
    _pass(engine, unused=timedelta(hours=3))
    with session_scope(engine) as session:
        forget_sessions(session, Lasting(timedelta(hours=2), timedelta(hours=12)))
        assert session.exec(select(UserSession)).all() == []
