"""Every page in two languages and three widths: seen, accessible, quiet and within its frame."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlmodel import Session

from tests.browser.chromium import NEEDED
from tests.browser.conftest import Served, Visit
from tests.pages.stage import ADMIN, MANAGER
from tests.pages.visiting import PARTS, page_paths, places, visited

pytestmark = NEEDED
PICTURES = Path(__file__).parents[2] / "out" / "pages"
REP = "hannah.whitcombe"
WIDTHS = (390, 1024, 1600)
REPS_OWN = {"/", "/calls", "/calls/{call_id:uuid}", "/coaching", "/kpis", "/deals", "/upload"}
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _reader_of(path: str) -> str:
    """Who reads a page: the manager, whose pages are French, or the admin."""
    is_admins = path.startswith(("/settings/", "/welcome", "/kpis/own"))
    is_admins = is_admins and path != "/settings/tokens"
    return ADMIN if is_admins else MANAGER


def _visits() -> Iterator[tuple[str, str]]:
    for path in page_paths():
        if path not in PARTS:
            yield _reader_of(path), path
            if path in REPS_OWN:
                yield REP, path


@pytest.fixture(scope="module")
def known(served: Served) -> dict[str, dict[str, str]]:
    """Values for the places of paths, by who reads."""
    with Session(served.stage.engine) as session:
        return {name: places(session, served.stage.user(name)) for name in (REP, MANAGER, ADMIN)}


@pytest.mark.parametrize(("name", "path"), list(_visits()))
def test_a_page_is_whole_at_every_width(
    visit: Visit, known: dict[str, dict[str, str]], axe: str, name: str, path: str
) -> None:
    filled = visited(path, known[name])
    if filled is None:
        pytest.skip(f"there is nothing to show at {path} for {name}")
    visitor = visit(name)
    answer = visitor.context.request.get(filled)
    if not answer.headers["content-type"].startswith("text/html"):
        return
    page = visitor.page()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(filled)
        page.wait_for_load_state("networkidle")
        _keep(page, name, path, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert page.locator("h1").count() == 1
        assert _faults(page, axe) == [], width
    assert answer.status == 200


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_can_be_read_in_the_dark(
    visit: Visit, known: dict[str, dict[str, str]], axe: str, theme: str
) -> None:
    page = visit(MANAGER, color_scheme=theme).page()
    for path in ("/", "/calls/{call_id:uuid}", "/kpis", "/coaching/{rep_id}"):
        page.goto(visited(path, known[MANAGER]) or "")
        page.wait_for_load_state("networkidle")
        assert _faults(page, axe) == [], path


def _faults(page: Page, axe: str) -> list[str]:
    """What the checker finds, a line each."""
    page.evaluate(axe)
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", _RULES
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def _keep(page: Page, name: str, path: str, width: int) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^a-z]+", "-", path.replace(":uuid", "")).strip("-")
    page.screenshot(path=PICTURES / f"{plain or 'home'}-{name.split('.')[0]}-{width}.png")
