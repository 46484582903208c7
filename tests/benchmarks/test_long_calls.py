"""Short calls follow each other until the length asked for."""

import wave
from pathlib import Path

import numpy as np

from tests.accuracy.synthetic import RATE, write_wav
from tests.benchmarks.long_calls import write_long_call


def test_calls_are_joined_again_and_again_and_cut_at_the_end(tmp_path: Path) -> None:
    loud, quiet, long = (tmp_path / f"{name}.wav" for name in ("loud", "quiet", "long"))
    write_wav(loud, np.full(2 * RATE, 0.5))
    write_wav(quiet, np.full(RATE, 0.25))
    write_long_call(long, [loud, quiet], minutes=7.5 / 60)
    with wave.open(str(long)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, RATE)
        heard = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32767
    assert len(heard) == 7.5 * RATE
    middles = heard[RATE // 4 :: RATE // 2].round(2)
    assert middles.tolist() == [0.5] * 4 + [0.25] * 2 + [0.5] * 4 + [0.25] * 2 + [0.5] * 3
