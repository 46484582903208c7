"""The pictures of README.md: `python -m tests.pages.pictures` takes them and keeps them in docs/.

They show the stage (`tests/pages/stage.py`), served for the moment from a folder that is gone
afterwards, to its manager with English pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from sqlmodel import Session, select

from models.database import session_scope
from models.embedded import stop_embedded
from models.tables import Call
from models.users import find_user
from tests.browser.chromium import CHROMIUM, QUIET
from tests.browser.conftest import serving
from tests.pages.stage import AT, MANAGER, PASSWORD, REPS, ROOT, Stage, furnish, open_stage

PICTURES = ROOT / "docs" / "pictures"
LARGEST = 250_000
_CALL = "Technical security review - Meridian Health"
_WIDE, _NARROW = (1280, 860), (390, 844)
_COLOURS = 128
_SHOW = """part => { part.scrollIntoView();
    for (const more of part.querySelectorAll('details')) more.open = true; }"""
_IS_DRAWN = "() => document.querySelector('#wave')?.children.length !== 0"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is taken: a page, how wide and high, and the part it is scrolled to."""

    name: str
    path: str
    size: tuple[int, int] = _WIDE
    part: str | None = None


def pictures(stage: Stage) -> Iterator[Picture]:
    """The pages that tell most."""
    with Session(stage.engine) as session:
        call = session.exec(select(Call).where(Call.title == _CALL)).one()
    yield Picture("home", "/")
    yield Picture("call", f"/calls/{call.id}")
    yield Picture("call-phone", f"/calls/{call.id}", _NARROW)
    yield Picture("coaching", f"/coaching/{stage.user(REPS[0]).id}")
    yield Picture("kpis", "/kpis?period=2026-11")
    yield Picture("deal", f"/deals/{call.deal_id}", part="#story")


def take(chromium: Browser, url: str, picture: Picture) -> bytes:
    """A picture as PNG, in few colours."""
    width, height = picture.size
    context = chromium.new_context(
        base_url=url, viewport={"width": width, "height": height}, color_scheme="light"
    )
    form: dict[str, str | float | bool] = {"email": MANAGER + AT, "password": PASSWORD}
    context.request.post("/sign-in", form=form, headers={"origin": url})
    page = context.new_page()
    page.goto(picture.path)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(_IS_DRAWN)
    if picture.part is not None:
        page.locator(picture.part).evaluate(_SHOW)
    taken = page.screenshot(animations="disabled")
    context.close()
    return _reduced(taken)


def _reduced(taken: bytes) -> bytes:
    """The picture with a palette, which the flat colours of pages hardly show."""
    written = BytesIO()
    with Image.open(BytesIO(taken)) as image:
        few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(written, "PNG", optimize=True)
    return written.getvalue()


def _speak_english(stage: Stage) -> None:
    with session_scope(stage.engine) as session:
        manager = find_user(session, MANAGER + AT)
        assert manager is not None
        manager.language = "en"


def main(out: Annotated[Path, typer.Option()] = PICTURES) -> None:
    """Take the pictures anew."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="talktrack-pictures-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        stage = open_stage(folder)
        try:
            furnish(stage, tell=typer.echo)
            _speak_english(stage)
            with serving(stage) as url, sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
                for one in pictures(stage):
                    taken = take(chromium, url, one)
                    assert len(taken) < LARGEST, f"{one.name} is too large: {len(taken)} bytes"
                    (out / f"{one.name}.png").write_bytes(taken)
                    typer.echo(f"{len(taken) // 1000} kB {out / one.name}.png")
                chromium.close()
        finally:
            stage.engine.dispose()
            stop_embedded(folder / "postgres")


if __name__ == "__main__":
    typer.run(main)
