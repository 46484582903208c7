"""Who holds the floor at each instant: the best path through the voices.

Every tenth of a second is compared with each person's voice; the path that fits best wins,
where changing person costs something, and less in a pause or where the segmentation hears a
change.
"""

import numpy as np
from numpy.typing import NDArray

from analyzer.engines.segmentation import CELL, FRAMES_PER_SECOND, Activity, Mask
from analyzer.engines.voices import Embeddings, Voices

_SHARPNESS = 16.0
_CHANGE_COST = 3.0
_FULL_SECONDS = 1.0  # a window with less clear speech counts less
_LEAST_SECONDS = 0.12
_HEARD_CHANGE, _PAUSE = 0.7, 0.85  # the share of the cost that each can take away
_PAUSE_CERTAINTY = 0.9
_SEARCH = 60 * FRAMES_PER_SECOND  # how far from an overlap its second person is looked for

Path = NDArray[np.int64]
"""The person who holds the floor, by cell."""


def follow(voices: Voices, people: Embeddings, activity: Activity) -> Path:
    """The person of each cell; `voices` holds one window a cell, ordered by its middle."""
    scores = np.zeros((activity.cells, len(people)))
    middles = np.clip(voices.windows.sum(axis=1) // 2, 0, activity.cells - 1)
    fit = voices.embeddings @ people.T
    trust = np.sqrt(np.minimum(voices.seconds / _FULL_SECONDS, 1.0))
    trust = np.where(voices.seconds >= _LEAST_SECONDS, trust, 0.0)
    scores[middles] = (fit - fit.mean(axis=1, keepdims=True)) * _SHARPNESS * trust[:, None]
    return _best_path(scores, _change_costs(activity))


def _change_costs(activity: Activity) -> NDArray[np.float64]:
    heard = _HEARD_CHANGE * np.clip(1.5 * activity.change, 0, 1)
    pause = _PAUSE * np.clip(1 - activity.certainty / _PAUSE_CERTAINTY, 0, 1)
    return np.asarray(_CHANGE_COST * (1 - np.maximum(heard, pause)), np.float64)


def _best_path(scores: NDArray[np.float64], costs: NDArray[np.float64]) -> Path:
    """Viterbi's path: the most score less the cost of each change."""
    cells, people = scores.shape
    came_from = np.zeros((cells, people), np.int32)
    total, stay = scores[0], np.arange(people)
    for cell in range(1, cells):
        best = int(total.argmax())
        changed = total[best] - costs[cell]
        keep = total >= changed
        came_from[cell] = np.where(keep, stay, best)
        total = np.where(keep, total, changed) + scores[cell]
    path = np.zeros(cells, np.int64)
    path[-1] = int(total.argmax())
    for cell in range(cells - 1, 0, -1):
        path[cell - 1] = came_from[cell, path[cell]]
    return path


def spoken_by(path: Path, activity: Activity, people: int) -> Mask:
    """Who speaks in each frame, shape (frames, people), overlaps included.

    In an overlap the floor's holder speaks, and whoever holds it nearest in time besides.
    """
    frames = len(activity.speech)
    holder = np.repeat(path, CELL)[:frames]
    spoken = np.zeros((frames, people), np.bool_)
    spoken[np.arange(frames), holder] = activity.speech
    for first, last in runs(activity.overlap):
        other = _nearest_other(holder, activity.speech, first, last)
        if other is not None:
            spoken[first:last, other] = True
    return spoken


def _nearest_other(holder: Path, speech: Mask, first: int, last: int) -> int | None:
    own = int(np.bincount(holder[first:last]).argmax())
    low, high = max(0, first - _SEARCH), last + _SEARCH
    others = low + np.flatnonzero(speech[low:high] & (holder[low:high] != own))
    if not len(others):
        return None
    away = np.maximum(first - others, others - last + 1)
    return int(holder[others[int(away.argmin())]])


def runs(mask: Mask) -> list[tuple[int, int]]:
    """First and one-past-last index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.pad(mask.astype(np.int8), 1)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
