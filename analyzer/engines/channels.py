"""Which channels carry different people, and which are the same sound twice.

Two channels are compared by their leak: how loud one is while the other one is loud, each
counted from its own loud moments. Gain, polarity, constant noise and hum do not change it, and
a delay up to a second is undone first. Of the two directions the worse one decides. Measured
on English and French dialogues of two to four minutes, processed in each way, and on public
stereo clips:

    recording                                                         leak, dB
    copy: scaled, inverted, 5-400 ms late, 5-20 dB noise, MP3, Opus   -2 to  7
    copy: telephone band or reverberation on one side only             4 to  6
    one voice, two microphones in a room (T60 0.3 to 1 s)             -2 to  3
    the mix of two people beside one of them                          -5 to  3
    two people, each 0 to 6 dB louder in one channel, dry or room     -7 to  2
    the same, 8 dB                                                   -10 to -6
    the same, 10 to 12 dB                                            -17 to -8, either way
    two people, crosstalk or echo at -15 dB, also telephone, noisy   -35 to -12
    the same, one of them speaking 3 to 10 % of the time             -15 to -12
    two people who talk at once all the time (5 s, public)                -25
    two people, noise at 10 dB                                            -22
    two people, clean, telephone band, MP3, AAC, Opus                -82 to -39
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analyzer.audio import SAMPLE_RATE, Audio

# Between what must stay together (8 dB and less) and what must not (15 dB and more).
_APART_DB = -11.0
_COPY_DB = -4.0

_BLOCK_S = 60.0
_MAX_BLOCKS = 20
_MIN_S = 3.0
_WINDOW = SAMPLE_RATE * 30 // 1000  # short enough to fall between the words of a reader
_SPEECH_BINS = slice(6, 105)  # 200 to 3500 Hz: no hum, and all of a telephone's band

_DECIMATE = 4
_RATE = SAMPLE_RATE // _DECIMATE
_VOICE_HZ = (200, 1800)
_MAX_LAG = _RATE
# Different people reach 0.09 by chance, also in 5 s; a copy in a bad room still has 0.25.
_RELATED = 0.15

# Noise and hum move by 2 dB between their 10th and 99th percentile, speech in 5 dB noise by 15.
_LIVE_DB = 6.0
_TOP_PERCENTILE = 99
_ALONE_DB = 6.0
_ALONE_SHARE = 0.005
_ALONE_PERCENTILE = 95
_AUDIBLE_DB = 20.0
_LOUD_DB = 12.0
_LEAK_PERCENTILE = 10  # passes over the moments in which both speak

_Levels = NDArray[np.float32]


def separate_channels(audio: Audio) -> tuple[int, ...]:
    """The channels that each carry speech of their own; empty when the call is heard as one.

    At most 20 minutes are read, spread over the recording.
    """
    if audio.channels < 2 or audio.duration_s < _MIN_S:
        return ()
    survey = _survey(audio)
    for size in range(len(survey.live), 1, -1):
        for group in combinations(survey.live, size):
            if survey.are_apart(group) and survey.hold_everyone(group):
                return tuple(sorted(group))
    return ()


def mono_channels(audio: Audio) -> tuple[int, ...]:
    """The channels to average when the call is heard as one; never empty.

    A dead channel would halve the level, and an inverted or delayed copy cancel the speech.
    """
    if audio.channels < 2:
        return (0,)
    survey = _survey(audio)
    kept: list[int] = []
    for channel in survey.live:
        if not any(survey.are_copies(channel, other) for other in kept):
            kept.append(channel)
    return tuple(sorted(kept)) or tuple(range(audio.channels))


@dataclass(frozen=True, slots=True)
class _Survey:
    """What was measured; `live` channels come loudest first.

    `levels` are dB under the channel's own loud moments, shape (channels, windows); `delay` is
    by how many windows the second channel is late, shape (channels, channels).
    """

    levels: _Levels
    live: tuple[int, ...]
    delay: NDArray[np.int64]

    def are_apart(self, group: Iterable[int]) -> bool:
        """Whether no channel of the group hears another one."""
        return all(max(self.leaks(*pair)) < _APART_DB for pair in combinations(group, 2))

    def are_copies(self, one: int, two: int) -> bool:
        """Whether both hear everyone; the mean does not depend on what counts as loud."""
        return sum(self.leaks(one, two)) / 2 >= _COPY_DB

    def hold_everyone(self, group: tuple[int, ...]) -> bool:
        """Whether all other live channels only repeat what the group holds."""
        heard = self.levels[list(group)].max(axis=0)
        others = (channel for channel in self.live if channel not in group)
        return all(_leak_db(self.levels[channel], heard) >= _COPY_DB for channel in others)

    def leaks(self, one: int, two: int) -> tuple[float, float]:
        """How loud the second is while the first is loud, and the other way round, in dB."""
        first = self.levels[one]
        second = np.roll(self.levels[two], -int(self.delay[one, two]))
        return _leak_db(first, second), _leak_db(second, first)


def _leak_db(speaking: _Levels, hearing: _Levels) -> float:
    loud = speaking >= -_LOUD_DB
    return float(np.percentile((hearing - speaking)[loud], _LEAK_PERCENTILE))


def _survey(audio: Audio) -> _Survey:
    levels: list[_Levels] = []
    correlation = np.zeros((audio.channels, audio.channels, 2 * _MAX_LAG + 1))
    for start_s in _block_starts(audio.duration_s):
        block = audio.read(start_s, start_s + _BLOCK_S)
        levels.append(_levels_db(block))
        correlation += _correlation(block)
    joined = np.concatenate(levels, axis=1)
    tops = np.percentile(joined, _TOP_PERCENTILE, axis=1)
    moves = tops - np.percentile(joined, 10, axis=1)
    live = tuple(int(c) for c in np.argsort(-tops, kind="stable") if moves[c] >= _LIVE_DB)
    return _Survey(_below_own(joined - tops[:, None], live), live, _delays(correlation))


def _block_starts(duration_s: float) -> list[float]:
    count = min(_MAX_BLOCKS, int(np.ceil(duration_s / _BLOCK_S)))
    step = max(_BLOCK_S, (duration_s - _BLOCK_S) / max(1, count - 1))
    return [step * index for index in range(count)]


def _levels_db(block: NDArray[np.float32]) -> _Levels:
    """Power in the band of speech, shape (channels, windows)."""
    windows = block.shape[1] // _WINDOW
    cut = block[:, : windows * _WINDOW].reshape(len(block), windows, _WINDOW)
    power = np.abs(np.fft.rfft(cut, axis=2)[:, :, _SPEECH_BINS]) ** 2
    # The floor lies under 16-bit rounding: digital silence gets a level like any other.
    levels: _Levels = 10 * np.log10(power.mean(axis=2) / _WINDOW + 1e-10)
    return levels


def _below_own(levels: _Levels, live: tuple[int, ...]) -> _Levels:
    """Count from the loud moments in which a channel speaks alone, if it ever does.

    Of someone who hardly speaks, the loudest hundredth is the end of a voice, or leak.
    """
    below = levels.copy()
    for channel in live:
        others = [other for other in live if other != channel]
        beside = levels[others].max(axis=0, initial=-np.inf)
        alone = (levels[channel] - beside >= _ALONE_DB) & (levels[channel] >= -_AUDIBLE_DB)
        if alone.mean() >= _ALONE_SHARE:
            below[channel] -= np.percentile(levels[channel, alone], _ALONE_PERCENTILE)
    return below


def _correlation(block: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cross-correlation of every pair of channels, shape (channels, channels, lags)."""
    length = block.shape[1] // _DECIMATE
    slow = block[:, : length * _DECIMATE].reshape(len(block), length, _DECIMATE).mean(axis=2)
    size = 1 << (length + _MAX_LAG).bit_length()
    spectra = np.fft.rfft(slow, size, axis=1)
    hz = np.fft.rfftfreq(size, 1 / _RATE)
    spectra[:, (hz < _VOICE_HZ[0]) | (hz > _VOICE_HZ[1])] = 0
    lags = np.arange(-_MAX_LAG, _MAX_LAG + 1)
    result = np.empty((len(block), len(block), len(lags)))
    for one, two in np.ndindex(result.shape[:2]):
        result[one, two] = np.fft.irfft(spectra[one].conj() * spectra[two], size)[lags]
    return result


def _delays(correlation: NDArray[np.float64]) -> NDArray[np.int64]:
    """By how many windows each second channel repeats the first; 0 when it does not."""
    energy = np.diagonal(correlation)[_MAX_LAG]
    scale = np.sqrt(np.outer(energy, energy)) + 1e-12
    peak = np.abs(correlation).max(axis=2) / scale
    lag = np.abs(correlation).argmax(axis=2) - _MAX_LAG
    late = np.round(lag * _DECIMATE / _WINDOW).astype(np.int64)
    return np.where(peak >= _RELATED, late, 0)
