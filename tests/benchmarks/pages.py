"""How fast pages are, on 20,000 calls, and how a browser bears a call of an hour.

`python -m tests.benchmarks.pages --markdown docs/performance.md` fills a database as
`tests.benchmarks.serving` does, asks for every page as a rep, a manager and an admin, and opens a
call of an hour with 9,000 words in Chromium.
"""

import gc
import gzip
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.engines.e5 import E5Embedder
from api.app import create_app
from api.dependencies import COOKIE
from api.pages.rendering import STATIC
from api.serving import settle
from api.settings import Settings
from models.database import plain_url
from models.files import Files
from models.tables import User
from tests.accuracy.limits import Check
from tests.accuracy.tables import Table, check_table, write_between
from tests.benchmarks.long_page import Opened, open_long_call
from tests.benchmarks.measured import in_ms, machine
from tests.benchmarks.served_queries import users_of
from tests.benchmarks.serving import filled_database
from tests.pages.cookies import session_cookie
from tests.pages.visiting import page_paths, places, visited

PAGE_S = 0.2
SCRIPTS_BYTES, STYLES_BYTES = 300_000, 30_000
ROLES = ("rep", "manager", "admin")
_KEY = "a key that only the benchmark knows"


@dataclass(frozen=True, slots=True)
class Asked:
    """One page asked for by users of one role; seconds of runs after the first."""

    path: str
    role: str
    status: int
    seconds: tuple[float, ...]

    def within_s(self, percent: float) -> float:
        """So many of a hundred runs took no longer."""
        return float(np.percentile(self.seconds, percent))


def ask_pages(engine: Engine, folder: Path, runs: int) -> Iterator[Asked]:
    """Every page, as every role that may read it."""
    settings = Settings(data_folder=folder, database_url=plain_url(engine), secret_key=_KEY)  # type: ignore[arg-type]
    app = create_app(settings, engine, Files(settings.files_place))
    with Session(engine, expire_on_commit=False) as session:
        users = {role: list(users_of(session)[role])[:4] for role in ROLES}
        known = {one.id: places(session, one) for many in users.values() for one in many}
    client = TestClient(app, follow_redirects=False)
    settle()  # as the server does before its first request
    for path in page_paths():
        for role in ROLES:
            filled = [(user, visited(path, known[user.id])) for user in users[role]]
            there = [(user, one) for user, one in filled if one is not None]
            asked = _timed((client, engine), path, role, there, runs) if there else None
            if asked is not None:
                yield asked


def _timed(
    asking: tuple[TestClient, Engine],
    path: str,
    role: str,
    there: list[tuple[User, str]],
    runs: int,
) -> Asked | None:
    (client, engine), seconds, status = asking, [], 0
    for n in range(runs + 1):
        user, filled = there[n % len(there)]
        client.cookies.set(COOKIE, session_cookie(engine, _KEY, user.id))
        gc.collect()
        started = time.perf_counter()
        answer = client.get(filled)
        seconds.append(time.perf_counter() - started)
        status = answer.status_code
        if status != 200 or not answer.headers["content-type"].startswith("text/html"):
            return None
    return Asked(path, role, status, tuple(seconds[1:]))


def sizes() -> Mapping[str, int]:
    """How many bytes scripts and styles are when they are sent compressed."""
    sent = dict.fromkeys((".js", ".css"), 0)
    for path in STATIC.iterdir():
        if path.suffix in sent:
            sent[path.suffix] += len(gzip.compress(path.read_bytes(), 9))
    return sent


def page_table(asked: list[Asked]) -> Table:
    """A line a page."""
    rows = tuple(
        (one.path, one.role, in_ms(one.within_s(50)), in_ms(one.within_s(95))) for one in asked
    )
    title = f"Pages on 20,000 calls, {machine()}"
    return Table(title, ("page", "as", "p50 ms", "p95 ms"), rows, names=2)


def checks(asked: list[Asked], opened: Opened | None) -> Iterator[Check]:
    """What is required."""
    for role in ROLES:
        slow = max((one.within_s(95) for one in asked if one.role == role), default=None)
        yield Check(f"slowest page of a {role}, p95", slow, PAGE_S, "seconds")
    sent = sizes()
    yield Check("scripts, compressed", sent[".js"] / 1000, SCRIPTS_BYTES / 1000, "kB")
    yield Check("styles, compressed", sent[".css"] / 1000, STYLES_BYTES / 1000, "kB")
    if opened is None:
        return
    yield Check("a call of an hour, interactive", opened.interactive_s, 1.5, "seconds")
    yield Check("longest task while scrolling", opened.scrolling_ms, 100.0, "ms")
    yield Check("layout shift", opened.shift, 0.02, "share")
    yield Check("requests to elsewhere", float(opened.elsewhere), 0.0, "requests")


def main(
    scale: Annotated[float, typer.Option(help="1 is 20,000 calls.")] = 1.0,
    runs: Annotated[int, typer.Option(min=1)] = 20,
    pages: Annotated[bool, typer.Option("--pages/--no-pages")] = True,
    markdown: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Measure how fast pages are."""
    asked: list[Asked] = []
    if pages:
        tell: Callable[[str], None] = typer.echo
        with (
            filled_database(scale, E5Embedder(), tell) as (engine, _filled),
            TemporaryDirectory() as folder,
        ):
            for one in ask_pages(engine, Path(folder), runs):
                typer.echo(f"{one.path} as {one.role}: p95 {in_ms(one.within_s(95))} ms")
                asked.append(one)
    opened = open_long_call(typer.echo)
    found = [page_table(asked)] if asked else []
    found.append(check_table("What is required of pages", tuple(checks(asked, opened))))
    typer.echo("\n".join(table.text() for table in found))
    if markdown:
        write_between(markdown, "pages", "\n\n".join(table.markdown() for table in found))


if __name__ == "__main__":
    typer.run(main)
