"""Calibrated linear readings of sentence vectors: which kind of thing is said, roughly log odds.

Fitted by commands of tests/accuracy that print how each does on calls left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyzer.reading import Vectors

Name = Literal["sides", "objections"]


@dataclass(frozen=True, slots=True)
class LinearReading:
    """Above 0 is rather so, below 0 rather not."""

    mean: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float = 0.0

    def read(self, vectors: Vectors) -> NDArray[np.float32]:
        """One number a row."""
        return np.asarray((vectors - self.mean) @ self.weights + self.bias, dtype=np.float32)


@cache
def load_reading(name: Name) -> LinearReading:
    """A reading that comes with the library."""
    text = (files("analyzer") / "calibrated" / f"{name}.json").read_text(encoding="utf-8")
    kept = json.loads(text)
    mean, weights = (np.asarray(kept[key], dtype=np.float32) for key in ("mean", "weights"))
    return LinearReading(mean, weights, kept["bias"])


def as_json(reading: LinearReading) -> Mapping[str, object]:
    """What `load_reading` reads."""
    return {
        "bias": round(reading.bias, 4),
        "mean": [round(float(one), 4) for one in reading.mean],
        "weights": [round(float(one), 3) for one in reading.weights],
    }
