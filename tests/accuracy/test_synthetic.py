"""The sounds without a voice are what they say they are."""

import wave
from math import inf
from pathlib import Path

import numpy as np

from tests.accuracy.synthetic import RATE, hold_music, hum, quiet_group, silence


def test_three_sounds_of_the_length_asked_for_in_which_nobody_speaks(tmp_path: Path) -> None:
    group = quiet_group(tmp_path, seconds=3)
    assert [case.id for case in group.cases] == ["silence", "hum", "hold_music"]
    assert {case.quiet_until for case in group.cases} == {inf}
    for case in group.cases:
        with wave.open(str(case.audio)) as sound:
            assert sound.getnframes() == 3 * sound.getframerate()


def test_silence_is_silent_and_music_never_is() -> None:
    assert not silence(2).any()
    seconds = hold_music(20).reshape(20, RATE)
    assert np.abs(seconds).max() <= 1
    assert np.sqrt((seconds**2).mean(axis=1)).min() > 0.02


def test_hum_is_loudest_at_the_mains_frequency() -> None:
    assert np.abs(np.fft.rfft(hum(1))).argmax() == 50
