"""Each engine hears each short call once; the contract tests look at what it made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.audio import SAMPLE_RATE, Audio, Track
from analyzer.engines import Engines, load_engines
from analyzer.engines.channels import separate_channels
from analyzer.engines.decode import load_audio
from analyzer.engines.scripted import ScriptedEngines
from analyzer.speech import Crowd, Diarization, Hearing, Speech
from analyzer.timeline import union
from tests.builders import conversation, hearing, turn, words

CALLS = Path(__file__).parent.parent.parent / "fixtures" / "calls"
CUT_S = 28.017  # in the middle of a word, and of a frame of any engine
QUIET_S = 12.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What a pair of engines made of some tracks, and the fractions they told on the way."""

    tracks: tuple[Track, ...]
    diarization: Diarization
    speech: Speech
    diarizing: tuple[float, ...]
    transcribing: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        return self.tracks[0].duration_s


def listen(engines: Engines, tracks: tuple[Track, ...]) -> Heard:
    diarizing: list[float] = []
    transcribing: list[float] = []
    crowd = Crowd(2, exact=True)
    diarization = engines.diarizer.diarize(tracks, crowd=crowd, on_fraction=diarizing.append)
    spans = [
        union(turn.span for turn in diarization.turns if turn.channel == track.index)
        for track in tracks
    ]
    speech = engines.transcriber.transcribe(tracks, spans, on_fraction=transcribing.append)
    return Heard(tracks, diarization, speech, tuple(diarizing), tuple(transcribing))


def scripted(name: str) -> Hearing:
    """What a person would write down for a scripted engine to replay."""
    if name == "mono":
        return conversation([("A", "Hello, is it a good time?"), ("B", "Yes, it is.")])
    if name == "stereo":
        turns = (turn("A", 1, 4, 0), turn("B", 3.5, 6, 1))
        said = (*words("Hello, is it a good time?", 1), *words("Yes, it is.", 4))
        spoken = [replace(word, channel=int(word.span.start >= 4)) for word in said]
        return hearing(spoken, turns, exclusive=turns, channels=2)
    return hearing()


@pytest.fixture(scope="session")
def bundled() -> Engines:
    """The engines of the default install, loaded once."""
    return load_engines()


@pytest.fixture(scope="session")
def tracks_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Track, ...]]:
    """The tracks of a short recording, by its name."""
    folder = tmp_path_factory.mktemp("recordings")

    @cache
    def find(name: str) -> tuple[Track, ...]:
        if name == "mono":
            audio = cut(load_audio(CALLS / "fr01_decouverte_valmont" / "audio.flac", folder))
            return (Track(audio, (0,)),)
        if name == "stereo":
            audio = cut(load_audio(CALLS / "en04_coldcall_vantage" / "audio.flac", folder))
            apart = separate_channels(audio)
            return tuple(Track(audio, (channel,), n) for n, channel in enumerate(apart))
        path = folder / f"{name}.s16"
        samples = np.round(quiet(name) * 32767).astype("<i2")
        samples.tofile(path)
        return (Track(Audio(path, 1, len(samples)), (0,)),)

    return find


def cut(audio: Audio) -> Audio:
    return replace(audio, frames=round(CUT_S * SAMPLE_RATE))


def quiet(name: str) -> NDArray[np.float64]:
    """What a line sounds like when nobody speaks."""
    time = np.arange(round(QUIET_S * SAMPLE_RATE)) / SAMPLE_RATE
    if name == "silence":
        return np.zeros_like(time)
    if name == "noise":
        return np.random.default_rng(5).normal(0, 10 ** (-60 / 20), len(time))
    harmonics: Sequence[NDArray[np.float64]] = [
        np.sin(2 * np.pi * 50 * n * time) / n for n in (1, 2, 3, 4)
    ]
    return np.asarray(0.03 * np.sum(harmonics, axis=0))


@pytest.fixture(scope="session")
def hear_call(
    bundled: Engines, tracks_of: Callable[[str], tuple[Track, ...]]
) -> Callable[[str, str], Heard]:
    """What an engine hears in a recording, both by name."""

    @cache
    def find(engine: str, name: str) -> Heard:
        engines = bundled if engine == "bundled" else ScriptedEngines(scripted(name))
        return listen(engines, tracks_of(name))

    return find
