"""How many people speak, and which windows are whose: grouping of voice embeddings.

Windows are first cut into many groups, then groups are merged while they sound like one voice.
Two groups are compared by the mean similarity between them over the mean similarity within them:
the noise of short windows, of telephone lines and of bad rooms cancels out of that ratio.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array

from analyzer.engines.segmentation import CELL, FRAMES_PER_SECOND, Activity
from analyzer.engines.voices import Embeddings, Voices, unit_rows
from analyzer.speech import Crowd

Labels = NDArray[np.int64]
"""The group of each window."""
Table = NDArray[np.float64]
"""A symmetric table, shape (groups, groups)."""

_CELLS_PER_SECOND = FRAMES_PER_SECOND // CELL
_FINE = 0.25  # cosine distance of the first cut, well inside one voice
_MOST_LINKED = 1500  # average linkage needs every pair: longer calls are cut on a sample

# Merging, as similarity ratios. Measured on calls as recorded, at 8 kHz, as mp3 and in noise, and
# on real meetings and telephone calls: two groups of one voice that both last over 4 s always
# reach 0.89, groups of two people never exceed 0.80; smaller groups are noisier, down to 0.65.
_SAME_VOICE, _SMALL_DISCOUNT, _SMALL_S = 0.84, 0.20, 4.0
# Where the segmentation itself keeps two groups apart, only a near identity is one voice. Where
# it does not, that says nothing: it is known to give two people one label.
_SAME_THOUGH_KEPT_APART, _APART_FROM, _APART_FULLY = 0.93, 0.6, 0.9
_SAME_OF_EXPECTED = 0.88  # where no more people were found than were invited

_EVIDENT = 3  # cells, 0.3 s, of both in what the segmentation hears at once

_SMALLEST_SHARE, _SMALLEST_S, _LARGEST_SMALLEST_S = 0.02, 1.0, 4.0


def group(voices: Voices, activity: Activity, weights: NDArray[np.float32], crowd: Crowd) -> Labels:
    """Give each window a group, 0 upwards; `weights` are the seconds each stands for."""
    return _Grouping(voices, activity, weights, crowd).run()


def centroids(embeddings: Embeddings, labels: Labels, weights: NDArray[np.float32]) -> Embeddings:
    """The mean voice of each group, unit length."""
    return unit_rows(_sums(labels, embeddings * weights[:, None]).astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """Pairs of windows that share sound, and how alike they are."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    alike: NDArray[np.float64]


class _Grouping:
    """One grouping under way."""

    def __init__(
        self,
        voices: Voices,
        activity: Activity,
        weights: NDArray[np.float32],
        crowd: Crowd,
    ) -> None:
        self._voices, self._activity, self._weights = voices, activity, weights
        self._crowd = crowd
        self._shared = _sharing_sound(voices)
        shortest = _SMALLEST_SHARE * float(weights.sum())
        self._smallest_s = float(np.clip(shortest, _SMALLEST_S, _LARGEST_SMALLEST_S))

    def run(self) -> Labels:
        labels = self._settle(self._first_cut())
        while labels.max(initial=0) > 0:
            pair = self._next_merge(labels)
            if pair is None:
                break
            labels = self._settle(np.where(labels == pair[1], pair[0], labels))
        return labels

    def _first_cut(self) -> Labels:
        embeddings = self._voices.embeddings
        if len(embeddings) < 2:
            return np.zeros(len(embeddings), np.int64)
        sample = np.unique(np.linspace(0, len(embeddings) - 1, _MOST_LINKED).astype(np.int64))
        tree = linkage(embeddings[sample], "average", metric="cosine")
        cut = fcluster(tree, _FINE, "distance")
        wanted = self._crowd.count or 1
        if cut.max() < wanted:
            cut = fcluster(tree, wanted, "maxclust")
        middles = centroids(embeddings[sample], _renumber(cut), self._weights[sample])
        return np.asarray((embeddings @ middles.T).argmax(axis=1), np.int64)

    def _settle(self, labels: Labels) -> Labels:
        """Let windows move to the nearest group a few times."""
        embeddings = self._voices.embeddings
        labels = _renumber(labels)
        for _ in range(3):
            before = labels
            middles = centroids(embeddings, labels, self._weights)
            labels = _renumber((embeddings @ middles.T).argmax(axis=1))
            if np.array_equal(labels, before):
                break
        return labels

    def _next_merge(self, labels: Labels) -> tuple[int, int] | None:
        """The two groups to make one, the smaller number first; None when all are people."""
        groups = int(labels.max()) + 1
        seconds: NDArray[np.float64] = np.bincount(labels, self._weights, groups).astype(np.float64)
        ratios = _similarity(self._voices.embeddings, labels, self._shared)
        wanted = self._crowd.count
        if self._crowd.exact and wanted is not None and groups <= wanted:
            return None
        smallest = int(seconds.argmin())
        if seconds[smallest] < self._smallest_s:
            other = int(ratios[smallest].argmax())
            return min(smallest, other), max(smallest, other)
        excess = np.subtract(ratios, self._limits(labels, seconds))
        first, second = np.unravel_index(int(excess.argmax()), excess.shape)
        if excess[first, second] < 0 and not (wanted is not None and groups > wanted):
            return None
        return int(min(first, second)), int(max(first, second))

    def _limits(self, labels: Labels, seconds: NDArray[np.float64]) -> Table:
        """The ratio above which each pair is one voice."""
        expected = self._crowd.count is not None and len(seconds) <= self._crowd.count
        smaller = np.minimum(seconds[:, None], seconds)
        limits = (_SAME_OF_EXPECTED if expected else _SAME_VOICE) - _SMALL_DISCOUNT * np.exp(
            -(smaller - 1) / _SMALL_S
        )
        apart = _kept_apart(self._activity, self._voices.windows, labels)
        firmness = np.clip((apart - _APART_FROM) / (_APART_FULLY - _APART_FROM), 0, 1)
        return np.asarray(limits + (_SAME_THOUGH_KEPT_APART - limits) * firmness)


def _similarity(embeddings: Embeddings, labels: Labels, shared: _Shared) -> Table:
    """Mean similarity between groups over that within them; -inf on the diagonal.

    Windows that share sound are left out: they are alike whoever speaks.
    """
    sums, sizes = _sums(labels, embeddings), np.bincount(labels).astype(np.float64)
    alike = _by_pair(labels, shared, shared.alike)
    counted = _by_pair(labels, shared, np.ones(len(shared.alike)))
    totals = sums @ sums.T - alike - alike.T
    pairs = np.outer(sizes, sizes) - counted - counted.T
    # A group's own pairs also hold each window with itself, whose similarity is 1.
    itself = np.diag(sizes)
    means = (totals - itself) / np.maximum(pairs - itself, 1e-9)
    within = np.where(np.diag(pairs - itself) >= 1, np.diag(means), np.nan)
    fallback = np.nanmedian(within) if np.isfinite(within).any() else 0.75
    within = np.maximum(np.where(np.isnan(within), fallback, within), 1e-2)
    ratios = means / np.sqrt(np.outer(within, within))
    ratios[pairs - itself < 1] = 0.0
    np.fill_diagonal(ratios, -np.inf)
    return np.asarray(ratios)


def _sharing_sound(voices: Voices) -> _Shared:
    windows = voices.windows
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for apart in range(1, 2 * _CELLS_PER_SECOND):
        first = np.arange(len(windows) - apart)
        first = first[windows[first, 1] > windows[first + apart, 0]]
        if not len(first):
            break
        firsts.append(first)
        seconds.append(first + apart)
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    alike = (voices.embeddings[first] * voices.embeddings[second]).sum(axis=1)
    return _Shared(first, second, alike.astype(np.float64))


def _by_pair(labels: Labels, shared: _Shared, values: NDArray[np.float64]) -> Table:
    """The sum of a value over the pairs of windows of each two groups."""
    groups = int(labels.max()) + 1
    cells = labels[shared.first] * groups + labels[shared.second]
    summed = np.bincount(cells, values, groups * groups)
    return np.asarray(summed.reshape(groups, groups), np.float64)


def _kept_apart(activity: Activity, windows: NDArray[np.int64], labels: Labels) -> Table:
    """How far the segmentation gives two groups different labels where it hears both, 0 to 1."""
    groups = int(labels.max()) + 1
    by_cell = np.full(activity.cells + activity.voices.shape[1], -1)
    by_cell[windows.mean(axis=1).astype(np.int64)] = labels
    for shift in (-2, -1, 1, 2):
        near = np.clip(windows.mean(axis=1).astype(np.int64) + shift, 0, activity.cells - 1)
        by_cell[near] = np.where(by_cell[near] < 0, labels, by_cell[near])
    apart, total = np.zeros((2, groups, groups))
    for start, voices in zip(activity.windows, activity.voices, strict=True):
        owners = by_cell[start : start + len(voices)]
        present, count = np.unique(owners, return_counts=True)
        is_evident = (present >= 0) & (count >= _EVIDENT)
        present, count = present[is_evident], count[is_evident]
        held = (owners == present[:, None]).astype(np.float64) @ voices
        held /= np.maximum(held.sum(axis=1, keepdims=True), 1e-6)
        common = np.minimum(held[:, None], held).sum(axis=2)
        evidence = np.minimum(count[:, None], count)
        apart[np.ix_(present, present)] += (1 - common) * evidence
        total[np.ix_(present, present)] += evidence
    return np.asarray(apart / np.maximum(total, 1))


def _sums(labels: Labels, rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """The sum of each group's rows; sparse, for a noisy call begins as hundreds of groups."""
    count = len(labels)
    owners = csr_array(
        (np.ones(count), (labels, np.arange(count))), (int(labels.max(initial=0)) + 1, count)
    )
    return np.asarray(owners @ rows, np.float64)


def _renumber(labels: NDArray[np.integer]) -> Labels:
    return np.asarray(np.unique(labels, return_inverse=True)[1], np.int64)
