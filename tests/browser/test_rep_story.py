"""What a rep does with two recordings, from signing in to sharing a clip."""

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.api.working import new_recording
from tests.browser.acting import open_ready, recording, sign_in, tell_consent
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Served, Visit

pytestmark = NEEDED
REP = "hannah.whitcombe"
DEAL = "Meridian Health - Workforce platform"
STAGED = "Technical security review - Meridian Health"
"""A call of the stage that has a recording, several voices and tips."""
_DROP = """(zone, [name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""
_WORD = """(word) => {
  const paragraph = [...document.querySelectorAll(".para")].find((one) =>
    one.querySelector("p").textContent.split(" ").includes(word));
  const said = paragraph.querySelector("p");
  const [at, range] = [said.textContent.split(" ").indexOf(word), document.createRange()];
  const text = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  let node = text.nextNode();
  while (!node.textContent.includes(word)) node = text.nextNode();
  range.setStart(node, node.textContent.indexOf(word));
  range.setEnd(node, node.textContent.indexOf(word) + word.length);
  paragraph.scrollIntoView({ block: "center" });
  const box = range.getBoundingClientRect();
  const steps = paragraph.dataset.t.split(" ").slice(0, at + 1).map(Number);
  const second = steps.reduce((sum, one) => sum + one, 0) / 100;
  return [box.x + box.width / 2, box.y + box.height / 2, second];
}"""


@pytest.fixture(scope="module")
def heard(served: Served, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a call to put right, cut and share: it says `tests.api.working.SAID`."""
    stage, sound = served.stage, recording(tmp_path_factory.mktemp("heard"), "Rota talk.flac")
    rep = stage.user(REP)
    made = new_recording(stage.engine, stage.files, rep, sound.read_bytes(), sound.name)
    return f"/calls/{made}"


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit(REP).page()


def _open_staged(page: Page) -> None:
    page.goto("/calls")
    page.get_by_role("link", name=STAGED).first.click()
    expect(page.get_by_role("heading", level=1, name=STAGED)).to_be_visible()


def _drop(page: Page, path: Path) -> None:
    content = base64.b64encode(path.read_bytes()).decode()
    page.locator("#choose").evaluate(_DROP, [path.name, "audio/flac", content])


def test_two_recordings_become_calls(visit: Visit, tmp_path: Path) -> None:
    page = visit(None).page()
    sign_in(page, REP)
    page.get_by_role("link", name="Add calls").first.click()
    chosen = recording(tmp_path, "2026-11-18 14-30 Pricing talk.flac")
    page.get_by_label("Drop recordings here").set_input_files(chosen)
    _drop(page, recording(tmp_path, "2026-11-19 Second talk.flac", "fr04_objections_lambert"))
    rows = page.locator(".upload-row")
    expect(rows).to_have_count(2)
    first = rows.filter(has_text=chosen.name)
    expect(first.get_by_label("Title")).to_have_value("Pricing talk")
    expect(first.get_by_label("Began")).to_have_value("2026-11-18T14:30")
    first.get_by_label("Title").fill("Price talk at Meridian")
    first.get_by_role("combobox", name="Deal").fill(DEAL)
    first.get_by_label("Agenda").fill("What it costs (10 min)\nNext steps")
    tell_consent(first)
    first.get_by_role("button", name="Send", exact=True).click()
    tell_consent(rows.filter(has_text="Second talk"))
    rows.filter(has_text="Second talk").get_by_role("button", name="Send", exact=True).click()
    expect(rows).to_have_count(0)
    expect(page.locator("#added")).to_contain_text("Price talk at Meridian")
    open_ready(page, "Price talk at Meridian")
    expect(page.locator(".call-facts")).to_contain_text(DEAL)
    expect(page.locator("#agenda")).to_contain_text("What it costs")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_word_plays_from_a_second_before(page: Page) -> None:
    _open_staged(page)
    page.wait_for_function("() => document.querySelector('#audio').readyState > 0")
    page.evaluate(
        """() => { window.went = []; const audio = document.querySelector("#audio");
        audio.addEventListener("seeking", () => window.went.push(audio.currentTime)); }"""
    )
    x, y, at = page.evaluate(_WORD, "hosting")
    page.mouse.click(x, y)
    page.wait_for_function("() => window.went.length && !document.querySelector('#audio').paused")
    assert page.evaluate("() => window.went[0]") == pytest.approx(max(0, at - 1), abs=0.05)
    page.wait_for_function(
        "at => document.querySelector('#audio').currentTime > at", arg=max(0, at - 1)
    )
    expect(page.locator(".para.now")).to_have_count(1)
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('#audio').paused")


def test_keys_go_from_moment_to_moment_and_find_words(page: Page) -> None:
    _open_staged(page)
    labels = page.locator("#tracks [data-moment]")
    first, second = (labels.nth(n).get_attribute("data-moment") or "" for n in (0, 1))
    page.keyboard.press("j")
    expect(page.locator("#notice")).to_have_text(first)
    page.keyboard.press("j")
    expect(page.locator("#notice")).to_have_text(second)
    page.keyboard.press("k")
    expect(page.locator("#notice")).to_have_text(first)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search this call")).to_be_focused()
    page.keyboard.type("data")
    expect(page.locator("#hits")).to_have_text(re.compile(r"^1 of \d+$"))
    page.keyboard.press("Enter")
    expect(page.locator("#hits")).to_have_text(re.compile(r"^2 of \d+$"))


def _open(page: Page, path: str) -> None:
    """Open a call, and wait until it was heard."""
    page.goto(path)
    expect(page.get_by_role("heading", name="Transcript")).to_be_visible(timeout=30_000)


def test_words_are_put_right_in_place_and_back(page: Page, heard: str) -> None:
    _open(page, heard)
    page.keyboard.press("e")
    words = page.get_by_label("Said at 00:00")
    expect(words).to_be_focused()
    words.fill("Hello Jim, this is Thomas from Beacon. What takes most of your time today?")
    page.locator("#fix").get_by_role("button", name="Save").click()
    expect(page.locator("#said")).to_contain_text("this is Thomas from Beacon")
    page.locator("#notice").get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("this is Tom from Beacon")
    page.reload()
    expect(page.locator("#said")).to_contain_text("this is Tom from Beacon")


def test_swapped_sides_change_the_call(page: Page) -> None:
    _open_staged(page)
    first, share = page.locator("#said h3").first, page.locator("#tracks .lane-name.seller strong")
    expect(first).to_have_class("speaker seller")
    before = share.inner_text()
    _swap(page)
    expect(first).to_have_class("speaker buyer")
    expect(share).not_to_have_text(before)
    _swap(page)
    expect(first).to_have_class("speaker seller")
    expect(share).to_have_text(before)


def _swap(page: Page) -> None:
    page.locator("#call-head").get_by_label("More").click()
    page.get_by_role("button", name="Swap seller and buyer").click()


def test_a_comment_stands_at_its_second(page: Page, heard: str) -> None:
    _open(page, heard)
    page.keyboard.press("c")
    expect(page.get_by_label("Your comment")).to_be_focused()
    page.keyboard.type("Why not ask what it costs them today?")
    page.get_by_label("At (optional)").fill("0:06")
    page.get_by_role("button", name="Comment", exact=True).click()
    said = page.locator("#comments .comment")
    expect(said).to_contain_text("Why not ask what it costs them today?")
    expect(said.get_by_role("link", name="Hear 00:06")).to_be_visible()


def test_a_clip_is_heard_by_whoever_has_its_link(page: Page, heard: str, visit: Visit) -> None:
    _open(page, heard)
    clips = page.locator("#clips")
    clips.locator(".new-clip summary").click()
    clips.get_by_label("What it shows").fill("What takes their time")
    clips.get_by_label("Starts at").fill("0:00")
    clips.get_by_label("Ends at").fill("0:05")
    clips.get_by_role("button", name="Make a clip").click()
    clips.get_by_text("Share or delete").click()
    clips.get_by_role("button", name="Make a link").click()
    link = clips.get_by_label("The link, shown only now").input_value()
    stranger = visit(None)
    shown = stranger.page()
    shown.goto(link)
    expect(shown.get_by_role("heading", level=1, name="What takes their time")).to_be_visible()
    expect(shown.locator(".shared-lines")).to_contain_text("this is Tom from Beacon")
    expect(shown.locator("main")).not_to_contain_text("expensive")
    shown.wait_for_function("() => document.querySelector('#clip-sound').readyState > 0")
    length = shown.evaluate("() => document.querySelector('#clip-sound').duration")
    assert length == pytest.approx(5, abs=0.2)
    shown.get_by_role("button", name="Hear").first.click()
    shown.wait_for_function("() => document.querySelector('#clip-sound').currentTime > 0")
    shown.goto(heard)
    expect(shown.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_tip_is_set_aside_and_taken_up_again(page: Page) -> None:
    _open_staged(page)
    tips = page.locator("#tips")
    tip = tips.get_by_role("article").first
    told = tip.get_by_role("heading").text_content() or ""
    assert told
    before = tips.get_by_role("article").count()
    tip.get_by_role("button", name="set aside").click()
    expect(tips).to_contain_text("A tip was set aside")
    expect(tips.get_by_role("heading", level=3, name=told)).to_have_count(0)
    expect(page.locator("#call-course")).to_be_empty(timeout=15_000)
    tips.get_by_role("button", name="Take it up again").click()
    expect(tips.get_by_role("heading", level=3, name=told)).to_be_visible(timeout=15_000)
    expect(tips.get_by_role("article")).to_have_count(before)


def test_a_call_is_found_by_its_words_and_by_a_view(page: Page, heard: str) -> None:
    _open(page, heard)
    page.get_by_role("searchbox", name="Search all calls").fill("Planning the shifts")
    page.keyboard.press("Enter")
    found = page.locator(f"#found a[href^='{heard}?at=']").first
    expect(found.locator("mark").first).to_be_visible()
    page.get_by_text("Save this view").click()
    page.get_by_label("Name").fill("Shifts")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/search")
    page.get_by_role("link", name="Shifts").click()
    expect(found).to_be_visible()
    found.click()
    expect(page.locator(".para.now")).to_contain_text("Planning")


def test_a_call_is_taken_along(page: Page, heard: str) -> None:
    _open(page, heard)
    page.locator("summary").filter(has_text="Export").click()
    links = page.locator("#call-head .menu-items a[href]").all()
    paths = [one.get_attribute("href") or "" for one in links]
    assert len(paths) >= 5
    statuses = {path: page.request.get(path).status for path in paths}
    assert set(statuses.values()) == {200}, statuses
