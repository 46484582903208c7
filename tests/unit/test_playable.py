import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from analyzer.audio import Audio
from analyzer.errors import BadRecording, OutOfRoom
from analyzer.formats import Rendering
from analyzer.formats.playable import playable_copy, write_playable
from tests.rendered import render, short_call


def recording_with_clicks(path: Path, *at: float, length_s: float = 5.0) -> Path:
    rate, click = 44_100, np.sin(np.arange(900) / 5)
    samples = np.zeros((int(length_s * rate), 2))
    for moment in at:
        first = int(moment * rate)
        samples[first : first + len(click)] = 0.8 * click[:, None]
    with wave.open(str(path), "wb") as sound:
        sound.setparams((2, 2, rate, 0, "NONE", ""))
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def clicks(sound: bytes) -> list[float]:
    import av

    with av.open(BytesIO(sound), "r") as container:
        rate, heard = container.streams.audio[0].rate, np.zeros(0)
        for frame in container.decode(audio=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            late = round(frame.pts * float(frame.time_base) * rate) - len(heard)
            heard = np.concatenate([heard, np.zeros(late), frame.to_ndarray()[0]])
    loud = np.flatnonzero(np.abs(heard) > 0.2) / rate
    return [float(t) for t, before in zip(loud, [-1, *loud], strict=False) if t - before > 0.2]


def test_playable_copy_keeps_the_recording_s_clock(tmp_path: Path) -> None:
    source = recording_with_clicks(tmp_path / "call.wav", 0.5, 2.0, 4.25)
    sound, mime = playable_copy(source, tmp_path)
    assert mime == "audio/mp4"
    assert clicks(sound) == pytest.approx([0.5, 2.0, 4.25], abs=0.01)
    assert list(tmp_path.iterdir()) == [source]


def test_playable_copy_of_a_channel_and_its_inverse_is_heard(tmp_path: Path) -> None:
    source = tmp_path / "inverted.wav"
    noise = np.random.default_rng(1).normal(0, 4000, 16_000 * 6)
    voice = (noise * (np.arange(noise.size) // 8_000 % 2)).astype("<i2")
    with wave.open(str(source), "wb") as sound:
        sound.setparams((2, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(np.stack([voice, -voice], axis=1).tobytes())
    assert len(clicks(playable_copy(source, tmp_path)[0])) >= 6


def test_playable_copy_is_small(tmp_path: Path) -> None:
    source = tmp_path / "noise.wav"
    noise = np.random.default_rng(1).normal(0, 3000, 16_000 * 30).astype("<i2")
    with wave.open(str(source), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(noise.tobytes())
    assert len(playable_copy(source, tmp_path)[0]) < 30 * 36_000 / 8


def test_playable_copy_refuses_what_is_no_recording(tmp_path: Path) -> None:
    source = tmp_path / "call.mp3"
    source.write_text("not sound")
    with pytest.raises(BadRecording):
        playable_copy(source, tmp_path)


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    samples = tmp_path / "sound.s16"
    samples.write_bytes(bytes(64_000))
    with pytest.raises(OutOfRoom, match="gone"):
        write_playable(Audio(samples, 1, 32_000), tmp_path / "gone" / "copy.m4a")


@pytest.mark.parametrize(("audio", "carries"), [("embed", True), ("none", False)])
def test_page_carries_the_recording_unless_told(tmp_path: Path, audio: str, carries: bool) -> None:
    source = recording_with_clicks(tmp_path / "call.wav", 1.0, length_s=1.5)
    rendering = Rendering(source=source, audio=audio)  # type: ignore[arg-type]
    page = render(short_call(), "html", rendering)
    assert ("<audio" in page) is carries
    assert ('class="time" data-s="1.00"' in page) is carries
