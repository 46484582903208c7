"""Where passages and questions lie, so that the language they are in counts little.

The model puts texts of one language near each other whatever they mean: a French question would
find French passages first. So the middle of its language is taken from each vector.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analyzer.reading import Embedder, Vectors

MIDDLES = Path(__file__).parent / "calibrated" / "middles.json"
"""Of each language, made by `tests.accuracy.middles_fit`."""

Vector = NDArray[np.float32]


class QuestionReader(Embedder, Protocol):
    """An embedder that also reads questions."""

    def ask(self, texts: list[str]) -> Vectors:
        """A unit-length row for each question."""


def centre_passages(rows: Vectors, language: str, embedder: Embedder) -> Vectors:
    """The rows of passages as they are kept, of unit length."""
    middles = _middles(embedder.name)
    if not middles or not len(rows):
        return rows
    return _unit(rows - middles.get(language, _mean(middles)))


def place_question(question: str, embedder: QuestionReader) -> Vector:
    """The vector of a question among those of passages; its language is the nearest one."""
    (row,) = embedder.ask([question])
    middles = _middles(embedder.name)
    if middles:
        row = _unit((row - max(middles.values(), key=lambda middle: float(row @ middle)))[None])[0]
    return np.asarray(row, np.float32)


@cache
def _middles(engine: str) -> Mapping[str, Vector]:
    """By language; none for an engine other than the one they were measured with."""
    kept: dict[str, Any] = json.loads(MIDDLES.read_text("utf-8"))
    if not engine.startswith(kept["engine"]):
        return {}
    return {name: np.asarray(row, np.float32) for name, row in kept["middles"].items()}


def _mean(middles: Mapping[str, Vector]) -> Vector:
    return np.asarray(np.mean([*middles.values()], axis=0), np.float32)


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)
