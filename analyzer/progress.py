"""How far a call is, for whoever waits for it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

Stage = Literal["decoding", "diarizing", "transcribing", "understanding"]
OnProgress = Callable[[Stage, float], None]
"""Told the stage and how much of it is done, 0 to 1."""


def ignore(_stage: Stage, _fraction: float) -> None:
    """Tell nobody."""


_SHARES: Mapping[Stage, tuple[float, float]] = MappingProxyType(
    {
        "decoding": (0.0, 0.03),
        "diarizing": (0.03, 0.25),
        "transcribing": (0.25, 0.97),
        "understanding": (0.97, 1.0),
    }
)
"""About how the time is shared, measured on a call of an hour with the default engines."""


def overall(stage: Stage, fraction: float) -> float:
    """How much of the whole way is done, 0 to 1."""
    start, end = _SHARES[stage]
    return start + (end - start) * fraction
