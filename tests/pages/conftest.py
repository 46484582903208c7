"""The app with some people in it, and a browser-like client for each: a session's cookie."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create_app
from api.dependencies import COOKIE
from api.settings import Settings
from models.files import Files
from models.tables import User
from tests.api.conftest import People, files, people, settings
from tests.pages.cookies import session_cookie

__all__ = ["files", "people", "settings"]

Pages = Callable[..., TestClient]
HOME = "http://127.0.0.1"


@pytest.fixture
def nobody(settings: Settings, engine: Engine, files: Files) -> Iterator[TestClient]:
    """Somebody who did not sign in; redirects are not followed."""
    app = create_app(settings, engine, files)
    with TestClient(app, base_url=HOME, follow_redirects=False) as client:
        yield client


@pytest.fixture
def pages(nobody: TestClient, settings: Settings, engine: Engine, people: People) -> Pages:
    """A client with a user's session, in the user's language or another."""

    def sign(user: User) -> TestClient:
        client = TestClient(nobody.app, base_url=HOME, follow_redirects=False)
        client.cookies.set(COOKIE, session_cookie(engine, settings.signing_key(), user.id))
        client.headers["sec-fetch-site"] = "same-origin"
        return client

    return sign
