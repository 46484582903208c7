"""One long recording made of short calls, end to end, again and again."""

import wave
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

RATE = 16_000
_BYTES = 2  # int16


def write_long_call(path: Path, calls: Sequence[Path], minutes: float) -> None:
    """Write mono 16 kHz WAV of exactly that length; memory does not grow with it."""
    left = round(minutes * 60 * RATE) * _BYTES
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(_BYTES)
        out.setframerate(RATE)
        for block in _blocks(calls):
            out.writeframesraw(block[:left])
            left -= len(block[:left])
            if not left:
                return


def _blocks(calls: Sequence[Path]) -> Iterator[bytes]:
    import av

    for call in cycle(calls):
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        with av.open(str(call)) as container:
            for frame in container.decode(audio=0):
                for part in resampler.resample(frame):
                    yield part.to_ndarray().tobytes()
            for part in resampler.resample(None):
                yield part.to_ndarray().tobytes()
