from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.audio import SAMPLE_RATE, Audio
from analyzer.engines.channels import mono_channels, separate_channels

Wave = NDArray[np.float64]
SECONDS = 60


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., Audio]:
    """Puts channels into a scratch file."""

    def write(*channels: Wave) -> Audio:
        samples = np.clip(np.round(np.stack(channels) * 32768), -32768, 32767)
        path = tmp_path / "audio.s16"
        samples.T.astype("<i2").tofile(path)
        return Audio(path, len(channels), samples.shape[1])

    return write


def noise(seed: int, level: float) -> Wave:
    return np.random.default_rng(seed).normal(0, level, SECONDS * SAMPLE_RATE)


def voice(seed: int, turns: list[tuple[float, float]], level: float = 0.1) -> Wave:
    """Noise in syllables of 60 to 300 ms of changing loudness, over a breath of noise."""
    rng = np.random.default_rng(seed)
    envelope = np.full(SECONDS * SAMPLE_RATE, 1e-3)
    for start_s, end_s in turns:
        at = start_s
        while at < end_s:
            length = rng.uniform(0.06, 0.3)
            cut = slice(int(at * SAMPLE_RATE), int(min(at + length, end_s) * SAMPLE_RATE))
            envelope[cut] = 10 ** (-rng.exponential(6) / 20)
            at += length + rng.exponential(0.06)
    return level * envelope * noise(seed + 100, 1.0)


def dialogue() -> tuple[Wave, Wave]:
    """Two people in turns of 3 and 2 s; they overlap for half a second."""
    first = voice(1, [(at, at + 3.25) for at in range(0, SECONDS - 4, 5)])
    second = voice(2, [(at + 2.75, at + 5) for at in range(0, SECONDS - 6, 5)])
    return first, second


def late(sound: Wave, ms: int) -> Wave:
    return np.roll(sound, ms * SAMPLE_RATE // 1000)


def room(sound: Wave, seed: int) -> Wave:
    """The sound as a microphone in a room hears it, T60 0.4 s."""
    tail = np.random.default_rng(seed).normal(size=6400) * 10 ** (-3 * np.arange(6400) / 6400)
    reply = np.concatenate([[1.0], np.zeros(50), tail / np.linalg.norm(tail)])
    size = 1 << 20
    echoed = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(reply, size), size)
    return echoed[: len(sound)]


def telephone(sound: Wave) -> Wave:
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    return np.fft.irfft(spectrum, len(sound))


FIRST, SECOND = dialogue()
BOTH = FIRST + SECOND
HUM = 0.03 * np.sin(2 * np.pi * 50 * np.arange(len(FIRST)) / SAMPLE_RATE)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(FIRST, SECOND, id="clean"),
        pytest.param(FIRST, 0.1 * SECOND, id="one 20 dB quieter"),
        pytest.param(FIRST + 0.1 * SECOND, SECOND + 0.1 * FIRST, id="crosstalk -20 dB"),
        pytest.param(FIRST + 0.18 * SECOND, SECOND + 0.18 * FIRST, id="crosstalk -15 dB"),
        pytest.param(FIRST, SECOND + 0.18 * late(FIRST, 90), id="echo -15 dB after 90 ms"),
        pytest.param(FIRST + noise(5, 0.01), SECOND + noise(6, 0.01), id="noise"),
        pytest.param(FIRST + HUM, SECOND + HUM, id="common hum"),
        pytest.param(telephone(FIRST), telephone(SECOND), id="telephone band"),
        pytest.param(FIRST, voice(3, [(20, 23)]), id="one speaks 5 % of the time"),
        pytest.param(
            FIRST + 0.16 * voice(3, [(20, 21)]),
            voice(3, [(20, 21)]) + 0.16 * FIRST,
            id="one says a sentence, crosstalk -16 dB",
        ),
        pytest.param(voice(4, [(0, 60)]), voice(5, [(0, 60)]), id="both speak all the time"),
    ],
)
def test_two_people_on_two_channels_are_separate(
    keep: Callable[..., Audio], left: Wave, right: Wave
) -> None:
    audio = keep(left, right)
    assert separate_channels(audio) == (0, 1)
    assert mono_channels(audio) == (0, 1)


@pytest.mark.parametrize(
    "right",
    [
        pytest.param(BOTH, id="same"),
        pytest.param(0.5 * BOTH, id="-6 dB"),
        pytest.param(-BOTH, id="inverted"),
        pytest.param(late(BOTH, 5), id="5 ms late"),
        pytest.param(late(BOTH, 30), id="30 ms late"),
        pytest.param(-0.5 * late(BOTH, 400), id="400 ms late, inverted, -6 dB"),
        pytest.param(BOTH + noise(7, 0.01), id="noise"),
        pytest.param(telephone(BOTH), id="telephone band"),
        pytest.param(0.05 * late(BOTH, 40), id="only the echo of the other side"),
    ],
)
def test_a_copy_is_one_channel_of_sound(keep: Callable[..., Audio], right: Wave) -> None:
    audio = keep(BOTH, right)
    assert separate_channels(audio) == ()
    assert len(mono_channels(audio)) == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(room(BOTH, 1), 0.7 * room(BOTH, 2), id="two microphones in a room"),
        pytest.param(FIRST + 0.5 * SECOND, SECOND + 0.5 * FIRST, id="panned by 6 dB"),
        pytest.param(
            room(FIRST, 1) + 0.5 * room(SECOND, 2),
            room(SECOND, 3) + 0.5 * room(FIRST, 4),
            id="panned by 6 dB in a room",
        ),
        pytest.param(BOTH, SECOND, id="the mix and one of them"),
        pytest.param(FIRST, SECOND + 0.8 * FIRST, id="one person in both"),
    ],
)
def test_channels_that_share_people_are_not_separate(
    keep: Callable[..., Audio], left: Wave, right: Wave
) -> None:
    assert separate_channels(keep(left, right)) == ()
    assert separate_channels(keep(right, left)) == ()


@pytest.mark.parametrize(
    "dead",
    [
        pytest.param(np.zeros_like(BOTH), id="digital silence"),
        pytest.param(noise(8, 1e-3), id="quiet noise"),
        pytest.param(noise(8, 0.03), id="loud noise"),
        pytest.param(HUM + noise(8, 1e-4), id="hum"),
    ],
)
def test_a_dead_channel_is_left_out(keep: Callable[..., Audio], dead: Wave) -> None:
    assert separate_channels(keep(dead, BOTH)) == ()
    assert mono_channels(keep(dead, BOTH)) == (1,)


def test_someone_in_only_one_channel_stays_in_the_mix(keep: Callable[..., Audio]) -> None:
    assert mono_channels(keep(BOTH, 0.8 * FIRST)) == (0, 1)
    assert mono_channels(keep(FIRST, SECOND + 0.8 * FIRST)) == (0, 1)


def test_of_many_channels_the_distinct_ones_are_kept(keep: Callable[..., Audio]) -> None:
    third = voice(6, [(at, at + 2) for at in range(1, SECONDS - 3, 7)])
    silence = np.zeros_like(third)
    assert separate_channels(keep(FIRST, silence, SECOND, third)) == (0, 2, 3)
    assert separate_channels(keep(FIRST, FIRST, -SECOND, SECOND)) in {(0, 2), (0, 3)}
    assert separate_channels(keep(BOTH, FIRST, SECOND)) == (1, 2)


def test_nobody_is_dropped_with_a_channel_that_shares_people(keep: Callable[..., Audio]) -> None:
    third = voice(6, [(at, at + 2) for at in range(1, SECONDS - 3, 7)])
    assert separate_channels(keep(FIRST, SECOND, 0.3 * (third + 0.8 * FIRST))) == (1, 2)


def test_silence_is_kept_whole(keep: Callable[..., Audio]) -> None:
    audio = keep(np.zeros(SAMPLE_RATE * 5), np.zeros(SAMPLE_RATE * 5))
    assert separate_channels(audio) == ()
    assert mono_channels(audio) == (0, 1)


@pytest.mark.parametrize("seconds", [0.3, 2.9])
def test_a_few_words_are_not_enough_to_tell(keep: Callable[..., Audio], seconds: float) -> None:
    cut = int(seconds * SAMPLE_RATE)
    assert separate_channels(keep(FIRST[:cut], voice(9, [(0, 3)])[:cut])) == ()
    assert mono_channels(keep(FIRST[:cut], -FIRST[:cut])) == (0,)


def test_mono_is_one_channel(keep: Callable[..., Audio]) -> None:
    assert separate_channels(keep(BOTH)) == ()
    assert mono_channels(keep(BOTH)) == (0,)


def test_a_long_recording_is_read_in_a_few_stretches(
    keep: Callable[..., Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = Audio(keep(FIRST, SECOND).path, 2, 5 * 3600 * SAMPLE_RATE)
    asked: list[tuple[float, float]] = []

    def read(_audio: Audio, start_s: float, end_s: float) -> NDArray[np.float32]:
        asked.append((start_s, end_s))
        return np.stack([FIRST, SECOND]).astype(np.float32)

    monkeypatch.setattr(Audio, "read", read)
    assert separate_channels(hours) == (0, 1)
    assert len(asked) == 20
    assert asked[0][0] == 0
    assert asked[-1][1] == pytest.approx(5 * 3600)
    assert sum(end - start for start, end in asked) <= 1200.1
