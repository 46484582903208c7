"""An app that may call a CRM, and the CRM: fixtures that files of tests share by importing them."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create_app
from api.settings import Settings
from models.files import Files
from tests.crm.standing import Standing, standing
from tests.pages.conftest import HOME


@pytest.fixture
def crm(settings: Settings) -> Iterator[Standing]:
    with standing(settings) as found:
        yield found


@pytest.fixture
def nobody(crm: Standing, engine: Engine, files: Files) -> Iterator[TestClient]:
    app = create_app(crm.settings, engine, files)
    with TestClient(app, base_url=HOME, follow_redirects=False) as client:
        yield client
