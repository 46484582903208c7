"""A provider of sign-ins in a process of its own, and the app set up to trust it."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from api.app import create_app
from api.settings import Settings
from models.files import Files
from tests.api.conftest import files, people, settings
from tests.oidc.browsing import Browser

__all__ = ["files", "people", "settings"]

Door = Callable[..., Browser]
CLIENT_SECRET = "a secret of the provider"  # noqa: S105


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """The provider's address; people there are made by `Browser.known_as`."""
    program = [sys.executable, "-W", "ignore", "-m", "tests.oidc.program"]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.fixture
def door(settings: Settings, engine: Engine, files: Files, issuer: str) -> Iterator[Door]:
    """Makes a browser before an app with these settings of the provider."""
    with httpx.Client(base_url=issuer, timeout=10) as provider:

        def opened(**more: object) -> Browser:
            changed = {
                "oidc_issuer": issuer,
                "oidc_client_id": "talktrack",
                "oidc_client_secret": SecretStr(CLIENT_SECRET),
                **more,
            }
            kept = {name: getattr(settings, name) for name in settings.model_fields_set}
            app = create_app(Settings.model_validate({**kept, **changed}), engine, files)
            client = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
            return Browser(client, provider)

        yield opened
