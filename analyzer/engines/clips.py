"""What the recogniser is given: speech packed into windows of at most thirty seconds.

Whisper always hears thirty seconds, padded with silence, and invents words in long silences. So
stretches of speech are laid end to end, short pauses kept, and times are carried back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from analyzer.audio import SAMPLE_RATE, Samples, Track
from analyzer.speech import Span

LONGEST_S = 29.5
# As much silence as the recogniser's own voice detector leaves; with half of it French lost a
# point of WER.
_MARGIN_S = 0.4  # before and after speech
_PAUSE_S = 2.0  # shorter silences stay as they are
_SHRED_S = 0.6  # too little to be worth a window of its own
_LEAST_LANE_S = 60.0
_SAMPLE_S = 1 / SAMPLE_RATE  # what is shorter is rounding, not sound


@dataclass(frozen=True, slots=True)
class Clip:
    """Pieces of one track, in time order, heard as one window."""

    track: Track
    pieces: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """Length of the window's sound."""
        return sum(piece.seconds for piece in self.pieces)

    def samples(self) -> Samples:
        """The pieces end to end, shape (frames,)."""
        return np.concatenate([self.track.read(p.start, p.end) for p in self.pieces])

    def on_recording(self, start: float, end: float) -> Span:
        """Where a stretch of the window lies in the recording; it never leaves its first piece."""
        starts = [0.0, *accumulate(piece.seconds for piece in self.pieces)]
        middle = min(max((start + end) / 2, 0.0), starts[-1])
        index = max(0, int(np.searchsorted(starts, middle, side="left")) - 1)
        piece, shift = self.pieces[index], self.pieces[index].start - starts[index]
        first = min(max(start + shift, piece.start), piece.end)
        return Span(first, max(first, min(end + shift, piece.end)))


class Lane:
    """Speech waiting to be heard, in time order; windows are taken from its head."""

    def __init__(self, track: Track, pieces: Sequence[Span]) -> None:
        self._track = track
        self._pieces = list(pieces)

    @property
    def seconds(self) -> float:
        """How much is left."""
        return sum(piece.seconds for piece in self._pieces)

    def window(self) -> Clip:
        """As many pieces as fit from the head; the lane must not be empty."""
        taken = 1
        room = LONGEST_S - self._pieces[0].seconds
        for piece in self._pieces[1:]:
            room -= piece.seconds
            if room < 0:
                break
            taken += 1
        return Clip(self._track, tuple(_joined(self._pieces[:taken])))

    def advance(self, clip: Clip, heard_s: float) -> None:
        """Drop what a window has covered: so many seconds of it, or all but a shred.

        Never less than a shred, so that a lane empties even if nothing is ever heard.
        """
        heard_s = max(heard_s, _SHRED_S)
        if clip.seconds - heard_s < _SHRED_S:
            heard_s = clip.seconds
        until = clip.on_recording(heard_s, heard_s).end
        left = (Span(max(p.start, until), p.end) for p in self._pieces)
        self._pieces = [piece for piece in left if piece.seconds >= _SAMPLE_S]


def lanes(track: Track, speech: Sequence[Span], count: int) -> list[Lane]:
    """A track's speech in at most so many contiguous parts of about the same length."""
    pieces = list(_pieces(speech, track.duration_s))
    ends = list(accumulate(piece.seconds for piece in pieces))
    if not pieces:
        return []
    parts = max(1, min(count, round(ends[-1] / _LEAST_LANE_S)))
    cuts = np.searchsorted(ends, np.arange(1, parts) * ends[-1] / parts).tolist()
    edges = sorted({0, *cuts, len(pieces)})
    return [Lane(track, pieces[a:b]) for a, b in pairwise(edges)]


def _pieces(speech: Sequence[Span], duration_s: float) -> Iterable[Span]:
    """Speech with its margins; short pauses are kept, halved between their neighbours."""
    spans = [span for whole in speech for span in _split(whole)]
    for index, span in enumerate(spans):
        before = spans[index - 1].end if index else -_PAUSE_S
        after = spans[index + 1].start if index + 1 < len(spans) else duration_s + _PAUSE_S
        start = span.start - _reach(span.start - before)
        yield Span(max(0.0, start), min(duration_s, span.end + _reach(after - span.end)))


def _reach(pause: float) -> float:
    return pause / 2 if pause < _PAUSE_S else _MARGIN_S


def _split(span: Span) -> list[Span]:
    """A stretch too long for one window, in equal parts."""
    longest = LONGEST_S - 2 * _MARGIN_S - _PAUSE_S
    parts = int(np.ceil(span.seconds / longest))
    edges = np.linspace(span.start, span.end, max(parts, 1) + 1)
    return [Span(float(a), float(b)) for a, b in pairwise(edges)]


def _joined(pieces: Sequence[Span]) -> list[Span]:
    """Touching pieces as one, so that sound is cut only at long pauses."""
    joined: list[Span] = []
    for piece in pieces:
        if joined and piece.start - joined[-1].end < _SAMPLE_S:
            joined[-1] = Span(joined[-1].start, piece.end)
        else:
            joined.append(piece)
    return joined
