"""A call's way to the CRM, from connecting it to the note there, and the erasure of who bought."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from models.database import session_scope
from models.new_calls import File, NewCall, add_call, give_recording
from models.tables.columns import now
from tests.api.working import sound
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Served, Visit
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.standing import BUYER, TOKEN
from tests.pages.stage import ADMIN

pytestmark = NEEDED
REP = "hannah.whitcombe"
NAME = "Jim Kowalski"


@pytest.fixture(scope="module")
def call_id(served: Served) -> UUID:
    """A call with somebody whom the CRM knows."""
    stage = served.stage
    rep, stored = stage.user(REP), stage.files.put([sound(pitch_hz=523.0)])
    known = {
        "participants": [
            {"name": rep.name, "email": rep.email, "side": "seller"},
            {"name": NAME, "email": BUYER, "company": "Harbor Foods", "side": "buyer"},
        ]
    }
    with session_scope(stage.engine) as session:
        call = add_call(session, rep, NewCall("Harbor talk", now(), rep.id, known=known))
        give_recording(session, stage.files, call, File(stored, "call.wav", "audio/wav"))
        return call.id


def _connect(page: Page, url: str) -> None:
    page.goto("/settings/crm/new?kind=hubspot&way=token")
    form = page.locator("form.crm-form")
    form.locator("input.masked").fill(TOKEN)
    form.locator("summary").click()
    form.locator("input[name=name]").fill("Story CRM")
    form.locator("input[name=address]").fill(url)
    form.get_by_role("button", name="Test and save").click()
    expect(page.get_by_role("heading", level=1, name="Story CRM")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("ready")


def test_a_call_is_pushed_after_a_look(visit: Visit, hubspot: HubSpotFake, call_id: UUID) -> None:
    _connect(visit(ADMIN).page(), hubspot.url)
    page = visit(REP).page()
    page.goto(f"/calls/{call_id}")
    expect(page.get_by_role("heading", name="Transcript")).to_be_visible(timeout=30_000)
    push = page.locator("#crm .crm-push").filter(has_text="Story CRM")
    push.get_by_role("button", name="Push to Story CRM").click()  # it was heard before
    expect(push).to_contain_text("Harbor 2026", timeout=30_000)
    expect(push.get_by_role("link", name="Open the note in HubSpot")).to_be_visible(timeout=30_000)
    (note,) = hubspot.notes
    assert f"Ref TT-{call_id}" in note.body
    push.get_by_role("link", name="Preview").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Story CRM")
    expect(page.locator(".crm-written")).to_contain_text(f"Ref TT-{call_id}")


def test_who_bought_is_erased_with_the_note(
    visit: Visit, hubspot: HubSpotFake, call_id: UUID
) -> None:
    visitor = visit(ADMIN)
    page = visitor.page()
    page.goto("/settings/privacy")
    page.get_by_label("E-mail").fill(BUYER)
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_role("button", name="See what is held").click()
    page.locator("summary", has_text="Erase for good").click()
    page.get_by_label("Delete the notes written at CRMs, too").check()
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Erase for good").click()
    expect(page).to_have_url(re.compile("/settings/privacy$"))
    done = page.locator("tbody .chip.good")
    for _ in range(60):
        if done.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(done).to_have_count(1)
    assert hubspot.notes == []
    assert visitor.context.request.get(f"/calls/{call_id}").status == 404
    page.goto("/search?q=Kowalski")
    expect(page.get_by_role("main")).not_to_contain_text(NAME)
