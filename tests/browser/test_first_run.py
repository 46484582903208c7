"""The first hour: an empty Talktrack, its first admin, the demo in one click, where it leads."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine

from fixtures.make_calls import CALLS
from models.database import plain_url
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Visitor
from tests.e2e.running import cut, environment, started
from tests.faults.running import new_place
from tests.pages.stage import SALES

pytestmark = NEEDED
CALL = "Cold call - Vantage Facilities"
"""The English call of the demo that is heard first."""
WORD, _BEGINNING_S = "scheduling", 36
"""A word of its beginning."""
_FORM = {
    "Your name": "Ada Quinn",
    "E-mail": "ada@beacon.example",
    "Password": "the first of all",
    "Time zone": "Europe/London",
    "Your team": "Sales",
}


@contextmanager
def _browsing(browser: Browser, url: str) -> Iterator[Page]:
    """Somebody whom no page gives anything to complain of."""
    context = browser.new_context(base_url=url, locale="en-GB")
    context.set_default_timeout(15_000)
    visitor = Visitor(context, url)
    yield visitor.page()
    context.close()
    assert visitor.complaints == []


def _printed(lines: Iterator[str]) -> str:
    """The address that is printed for the first person."""
    found = re.search(r"http://\S+/welcome\?code=\S+", next(lines))
    assert found is not None
    return found.group()


def _refuses_a_wrong_code(page: Page, address: str) -> None:
    wrong = f"{address[:-2]}xx"
    for path in ("/welcome", wrong):
        answer = page.context.request.get(path)
        assert answer.status == 403
        assert "Nobody is here yet" in answer.text()
        assert "Your name" not in answer.text()
    form: dict[str, str | float | bool] = {"code": wrong.rsplit("=")[-1], "name": "Eve"}
    origin = {"origin": address.partition("/welcome")[0]}
    answer = page.context.request.post("/welcome", form=form, headers=origin)
    assert answer.status == 403


def _becomes_the_admin(page: Page, address: str) -> None:
    assert page.context.request.get("/").url.endswith("/welcome")
    page.goto(address)
    for label, text in _FORM.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where do you want to begin?")
    expect(page.locator("#notice")).to_contain_text("Welcome, Ada Quinn.")


def _loads_the_demo(page: Page, patience_s: float) -> Locator:
    """The way to the call, once it was heard; meanwhile the guide says how far it is."""
    page.get_by_role("button", name="Load the demo data").click()
    demo = page.locator("#demo")
    expect(demo).to_contain_text("A year of sales is being read")
    expect(demo.get_by_role("progressbar").first).to_be_visible(timeout=60_000)
    way = demo.get_by_role("link", name=CALL)
    expect(way).to_be_visible(timeout=1000 * patience_s)
    return way


def _leads_on(page: Page, way: Locator, word: str) -> None:
    """The call with its words, the coaching report, and the KPIs."""
    way.click()
    expect(page.get_by_role("heading", level=1, name=CALL)).to_be_visible()
    expect(page.locator("#transcript")).to_contain_text(word)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.goto("/welcome/start")
    page.get_by_role("link", name="The coaching report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("^Coaching report"))
    expect(page.get_by_role("main")).to_contain_text("call analysed")
    page.goto("/welcome/start")
    page.get_by_role("link", name="The KPIs").first.click()
    tile = page.locator(".tile").filter(has_text="Win rate")
    expect(tile.locator(".tile-value strong")).to_contain_text("%")


def test_the_first_hour(browser: Browser, new_database: Callable[[], Engine]) -> None:
    with TemporaryDirectory(prefix="talktrack-first-", ignore_cleanup_errors=True) as folder:
        place = new_place(Path(folder), plain_url(new_database()))
        place.pace(diarizing=0.5, transcribing=0.5)
        with place.web(workers=1) as web:
            assert web.process.stdout is not None
            address = _printed(iter(web.process.stdout))
            with _browsing(browser, web.url.removesuffix("/api/v1")) as page:
                _refuses_a_wrong_code(page, address)
                _becomes_the_admin(page, address)
                _leads_on(page, _loads_the_demo(page, 60), "Shall I send you a proposal")
                assert page.context.request.get(address).url.endswith("/")  # open to nobody now


def _begun(folder: Path) -> Path:
    """The demo with no more than the beginnings of its calls."""
    shutil.copytree(SALES, folder / "sales")
    for call in CALLS.glob("*/meeting.json"):
        into = folder / "calls" / call.parent.name
        into.mkdir(parents=True)
        shutil.copy(call, into)
        cut(call.with_name("audio.flac"), into / "audio.flac", _BEGINNING_S)
    return folder


@pytest.mark.engine
def test_the_first_hour_is_really_heard(browser: Browser, tmp_path: Path) -> None:
    env = {
        **environment(tmp_path, host="127.0.0.1"),
        "DEMO_FOLDER": str(_begun(tmp_path / "demo")),
    }
    program = started(env, "--workers", "1", module="tests.browser.short_demo")
    with program as (process, url), _browsing(browser, url) as page:
        assert process.stdout is not None
        address = _printed(iter(process.stdout))
        _becomes_the_admin(page, address)
        _leads_on(page, _loads_the_demo(page, 600), WORD)
