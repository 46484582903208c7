"""A call of an hour with 9,000 words, opened in Chromium: how soon it answers, how it scrolls."""

import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import numpy as np
from playwright.sync_api import BrowserContext, sync_playwright

from analyzer import Hearing
from analyzer.engines.scripted import ScriptedEngines
from models.database import session_scope
from models.embedded import stop_embedded
from models.new_calls import File, NewCall, add_call, give_recording
from models.tables import User
from models.users import add_user, hash_password
from tests.api.working import work, workshop_of
from tests.browser.chromium import CHROMIUM, QUIET
from tests.browser.conftest import serving
from tests.builders import conversation
from tests.pages.stage import PASSWORD, Stage, open_stage

HOUR_S, RATE, WORDS, RUNS = 3600, 16_000, 9_000, 5
_EMAIL = "rep@beacon.example"
_LINES = (
    ("A", "So what takes most of your time when you plan the week for all of your teams today?"),
    (
        "B",
        "Mostly the changes. Somebody calls in ill and then we begin again from the start, really.",
    ),
    ("A", "And how many of you are busy with that, and what does it cost you in a month?"),
    (
        "B",
        "Four of us, two hours a day. It is too expensive, and we also look at Kestrel for that.",
    ),
)
_WATCH = """
window.tasks = [];
window.shift = 0;
new PerformanceObserver((list) => tasks.push(...list.getEntries()))
  .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) shift += one.value;
}).observe({type: "layout-shift", buffered: true});
"""
_SCROLL = """async () => {
  const before = tasks.length;
  const end = document.documentElement.scrollHeight;
  for (let y = 0; y < end; y += 400) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
  }
  await new Promise((done) => setTimeout(done, 300));
  return Math.max(0, ...tasks.slice(before).map((one) => one.duration));
}"""
_INTERACTIVE = """() => {
  const [way] = performance.getEntriesByType("navigation");
  const ends = tasks.map((one) => one.startTime + one.duration);
  return Math.max(way.domContentLoadedEventEnd, ...ends) / 1000;
}"""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a browser went through; medians of several visits, the longest tasks of all of them."""

    interactive_s: float
    loading_ms: float
    scrolling_ms: float
    shift: float
    elsewhere: int


def open_long_call(tell: Callable[[str], None], runs: int = RUNS) -> Opened:
    """Make the call and visit it."""
    with tempfile.TemporaryDirectory(prefix="long-page-") as folder:
        stage = open_stage(Path(folder))
        try:
            call_id = _long_call(stage, Path(folder))
            tell("a call of an hour is there")
            with serving(stage) as url:
                return _visit(url, call_id, runs)
        finally:
            stage.engine.dispose()
            stop_embedded(Path(folder) / "postgres")


def _long_call(stage: Stage, folder: Path) -> UUID:
    sound = folder / "hour.wav"
    times = np.arange(HOUR_S * RATE, dtype=np.float32) / RATE
    hum = (6000 * np.sin(2 * np.pi * 220 * times) * (np.sin(times / 3) > 0)).astype("<i2")
    with wave.open(str(sound), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(hum.tobytes())
    stored = stage.files.put([sound.read_bytes()])
    with session_scope(stage.engine) as session:
        user = User(
            email=_EMAIL, name="Rita Marsh", role="rep", password_hash=hash_password(PASSWORD)
        )
        add_user(session, user)
        call = add_call(session, user, NewCall(title="An hour"))
        give_recording(session, stage.files, call, File(stored, "hour.wav", "audio/wav"))
    hearing: Hearing = conversation(_hour())
    shop = workshop_of(stage.settings, stage.engine, stage.files, lambda: ScriptedEngines(hearing))
    work(shop)
    return call.id


def _hour() -> list[tuple[str, str]]:
    per_round = sum(len(text.split()) for _, text in _LINES)
    return [*_LINES] * (WORDS // per_round + 1)


def _visit(url: str, call_id: UUID, runs: int) -> Opened:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = chromium.new_context(base_url=url, viewport={"width": 1280, "height": 900})
        form: dict[str, str | float | bool] = {"email": _EMAIL, "password": PASSWORD}
        context.request.post("/sign-in", form=form, headers={"origin": url})
        visits = [_one_visit(context, url, f"/calls/{call_id}") for _ in range(runs)]
        chromium.close()
    return Opened(
        median(one["interactive_s"] for one in visits),
        max(one["loading_ms"] for one in visits),
        max(one["scrolling_ms"] for one in visits),
        max(one["shift"] for one in visits),
        int(max(one["elsewhere"] for one in visits)),
    )


def _one_visit(context: BrowserContext, url: str, path: str) -> dict[str, Any]:
    """Interactive: the scripts ran, and the last task of over 50 ms is done."""
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(_WATCH)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    interactive = page.evaluate(_INTERACTIVE)
    loading = page.evaluate("() => Math.max(0, ...tasks.map((one) => one.duration))")
    scrolling = page.evaluate(_SCROLL)
    shift = page.evaluate("() => shift")
    page.close()
    elsewhere = sum(not one.startswith((url, "data:", "blob:")) for one in asked)
    return {
        "interactive_s": interactive,
        "loading_ms": loading,
        "scrolling_ms": scrolling,
        "shift": shift,
        "elsewhere": elsewhere,
    }
