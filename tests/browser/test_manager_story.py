"""What a manager does with Talktrack: from a figure to the second behind it, and on to coaching."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from models.database import session_scope
from models.tables import Team, User
from models.users import add_user, hash_password
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Served, Visit
from tests.pages.stage import AT, PASSWORD

pytestmark = NEEDED
MANAGER, REP = "mara.quinn", "julien.caradec"
DEAL, CALL = "Lambert Énergie - Techniciens", "Lambert"
"""A deal that was lost in November 2026, after a call that has a recording."""
_STROKES = """() => [...document.querySelectorAll('[data-chart] svg path')]
    .map((path) => path.getAttribute('stroke')).filter((one) => one && one !== 'none').join()"""


@pytest.fixture(scope="module", autouse=True)
def _english_manager(served: Served) -> None:
    """A manager whose pages are English, in the team of the reps."""
    with session_scope(served.stage.engine) as session:
        team = session.exec(select(Team).where(Team.name == "EMEA")).one()
        mara = User(email=MANAGER + AT, name="Mara Quinn", role="manager", team_id=team.id)
        mara.password_hash = hash_password(PASSWORD)
        add_user(session, mara)


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit(MANAGER).page()


def _stays(page: Page) -> None:
    """Mark the page, to tell whether another was loaded."""
    page.evaluate("() => { window.isTheSame = true; }")


def _is_same(page: Page) -> bool:
    return bool(page.evaluate("() => window.isTheSame === true"))


def test_a_figure_leads_to_the_second_behind_it_and_to_the_rep(visit: Visit, page: Page) -> None:
    page.goto("/")
    figures = page.get_by_role("region", name="Last 90 days")
    figures.get_by_role("link", name="Win rate").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Win rate")
    page.get_by_text("Other days").click()
    page.get_by_label("First day").fill("2026-11-01")
    page.get_by_label("Last day").fill("2026-11-30")
    page.locator(".kpi-days").get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Rows behind it").click()
    page.get_by_role("link", name=DEAL).click()
    expect(page.get_by_role("heading", level=1, name=DEAL)).to_be_visible()
    quote = page.locator("#story .story-said a").first
    page.locator("#story details").first.evaluate("one => { one.open = true; }")
    at = float((quote.get_attribute("href") or "").rsplit("=")[-1])
    quote.click()
    page.wait_for_function(
        "at => document.querySelector('#audio')?.currentTime > at - 1", arg=max(at, 1)
    )
    _comments_for_the_rep(page, visit)


def _comments_for_the_rep(page: Page, visit: Visit) -> None:
    said = "Here you gave way before you had asked why."
    new = page.locator("[data-new-comment]")
    new.get_by_label("Your comment").fill(said)
    new.get_by_role("button", name="This second").click()
    expect(new.get_by_label("At (optional)")).not_to_have_value("")
    new.get_by_text("Name somebody who should read it").first.click()
    new.get_by_label("Julien Caradec").check()
    new.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("region", name="Comments").get_by_text(said)).to_be_visible()
    theirs = visit(REP).page()
    theirs.goto("/")
    named = theirs.get_by_role("region", name="You are mentioned")
    expect(named).to_contain_text(said)
    expect(named.get_by_text("New", exact=True)).to_be_visible()
    named.get_by_role("link").first.click()
    expect(theirs.get_by_role("region", name="Comments").get_by_text(said)).to_be_visible()


def test_a_goal_is_agreed_noted_on_and_reached(page: Page) -> None:
    agreed = "Ask why before giving way on price"
    page.goto("/coaching")
    page.get_by_role("link", name="Julien Caradec").click()
    goals = page.locator("#goals")
    fields = goals.locator(".goal-new")
    if fields.get_attribute("open") is None:
        fields.locator("summary").click()
    fields.get_by_label("What was agreed").fill(agreed)
    fields.get_by_label("Look at it again on").fill("2099-12-01")
    fields.get_by_role("button", name="Add the goal").click()
    goal = goals.get_by_role("article").filter(has_text=agreed)
    expect(goal).to_contain_text("with Mara Quinn")
    _stays(page)
    goal.get_by_label("Note on this goal").fill("Better already on the last call.")
    goal.get_by_role("button", name="Add note").click()
    expect(goal.locator(".goal-notes")).to_contain_text("Better already")
    goal.get_by_role("button", name="Reached").click()
    expect(goal.get_by_role("button", name="Take it up again")).to_be_visible()
    notice = page.locator("#notice")
    expect(notice).to_contain_text("The goal was reached.")
    assert _is_same(page)
    notice.get_by_role("button", name="Undo").click()
    expect(goal.get_by_role("button", name="Reached")).to_be_visible()


def test_the_team_is_sorted_by_any_column(page: Page) -> None:
    page.goto("/team")
    rows = page.get_by_role("table").locator("tbody tr")
    for order in ("descending", "ascending"):
        page.get_by_role("link", name="Calls analysed").click()
        head = page.get_by_role("columnheader", name="Calls analysed")
        expect(head).to_have_attribute("aria-sort", order)
        counts = [int(one) for one in rows.locator("td:nth-child(2) b").all_inner_texts()]
        assert counts == sorted(counts, reverse=order == "descending")
        assert counts[0] != counts[-1]


def test_another_choice_swaps_figures_and_charts_in_place(page: Page) -> None:
    page.goto("/kpis")
    _stays(page)
    steps = page.get_by_role("navigation", name="Period").locator("b")
    before = steps.inner_text()
    page.get_by_role("combobox", name="Period").select_option("last_year")
    expect(steps).not_to_have_text(before)
    assert _is_same(page)
    assert "period=last_year" in page.url
    page.goto("/kpis/win_rate")
    _stays(page)
    chart = page.locator("[data-chart]").first
    expect(chart.locator("svg")).to_be_visible()
    old = chart.locator("svg").element_handle()
    page.get_by_role("combobox", name="Period").select_option("last_quarter")
    page.wait_for_function("old => !old.isConnected", arg=old)
    expect(chart.locator("svg path").first).to_be_attached()
    assert _is_same(page)


def test_charts_follow_the_theme_and_show_within_details(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/kpis/win_rate")
    expect(page.locator("[data-chart] svg").first).to_be_visible()
    light = page.evaluate(_STROKES)
    page.emulate_media(color_scheme="dark")
    changed = f"before => ({_STROKES})() !== before"
    page.wait_for_function(changed, arg=light)
    dark = page.evaluate(_STROKES)
    page.get_by_text("Your account").locator("..").click()
    page.get_by_role("button", name="Light").click()
    expect(page.locator("[data-chart] svg").first).to_be_visible()
    page.wait_for_function(changed, arg=dark)
    page.evaluate(
        """() => { const chart = document.querySelector('[data-chart]');
        const [more, copy] = ['details', 'div'].map((one) => document.createElement(one));
        more.id = 'closed'; more.innerHTML = '<summary>More</summary>';
        copy.className = chart.className; copy.dataset.chart = chart.dataset.chart;
        more.append(copy); document.querySelector('#figures').append(more);
        document.dispatchEvent(new Event('htmx:afterSettle')); }"""
    )
    page.locator("#closed summary").click()
    expect(page.locator("#closed svg")).to_be_visible()


def test_a_tile_is_moved_and_moved_back(page: Page) -> None:
    page.goto("/kpis/choose")
    _stays(page)
    names = page.locator(".kpi-order li > a")
    before = names.all_inner_texts()
    page.get_by_role("button", name=f"Move {before[0]} down").click()
    expect(names.first).to_have_text(before[1])
    assert _is_same(page)
    page.locator("#notice").get_by_role("button", name="Undo").click()
    expect(names).to_have_text(before)


def test_a_target_is_set_deleted_and_set_again(page: Page) -> None:
    page.goto("/targets")
    fields = page.locator("#set")
    if fields.get_attribute("open") is None:
        fields.locator("summary").click()
    fields.get_by_role("combobox", name="KPI").select_option("win_rate")
    fields.get_by_role("textbox", name="Month").fill("2026-11")
    fields.get_by_role("combobox", name="Whose").select_option(label="Julien Caradec")
    fields.get_by_role("textbox", name="To reach").fill("62.5")
    fields.get_by_role("button", name="Set", exact=True).click()
    row = page.get_by_role("row").filter(has_text="62.5").filter(has_text="Julien Caradec")
    expect(row).to_contain_text("November 2026")
    row.get_by_role("button", name=re.compile("^Delete Win rate")).click()
    expect(row).to_have_count(0)
    page.locator("#notice").get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)


def test_too_few_deals_are_said_to_be_too_few(page: Page) -> None:
    page.goto("/team")
    page.get_by_role("link", name="What winning calls do here").click()
    expect(page.get_by_role("heading", name="Too few deals to say anything yet")).to_be_visible()
    expect(page.get_by_text("An association, not a cause")).to_be_visible()
    expect(page.locator("svg.plot, .winning-plot")).to_have_count(0)
