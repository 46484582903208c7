"""A company that works, served on this machine, and a browser for whoever visits it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from pydantic import SecretStr
from sqlalchemy import Engine

from api.app import create_app
from api.settings import Settings
from models.database import plain_url
from models.files import Files
from tests.api.working import work, workshop_of
from tests.browser.chromium import CHROMIUM, QUIET
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.standing import BUYER
from tests.pages.stage import AT, PASSWORD, Stage, furnish

_SCRIPTS = 9
_POLL_S = 0.2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one module: as long as it is there, this thread can run no other loop."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@dataclass(frozen=True)
class Served:
    """A stage, and where it is served."""

    stage: Stage
    url: str


@pytest.fixture(scope="session")
def hubspot() -> Iterator[HubSpotFake]:
    """A HubSpot that the stage may call, with one buyer and one deal."""
    fake = HubSpotFake(oauth=False)
    buyer = fake.add_contact(BUYER, name="Jim Kowalski", company="Harbor Foods")
    fake.add_deal("Harbor 2026", contacts=[buyer], company="Harbor Foods")
    with fake.serve():
        yield fake


@pytest.fixture(scope="session")
def served(
    new_database: Callable[[], Engine],
    tmp_path_factory: pytest.TempPathFactory,
    hubspot: HubSpotFake,
) -> Iterator[Served]:
    """The stage behind real HTTP, with a worker whose engines say what the tests know."""
    engine = new_database()
    settings = Settings(
        data_folder=tmp_path_factory.mktemp("stage"),
        database_url=SecretStr(plain_url(engine)),
        secret_key=SecretStr("a key that only the stage knows"),
        crm_hosts=(urlsplit(hubspot.url).netloc,),
    )
    stage = Stage(settings, engine, Files(settings.files_place))
    with ThreadPoolExecutor(1) as aside:  # the browser's own loop may be running in this thread
        aside.submit(furnish, stage, _SCRIPTS).result()
    with serving(stage) as url, working(stage):
        yield Served(stage, url)


class serving:  # noqa: N801 (a context, as a function is)
    """Serve a stage on a free port of this machine."""

    def __init__(self, stage: Stage) -> None:
        app = create_app(stage.settings, stage.engine, stage.files)
        config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        (listening,) = self._server.servers[0].sockets
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


class working:  # noqa: N801
    """Do what is due as it comes."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def _work(self) -> None:
        while not self._is_over.wait(_POLL_S):
            work(workshop_of(self._stage.settings, self._stage.engine, self._stage.files))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join(30)


@dataclass
class Visitor:
    """Somebody with a browser; what pages complain of, and whom they ask, is taken down."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def page(self) -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._watch)
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.complaints.append(f"asked for {request.url[:100]}")


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """Sign somebody in with a browser of their own; nothing may have been complained of."""
    visitors: list[Visitor] = []

    def enter(name: str | None, **options: Any) -> Visitor:
        context = browser.new_context(base_url=served.url, **options)
        context.set_default_timeout(15_000)
        if name is not None:
            form: dict[str, str | float | bool] = {"email": name + AT, "password": PASSWORD}
            context.request.post("/sign-in", form=form, headers={"origin": served.url})
        visitors.append(Visitor(context, served.url))
        return visitors[-1]

    yield enter
    for one in visitors:
        one.context.close()
    assert [one.complaints for one in visitors if one.complaints] == []


@pytest.fixture(scope="session")
def axe() -> str:
    """What checks the accessibility of a page."""
    packages = Path(__file__).parents[2] / "api" / "assets" / "node_modules"
    return (packages / "axe-core" / "axe.min.js").read_text("utf-8")
