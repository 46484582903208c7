"""How far a call is, for whoever waits for it."""

from collections.abc import Callable
from typing import Literal

Stage = Literal["decoding", "diarizing", "transcribing", "understanding"]
OnProgress = Callable[[Stage, float], None]
"""Told the stage and how much of it is done, 0 to 1."""


def ignore(_stage: Stage, _fraction: float) -> None:
    """Tell nobody."""
