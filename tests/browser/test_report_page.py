"""The report page as a reader meets it, in Debian's Chromium."""

import wave
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from analyzer.agenda import Coverage, ItemCoverage
from analyzer.coaching import Coaching, Tip
from analyzer.conversation import Quote
from analyzer.formats import Rendering
from analyzer.formats.html import to_html
from analyzer.metrics import Metric, Source
from analyzer.moments import Moment
from analyzer.recording import AgendaItem, Meeting, Side
from analyzer.speech import Span, Word
from analyzer.topics import Topic
from tests.browser.chromium import NEEDED
from tests.builders import BUYER, SELLER, call_report, words

HOSTILE = "<img src=x onerror=alert(1)>"

pytestmark = NEEDED

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A one-minute call with a recording, a monologue to play and a word that is markup."""
    folder = tmp_path_factory.mktemp("report")
    hum = 2000 * np.sin(np.arange(60 * 16_000) / 20)
    with wave.open(str(folder / "call.wav"), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(hum.astype("<i2").tobytes())
    said = (
        (SELLER, words("The Réunion starts with the price of the licence.", 2.0)),
        (BUYER, (*words("Is the price", 8.0), Word(Span(10, 10.4), HOSTILE, 0.2))),
        (SELLER, words("A long answer about a good many things. " * 12, 12.0)),
        (BUYER, words("No more about the price, please.", 56.0)),
    )
    monologue = Metric(
        "longest_monologue",
        *(1.0, "seconds", 1, "longest seller run", Source.DIARIZED),
        span=Span(12.0, 13.0),
    )
    report = call_report(said, metrics=[monologue], meeting=Meeting("Demo"), duration_s=60.0)
    asked = report.transcript.utterances[3]
    quote = Quote(3, asked.span, asked.text)
    tip = Tip("rule", "rapport", "You gave way.", "Ask why.", (quote,))
    missed = Coverage((ItemCoverage(AgendaItem("a1", "The next step"), "not_found"),))
    topic = Topic("What it costs", 0.3, (quote.span,), (quote,))
    moment = Moment("objection", BUYER, Side.BUYER, quote, about="price")
    report = replace(report, coaching=Coaching(tip), moments=(moment,) * 5)
    report = replace(report, coverage=missed, topics=(topic,))
    page = folder / "report.html"
    page.write_text(to_html(report, Rendering(source=folder / "call.wav")), "utf-8")
    return page


@pytest.fixture
def open_page(browser: Browser, report_file: Path) -> Iterator[OpenPage]:
    """Open the report; whatever the console says fails the test, and so does any request."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    def open_it(**context: object) -> Page:
        page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: complaints.append(f"asked for {request.url[:80]}"))
        page.goto(report_file.as_uri())
        complaints.remove(f"asked for {report_file.as_uri()[:80]}")
        return page

    yield open_it
    for context in browser.contexts:
        context.close()
    assert [line for line in complaints if not line.startswith("asked for blob:")] == []


def until(page: Page, condition: str) -> None:
    """Wait for a condition; as a function, since the page's policy forbids evaluating text."""
    page.wait_for_function(f"() => {condition}")


def time_of(page: Page) -> float:
    return float(page.evaluate("document.querySelector('#audio').currentTime"))


def first_seek(page: Page) -> None:
    """Remember where the recording is first sent to, before it plays on."""
    page.evaluate(
        """document.querySelector('#audio').addEventListener('seeking',
        (event) => (window.soughtTo ??= event.target.currentTime))"""
    )


@pytest.mark.parametrize(("text", "at"), [("licence.", 6.0), ("price", 4.5), ("please.", 58.5)])
def test_a_word_plays_from_where_it_was_said(open_page: OpenPage, text: str, at: float) -> None:
    page = open_page()
    first_seek(page)
    page.locator(".words span", has_text=text).first.click()
    until(page, "window.soughtTo !== undefined && document.body.matches('.playing')")
    assert page.evaluate("window.soughtTo") == pytest.approx(at, abs=0.1)


def test_a_time_stamp_plays_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    first_seek(page)
    page.get_by_role("button", name="Play from 00:08").press("Enter")
    until(page, "window.soughtTo !== undefined && document.body.matches('.playing')")
    assert page.evaluate("window.soughtTo") == pytest.approx(8.0, abs=0.1)


def test_a_tip_s_quote_plays_where_the_reader_is(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 1000, "height": 600})
    first_seek(page)
    page.locator(".tip .quote").click()
    until(page, "window.soughtTo !== undefined && document.body.matches('.playing')")
    assert page.evaluate("window.soughtTo") == pytest.approx(56.0, abs=0.1)
    until(page, "document.querySelector('.spoken')?.textContent === 'about'")
    assert page.evaluate("scrollY") < 300
    assert page.locator("#follow").get_attribute("aria-pressed") == "false"


def test_a_folded_list_of_moments_opens_and_plays(open_page: OpenPage) -> None:
    page = open_page()
    first_seek(page)
    quote = page.locator(".group .quote").last
    assert not quote.is_visible()
    page.locator(".group summary", has_text="Objections").click()
    quote.click()
    until(page, "window.soughtTo !== undefined")
    assert page.evaluate("window.soughtTo") == pytest.approx(56.0, abs=0.1)


def test_a_quote_leads_to_its_words_where_nothing_plays(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.locator(".tip .quote").click()
    assert page.url.endswith("#u3")
    box = page.locator("#u3").bounding_box()
    assert box
    assert box["y"] < 720


def test_the_timeline_names_what_is_marked(open_page: OpenPage) -> None:
    page = open_page()
    box = page.locator(".marks rect").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 1, box["y"] + 5)
    until(page, "document.querySelector('#peek').textContent.endsWith('· Objection: Price')")


def test_playing_marks_the_words_one_after_the_other(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate(
        """() => {
        window.marked = [];
        player.watch(() => {
            const starts = [...document.querySelectorAll('.spoken')].map((one) => one.dataset.s);
            if (marked.at(-1) !== starts.join()) marked.push(starts.join());
        });
        }"""
    )
    page.locator(".words span", has_text="starts").click()
    until(page, "marked.includes('6.00')")
    marked = [float(start) for start in page.evaluate("marked")]
    # A busy machine may skip a word; it never goes back, nor marks two.
    assert marked == sorted(set(marked))
    assert len(marked) >= 4


def test_a_passage_stops_at_its_end(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Hear it, 00:12 to 00:13").click()
    until(page, "document.body.matches('.playing')")
    until(page, "!document.body.matches('.playing')")
    assert time_of(page) == pytest.approx(13.0, abs=0.3)


def test_following_keeps_the_spoken_word_in_view(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 1000, "height": 500})
    page.evaluate("player.go(57); player.start()")
    until(page, "document.querySelector('.spoken')?.textContent === 'price,'")
    until(page, "document.querySelector('.spoken').getBoundingClientRect().bottom < innerHeight")
    assert page.evaluate("scrollY") > 0
    page.mouse.wheel(0, -50)
    until(page, "document.querySelector('#follow').ariaPressed === 'false'")


def test_search_counts_and_walks_through_what_it_finds(open_page: OpenPage) -> None:
    page = open_page()
    query, hits = page.get_by_role("searchbox"), page.locator("#hits")
    query.fill("the price")
    assert hits.text_content() == "1 of 3"
    query.press("Enter")
    query.press("Enter")
    assert hits.text_content() == "3 of 3"
    assert page.locator(".hit-now").all_text_contents() == ["the", "price,"]
    page.get_by_role("button", name="Next match").click()
    assert hits.text_content() == "1 of 3"
    page.get_by_role("button", name="Previous match").click()
    assert hits.text_content() == "3 of 3"
    query.fill("nowhere")
    assert hits.text_content() == "Nothing found"
    query.press("Escape")
    assert (query.input_value(), page.locator(".hit").count()) == ("", 0)


def test_search_needs_no_accents(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("searchbox").fill("reunion")
    assert page.locator(".hit").all_text_contents() == ["Réunion"]


def test_keys_play_move_and_search(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('#audio').currentTime === 10")
    page.keyboard.press("ArrowLeft")
    until(page, "document.querySelector('#audio').currentTime === 5")
    page.keyboard.press("Space")
    until(page, "document.body.matches('.playing')")
    page.keyboard.press("Space")
    until(page, "!document.body.matches('.playing')")
    page.keyboard.press("/")
    page.keyboard.type("a b")
    assert page.get_by_role("searchbox").input_value() == "a b"
    assert page.evaluate("document.querySelector('#audio').paused")


def test_keys_can_be_turned_off(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_text("Keyboard").click()
    page.get_by_label("Use these keys").uncheck()
    page.get_by_role("heading", name="Demo").click()
    page.keyboard.press("/")
    assert not page.evaluate("document.activeElement.matches('#query')")


def test_lanes_seek_where_they_are_clicked(open_page: OpenPage) -> None:
    page = open_page()
    seek = page.get_by_role("slider", name="Position in the recording")
    box = seek.bounding_box()
    assert box
    seek.click(position={"x": box["width"] / 2, "y": 5})
    until(page, "Math.abs(document.querySelector('#audio').currentTime - 30) < 0.5")
    assert seek.get_attribute("aria-valuetext") in ("00:29", "00:30")


def test_speed_changes(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_label("Speed").select_option("1.5")
    assert page.evaluate("document.querySelector('#audio').playbackRate") == 1.5


def test_recording_is_as_long_as_the_call(open_page: OpenPage) -> None:
    page = open_page()
    until(page, "document.querySelector('#audio').readyState >= 1")
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(60, abs=0.1)


def test_formula_is_reached_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".metric summary").press("Enter")
    assert page.get_by_text("the longest run of one seller").is_visible()


def test_markup_in_a_word_is_shown_as_text(open_page: OpenPage) -> None:
    page = open_page()
    assert page.locator(".doubt").text_content() == HOSTILE
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("width", [390, 320, 768, 1280])
def test_nothing_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800}, is_mobile=width < 400)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    right = "(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    assert (
        page.locator(".controls > *, .card, .quote, .contents a, .words span").evaluate_all(right)
        <= width
    )


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_page_follows_the_reader_s_colours(open_page: OpenPage, scheme: str, is_dark: bool) -> None:
    page = open_page(color_scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) for part in paper[4:-1].split(","))
    assert (red + green + blue < 3 * 128) is is_dark


def test_page_is_readable_without_scripts(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    assert page.get_by_text("Réunion").is_visible()
    assert not page.locator("#controls").is_visible()
    assert not page.locator("#search").is_visible()


def test_print_leaves_the_controls_out(open_page: OpenPage) -> None:
    page = open_page()
    page.emulate_media(media="print")
    assert not page.locator("#controls").is_visible()
    assert page.get_by_text("Réunion").is_visible()
    for found in ("The next step", "What it costs"):
        box = page.get_by_text(found).bounding_box()
        assert box
        assert box["height"] < 30
