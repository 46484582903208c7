"""The outline of a sound: peaks of its loudest moments, on the recording's clock."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analyzer.audio import SAMPLE_RATE, Audio
from analyzer.engines.waveform import MOST_PEAKS, PEAKS_PER_S, waveform

_WINDOW = SAMPLE_RATE // PEAKS_PER_S


def sound(folder: Path, *channels: NDArray[np.int16]) -> Audio:
    path = folder / "sound.s16"
    np.stack(channels, axis=1).astype("<i2").tofile(path)
    return Audio(path, len(channels), len(channels[0]))


def test_a_peak_is_the_largest_swing_with_its_sign(tmp_path: Path) -> None:
    left, right = np.zeros((2, SAMPLE_RATE * 2), np.int16)
    left[_WINDOW * 3 + 5], left[_WINDOW * 3 + 6] = 8_192, -16_384
    right[_WINDOW * 39 + _WINDOW - 1] = 32_767
    outline = waveform(sound(tmp_path, left, right))
    assert (outline.duration_s, outline.peaks_per_s) == (2.0, 20.0)
    assert [len(channel) for channel in outline.peaks] == [40, 40]
    assert {n: p for n, p in enumerate(outline.peaks[0]) if p} == {3: -0.5}
    assert {n: p for n, p in enumerate(outline.peaks[1]) if p} == {39: 1.0}


def test_the_json_is_what_players_read(tmp_path: Path) -> None:
    flat = np.zeros(SAMPLE_RATE, np.int16)
    flat[:_WINDOW] = -1
    loud = np.full(SAMPLE_RATE, -32_768, np.int16)
    text = waveform(sound(tmp_path, flat, loud)).to_json()
    assert json.loads(text) == {
        "version": 1,
        "channels": 2,
        "duration_s": 1.0,
        "peaks_per_s": 20.0,
        "peaks": [[0.0] * 20, [-1.0] * 20],
    }
    assert "-0.0" not in text


@given(st.integers(1, 3 * _WINDOW + 5), st.integers(0, 1 << 30))
def test_every_sample_counts_once(
    tmp_path_factory: pytest.TempPathFactory, frames: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).integers(-32_768, 32_767, frames, np.int16, True)
    peaks = waveform(sound(tmp_path_factory.mktemp("sound"), samples)).peaks[0]
    windows = [samples[n : n + _WINDOW] for n in range(0, frames, _WINDOW)]
    largest = [np.abs(window.astype(int)).max() / 32_768 for window in windows]
    assert np.abs(peaks) == pytest.approx(largest, abs=0.0006)


@pytest.mark.parametrize("seconds", [1000, 1001, 3 * 3600])
def test_a_long_recording_has_no_more_peaks_and_takes_no_more_memory(
    tmp_path: Path, seconds: int
) -> None:
    path = tmp_path / "long.s16"
    frames = seconds * SAMPLE_RATE
    with path.open("wb") as file:
        file.truncate(frames * 2 * 2)  # a hole, which reads as silence
        file.seek(-4, 2)
        file.write(np.array([16_384, -8_192], "<i2").tobytes())
    tracemalloc.start()
    outline = waveform(Audio(path, 2, frames))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 << 20
    for channel, last in zip(outline.peaks, (0.5, -0.25), strict=True):
        assert MOST_PEAKS * 0.9 < len(channel) <= MOST_PEAKS
        assert channel[-1] == last
        assert len(channel) / outline.peaks_per_s == pytest.approx(seconds, abs=3)
