"""Fills a database with simulated calls, as many as the figures are required for, or a share.

    python -m tests.benchmarks.simulation --scale 0.05 --url postgresql://...

Scale 1 is 20,000 calls, 5 million utterances and 800,000 passages with vectors. The database must
have the schema and be empty. The same seed gives the same company.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from typing import Annotated, Any

import numpy as np
import typer
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from analyzer.reading import Embedder, Vectors
from models.database import make_engine, migrate, plain_url, session_scope
from models.passages import cut_passages, embed_passages
from models.search import gather_words
from models.tables import Account, Call, CallFacts, Deal, Recording, Team, User
from models.tables.findings import DIMENSIONS
from tests.benchmarks.bulk import (
    batched,
    connect,
    copy_lines,
    copy_records,
    copy_rows,
    drop_indexes,
    is_vectors,
    make_index,
)
from tests.benchmarks.simulated_calls import (
    LINES,
    PASSAGES,
    Company,
    Planned,
    moment_rows,
    report_lines,
    topic_rows,
)
from tests.benchmarks.simulated_talk import LANGUAGES, talk, transcripts

WORKERS = 2
_LOADED = ("utterance", "call_words", "passage", "moment", "call_topic")
_SCRIPTS = 6
"""Of each language, from which the middles of clusters come."""
_NOISE = 0.45
_MEMORY = "1GB"
_VECTOR_MEMORY = "3GB"


@dataclass(frozen=True, slots=True)
class Filled:
    """What was put in, and the seconds each part took."""

    scale: float
    calls: int
    utterances: int
    passages: int
    seconds: dict[str, float]


class _Clock:
    """Seconds by part."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._tell = tell
        self._started = time.perf_counter()

    def end(self, part: str) -> None:
        """The part is done."""
        now = time.perf_counter()
        self.seconds[part] = now - self._started
        self._started = now
        self._tell(f"  {part}: {self.seconds[part]:.1f} s")


def fill(
    url: str,
    scale: float,
    embedder: Embedder,
    *,
    seed: int = 1,
    workers: int = WORKERS,
    tell: Callable[[str], None] = print,
) -> Filled:
    """Fill an empty database that has the schema."""
    clock = _Clock(tell)
    company = Company(scale, seed)
    planned = company.planned()
    engine = make_engine(url, connections=2)
    _put_company(engine, company)
    clock.end("people, deals and calls")
    with connect(url) as connection:
        indexes = drop_indexes(connection, _LOADED)
    parts = [planned[n::workers] for n in range(workers)]
    parts = [sorted(part, key=lambda one: one.number) for part in parts]
    _at_once(_say, url, parts, seed)
    clock.end("utterances")
    with connect(url) as connection:
        _put_passages(connection, planned, _middles(embedder), seed)
    clock.end("passages")
    _at_once(_find, url, parts, seed)
    clock.end("reports, moments and topics")
    with connect(url) as connection:
        for definition in sorted(indexes, key=is_vectors):
            make_index(
                connection, definition, _VECTOR_MEMORY if is_vectors(definition) else _MEMORY
            )
            clock.end(definition.split()[2 if "UNIQUE" not in definition else 3])
        _at_once(_gather, url, parts, seed)
        clock.end("words of calls")
        connection.execute("VACUUM ANALYZE")
        clock.end("statistics")
    engine.dispose()
    calls = len(planned)
    return Filled(scale, calls, calls * LINES, calls * PASSAGES, clock.seconds)


def _put_company(engine: Any, company: Company) -> None:
    with Session(engine) as session:
        tables: Sequence[tuple[type[SQLModel], Sequence[SQLModel]]] = (
            (Team, company.teams),
            (User, company.users),
            (Account, company.accounts),
            (Deal, company.deals),
            (Call, company.held),
            (CallFacts, [*company.facts()]),
            (Recording, [*company.recordings()]),
        )
        for table, rows in tables:
            session.execute(insert(table), [row.model_dump() for row in rows])
        session.commit()


def _at_once(
    work: Callable[[str, Sequence[Planned], int], None],
    url: str,
    parts: Sequence[Sequence[Planned]],
    seed: int,
) -> None:
    """Each part in a process of its own."""
    if len(parts) == 1:
        work(url, parts[0], seed)
        return
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(work, url, part, seed) for part in parts]:
            done.result()


def _say(url: str, planned: Sequence[Planned], seed: int) -> None:
    """The utterances of some calls."""
    columns = ("call_id", "position", "speaker", "side", "start_s", "end_s", "language", "text")
    with connect(url) as connection:
        copy_lines(connection, "utterance", columns, _spoken(planned, seed))


def _spoken(planned: Sequence[Planned], seed: int) -> Iterator[str]:
    for one in planned:
        rng = np.random.default_rng((seed, one.number))
        start = 0.0
        for n, line in enumerate(talk(one.language).lines(rng, LINES, one.season)):
            who = "S2\tbuyer" if line.is_buyer else "S1\tseller"
            end = start + line.seconds
            yield f"{one.call_id}\t{n}\t{who}\t{start:.2f}\t{end:.2f}\t{one.language}\t{line.text}"
            start = end + 0.4


def _find(url: str, planned: Sequence[Planned], seed: int) -> None:
    """What was found in some calls."""
    with connect(url) as connection:
        columns = ("call_id", "report", "kept", "language", "corrections", "understood_at")
        copy_lines(connection, "report", columns, report_lines(planned))
        found = ("call_id", "kind", "side", "speaker", "utterance", "start_s", "end_s", "quote")
        copy_rows(connection, "moment", found, moment_rows(planned, seed))
        topics = ("call_id", "position", "name", "share")
        copy_rows(connection, "call_topic", topics, topic_rows(planned))


def _gather(url: str, planned: Sequence[Planned], _seed: int) -> None:
    """The words that some calls use."""
    engine = make_engine(url, connections=1)
    for some in batched((one.call_id for one in planned), 500):
        with session_scope(engine) as session:
            gather_words(session, *some)
    engine.dispose()


def _middles(embedder: Embedder) -> dict[str, Vectors]:
    """Vectors of real passages in each language, around which the simulated ones lie."""
    found = {}
    for language in LANGUAGES:
        cut = [cut_passages(one, ()) for one in list(transcripts(language))[:_SCRIPTS]]
        passages = [*chain.from_iterable(cut)]
        found[language] = embed_passages(passages, language, embedder)
    return found


def _put_passages(
    connection: Any, planned: Sequence[Planned], middles: dict[str, Vectors], seed: int
) -> None:
    columns = ("call_id", "position", "first_utterance", "last_utterance", "side")
    columns += ("start_s", "end_s", "vector")
    rng = np.random.default_rng(seed)
    for some in batched(planned, 250):
        vectors = np.concatenate([_vectors(middles[one.language], rng) for one in some])
        positions = np.tile(np.arange(PASSAGES), len(some))
        calls = np.repeat(np.array([one.call_id.bytes for one in some], "V16"), PASSAGES)
        for parity, side in enumerate((b"seller", b"buyer")):
            chosen = positions % 2 == parity
            records = _records(calls[chosen], positions[chosen], side, vectors[chosen])
            copy_records(connection, "passage", columns, records)


def _vectors(middles: Vectors, rng: np.random.Generator) -> Vectors:
    """The passages of a call: each near one real passage, and a little towards another."""
    first, second = rng.integers(0, len(middles), (2, PASSAGES))
    noise = rng.normal(0, _NOISE / np.sqrt(DIMENSIONS), (PASSAGES, DIMENSIONS))
    rows = 0.8 * middles[first] + 0.2 * middles[second] + noise
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _records(calls: np.ndarray, positions: np.ndarray, side: bytes, vectors: Vectors) -> np.ndarray:
    """Rows of `passage` in PostgreSQL's binary format: each value after its size in bytes."""
    lasts = LINES // PASSAGES
    values: list[tuple[str, Any, Any]] = [
        ("call_id", "V16", calls),
        ("position", ">i4", positions),
        ("first", ">i4", positions * lasts),
        ("last", ">i4", positions * lasts + lasts - 1),
        ("side", f"S{len(side)}", side),
        ("start", ">f8", positions * lasts * 4.5),
        ("end", ">f8", (positions + 1) * lasts * 4.5 - 0.5),
    ]
    fields: list[Any] = [("count", ">i2")]
    for name, kind, _ in values:
        fields += [(f"{name}_size", ">i4"), (name, kind)]
    fields += [("vector_size", ">i4"), ("dimensions", ">i2"), ("unused", ">i2")]
    fields += [("vector", ">f2", (DIMENSIONS,))]
    records = np.zeros(len(calls), np.dtype(fields))
    records["count"] = len(values) + 1
    for name, kind, value in values:
        records[f"{name}_size"] = np.dtype(kind).itemsize
        records[name] = value
    records["vector_size"] = 4 + 2 * DIMENSIONS
    records["dimensions"] = DIMENSIONS
    records["vector"] = vectors
    return records


def main(
    url: Annotated[str, typer.Option(help="An empty database.")],
    scale: Annotated[float, typer.Option(min=0.0005, help="1 is 20,000 calls.")] = 0.05,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Fill a database with simulated calls."""
    from analyzer.engines.e5 import E5Embedder

    engine = make_engine(url, connections=1)
    migrate(engine)
    plain = plain_url(engine)
    engine.dispose()
    filled = fill(plain, scale, E5Embedder(), seed=seed)
    total = sum(filled.seconds.values())
    print(
        f"scale {scale:g}: {filled.calls} calls, {filled.utterances} utterances, "
        f"{filled.passages} passages in {total:.0f} s"
    )


if __name__ == "__main__":
    typer.run(main)
