"""A tone over stretches of a recording, on its own clock, as a new recording."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analyzer.audio import SAMPLE_RATE, Audio
from analyzer.errors import OutOfRoom
from analyzer.speech import Span
from analyzer.timeline import union

if TYPE_CHECKING:
    from av import AudioFrame

ENDING, MIME = ".flac", "audio/flac"
MARGIN_S = 0.25
"""A recogniser places words about so well; a number's first digit is not to be left."""
_HZ, _LOUDNESS, _BYTES = 440.0, 0.08, 2
_STRETCH_S = 10
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""As many as FLAC holds; more are mixed."""


def write_toned(audio: Audio, spans: Iterable[Span], target: Path) -> None:
    """Write a decoded recording as FLAC, with a tone instead of every span, on all channels.

    The same recording and spans give the same file. Raises OutOfRoom.
    """
    import av

    covered = union(Span(max(0.0, one.start - MARGIN_S), one.end + MARGIN_S) for one in spans)
    layout = _LAYOUTS.get(audio.channels, "mono")
    try:
        with av.open(str(target), "w", format="flac") as file:
            stream = file.add_stream("flac", rate=SAMPLE_RATE, layout=layout)
            for frame in _frames(audio, covered, layout):
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    except OSError as exc:
        raise OutOfRoom(
            f"a recording cannot be written into {target.parent}: {exc.strerror};"
            " free some space there or choose another folder"
        ) from exc


def _frames(audio: Audio, covered: Sequence[Span], layout: str) -> Iterator["AudioFrame"]:
    from av import AudioFrame

    for first in range(0, audio.frames, _STRETCH_S * SAMPLE_RATE):
        count = min(_STRETCH_S * SAMPLE_RATE, audio.frames - first)
        samples = _samples(audio, first, count)
        _cover(samples, first, covered)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts = SAMPLE_RATE, first
        yield frame


def _samples(audio: Audio, first: int, count: int) -> NDArray[np.int16]:
    """Samples by frame, then channel, as they were decoded."""
    raw: NDArray[np.int16] = np.fromfile(
        audio.path, "<i2", count * audio.channels, offset=first * audio.channels * _BYTES
    ).reshape(-1, audio.channels)
    if audio.channels in _LAYOUTS:
        return raw.astype(np.int16)
    mixed: NDArray[np.int16] = raw.mean(axis=1, dtype=np.float32).astype(np.int16)[:, None]
    return mixed


def _cover(samples: NDArray[np.int16], first: int, covered: Sequence[Span]) -> None:
    for span in covered:
        start = max(0, int(span.start * SAMPLE_RATE) - first)
        end = min(len(samples), int(span.end * SAMPLE_RATE) + 1 - first)
        if start >= end:
            continue
        at = (np.arange(start, end) + first) / SAMPLE_RATE
        tone = np.sin(2 * np.pi * _HZ * at) * _LOUDNESS * np.iinfo(np.int16).max
        samples[start:end] = tone.astype(np.int16)[:, None]
