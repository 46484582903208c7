"""What issue 8 asks of redaction, on a sample of generated texts with known truth."""

import pytest

from analyzer.redaction import KINDS
from tests.accuracy.planted import plant
from tests.accuracy.planted_templates import HELD_OUT, SEEN
from tests.accuracy.redaction import LANGUAGES, Score, finders, score

pytestmark = pytest.mark.engine
STRUCTURED, NAMES = 0.95, 0.8
FEW = 0.9
"""What so few values of a kind and a language can be held to."""


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    tools = finders()
    return [score(plant(one, 11, 112, LANGUAGES), tools) for one in (SEEN, HELD_OUT)]


def test_it_finds_what_is_planted(scores: list[Score]) -> None:
    for kept in scores:
        structured = [
            (kept.found[kind, one], kept.planted[kind, one])
            for kind in KINDS
            if kind != "name"
            for one in LANGUAGES
        ]
        assert all(found >= FEW * planted for found, planted in structured), kept.missed
        assert sum(f for f, _ in structured) >= STRUCTURED * sum(p for _, p in structured)
        assert all(kept.recall("name", one) >= NAMES for one in LANGUAGES), kept.missed


def test_it_strikes_out_little_else(scores: list[Score]) -> None:
    for kept in scores:
        for kind in KINDS:
            assert all(kept.precision(kind, one) >= FEW for one in LANGUAGES), kept.wrong
