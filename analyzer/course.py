"""The way a call goes through its agenda: which sentence is about which item."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.relevance import Grid, Mask, Relevance

Course = NDArray[np.int_]
"""By sentence the place of its item on the agenda, or `NONE`."""
NONE = -1

_FULL_WORDS = 8.0
"""A sentence with fewer words says less than a full one."""
_ALONE = 1.5
"""What words count for where meaning is not known."""
_STRONGEST = 3
"""Sentences of an item that show how strong its case is."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts; `python -m tests.accuracy.agenda_fit` fits them."""

    sentence: tuple[float, float, float, float] = (-0.95, 2.0, 10.8, 1.2)
    """That a sentence is about an item: before anything is known, words, phrases, meaning."""
    early: float = 1.5
    """That it is about what is planned first rather than last: calls run out of time."""
    change: float = 2.4
    """Against going on to another item."""
    jump: float = 3.8
    """Against another item than the next one on the agenda, besides."""
    item: tuple[float, float, float, float, float] = (0.64, 0.47, 0.9, -3.34, -3.03)
    """That an item is covered: before anything is known, then its `signs`."""


WEIGHTS = Weights()


def evidence(relevance: Relevance, words: Grid, weights: Weights = WEIGHTS) -> Grid:
    """The log odds that each sentence is about each item; `words` counts those of sentences."""
    base, named, usual, meant = weights.sentence
    named *= 1.0 if relevance.meaning.any() else _ALONE
    odds = base + named * relevance.words + usual * relevance.phrases + meant * relevance.meaning
    odds += weights.early * (0.5 - relevance.late)[:, None]
    result: Grid = odds * np.minimum(1.0, words / _FULL_WORDS)
    return result


def likeliest(odds: Grid, silent: Mask, weights: Weights = WEIGHTS) -> Course:
    """The likeliest course of the call (Viterbi): people stay on an item, then take the next.

    `silent` sentences belong to none.
    """
    count, size = odds.shape
    states = np.vstack([odds, np.zeros(size)])
    states[:count, silent] = -1e6
    cost = _costs(count, weights)
    score = np.zeros(count + 1)
    came_from = np.zeros((size, count + 1), dtype=int)
    for at in range(size):
        if at:
            paths = score[:, None] - cost
            came_from[at] = paths.argmax(axis=0)
            score = paths.max(axis=0)
        score = score + states[:, at]
    course = np.zeros(size, dtype=int)
    best = int(score.argmax())
    for at in range(size - 1, -1, -1):
        course[at] = best
        best = int(came_from[at, best])
    return np.where(course == count, NONE, course)


def _costs(count: int, weights: Weights) -> Grid:
    """What it takes to go from one state to another; the last state is no item."""
    cost = np.full((count + 1, count + 1), weights.change + weights.jump)
    cost[count, :] = cost[:, count] = weights.change
    following = np.arange(count - 1)
    cost[following, following + 1] = weights.change
    np.fill_diagonal(cost, 0.0)
    return cost


def signs(relevance: Relevance, odds: Grid, course: Course) -> Grid:
    """A row an item: how surely it is named, how strong its part of the call is, put off, late.

    Each is 0 where there is nothing; all but the second are at most 1.
    """
    named = relevance.words.max(axis=1, initial=0.0)
    held = np.where(course == np.arange(len(odds))[:, None], odds, 0.0)
    strongest = np.sort(held, axis=1)[:, -_STRONGEST:].sum(axis=1) / 5.0
    return np.column_stack([named, strongest, relevance.put_off, relevance.late])


def is_covered(found: Grid, weights: Weights = WEIGHTS) -> Mask:
    """Which items were discussed, by their signs; none that is neither named nor has a part."""
    base, *each = weights.item
    result: Mask = (base + found @ np.array(each) > 0) & found[:, :2].any(axis=1)
    return result
