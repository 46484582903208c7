"""A simulated database is like a real one: every row holds, and searches find what is in it."""

import gc
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from sqlalchemy import Engine, make_url, true
from sqlalchemy import text as sql
from sqlmodel import Session

from analyzer.reading import Vectors
from models.database import plain_url
from models.search import search_meaning, search_words
from models.tables.findings import DIMENSIONS
from tests.benchmarks.served_queries import Words
from tests.benchmarks.serving import MOST_S, Served, checks, measure, tables
from tests.benchmarks.simulated_calls import LINES, MOMENTS, PASSAGES
from tests.benchmarks.simulation import Filled, fill


class Letters:
    """Places texts by the letters they begin with."""

    name = "letters"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.full((len(texts), DIMENSIONS), 0.01, np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[[ord(letter) % DIMENSIONS for letter in text[:40]]] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    ask = embed


@pytest.fixture(scope="module")
def engine(new_database: Callable[[], Engine]) -> Engine:
    """A database of this module's own; only the last test writes to it."""
    return new_database()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Filled:
    return fill(plain_url(engine), 0.001, Letters(), workers=1, tell=lambda _line: None)


def count(session: Session, table: str, where: str = "true") -> int:
    query = sql(f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608 (words of the test)
    return int(session.execute(query).scalar_one())


def test_a_simulated_database_holds_what_it_says(session: Session, filled: Filled) -> None:
    assert filled.calls == count(session, "call") == 20
    assert filled.utterances == count(session, "utterance") == 20 * LINES
    assert filled.passages == count(session, "passage") == 20 * PASSAGES
    assert count(session, "report") == 20
    assert count(session, "moment") == 20 * MOMENTS
    for table in ("utterance", "passage", "moment", "call_topic", "call_words", "report"):
        missing = "call_id NOT IN (SELECT id FROM call)"
        assert count(session, table, missing) == 0
    assert count(session, "passage", "abs(vector <#> vector) NOT BETWEEN 0.99 AND 1.01") == 0
    assert count(session, "passage", f"last_utterance >= {LINES}") == 0
    assert count(session, "utterance", "text = '' OR end_s <= start_s") == 0


def test_it_has_the_indexes_of_the_schema(session: Session, filled: Filled) -> None:
    made = session.execute(sql("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"))
    names = set(made.scalars())
    assert {"ix_utterance_words_en", "ix_passage_vector", "ix_call_words_words_fr"} <= names
    assert filled.seconds["ix_passage_vector"] > 0


def test_what_was_said_is_found(session: Session, filled: Filled) -> None:
    common = Words(session).near(0.05)[0]
    page = search_words(session, true(), common)
    assert page.total > filled.calls / 4
    assert search_meaning(session, true(), "Bonjour, vous m'entendez ?", Letters()).calls


@pytest.fixture
def light() -> Iterator[None]:
    """What tests before left in memory is not gone through again for each query that is timed."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("light")
def test_every_query_of_the_benchmark_runs(engine: Engine, filled: Filled) -> None:
    timed = tuple(measure(engine, Letters(), runs=3))
    assert {one.kind for one in timed} == set(MOST_S)
    assert all(len(one.later_s) == 3 and one.within_s(95) > 0 for one in timed)
    served = Served(filled, 1, timed)
    printed = "\n".join(table.text() for table in tables([served, served]))
    assert "search by meaning" in printed
    assert "1.00" in printed
    assert all(check.passed is None for check in checks([served]))


def test_the_same_seed_makes_the_same_company(session: Session, filled: Filled) -> None:
    query = sql("SELECT md5(string_agg(text, '' ORDER BY call_id, position)) FROM utterance")
    first = session.execute(query).scalar_one()
    session.rollback()
    tables_ = "team, account, deal, call, call_facts, utterance, passage, moment, report"
    session.execute(sql(f"TRUNCATE {tables_}, call_topic, call_words, recording CASCADE"))
    session.commit()
    url = plain_url(session.get_bind())  # type: ignore[arg-type]
    assert make_url(url).database
    fill(url, 0.001, Letters(), workers=1, tell=lambda _line: None)
    assert session.execute(query).scalar_one() == first
