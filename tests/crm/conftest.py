"""A company with a call to push, and one server for whichever CRM a test has."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from analyzer.engines.scripted import ScriptedEngines
from api.crm.wire import Wire
from api.engine_lease import EngineLease
from api.settings import Settings
from api.workshop import Workshop
from models.database import session_scope
from models.files import Files
from models.tables import User
from models.users import add_user
from tests.api.working import conversation
from tests.crm.fakes.pipedrive import Shop
from tests.crm.fakes.serving import serve
from tests.crm.pushing import KEYS, SAID, Desk


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between two tries of a call, and those that keep a pace, take no time."""
    monkeypatch.setitem(Wire.__init__.__kwdefaults__, "sleep", lambda _: None)


@pytest.fixture(scope="session")
def shop() -> Iterator[tuple[Shop, str]]:
    """A server whose inside is replaced, and where it is."""
    shop = Shop()
    with serve(shop) as url:
        yield shop, url


@pytest.fixture
def workshop(
    engine: Engine, database_url: str, shop: tuple[Shop, str], tmp_path: Path, no_pauses: None
) -> Workshop:
    """What a worker works with, allowed to call that server."""
    settings = Settings(
        data_folder=tmp_path / "talktrack",
        database_url=SecretStr(database_url),
        secret_key=SecretStr("a key that only the tests know"),
        seal_keys=SecretStr(KEYS[0]),
        crm_hosts=(shop[1].removeprefix("http://"),),
    )
    lease = EngineLease(lambda: ScriptedEngines(conversation(SAID)), 60)
    return Workshop(settings, engine, Files(settings.files_place), lease)


@pytest.fixture
def new_desk(workshop: Workshop, shop: tuple[Shop, str]) -> Callable[[str], Desk]:
    """Makes the company, with a CRM of a kind."""

    def make(kind: str = "hubspot") -> Desk:
        with session_scope(workshop.engine) as session:
            user = User(email="ada@beacon.example", name="Ada", role="admin")
            admin = add_user(session, user)
        return Desk(workshop, admin, kind, *shop)

    return make


@pytest.fixture
def desk(new_desk: Callable[[str], Desk]) -> Desk:
    """A company that has HubSpot."""
    return new_desk("hubspot")
