"""Who spoke when, from pyannote's segmentation and CAM++ voices.

The stock pipeline trusts the segmentation's labels inside ten seconds; when it gives two people
one label, no later step can part them. Here the segmentation says when there is speech, overlap
or a change, and the voices alone say who: see docs/decisions/0003-voices-decide.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.audio import SAMPLE_RATE, Track
from analyzer.engines import weights
from analyzer.engines.following import follow, runs, spoken_by
from analyzer.engines.grouping import centroids, group
from analyzer.engines.segmentation import CELL, FRAMES_PER_SECOND, Activity, Mask, Segmenter
from analyzer.engines.torch_setup import prepare
from analyzer.engines.voices import Embeddings, VoiceEncoder, Voices, Windows, sliding_windows
from analyzer.speech import (
    ANYONE,
    Crowd,
    Diarization,
    OnFraction,
    Span,
    SpeakerId,
    Turn,
    tell_nobody,
)

_WINDOW, _HOP, _SHORTEST = 16, 4, 5  # cells of 0.1 s
_CLEAR_S = 0.8  # of clear speech in a window, before it may found a group
_FLOOR_REACH = 5  # cells either side: who holds the floor is judged on a second
_SURE_SHARE = 0.9
_CROSSTALK_DB = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """What was found on one track: who speaks in each frame, who holds the floor, the voices."""

    spoken: Mask
    holder: NDArray[np.int64]
    people: Embeddings


class PyannoteDiarizer:
    """The default diarizer: bundled weights, no token, linear in the recording's length."""

    name = "pyannote segmentation-3.0 + CAM++ zh-en"

    def __init__(self, threads: int = 2, device: str = "cpu") -> None:
        prepare(threads)
        self._segmenter = Segmenter(weights.SEGMENTATION.find(), device)
        self._encoder = VoiceEncoder(weights.VOICES.find(), weights.VOICES_NETWORK.find(), device)

    def diarize(
        self,
        tracks: Sequence[Track],
        *,
        crowd: Crowd = ANYONE,
        on_fraction: OnFraction = tell_nobody,
    ) -> Diarization:
        """Find the turns of each track; people on different tracks are different people."""
        each = Crowd(1, crowd.exact) if crowd.count == len(tracks) > 1 else ANYONE
        found = []
        for track in tracks:
            share = (track.index / len(tracks), 1 / len(tracks))
            told = _Progress(on_fraction, *share)
            found.append(self._track(track, tracks, crowd if len(tracks) == 1 else each, told))
        return _as_diarization(found, tracks[0].duration_s)

    def _track(
        self, track: Track, tracks: Sequence[Track], crowd: Crowd, told: "_Progress"
    ) -> _Track:
        activity = self._segmenter.listen(track.read, track.duration_s, told.first_third)
        if len(tracks) > 1:
            activity = _without_crosstalk(activity, track, tracks)
        stretches = _cells_of(activity.speech & ~activity.overlap)
        windows = sliding_windows(stretches, _WINDOW, _HOP, _SHORTEST)
        if not len(windows):  # nothing but shreds of speech: one person, if any
            told.rest(1.0)
            return _alone(activity)
        floor = _floor_windows(_cells_of(activity.speech), activity.cells)
        both = np.concatenate([windows, floor])
        heard = self._encoder.embed(track.read, activity.pure, both, told.rest)
        grouping, following = _part(heard, 0, len(windows)), _part(heard, len(windows), None)
        people = _people(grouping, following, activity, crowd)
        path = follow(following, people, activity)
        spoken = spoken_by(path, activity, len(people))
        return _Track(spoken, np.repeat(path, CELL)[: len(activity.speech)], people)


def _people(grouping: Voices, following: Voices, activity: Activity, crowd: Crowd) -> Embeddings:
    """Each person's voice: from the groups, then from where each held the floor alone."""
    clear = grouping.seconds >= min(_CLEAR_S, float(grouping.seconds.max()))
    voices = Voices(grouping.windows[clear], grouping.embeddings[clear], grouping.seconds[clear])
    stands_for = np.minimum(voices.seconds, _HOP * CELL / FRAMES_PER_SECOND)
    labels = group(voices, activity, stands_for, crowd)
    people = centroids(voices.embeddings, labels, stands_for)
    if len(people) < 2:
        return people
    path = follow(following, people, activity)
    owners = np.stack([path == person for person in range(len(people))], axis=1)
    held = np.cumsum(np.pad(owners.astype(np.int64), ((1, 0), (0, 0))), axis=0)
    inside = held[voices.windows[:, 1]] - held[voices.windows[:, 0]]
    lengths = np.diff(voices.windows, axis=1)
    sure = inside.max(axis=1) >= _SURE_SHARE * lengths[:, 0]
    settled = inside.argmax(axis=1)
    if len(np.unique(settled[sure])) < len(people):
        return people
    return centroids(voices.embeddings[sure], settled[sure], stands_for[sure])


def _cells_of(mask: Mask) -> list[tuple[int, int]]:
    """Stretches of a mask of frames, in cells, widened to whole ones."""
    return [(first // CELL, -(-last // CELL)) for first, last in runs(mask)]


def _floor_windows(stretches: Sequence[tuple[int, int]], cells: int) -> Windows:
    """A window around every cell of speech, kept inside its stretch."""
    windows = []
    for first, last in stretches:
        middle = np.arange(first, min(last, cells))
        low = np.maximum(middle - _FLOOR_REACH, first)
        high = np.minimum(middle + _FLOOR_REACH, last)
        windows.append(np.stack([low, np.maximum(high, low + 1)], axis=1))
    return np.concatenate(windows)


def _part(voices: Voices, first: int, last: int | None) -> Voices:
    here = slice(first, last)
    return Voices(voices.windows[here], voices.embeddings[here], voices.seconds[here])


def _alone(activity: Activity) -> _Track:
    people = int(activity.speech.any())
    spoken = activity.speech[:, None] if people else np.zeros((len(activity.speech), 0), np.bool_)
    holder = np.zeros(len(activity.speech), np.int64)
    return _Track(spoken, holder, np.zeros((people, 0), np.float32))


def _without_crosstalk(activity: Activity, track: Track, tracks: Sequence[Track]) -> Activity:
    """Drop frames in which another channel is so much louder that this one only leaks it."""
    own = _levels(track, len(activity.speech))
    loudest = np.max([_levels(t, len(own)) for t in tracks if t.index != track.index], axis=0)
    own_speech = own > loudest - _CROSSTALK_DB
    return Activity(
        speech=activity.speech & own_speech,
        overlap=activity.overlap & own_speech,
        pure=activity.pure & own_speech,
        certainty=activity.certainty,
        change=activity.change,
        windows=activity.windows,
        voices=activity.voices,
    )


def _levels(track: Track, frames: int) -> NDArray[np.float32]:
    """Loudness of each frame in dB, over the 0.2 s around it."""
    block_s = 60.0
    step = SAMPLE_RATE // FRAMES_PER_SECOND
    parts = []
    for at in np.arange(0.0, frames / FRAMES_PER_SECOND, block_s):
        samples = track.read(float(at), float(at) + block_s)
        power = np.pad(samples, (0, -len(samples) % step)).reshape(-1, step)
        parts.append((power**2).mean(axis=1))
    power = np.pad(np.concatenate(parts)[:frames], (0, max(0, frames - sum(map(len, parts)))))
    smooth = np.convolve(power, np.full(11, 1 / 11), mode="same")
    levels: NDArray[np.float32] = (10 * np.log10(smooth + 1e-10)).astype(np.float32)
    return levels


def _as_diarization(tracks: Sequence[_Track], duration_s: float) -> Diarization:
    """Number the people of all tracks together, in order of their first words."""
    turns: list[Turn] = []
    exclusive: list[Turn] = []
    voices: dict[SpeakerId, tuple[float, ...]] = {}
    for index, track in enumerate(tracks):
        for person in range(track.spoken.shape[1]):
            speaker = SpeakerId(f"{index}.{person}")
            spoken = track.spoken[:, person]
            turns += _turns(spoken, speaker, index, duration_s)
            held = track.spoken.any(axis=1) & (track.holder == person)
            exclusive += _turns(held, speaker, index, duration_s)
            if track.people.shape[1]:
                voices[speaker] = tuple(round(float(x), 4) for x in track.people[person])
    return Diarization(_in_order(turns), _in_order(exclusive), voices)


def _turns(mask: Mask, speaker: SpeakerId, channel: int, duration_s: float) -> list[Turn]:
    """The stretches of a mask; its last frame may reach past the recording's end."""
    spans = ((a / FRAMES_PER_SECOND, min(b / FRAMES_PER_SECOND, duration_s)) for a, b in runs(mask))
    return [Turn(Span(*span), speaker, channel) for span in spans]


def _in_order(turns: list[Turn]) -> tuple[Turn, ...]:
    return tuple(sorted(turns, key=lambda turn: (turn.span, turn.speaker)))


@dataclass(frozen=True, slots=True)
class _Progress:
    """One track's share of the whole, in two steps of known weight."""

    tell: OnFraction
    start: float
    share: float

    def first_third(self, fraction: float) -> None:
        """The segmentation, about a third of the time."""
        self.tell(self.start + self.share * fraction / 3)

    def rest(self, fraction: float) -> None:
        """The voices."""
        self.tell(self.start + self.share * (1 + 2 * fraction) / 3)
