"""What somebody at a browser does on several pages, and the recordings they bring along."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from fixtures.make_calls import CALLS
from tests.browser.conftest import Visitor
from tests.pages.stage import AT, PASSWORD

_MAKER = b"reference libFLAC 1.4.3 20230623"


def recording(folder: Path, name: str, call: str = "en04_coldcall_vantage") -> Path:
    """A real recording that is not on the stage yet: another program says it wrote it."""
    sound = (CALLS / call / "audio.flac").read_bytes()
    assert sound.count(_MAKER) == 1
    path = folder / name
    path.write_bytes(sound.replace(_MAKER, name.encode().ljust(len(_MAKER))[: len(_MAKER)]))
    return path


def sign_in(page: Page, name: str) -> None:
    """Sign in by the form, in English or French."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(name + AT)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("form button").click()
    page.wait_for_url("**/")


def tell_consent(row: Locator) -> None:
    """Tick that everybody knows."""
    row.get_by_label("Everybody on the call knows that it is recorded").check()


def open_ready(page: Page, title: str) -> None:
    """Wait on the page of adding calls until one is ready, and open it."""
    added = page.locator("#added li[data-call]").filter(has_text=title)
    expect(added).to_have_attribute("data-state", "ready", timeout=30_000)
    added.get_by_role("link", name=f"Open {title}").click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def forgive(visitor: Visitor, word: str) -> None:
    """Strike out what the browser itself says of requests that went wrong as they had to."""
    said, visitor.complaints[:] = list(visitor.complaints), []
    assert said
    assert all(one.startswith("Failed to load resource") and word in one for one in said)
