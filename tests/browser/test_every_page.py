"""Every page in two languages and three widths: seen, accessible, quiet and within its frame."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlmodel import Session, col, select

from models.tables import Call, Deal, Playbook, User
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Served, Visit
from tests.pages.stage import ADMIN, AT, MANAGER

pytestmark = NEEDED
PICTURES = Path(__file__).parents[2] / "out" / "pages"
REP, FRENCH = "hannah.whitcombe", "claire.dumont"
WIDTHS = (390, 1024, 1600)
PATHS: dict[str, tuple[str, ...]] = {
    REP: ("/", "/calls", "/calls/{call}", "/upload", "/search?q=price", "/deals", "/coaching"),
    MANAGER: ("/", "/team", "/coaching/{rep}", "/kpis", "/kpis/win_rate", "/deals/{deal}"),
    ADMIN: ("/settings", "/settings/people", "/settings/audit", "/playbooks", "/winning-calls"),
}
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def known(served: Served) -> dict[str, str]:
    """Values for the places of paths."""
    with Session(served.stage.engine) as session:
        rep = session.exec(select(User).where(User.email == REP + AT)).one()
        call = session.exec(
            select(Call).where(Call.rep_id == rep.id, col(Call.title).startswith("Technical"))
        ).one()
        deal = session.exec(select(Deal).where(Deal.id == call.deal_id)).one_or_none()
        book = session.exec(select(Playbook)).first()
        found = {"rep": rep.id, "call": call.id, "deal": deal and deal.id, "book": book and book.id}
        return {name: str(value) for name, value in found.items()}


def _visits() -> Iterator[tuple[str, str]]:
    for name, paths in PATHS.items():
        yield from ((name, path) for path in paths)


@pytest.mark.parametrize(("name", "path"), list(_visits()))
def test_a_page_is_whole_at_every_width(
    visit: Visit, known: dict[str, str], axe: str, name: str, path: str
) -> None:
    visitor = visit(name, bypass_csp=True)
    page = visitor.page()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        answer = page.goto(path.format(**known))
        assert answer is not None
        assert answer.status == 200
        page.wait_for_load_state("networkidle")
        _keep(page, name, path, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").count() == 1
    assert _faults(page, axe) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_can_be_read_in_the_dark(
    visit: Visit, known: dict[str, str], axe: str, theme: str
) -> None:
    page = visit(MANAGER, bypass_csp=True, color_scheme=theme).page()
    for path in ("/", "/calls/{call}", "/kpis", "/coaching/{rep}"):
        page.goto(path.format(**known))
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
    plain = path.partition("?")[0].strip("/").replace("/", "-").translate({123: None, 125: None})
    page.screenshot(path=PICTURES / f"{plain or 'home'}-{name.split('.')[0]}-{width}.png")
