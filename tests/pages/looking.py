"""Pictures of pages: `python -m tests.pages.looking claire.dumont /calls /kpis --width 390`.

Opens them on the stage that `python -m tests.pages.stage` serves, as somebody who signed in, and
tells what the console complained of.
"""

import re
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import sync_playwright

from tests.browser.chromium import CHROMIUM, QUIET
from tests.pages.stage import AT, PASSWORD


def main(  # noqa: PLR0913 (one argument an option)
    name: str,
    paths: list[str],
    *,
    url: Annotated[str, typer.Option()] = "http://127.0.0.1:8090",
    width: Annotated[int, typer.Option()] = 1280,
    dark: Annotated[bool, typer.Option("--dark")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Not only the first screen.")] = False,
    scripts: Annotated[bool, typer.Option("--scripts/--no-scripts")] = True,
    out: Annotated[Path, typer.Option()] = Path("out/pages"),
) -> None:
    """Take the pictures; `-` in place of a name is nobody."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        height = 844 if width < 600 else 900
        context = chromium.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        if name != "-":
            form: dict[str, str | float | bool] = {"email": name + AT, "password": PASSWORD}
            context.request.post("/sign-in", form=form, headers={"origin": url})
        page = context.new_page()
        page.on("console", lambda message: typer.echo(f"console: {message.text}"))
        page.on("pageerror", lambda error: typer.echo(f"error: {error}"))
        for path in paths:
            answer = page.goto(path)
            page.wait_for_timeout(600)
            shown = out / f"{re.sub('[^a-z0-9]+', '-', path.strip('/')) or 'home'}-{width}.png"
            page.screenshot(path=shown, full_page=whole)
            typer.echo(f"{answer.status if answer else '?'} {path} -> {shown}")
        chromium.close()


if __name__ == "__main__":
    typer.run(main)
