"""The outline of a recording's sound, for players to draw."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from analyzer.audio import SAMPLE_RATE, Audio

PEAKS_PER_S = 20
MOST_PEAKS = 20_000
"""For each channel; a longer recording gets fewer a second."""

_VERSION = 1
_STRETCH = 10 * SAMPLE_RATE
_DIGITS = 3  # finer than a screen is high


@dataclass(frozen=True, slots=True)
class Waveform:
    """For each channel the largest swing of each short stretch, -1 to 1, with its sign."""

    duration_s: float
    peaks_per_s: float
    peaks: tuple[tuple[float, ...], ...]

    def to_json(self) -> str:
        """Write it as players read it; `peaks` is what wavesurfer.js takes under that name."""
        return json.dumps(
            {
                "version": _VERSION,
                "channels": len(self.peaks),
                "duration_s": round(self.duration_s, _DIGITS),
                "peaks_per_s": self.peaks_per_s,
                "peaks": self.peaks,
            },
            separators=(",", ":"),
        )


def waveform(audio: Audio) -> Waveform:
    """Outline a decoded recording, a stretch at a time; the last peak may cover less time."""
    window = max(SAMPLE_RATE // PEAKS_PER_S, ceil(audio.frames / MOST_PEAKS))
    peaks = np.concatenate(list(_peaks(audio, window)), axis=1).round(_DIGITS)
    # Rounding may leave -0.0, which JSON would show.
    channels = (tuple((channel + 0.0).tolist()) for channel in peaks)
    return Waveform(audio.duration_s, SAMPLE_RATE / window, tuple(channels))


def _peaks(audio: Audio, window: int) -> Iterator[NDArray[np.float64]]:
    step = max(1, _STRETCH // window) * window
    for first in range(0, audio.frames, step):
        samples = audio.read(first / SAMPLE_RATE, (first + step) / SAMPLE_RATE)
        missing = -samples.shape[1] % window
        cut = np.pad(samples, ((0, 0), (0, missing))).reshape(len(samples), -1, window)
        largest = np.abs(cut).argmax(axis=2)[:, :, None]
        yield np.take_along_axis(cut, largest, axis=2)[:, :, 0].astype(np.float64)
