"""What a manager does with a playbook: a tracker tried on a call, kept, put in force; its file."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import NEEDED
from tests.browser.conftest import Visit
from tests.pages.stage import ADMIN

pytestmark = NEEDED
_MISTAKEN = "[[trackers]]\nid = 'rota'\nname.en = 'Rota'\nphrases.en = ['x?']\n"


def _begin(page: Page, name: str) -> None:
    page.goto("/playbooks")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_tracker_is_tried_kept_and_put_in_force(visit: Visit) -> None:
    page = visit(ADMIN).page()
    _begin(page, "What we listen for")
    page.get_by_role("group").filter(has_text="Trackers").locator("summary").click()
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_role("group", name="Name").get_by_label("English").fill("Hosting")
    phrases = page.get_by_role("group", name="Phrases").get_by_label("English")
    phrases.fill("hosting|hosted")
    call = page.get_by_role("combobox", name="Call")
    heard = call.locator("option").filter(has_text="Technical security review").first
    call.select_option(value=heard.get_attribute("value"))
    page.get_by_role("button", name="Try", exact=True).click()
    trial = page.locator("#trial")
    expect(trial).to_contain_text("would be found besides", timeout=30_000)
    expect(trial.locator(".trial-new").first).to_contain_text("Hosting")
    expect(phrases).to_have_value("hosting|hosted")  # nothing that was typed is lost
    page.get_by_role("button", name="Keep as the next version").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 2")
    page.get_by_role("link", name="At a glance").click()
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("button", name="Take it out of force")).to_be_visible()
    page.goto("/playbooks")
    row = page.get_by_role("row").filter(has_text="What we listen for")
    expect(row.get_by_role("link", name="version 2")).to_be_visible()
    row.get_by_role("link", name="What we listen for").click()
    page.get_by_role("button", name="Take it out of force").click()
    expect(page.get_by_role("button", name="Put it in force")).to_be_visible()


def test_mistakes_in_the_file_are_told_by_line_and_keep_the_text(visit: Visit) -> None:
    visitor = visit(ADMIN)
    page = visitor.page()
    _begin(page, "Typed by hand")
    page.get_by_role("link", name="As a file").click()
    text = page.get_by_label("TOML, laid over the standard playbook")
    text.fill(_MISTAKEN)
    page.get_by_role("button", name="Keep as the next version").click()
    expect(page.locator("#mistakes-list")).to_contain_text("Line 4")
    expect(text).to_have_value(_MISTAKEN)
    # A browser says that itself of any page with such a status.
    assert [one for one in visitor.complaints if "422" not in one] == []
    visitor.complaints.clear()
    text.fill(_MISTAKEN.replace("?", ""))
    page.get_by_role("button", name="Keep as the next version").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 2")
    expect(page.locator("#mistakes-list")).to_have_count(0)
