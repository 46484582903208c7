"""What an admin does: lets people in and out, deletes, imports, gives out keys; all is noted."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.api.working import new_recording
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Served, Visit, Visitor, serving
from tests.pages.stage import ADMIN, AT

pytestmark = NEEDED
HOST = "crm.example.com"
REP = "hannah.whitcombe"
ADMINS_OWN = (
    "people", "teams", "imports", "watched", "crm", "webhooks", "models", "consent", "retention",
    "state", "storage", "privacy", "audit",
)  # fmt: skip
_ACCOUNTS = "id,name,region\nstory_1,Saffron Clinics,France\n"
_DEALS = """id,name,account_id,amount,currency,created_at,outcome
story_d1,One,story_1,1200,EUR,2026-03-01,open
story_d2,Two,story_1,12.5O,EUR,2026-03-01,open
"""


@pytest.fixture(scope="module")
def served(served: Served) -> Iterator[Served]:
    """The stage again, on a server that may call a host."""
    settings = served.stage.settings.model_copy(update={"webhook_hosts": (HOST,)})
    stage = replace(served.stage, settings=settings)
    with serving(stage) as url:
        yield Served(stage, url)


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit(ADMIN).page()


def _asked(page: Page, answer: str) -> None:
    """Answer the question of the dialog."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=answer).click()
    expect(dialog).to_have_count(0)


def _make_team(page: Page, name: str) -> None:
    page.goto("/settings/teams")
    new = page.locator("form[action='/settings/teams']")
    new.get_by_label("Name").fill(name)
    new.get_by_label("Time zone").fill("Europe/Lisbon")
    new.get_by_label("Currency").fill("EUR")
    new.get_by_role("button", name="Add the team").click()
    expect(page.get_by_role("main")).to_contain_text(name)


def _invite(page: Page, name: str, team: str) -> str:
    """The link with which somebody chooses a password."""
    page.goto("/settings/people")
    page.get_by_role("link", name="Add somebody").click()
    new = page.locator("#add")
    new.get_by_label("Name", exact=True).fill(name)
    new.get_by_label("E-mail").fill(f"{name.split()[0].lower()}{AT}")
    new.get_by_role("combobox", name=re.compile("^Team")).select_option(label=team)
    new.get_by_role("button", name="Add, and make a link for them").click()
    return page.get_by_label("Link to choose a password").input_value()


def test_somebody_is_let_in_and_out(visit: Visit, page: Page) -> None:
    _make_team(page, "Iberia")
    link = _invite(page, "Ines Okafor", "Iberia")
    theirs = visit(None).page()
    theirs.goto(link)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Welcome, Ines Okafor")
    theirs.get_by_label("Password").fill("a password of hers")
    theirs.get_by_role("button", name="Begin").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("What needs you now")
    page.goto("/settings/people?q=ines")
    row = page.get_by_role("row").filter(has_text="Ines Okafor")
    expect(row).to_contain_text("Iberia")
    expect(row).to_contain_text("with a password")
    row.get_by_role("link").click()
    page.get_by_role("button", name="Switch off Ines Okafor").click()
    _asked(page, "Keep")
    theirs.reload()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("What needs you now")
    page.get_by_role("button", name="Switch off Ines Okafor").click()
    _asked(page, "Switch off Ines Okafor")
    expect(page.get_by_role("button", name="Let them in again")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_deleted_call_leaves_nothing(visit: Visit, served: Served) -> None:
    stage = served.stage
    call_id = new_recording(stage.engine, stage.files, stage.user(REP), name="To be forgotten.wav")
    visitor = visit(ADMIN)
    page, here = visitor.page(), f"/calls/{call_id}"
    page.goto(here)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=30_000)
    parts = _paths_of(page) | {here, f"/api/v1{here}", f"/api/v1{here}/files/recording"}
    assert len(parts) > 6
    assert _without(visitor.context, parts, 200) == []
    _ask_to_delete(page)
    expect(page.get_by_role("dialog")).to_contain_text("This cannot be undone.")
    _asked(page, "Keep")
    assert _without(visitor.context, {here}, 200) == []
    _ask_to_delete(page)
    _asked(page, "Delete the call")
    expect(page.locator("#notice")).to_contain_text("was deleted")
    assert _without(visitor.context, parts, 404) == []
    page.goto("/search?q=expensive")
    assert str(call_id) not in page.content()
    page.goto(f"/settings/audit?subject={call_id}")
    row = page.get_by_role("row").filter(has_text="delete")
    expect(row).to_contain_text(ADMIN + AT)


def _ask_to_delete(page: Page) -> None:
    button = page.get_by_role("button", name="Delete the call")
    if not button.is_visible():  # a menu stays open while its question is thought over
        page.get_by_label("More", exact=True).click()
    button.click()


def _paths_of(page: Page) -> set[str]:
    """Everything of a call that its page leads to, sound and outline too."""
    paths = page.evaluate(
        """() => [...document.querySelectorAll('main [href], #audio, [data-peaks]')].map((one) =>
        one.getAttribute('href') ?? one.getAttribute('src') ?? one.dataset.peaks)"""
    )
    here = page.url.rsplit("/", 1)[-1].partition("?")[0]
    return {one.partition("#")[0] for one in paths if here in one}


def _without(context: BrowserContext, paths: set[str], status: int) -> list[str]:
    """The paths that answer with another status."""
    answers = {path: context.request.get(path).status for path in sorted(paths)}
    return [f"{path}: {found}" for path, found in answers.items() if found != status]


def _choose(page: Page, **contents: str) -> None:
    files: list[FilePayload] = [
        {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content.encode()}
        for name, content in contents.items()
    ]
    page.get_by_label("CSV files").set_input_files(files)


def test_sales_data_is_checked_by_line_then_imported(page: Page) -> None:
    page.goto("/settings/imports")
    _choose(page, accounts=_ACCOUNTS, deals=_DEALS)
    page.get_by_role("button", name="Check the files").click()
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("Checked: 2 lines can be imported.")
    wrong = outcome.get_by_role("region", name="Lines that cannot be used: deals.csv")
    expect(wrong.get_by_role("row").filter(has_text="12.5O")).to_contain_text("amount")
    expect(wrong.get_by_role("rowheader")).to_have_text("3")
    _choose(page, accounts=_ACCOUNTS, deals=_DEALS.replace("12.5O", "1250"))
    page.get_by_role("button", name="Import them").click()
    expect(outcome).to_contain_text("3 lines were imported.")
    expect(outcome).not_to_contain_text("cannot be used")
    page.goto("/settings/audit?verb=import_sales")
    expect(page.get_by_role("row").nth(1)).to_contain_text(ADMIN + AT)


def test_a_token_is_shown_once_works_and_is_revoked(visit: Visit, page: Page) -> None:
    page.goto("/settings/tokens")
    page.get_by_role("textbox", name="What it is for").fill("Nightly copy")
    page.get_by_role("button", name="Make the token").click()
    secret = page.get_by_label("Nightly copy").first.input_value()
    program = visit(None).context.request
    bearer = {"authorization": f"Bearer {secret}"}
    assert program.get("/api/v1/calls", headers=bearer).status == 200
    page.goto("/settings/tokens")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke “Nightly copy”").click()
    _asked(page, "Revoke")
    row = page.get_by_role("row").filter(has_text="Nightly copy")
    expect(row).to_contain_text("Revoked")
    assert program.get("/api/v1/calls", headers=bearer).status == 401


def test_a_webhook_is_made_and_its_secret_shown_once(page: Page) -> None:
    page.goto("/settings/webhooks")
    page.get_by_label("Address").fill(f"https://{HOST}/in")
    page.get_by_role("checkbox", name="call.failed").check()
    page.get_by_role("button", name="Add the webhook").click()
    secret = page.get_by_label("Secret").input_value()
    page.goto("/settings/webhooks")
    assert secret not in page.content()
    page.get_by_role("link", name=f"https://{HOST}/in").click()
    expect(page.get_by_role("checkbox", name="call.failed")).to_be_checked()
    page.goto("/settings/audit?noun=webhooks")
    expect(page.get_by_role("row").nth(1)).to_contain_text(ADMIN + AT)


def test_what_is_an_admin_s_is_not_shown_to_a_rep(visit: Visit) -> None:
    visitor: Visitor = visit(REP)
    page = visitor.page()
    for name in ADMINS_OWN:
        answer = page.goto(f"/settings/{name}")
        assert answer is not None
        assert answer.status == 403, name
        expect(page.get_by_role("heading", level=1)).to_have_text("This is not yours to see")
        expect(page.get_by_role("main").get_by_role("link", name="Home")).to_be_visible()
    page.goto("/settings")
    expect(page.get_by_role("navigation", name="Settings").get_by_role("link")).to_have_count(3)
    # A browser says that itself of any page with such a status.
    assert [one for one in visitor.complaints if "403" not in one] == []
    visitor.complaints.clear()
