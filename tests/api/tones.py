"""Sound in which each second has a pitch of its own, so that a cut shows where it was made."""

import io
import wave

import numpy as np

_RATE = 16_000
_LOWEST_HZ, _STEP_HZ = 300, 100


def tones(seconds: int) -> bytes:
    """A WAV file; second 0 sounds at 300 Hz, each one after it 100 Hz higher."""
    moments = np.arange(seconds * _RATE) / _RATE
    pitch_hz = _LOWEST_HZ + _STEP_HZ * np.floor(moments)
    samples = 12_000 * np.sin(2 * np.pi * np.cumsum(pitch_hz) / _RATE)
    written = io.BytesIO()
    with wave.open(written, "wb") as out:
        out.setparams((1, 2, _RATE, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return written.getvalue()


def heard_seconds(sound: bytes) -> list[int]:
    """Which second of the recording each twentieth of a second of a file plays."""
    samples = played(sound)
    window = _RATE // 20
    cut = samples[: len(samples) // window * window].reshape(-1, window)
    pitch_hz = np.abs(np.fft.rfft(cut * np.hanning(window), n=_RATE)).argmax(axis=1)
    return [round((one - _LOWEST_HZ) / _STEP_HZ) for one in pitch_hz.tolist()]


def played(sound: bytes) -> np.ndarray:
    """What a player plays of a file."""
    import av

    with av.open(io.BytesIO(sound)) as container:
        length = round((container.duration or 0) / 1_000_000 * _RATE)
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames)[:length]


def held(sound: bytes) -> float:
    """Seconds of all the sound that lies in a file, played or not."""
    import av

    with av.open(io.BytesIO(sound), options={"ignore_editlist": "1"}) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / _RATE
