"""Every route says who may ask; a new one without a rule fails here."""

import re
from uuid import uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.routes import ROUTERS
from models.files import Files
from tests.api.conftest import PREFIX, People
from tests.api.working import new_recording

OPEN = {
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/ready"),
    ("POST", "/session"),
    ("GET", "/files/{signed}"),
    ("GET", "/shared/{secret}"),
    ("POST", "/shared/{secret}"),
    ("GET", "/shared/{secret}/sound"),
    ("GET", "/digests/stop"),
    ("POST", "/digests/stop"),
    ("OPTIONS", "/uploads"),
    ("OPTIONS", "/uploads/{upload_id}"),
}
"""What may be asked without signing in; a signed link is its own proof."""
ADMIN = re.compile(
    r"^/(alerts|audit|crm|privacy|webhooks"
    r"|imports|redaction|retention|holds|objections|consent)\b"
)

ROUTES = sorted(
    {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        for method in (getattr(route, "methods", None) or ())
        if method != "HEAD" or route.path.startswith("/uploads")
    }
)


def filled(path: str, call_id: object = None) -> str:
    """A path with an id that is nobody's, but for the call's."""
    path = path.replace("{call_id}", str(call_id or uuid4()))
    path = path.replace("{what}", "recording").replace("{correction_id}", "1")
    return re.sub(r"\{[a-z_]+\}", lambda _found: str(uuid4()), path)


def ask(client: TestClient, method: str, path: str) -> int:
    """The status of an empty request."""
    body = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
    return client.request(method, path, **body).status_code  # type: ignore[arg-type]


def test_the_app_has_no_other_routes(app_client: TestClient) -> None:
    app = app_client.app
    assert isinstance(app, FastAPI)
    paths = set(app.openapi()["paths"])
    assert {PREFIX + path for _method, path in ROUTES} >= paths


def test_nobody_asks_without_signing_in(app_client: TestClient) -> None:
    answered = {one for one in ROUTES if ask(app_client, one[0], filled(one[1])) != 401}
    assert answered <= OPEN
    assert answered >= {one for one in OPEN if one in ROUTES}


def test_anothers_call_is_no_ones_business(
    peer: TestClient,
    stranger: TestClient,
    boss: TestClient,
    engine: Engine,
    files: Files,
    people: People,
) -> None:
    call_id = new_recording(engine, files, people.rep)
    told = []
    for method, path in ROUTES:
        if "{call_id}" not in path:
            continue
        for client in (peer, stranger, boss):
            status = ask(client, method, filled(path, call_id))
            absent = ask(client, method, filled(path))
            if status not in {404, 422} or status != absent:
                told.append((method, path, status, absent))
    assert told == []


def test_only_an_admin_sees_what_concerns_all(rep: TestClient, manager: TestClient) -> None:
    told = [
        (method, path, status)
        for method, path in ROUTES
        if ADMIN.match(path)
        for client in (rep, manager)
        if (status := ask(client, method, filled(path))) not in {403, 422}
    ]
    assert told == []
