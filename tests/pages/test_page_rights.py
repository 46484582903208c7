"""Every page and every change, asked for by nobody and by somebody whose business it is not."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from api.dependencies import COOKIE
from api.pages import PAGES
from models.users import find_user
from tests.api.world import SECRET, World, new_world
from tests.pages.cookies import session_cookie

OPEN = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/provider/callback"),
    ("POST", "/theme"),
    ("GET", "/welcome"),
    ("POST", "/welcome"),
    ("GET", "/welcome/join"),
    ("POST", "/welcome/join"),
    ("GET", "/s/{secret}"),
    ("POST", "/s/{secret}"),
}
"""What anybody may ask for; each is a door with a lock of its own."""
THEIRS = re.compile(
    r"{(call|channel|deal|rep|goal|note|comment|clip|link|target|webhook)(_id)?(:\w+)?}"
)
"""Of whatever is named so in a path, the stranger may see none."""
ADMINS = re.compile(r"/settings/(?!tokens|channels|digest|password|sign-out)|/kpis/own")
_OTHERS = {"index": "0", "place": "calls", "number": "1", "speaker": "S1", "correction": "1"}


def _routes() -> Iterator[tuple[str, str]]:
    for router in PAGES:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from ((method, route.path) for method in sorted(route.methods or ()))


@pytest.fixture(scope="module")
def world(new_database: Callable[[], Engine]) -> Iterator[World]:
    with new_world(new_database()) as world:
        yield world


@pytest.fixture(scope="module")
def stranger(world: World) -> TestClient:
    """A rep of no team, with nothing of their own."""
    with Session(world.engine) as session:
        user = find_user(session, "other@beacon.example")
        assert user is not None
    client = _browser(world)
    client.cookies.set(COOKIE, session_cookie(world.engine, SECRET, user.id))
    return client


def _browser(world: World) -> TestClient:
    client = TestClient(
        world.clients["rep"].app,
        base_url="http://127.0.0.1",
        follow_redirects=False,
        raise_server_exceptions=False,
    )
    client.headers["sec-fetch-site"] = "same-origin"
    return client


def _filled(world: World, path: str) -> str | None:
    def put(place: re.Match[str]) -> str:
        name = place[1]
        value = _OTHERS.get(name) or world.some(name) or world.some(f"{name}_id")
        return value or "00000000-0000-0000-0000-000000000000"

    return re.sub(r"{(\w+)(?::\w+)?}", put, path)


@pytest.mark.parametrize(("method", "path"), list(_routes()))
def test_nobody_gets_further_than_the_door(world: World, method: str, path: str) -> None:
    answer = _browser(world).request(method, _filled(world, path) or path)
    if (method, path) in OPEN:
        assert answer.status_code < 500
        return
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        one
        for one in _routes()
        if one not in OPEN and (THEIRS.search(one[1]) or ADMINS.match(one[1]))
    ],
)
def test_a_stranger_sees_and_changes_nothing(
    world: World, stranger: TestClient, method: str, path: str
) -> None:
    answer = stranger.request(method, _filled(world, path) or path)
    refused = {403, 404} if method == "GET" else {403, 404, 422}
    assert answer.status_code in refused, answer.headers.get("location")
    assert "Hello Jim" not in answer.text
    assert "Rollout" not in answer.text
