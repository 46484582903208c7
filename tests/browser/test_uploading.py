"""Sending recordings when something comes in between, and making one with the microphone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from fixtures.make_calls import CALLS
from tests.browser.acting import forgive, open_ready, recording, sign_in, tell_consent
from tests.browser.chromium import CHROMIUM, NEEDED, QUIET
from tests.browser.conftest import Served, Visit, Visitor

pytestmark = NEEDED
REP = "hannah.whitcombe"
_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def _choose(page: Page, path: Path) -> Locator:
    """The row of a file chosen on the page of adding calls."""
    page.get_by_label("Drop recordings here").set_input_files(path)
    return page.locator(".upload-row").filter(has_text=path.name)


def _send(page: Page, path: Path) -> Locator:
    row = _choose(page, path)
    tell_consent(row)
    row.get_by_role("button", name="Send", exact=True).click()
    return row


def _send_half(page: Page, path: Path) -> Locator:
    """Send a file of which half comes through, and nothing after."""
    half = path.read_bytes()[: path.stat().st_size // 2]

    def pass_on(route: Route) -> None:
        offset = route.request.headers.get("upload-offset")
        if offset is None or offset == "0":
            route.continue_(post_data=half if offset else None)
        else:
            route.abort()

    page.route("**/api/v1/uploads/*", pass_on)
    row = _send(page, path)
    expect(row.get_by_role("status")).to_have_text("The connection dropped. Trying again …")
    return row


def _is_second_half(request: Request) -> bool:
    return request.method == "PATCH" and request.headers["upload-offset"] != "0"


def test_a_closed_page_loses_nothing(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(REP)
    path = recording(tmp_path, "2026-11-17 10-00 Broken off.flac")
    page = visitor.page()
    page.goto("/upload")
    _send_half(page, path)
    page.close()
    forgive(visitor, "ERR_FAILED")
    again = visitor.page()
    again.goto("/upload")
    left = again.locator("#added [data-upload]")
    expect(left).to_contain_text(path.name)
    with again.expect_request(_is_second_half):  # neither facts nor consent are asked again
        _choose(again, path)
    open_ready(again, "Broken off")
    expect(again.locator("#added [data-upload]")).to_have_count(0)


def test_a_dropped_line_is_waited_for(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(REP)
    page = visitor.page()
    page.goto("/upload")
    row = _send_half(page, recording(tmp_path, "2026-11-17 11-00 Line dropped.flac"))
    visitor.context.set_offline(True)
    expect(row.get_by_role("status")).to_have_text(
        "No connection. It goes on by itself once there is one.", timeout=10_000
    )
    page.unroute_all()
    with page.expect_request(_is_second_half):
        visitor.context.set_offline(False)
    open_ready(page, "Line dropped")
    forgive(visitor, "net::ERR_")


def test_a_file_that_is_there_is_told(visit: Visit, tmp_path: Path) -> None:
    page = visit(REP).page()
    page.goto("/upload")
    path = tmp_path / "Once more.flac"
    path.write_bytes((CALLS / "en05_security_meridian" / "audio.flac").read_bytes())
    row = _send(page, path)
    expect(row.get_by_role("status")).to_have_text("This file is there already.")
    row.get_by_role("link", name="Open that call").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Meridian Health")


def test_a_file_that_is_no_recording_is_refused_in_words(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(REP)
    page = visitor.page()
    page.goto("/upload")
    path = tmp_path / "Shopping list.flac"
    path.write_text("milk, bread, a new kettle")
    row = _send(page, path)
    expect(row.get_by_role("status")).to_have_text(
        "Not sent: Shopping list.flac is text; send a recording, audio or video"
    )
    expect(page.locator("#added")).not_to_contain_text("Shopping list")
    forgive(visitor, "415")


@pytest.fixture(scope="module")
def microphone(browser: Browser) -> Iterator[Browser]:
    """A browser with a microphone that beeps."""
    args = [*QUIET, *_MICROPHONE]
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=args)
    yield chromium
    chromium.close()


@pytest.fixture
def recorder(microphone: Browser, served: Served) -> Iterator[Visitor]:
    """A rep with a microphone."""
    context = microphone.new_context(base_url=served.url)
    visitor = Visitor(context, served.url)
    sign_in(visitor.page(), REP)
    yield visitor
    context.close()
    assert visitor.complaints == []


def _record(page: Page, until: str) -> None:
    page.goto("/upload")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#recorder [data-clock]")).to_have_text(until, timeout=10_000)


def _send_recorded(page: Page, title: str) -> None:
    row = page.locator(".upload-row")
    row.get_by_label("Title").fill(title)
    tell_consent(row)
    row.get_by_role("button", name="Send", exact=True).click()
    open_ready(page, title)


def test_a_meeting_is_recorded_here(recorder: Visitor) -> None:
    page = recorder.page()
    _record(page, "00:02")
    loud = page.get_by_role("meter", name="How loud it is")
    page.wait_for_function("meter => meter.value > 0.1", arg=loud.element_handle())
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#recorder [data-says]")).to_have_text("Recording paused")
    page.locator("#recorder").get_by_role("button", name="Go on").click()
    page.locator("#recorder").get_by_role("button", name="Stop").click()
    _send_recorded(page, "Recorded in the room")
    page.goto("/upload")
    expect(page.locator("#unsent li")).to_have_count(0)


def test_a_closed_tab_leaves_its_recording(recorder: Visitor) -> None:
    page = recorder.page()
    _record(page, "00:05")
    page.close()
    again = recorder.page()
    again.goto("/upload")
    unsent = again.locator("#unsent li")
    expect(unsent).to_contain_text("Unsent recording of")
    unsent.get_by_role("button", name="Send").click()
    _send_recorded(again, "Recorded and left")
    expect(unsent).to_have_count(0)
