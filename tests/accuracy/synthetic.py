"""Sounds in which nobody speaks, made on the spot: silence, mains hum, hold music."""

import wave
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.accuracy.cases import Case, Group

RATE = 16_000
Sound = NDArray[np.float64]
_BARS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))  # A minor, F, C, G as MIDI notes
_BEAT_S = 0.5


def quiet_group(folder: Path, seconds: float = 300) -> Group:
    """Write the sounds to a folder; no report of them may hold a word."""
    cases = tuple(_cases(folder, seconds))
    return Group("quiet", f"Sounds without a voice, {seconds:g} s each", cases)


def silence(seconds: float) -> Sound:
    """Digital silence."""
    return np.zeros(round(seconds * RATE))


def hum(seconds: float) -> Sound:
    """A badly earthed line: 50 Hz, its harmonics, and hiss."""
    t = _times(seconds)
    tones = np.sum([np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 9)], axis=0)
    noise: Sound = 0.08 * tones + np.random.default_rng(50).normal(0, 0.01, len(t))
    return noise


def hold_music(seconds: float) -> Sound:
    """Four chords for ever, with an arpeggio over them."""
    bar_s = 4 * _BEAT_S
    bars = [_bar(notes, bar_s) for notes in _BARS]
    repeats = int(seconds / (bar_s * len(bars))) + 1
    music: Sound = np.tile(np.concatenate(bars), repeats)[: round(seconds * RATE)]
    return music


def write_wav(path: Path, sound: Sound) -> None:
    """Write 16-bit mono at 16 kHz."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _cases(folder: Path, seconds: float) -> Iterator[Case]:
    sounds: tuple[Callable[[float], Sound], ...] = (silence, hum, hold_music)
    for make in sounds:
        path = folder / f"{make.__name__}.wav"
        write_wav(path, make(seconds))
        yield Case(make.__name__, path, quiet_until=inf, note=(make.__doc__ or "").rstrip("."))


def _bar(notes: tuple[int, ...], seconds: float) -> Sound:
    chord = np.sum([_note(note, seconds, decay=0.5) for note in notes], axis=0)
    steps = range(round(2 * seconds / _BEAT_S))
    melody = [_note(notes[step % len(notes)] + 12, _BEAT_S / 2, decay=4) for step in steps]
    bar: Sound = 0.12 * chord + 0.2 * np.concatenate(melody)
    return bar


def _note(note: int, seconds: float, decay: float) -> Sound:
    t = _times(seconds)
    pitch = 440 * 2 ** ((note - 69) / 12)
    overtones = np.sum([np.sin(2 * np.pi * pitch * k * t) / k**2 for k in range(1, 6)], axis=0)
    note_sound: Sound = overtones * np.minimum(1, t / 0.01) * np.exp(-decay * t)
    return note_sound


def _times(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE), dtype=np.float64) / RATE
