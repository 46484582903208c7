"""When anyone speaks, when two do, and where voices change: pyannote's segmentation network.

The network hears ten seconds at a time and knows up to three voices in them, by labels that
mean nothing from one window to the next. On some calls it gives two voices one label, so it is
trusted for speech, overlap and change points, never for who speaks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from analyzer.audio import SAMPLE_RATE, Samples
from analyzer.speech import OnFraction

FRAMES_PER_SECOND = 50
CELL = 5
"""Frames a cell: voices are followed in steps of 0.1 s."""

_WINDOW_S = 10.0
_STEP_S = 2.5  # a quarter of the window: half the error of 5 s at a cost of 0.01 of real time
_BATCH = 16
_FLOOR = 0.5
_RELATIVE = 0.6  # of the strongest speech within a second: closes noisy pauses, keeps soft voices
_PURE, _PURE_OVERLAP = 0.8, 0.3
_CHANGE_REACH = 5  # frames
_POWERSET = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1))

Read = Callable[[float, float], Samples]
"""Reads one channel of a stretch, given its start and end in seconds."""
Mask = NDArray[np.bool_]
Curve = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """What the network made of one channel, 50 frames a second.

    `pure` marks frames where one voice is heard clearly. `certainty` is the lowest probability
    of speech and `change` the strongest sign of another voice in each cell. `windows` holds each
    window's first cell, `voices` its three labels' activity by cell: shape (windows, cells, 3).
    """

    speech: Mask
    overlap: Mask
    pure: Mask
    certainty: Curve
    change: Curve
    windows: NDArray[np.int64]
    voices: Curve

    @property
    def cells(self) -> int:
        """Length in cells of 0.1 s."""
        return len(self.certainty)


class Segmenter:
    """The network with its weights loaded."""

    def __init__(self, weights: Path, device: str = "cpu") -> None:
        import torch
        from pyannote.audio import Model

        model = Model.from_pretrained(weights)
        if model is None:  # what pyannote returns when a file is not a model
            raise RuntimeError(f"{weights.name} holds no pyannote model")
        self._model = model.eval().to(device)
        self._device = torch.device(device)
        self._torch = torch

    def listen(self, read: Read, seconds: float, on_fraction: OnFraction) -> Activity:
        """Run over a channel of so many seconds, holding one batch of windows at a time."""
        sums = _Sums(frames=max(1, round(seconds * FRAMES_PER_SECOND)))
        count = max(1, int(np.ceil((seconds - _WINDOW_S) / _STEP_S)) + 1)
        for first in range(0, count, _BATCH):
            starts = [i * _STEP_S for i in range(first, min(first + _BATCH, count))]
            for start, probabilities in zip(starts, self._run(read, starts), strict=True):
                sums.add(start, probabilities)
            on_fraction(min(1.0, (first + _BATCH) / count))
        return sums.finish()

    def _run(self, read: Read, starts: list[float]) -> NDArray[np.float32]:
        """Class probabilities, shape (windows, frames, 7)."""
        length = round(_WINDOW_S * SAMPLE_RATE)
        batch = np.zeros((len(starts), 1, length), np.float32)
        for row, start in enumerate(starts):
            samples = read(start, start + _WINDOW_S)
            batch[row, 0, : len(samples)] = samples
        with self._torch.inference_mode():
            out = self._model(self._torch.from_numpy(batch).to(self._device))
        probabilities: NDArray[np.float32] = out.exp().cpu().numpy()
        return probabilities


class _Sums:
    """Overlapping windows averaged on one grid, their middles counting most."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._speech, self._overlap, self._change, self._weight = np.zeros((4, frames), np.float32)
        self._windows: list[int] = []
        self._voices: list[Curve] = []
        per_window = round(_WINDOW_S * FRAMES_PER_SECOND)
        self._grid = (np.arange(per_window) + 0.5) / FRAMES_PER_SECOND

    def add(self, start: float, probabilities: NDArray[np.float32]) -> None:
        """Lay one window's class probabilities, shape (frames, 7), on the grid."""
        curves = self._resample(probabilities)
        voices = curves @ np.array(_POWERSET, np.float32)
        first = round(start * FRAMES_PER_SECOND)
        here = slice(first, min(first + len(curves), self._frames))
        kept = here.stop - here.start
        weight = np.hamming(len(curves)).astype(np.float32)[:kept] + 0.05
        self._speech[here] += weight * (1 - curves[:kept, 0])
        self._overlap[here] += weight * curves[:kept, 4:].sum(axis=1)
        self._change[here] += weight * _changes(voices)[:kept]
        self._weight[here] += weight
        self._windows.append(first // CELL)
        self._voices.append(voices.reshape(-1, CELL, 3).mean(axis=1))

    def _resample(self, probabilities: NDArray[np.float32]) -> Curve:
        """From the network's frames to ours, shape (500, 7)."""
        frames = len(probabilities)
        centres = (np.arange(frames) + 0.5) * (_WINDOW_S / frames)
        columns = [np.interp(self._grid, centres, column) for column in probabilities.T]
        return np.stack(columns, axis=1).astype(np.float32)

    def finish(self) -> Activity:
        """Decide frame by frame."""
        weight = np.maximum(self._weight, 1e-6)
        speech, overlap = self._speech / weight, self._overlap / weight
        strongest = maximum_filter1d(speech, 2 * FRAMES_PER_SECOND + 1)
        heard = speech > np.maximum(_FLOOR, _RELATIVE * strongest)
        return Activity(
            speech=heard,
            overlap=heard & (overlap > _FLOOR),
            pure=heard & (speech > _PURE) & (overlap < _PURE_OVERLAP),
            certainty=_by_cell(speech, np.min),
            change=_by_cell(self._change / weight, np.max),
            windows=np.array(self._windows, np.int64),
            voices=np.stack(self._voices),
        )


def _changes(voices: Curve) -> Curve:
    """How much the local labels differ before and after each frame, 0 to about 1."""
    change = np.zeros(len(voices), np.float32)
    reach = _CHANGE_REACH
    change[reach:-reach] = np.abs(voices[2 * reach :] - voices[: -2 * reach]).sum(axis=1) / 2
    return change


def _by_cell(curve: NDArray[np.floating], pick: Callable[..., Curve]) -> Curve:
    padded = np.pad(curve, (0, -len(curve) % CELL), mode="edge")
    return pick(padded.reshape(-1, CELL), axis=1)
