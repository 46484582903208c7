"""Sound as the engines take it: 16 kHz samples, kept on disk and read a stretch at a time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
SCRATCH = "talktrack-scratch-"
"""How names of temporary files begin: what a process that died left is found by it."""
_BYTES = 2  # int16
_FULL_SCALE = 32768.0

Samples = NDArray[np.float32]
"""One channel, -1 to 1, 16 kHz."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded recording: interleaved 16-bit samples in a scratch file.

    An hour takes 115 MB a channel on disk and, because only the stretch asked for is read,
    nothing in memory. Times are seconds on the recording's own clock.
    """

    path: Path
    channels: int
    frames: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / SAMPLE_RATE

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """Samples of a stretch, shape (channels, frames); shorter at the recording's end."""
        first = min(max(0, round(start_s * SAMPLE_RATE)), self.frames)
        last = min(max(first, round(end_s * SAMPLE_RATE)), self.frames)
        raw = np.fromfile(
            self.path,
            dtype="<i2",
            count=(last - first) * self.channels,
            offset=first * self.channels * _BYTES,
        )
        samples: NDArray[np.float32] = raw.reshape(-1, self.channels).T.astype(np.float32)
        samples /= _FULL_SCALE
        return samples


@dataclass(frozen=True, slots=True)
class Track:
    """One thing to listen to: a channel of its own, or the mix of those that belong together."""

    audio: Audio
    channels: tuple[int, ...]
    index: int = 0

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.audio.duration_s

    def read(self, start_s: float, end_s: float) -> Samples:
        """Samples of a stretch, shape (frames,); shorter at the recording's end."""
        samples = self.audio.read(start_s, end_s)[list(self.channels)]
        mean: Samples = samples.mean(axis=0, dtype=np.float32)
        return mean
