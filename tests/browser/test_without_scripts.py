"""Everything but playing and charts, in a browser that runs no scripts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import forgive, recording, sign_in, tell_consent
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Visit
from tests.pages.stage import MANAGER

pytestmark = NEEDED
REP = "hannah.whitcombe"
STAGED = "Technical security review - Meridian Health"


@pytest.fixture
def page(visit: Visit) -> Iterator[Page]:
    """A page on which no script ever ran."""
    page = visit(REP, java_script_enabled=False).page()
    yield page
    expect(page.locator("script:not([src])")).to_have_count(0)


def _open_staged(page: Page) -> None:
    page.goto("/calls")
    page.get_by_role("link", name=STAGED).first.click()
    expect(page.get_by_role("heading", level=1, name=STAGED)).to_be_visible()


def test_one_signs_in_and_out(visit: Visit) -> None:
    page = visit(None, java_script_enabled=False).page()
    page.goto("/calls")
    expect(page).to_have_url(re.compile("/sign-in"))
    sign_in(page, REP)
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs you now")
    page.locator("summary").filter(has_text="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_recordings_are_sent_by_a_form(page: Page, tmp_path: Path) -> None:
    page.goto("/upload")
    name = "2026-11-16 09-00 Sent plainly.flac"
    page.get_by_label("Drop recordings here").set_input_files(recording(tmp_path, name))
    tell_consent(page.locator("#choose"))
    page.get_by_role("button", name="Send the files").click()
    expect(page.locator("#notice")).to_have_text("One call was added.")
    added = page.locator("#added li[data-call]").filter(has_text="Sent plainly")
    _look_again(page)
    expect(added).to_have_attribute("data-state", "ready")
    added.get_by_role("link", name="Open Sent plainly").click()
    expect(page.locator("#said")).to_contain_text("Planning the shifts.")


def _look_again(page: Page) -> None:
    """Ask for the page anew for as long as it says that something is under way."""
    again = page.get_by_role("link", name="Refresh")
    for _ in range(200):
        if not again.count():
            return
        again.click()


def test_a_form_that_is_wrong_comes_back_as_it_was(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(REP, java_script_enabled=False)
    page = visitor.page()
    page.goto("/upload")
    path = tmp_path / "Shopping list.flac"
    path.write_text("milk, bread, a new kettle")
    page.get_by_label("Drop recordings here").set_input_files(path)
    page.get_by_label("Title").fill("No call at all")
    tell_consent(page.locator("#choose"))
    page.get_by_role("button", name="Send the files").click()
    expect(page.get_by_role("alert")).to_contain_text("send a recording, audio or video")
    expect(page.get_by_label("Title")).to_have_value("No call at all")
    forgive(visitor, "422")


def test_a_call_is_read_and_put_right(page: Page) -> None:
    _open_staged(page)
    expect(page.locator("#said .para").first).to_be_visible()
    expect(page.locator("#tips article").first).to_be_visible()
    expect(page.get_by_role("button", name="Play")).not_to_be_visible()
    expect(page.get_by_role("link", name="Open the sound by itself")).to_be_visible()
    voice = page.locator("details.person").first
    voice.locator("summary").click()
    voice.get_by_label("Name", exact=True).fill("Harriet Quill")
    voice.get_by_role("button", name="Rename").click()
    _look_again(page)
    expect(page.locator("#call-head .voices")).to_contain_text("Harriet Quill")
    _undo_last(page)
    expect(page.locator("#call-head .voices")).not_to_contain_text("Harriet Quill")


def _undo_last(page: Page) -> None:
    page.locator("#call-head").get_by_label("More").click()
    page.get_by_role("button", name="Undo:").first.click()
    _look_again(page)


def test_words_are_put_right_on_a_page_of_their_own(page: Page) -> None:
    _open_staged(page)
    page.get_by_role("link", name="Correct the words at").first.click()
    words = page.get_by_label("Said at")
    before = words.input_value()
    words.fill(f"{before} Zanzibar.")
    page.get_by_role("button", name="Save").click()
    _look_again(page)
    expect(page.locator("#said")).to_contain_text("Zanzibar.")
    _undo_last(page)
    expect(page.locator("#said")).not_to_contain_text("Zanzibar.")


def test_a_comment_is_said_and_deleted(page: Page) -> None:
    _open_staged(page)
    page.get_by_label("Your comment").last.fill("Plainly said")
    page.get_by_label("At (optional)").fill("0:30")
    page.get_by_role("button", name="Comment", exact=True).click()
    said = page.locator("#comments .comment").filter(has_text="Plainly said")
    expect(said.get_by_role("link", name="Hear 00:30")).to_be_visible()
    said.locator("details.change summary").click()
    said.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Plainly said")).to_have_count(0)


def test_calls_are_found_and_narrowed(page: Page) -> None:
    page.goto("/calls")
    page.get_by_role("searchbox", name="Search all calls").fill("penetration test")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text(STAGED)
    page.locator("#found .found-place").first.click()
    expect(page.locator("#transcript")).to_be_visible()
    page.goto("/calls")
    rows = page.get_by_role("row").filter(has=page.get_by_role("rowheader"))
    before = rows.count()
    page.get_by_label("Title").fill("security review")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(STAGED)
    page.get_by_role("link", name="Take out: Title").click()
    expect(rows).to_have_count(before)


def test_a_kpi_is_read_as_a_table(page: Page) -> None:
    page.goto("/kpis/win_rate")
    page.get_by_text("As a table").first.click()
    table = page.get_by_role("table").first
    expect(table.get_by_role("columnheader", name="Value")).to_be_visible()
    expect(table.get_by_role("rowheader").first).to_be_visible()


def test_a_coaching_report_is_read(visit: Visit, page: Page) -> None:
    page.goto("/coaching")
    expect(page.get_by_role("heading", level=1)).to_have_text("My coaching")
    expect(page.locator("main")).to_contain_text("Your manager reads this same page")
    french = visit(MANAGER, java_script_enabled=False).page()
    french.goto("/coaching")
    french.locator(".coachee h2 a").first.click()
    expect(french).to_have_url(re.compile("/coaching/"))
    expect(french.locator("#goals")).to_be_visible()


def test_settings_change(page: Page) -> None:
    page.goto("/settings")
    page.get_by_label("Language").select_option("fr")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_label("Langue").select_option("en")
    page.get_by_role("button", name="Enregistrer").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Dark").last.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
