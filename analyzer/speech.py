"""What the engines produce: words, turns and voices, and the promises engines keep.

A hearing is all that models make of a recording. It is kept, so that every later stage can
run again without audio or models.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NewType, Protocol

from analyzer.audio import Track

SpeakerId = NewType("SpeakerId", str)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
"""Signs that no file can hold: control characters, and halves of a sign."""
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for each of them."""
OnFraction = Callable[[float], None]
"""Told how much of a stage is done, 0 to 1."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of the recording, in seconds on the file's own clock."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Length, never negative."""
        return max(0.0, self.end - self.start)

    @property
    def middle(self) -> float:
        """The instant halfway."""
        return (self.start + self.end) / 2

    def overlap(self, other: "Span") -> float:
        """Seconds shared with another span."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def gap(self, other: "Span") -> float:
        """Seconds between two spans; 0 when they touch or overlap."""
        return max(0.0, max(self.start, other.start) - min(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Word:
    """One word as heard, with the recogniser's own certainty, 0 to 1."""

    span: Span
    text: str
    confidence: float
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which one speaker speaks; turns of different speakers may overlap."""

    span: Span
    speaker: SpeakerId
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when.

    `turns` overlap where people do; `exclusive` gives every instant to one speaker, which is
    what laying words over speakers needs. `voices` holds one unit-length embedding a speaker.
    """

    turns: tuple[Turn, ...]
    exclusive: tuple[Turn, ...]
    voices: Mapping[SpeakerId, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said, in time order; `certainty` is that of the language, 0 to 1."""

    language: str
    certainty: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """All that the models made of a recording.

    `channels` counts those that were heard apart: 1 for a mono call or a fake stereo.
    `engines` maps each role to the engine and weights that filled it. `owners` says whose each
    word is, where that is known better than turns can tell; empty where turns tell it.
    """

    duration_s: float
    language: str
    words: tuple[Word, ...]
    diarization: Diarization
    channels: int = 1
    language_certainty: float = 1.0
    engines: Mapping[str, str] = field(default_factory=dict)
    owners: tuple[SpeakerId, ...] = ()

    @property
    def is_written(self) -> bool:
        """Whether it was read from a transcript, whose labels are the names it has."""
        return "transcript" in self.engines

    @property
    def has_reckoned_times(self) -> bool:
        """Whether the transcript does not say when each one starts and ends."""
        return "times" in self.engines


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people to listen for.

    `exact` when somebody counted them; otherwise they were only invited: fewer may have come.
    """

    count: int | None = None
    exact: bool = False


ANYONE = Crowd()


def tell_nobody(_fraction: float) -> None:
    """Ignore how much is done."""


class Diarizer(Protocol):
    """Tells who spoke when."""

    @property
    def name(self) -> str:
        """The engine and its weights, as reports print them."""

    def diarize(
        self,
        tracks: Sequence[Track],
        *,
        crowd: Crowd = ANYONE,
        on_fraction: OnFraction = tell_nobody,
    ) -> Diarization:
        """Find the turns; people on different tracks are different people."""


class Transcriber(Protocol):
    """Writes down what was said."""

    @property
    def name(self) -> str:
        """The engine and its weights, as reports print them."""

    def transcribe(
        self,
        tracks: Sequence[Track],
        speech: Sequence[Sequence[Span]],
        *,
        language: str | None = None,
        hotwords: Sequence[str] = (),
        on_fraction: OnFraction = tell_nobody,
    ) -> Speech:
        """Recognise the words inside each track's stretches of speech, sorted and disjoint."""
