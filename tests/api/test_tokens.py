"""What a token may do: its scopes, whoever it speaks for, and no token stronger than its maker."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from api.dependencies import COOKIE
from api.routes import ROUTERS
from api.scopes import needed
from api.settings import Settings
from models.database import session_scope
from models.errors import BadInput
from models.tables import ApiToken, AuditEntry, User
from models.tables.columns import now
from models.tokens import add_token
from tests.api.conftest import People
from tests.api.test_rights import OPEN, ROUTES, ask, filled
from tests.docs_routes import rule_of
from tests.pages.cookies import session_cookie

With = Callable[..., TestClient]
EACH = (("read",), ("write",), ("read", "admin"), ("write", "admin"))


@pytest.fixture
def scoped(app_client: TestClient, engine: Engine) -> With:
    """A client with a token of a user that has these scopes."""

    def made(user: User, *scopes: str) -> TestClient:
        with session_scope(engine) as session:
            secret = add_token(session, user, "scoped", scopes=scopes).secret
        client = TestClient(app_client.app, base_url=app_client.base_url)
        client.headers["authorization"] = f"Bearer {secret}"
        return client

    return made


def test_every_route_has_a_rule_and_one_for_admins_takes_the_scope_of_admins() -> None:
    for router in ROUTERS:
        for route in router.routes:
            for method in route.methods or ():  # type: ignore[attr-defined]
                taken = needed(method, route.path)  # type: ignore[attr-defined]
                assert taken <= {"read", "write", "admin"}
                if rule_of(route) == "admin":  # type: ignore[arg-type]
                    assert "admin" in taken, route.path  # type: ignore[attr-defined]
                if (method, route.path) not in OPEN and route.path != "/session":  # type: ignore[attr-defined]
                    assert taken & {"read", "write"}, route.path  # type: ignore[attr-defined]


def test_a_part_of_the_api_without_a_rule_is_refused() -> None:
    with pytest.raises(LookupError, match="no rule for /api/v1/new"):
        needed("GET", "/api/v1/new/things")


def test_each_route_refuses_a_token_that_lacks_a_scope_and_lets_no_other_by(
    scoped: With, people: People
) -> None:
    """Of an admin, so that only the scope can be what is missing."""
    clients = {scopes: scoped(people.admin, *scopes) for scopes in EACH}
    wrong = []
    for method, path in ROUTES:
        if (method, path) in OPEN:
            continue
        for scopes, client in clients.items():
            lacks = bool(needed(method, path) - set(scopes))
            if lacks and ask(client, method, filled(path)) != 403:
                wrong.append((method, path, scopes))
    assert wrong == []


def test_the_refusal_says_what_is_missing(scoped: With, people: People) -> None:
    answer = scoped(people.admin, "read").post("/teams", json={"name": "APAC"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        "this token may not change anything; make one with the scope write"
    )
    assert 'error="insufficient_scope", scope="write"' in answer.headers["www-authenticate"]
    trail = scoped(people.admin, "read").get("/audit")
    assert "reach what concerns everybody" in trail.json()["detail"]


def test_scopes_give_no_rights_that_the_user_has_not(scoped: With, people: People) -> None:
    rep = scoped(people.rep, "read", "write", "admin")
    assert rep.get("/audit").status_code == 403
    assert rep.post("/teams", json={"name": "APAC"}).status_code == 403
    assert rep.get("/calls").status_code == 200


def test_whoever_brings_recordings_needs_not_read_anything(scoped: With, people: People) -> None:
    only = scoped(people.rep, "write")
    head = {"Tus-Resumable": "1.0.0", "Upload-Length": "5000"}
    begun = only.post("/uploads", headers=head)
    assert begun.status_code == 201
    where = str(begun.headers["location"]).removeprefix("/api/v1")
    assert only.head(where, headers={"Tus-Resumable": "1.0.0"}).headers["upload-offset"] == "0"
    assert only.get("/calls").status_code == 403
    assert only.get("/session").json()["email"] == "rita@beacon.example"


def test_a_token_reads_only_unless_more_is_asked_for(rep: TestClient) -> None:
    made = rep.post("/tokens", json={"name": "BI"}).json()
    assert made["scopes"] == ["read"]
    wanted = {"name": "recorder", "scopes": ["write", "read", "read"]}
    assert rep.post("/tokens", json=wanted).json()["scopes"] == ["read", "write"]
    for wrong in (["all"], [], ["admin"], "read"):
        answer = rep.post("/tokens", json={"name": "x", "scopes": wrong})
        assert answer.status_code == 422, wrong


def test_a_token_makes_none_that_may_do_more_or_lasts_longer(
    scoped: With, people: People, engine: Engine
) -> None:
    weak = scoped(people.admin, "write")
    answer = weak.post("/tokens", json={"name": "x", "scopes": ["write", "admin"]})
    assert answer.status_code == 403
    assert "this token may not admin itself" in answer.json()["detail"]
    assert weak.post("/tokens", json={"name": "x", "scopes": ["write"]}).status_code == 201
    until = now() + timedelta(days=1)
    with session_scope(engine) as session:
        session.execute(
            update(ApiToken).where(col(ApiToken.name) == "scoped").values(expires_at=until)
        )
    forever = weak.post("/tokens", json={"name": "x", "scopes": ["write"]})
    longer = {"name": "x", "scopes": ["write"], "expires_at": str(until + timedelta(hours=1))}
    shorter = {"name": "x", "scopes": ["write"], "expires_at": str(until - timedelta(hours=1))}
    assert [forever.status_code, weak.post("/tokens", json=longer).status_code] == [403, 403]
    assert weak.post("/tokens", json=shorter).status_code == 201


def test_with_a_token_end_those_it_made(scoped: With, people: People, engine: Engine) -> None:
    parent = scoped(people.rep, "read", "write")
    made = parent.post("/tokens", json={"name": "child", "scopes": ["read", "write"]}).json()
    child = {"authorization": f"Bearer {made['token']}"}
    grand = parent.post("/tokens", json={"name": "grandchild"}, headers=child).json()
    grandchild = {"authorization": f"Bearer {grand['token']}"}
    assert parent.get("/calls", headers=grandchild).status_code == 200
    with Session(engine) as session:
        root = session.exec(select(ApiToken.id).where(ApiToken.name == "scoped")).one()
    assert parent.delete(f"/tokens/{root}").status_code == 204
    for headers in ({}, child, grandchild):
        assert parent.get("/calls", headers=headers).status_code == 401


def test_a_token_ends_when_its_time_has_come_and_tells_when_it_was_used(
    scoped: With, people: People, engine: Engine
) -> None:
    client = scoped(people.rep, "read")
    assert client.get("/calls").status_code == 200
    (token,) = client.get("/tokens").json()["items"]
    assert token["last_used_at"] is not None
    with session_scope(engine) as session:
        session.execute(update(ApiToken).values(expires_at=now() - timedelta(seconds=1)))
    assert client.get("/calls").status_code == 401


def test_a_token_in_use_makes_no_other_request_wait(
    scoped: With, people: People, engine: Engine
) -> None:
    client = scoped(people.rep, "read")
    with Session(engine) as long, long.begin():
        long.execute(select(ApiToken).with_for_update())
        assert client.get("/calls").status_code == 200
    with Session(engine) as session:
        assert session.exec(select(ApiToken.last_used_at)).one() is None


def test_tokens_open_no_pages(scoped: With, people: People) -> None:
    client = scoped(people.admin, "read", "write", "admin")
    client.base_url = "http://127.0.0.1"
    answer = client.get("/settings/people", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_a_token_without_a_verb_is_refused(engine: Engine, people: People) -> None:
    with Session(engine) as session, pytest.raises(BadInput, match="admin alone opens nothing"):
        add_token(session, people.admin, "x", scopes=["admin"])


def test_making_and_voiding_tokens_is_in_the_trail(
    scoped: With, people: People, engine: Engine
) -> None:
    client = scoped(people.rep, "read", "write")
    made = client.post("/tokens", json={"name": "child"}).json()
    client.delete(f"/tokens/{made['id']}")
    with Session(engine) as session:
        told = session.exec(select(AuditEntry).where(AuditEntry.noun == "tokens")).all()
    assert [(one.verb, one.subject_id) for one in told] == [
        ("make_token", made["id"]),
        ("revoke_token", made["id"]),
    ]


def test_the_page_offers_what_is_an_admins_to_admins_alone_and_makes_what_was_chosen(
    app_client: TestClient, people: People, engine: Engine, settings: Settings
) -> None:
    def browser(user: User) -> TestClient:
        client = TestClient(app_client.app, base_url="http://127.0.0.1")
        client.cookies.set(COOKIE, session_cookie(engine, settings.signing_key(), user.id))
        client.headers["sec-fetch-site"] = "same-origin"
        return client

    rep, admin = browser(people.rep), browser(people.admin)
    assert "whatever you may" not in rep.get("/settings/tokens").text
    assert "whatever you may" in admin.get("/settings/tokens").text
    for client, may in ((rep, "only_write"), (admin, "read_all"), (rep, "everything")):
        client.post("/settings/tokens", data={"name": may, "may": may, "days": "30"})
    with Session(engine) as session:
        made = {one.name: one.scopes for one in session.exec(select(ApiToken))}
    assert made == {"only_write": ["write"], "read_all": ["read", "admin"]}
