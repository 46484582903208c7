"""Users, teams, tokens and sessions."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from models.tables import User
from models.users import hash_password
from tests.api.conftest import People

PASSWORD = "correct horse battery"


def test_nobody_sees_anything_without_signing_in(app_client: TestClient) -> None:
    answer = app_client.get("/users")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"].startswith("sign in")


def test_each_sees_the_users_they_may(
    rep: TestClient, manager: TestClient, admin: TestClient
) -> None:
    def names(client: TestClient) -> list[str]:
        return [one["name"] for one in client.get("/users").json()["items"]]

    assert names(rep) == ["Rita"]
    assert names(manager) == ["Mona", "Paul", "Rita"]
    assert names(admin) == ["Ada", "Bess", "Mona", "Paul", "Rita", "Sam"]


def test_a_list_comes_a_page_at_a_time(admin: TestClient) -> None:
    seen, cursor = [], None
    for _page in range(4):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/users", params=query).json()
        seen += [one["name"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["Ada", "Bess", "Mona", "Paul", "Rita", "Sam"]


def test_a_cursor_of_ones_own_making_is_refused(admin: TestClient) -> None:
    for cursor in ("x", "WzFd", "W10", "%00", "WyJhIiwgIm5vdCBhIHV1aWQiXQ"):
        answer = admin.get("/users", params={"cursor": cursor})
        assert answer.status_code == 422, cursor
        assert "cursor" in answer.json()["detail"]


def test_only_an_admin_adds_users(manager: TestClient, admin: TestClient) -> None:
    given = {"email": "new@beacon.example", "name": "New"}
    assert manager.post("/users", json=given).status_code == 403
    made = admin.post("/users", json=given)
    assert made.status_code == 201
    assert "password" not in made.text
    again = admin.post("/users", json={**given, "email": "NEW@beacon.example"})
    assert again.status_code == 409


def test_an_admin_is_always_left(admin: TestClient, people: People) -> None:
    for change in ({"role": "rep"}, {"is_active": False}):
        assert admin.patch(f"/users/{people.admin.id}", json=change).status_code == 409


def test_who_is_shut_out_is_out_at_once(admin: TestClient, rep: TestClient, people: People) -> None:
    assert rep.get("/session").json()["email"] == "rita@beacon.example"
    assert admin.patch(f"/users/{people.rep.id}", json={"is_active": False}).status_code == 200
    assert rep.get("/session").status_code == 401


def test_a_session_lasts_until_one_signs_out_everywhere(
    app_client: TestClient, engine: Engine, people: People
) -> None:
    with Session(engine) as session:
        session.get_one(User, people.rep.id).password_hash = hash_password(PASSWORD)
        session.commit()
    wrong = app_client.post("/session", json={"email": "rita@beacon.example", "password": "no"})
    assert wrong.status_code == 401
    signed = app_client.post(
        "/session", json={"email": "Rita@beacon.example", "password": PASSWORD}
    )
    assert signed.status_code == 200
    assert "httponly" in signed.headers["set-cookie"].lower()
    assert app_client.get("/session").json()["name"] == "Rita"
    cookie = app_client.cookies["talktrack_session"]
    foreign = app_client.delete("/session", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    here = {"sec-fetch-site": "same-origin"}
    out = app_client.delete("/session", params={"everywhere": True}, headers=here)
    assert out.status_code == 204
    app_client.cookies.set("talktrack_session", cookie)
    assert app_client.get("/session").status_code == 401


def test_a_forged_session_is_none(app_client: TestClient) -> None:
    app_client.cookies.set("talktrack_session", "ImE4Ig.aaaa.bbbb")
    assert app_client.get("/session").status_code == 401


def test_a_token_is_shown_once_and_can_be_voided(rep: TestClient, peer: TestClient) -> None:
    made = rep.post("/tokens", json={"name": "CRM"}).json()
    assert made["token"].startswith(made["hint"])
    listed = rep.get("/tokens").json()["items"]
    assert made["id"] in {one["id"] for one in listed}
    assert "token" not in listed[0]
    headers = {"authorization": f"Bearer {made['token']}"}
    assert rep.get("/session", headers=headers).status_code == 200
    assert peer.delete(f"/tokens/{made['id']}").status_code == 404
    assert rep.delete(f"/tokens/{made['id']}").status_code == 204
    assert rep.get("/session", headers=headers).status_code == 401


def test_a_request_made_twice_is_done_once(rep: TestClient) -> None:
    headers = {"idempotency-key": "k1"}
    first = rep.post("/tokens", json={"name": "CRM"}, headers=headers)
    again = rep.post("/tokens", json={"name": "CRM"}, headers=headers)
    assert again.status_code == first.status_code
    # A secret is shown once and kept nowhere, not even for who asks again.
    assert again.json() == {**first.json(), "token": "(shown only once)"}
    assert len(rep.get("/tokens").json()["items"]) == 2  # the test's own, and this one
    other = rep.post("/tokens", json={"name": "other"}, headers=headers)
    assert other.status_code == 409


def test_what_one_has_is_not_sent_again(admin: TestClient) -> None:
    first = admin.get("/teams")
    again = admin.get("/teams", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_team_is_named_once(admin: TestClient, rep: TestClient, people: People) -> None:
    assert admin.post("/teams", json={"name": "EMEA"}).status_code == 409
    assert rep.post("/teams", json={"name": "APAC"}).status_code == 403
    team = f"/teams/{people.rep.team_id}"
    assert admin.put(team, json={"name": "Americas"}).status_code == 409
    assert admin.put(team, json={"name": "EMEA", "time_zone": "Mars/Base"}).status_code == 422
    assert admin.put(team, json={"name": "EMEA", "time_zone": "Europe/Paris"}).status_code == 200
    assert admin.delete(team).status_code == 204
    assert admin.get(f"/users/{people.rep.id}").json()["team_id"] is None


def test_every_change_leaves_a_line(admin: TestClient, engine: Engine) -> None:
    from sqlmodel import select

    from models.tables import AuditEntry

    made = admin.post("/teams", json={"name": "APAC"}).json()
    admin.get("/teams")
    with Session(engine) as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.noun == "teams")).all()
    assert [(one.actor, one.verb, one.subject_id) for one in lines] == [
        ("ada@beacon.example", "make_team", made["id"])
    ]


def test_unknown_fields_are_told(admin: TestClient) -> None:
    answer = admin.post("/teams", json={"name": "APAC", "colour": "red"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"where": "body.colour", "what": "Extra inputs are not permitted"}
    ]
