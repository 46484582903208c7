from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.engines.following import Path, follow, runs, spoken_by
from analyzer.engines.segmentation import CELL, FRAMES_PER_SECOND, Activity, Curve
from analyzer.engines.voices import Embeddings, Voices, unit_rows

PEOPLE: Embeddings = np.eye(3, dtype=np.float32)
CLEAR, VAGUE = 1.0, 0.12
"""By how much a window fits its speaker better than the others."""


def heard(who: Sequence[int], fits: float = CLEAR, seconds: float = 1.0) -> Voices:
    """One window a cell, that sounds like its speaker."""
    cells = np.arange(len(who))
    rows = 0.5 + fits * (PEOPLE[list(who)] - 1 / 3)
    return Voices(
        windows=np.stack([cells, cells + 1], axis=1),
        embeddings=unit_rows(rows.astype(np.float32)),
        seconds=np.full(len(who), seconds, np.float32),
    )


def activity(cells: int) -> Activity:
    """Speech throughout, no overlap and no sign of a change."""
    speech = np.ones(cells * CELL, np.bool_)
    return Activity(
        speech=speech,
        overlap=~speech,
        pure=speech,
        certainty=np.ones(cells, np.float32),
        change=np.zeros(cells, np.float32),
        windows=np.zeros(1, np.int64),
        voices=np.zeros((1, 100, 3), np.float32),
    )


def at(cells: int, *marked: int) -> Curve:
    curve = np.zeros(cells, np.float32)
    curve[list(marked)] = 1.0
    return curve


def frames(path: Sequence[int]) -> Path:
    return np.array(path, np.int64)


def test_the_path_follows_clear_voices() -> None:
    who = [0] * 20 + [2] * 15 + [1] * 20 + [0] * 10
    assert follow(heard(who), PEOPLE, activity(len(who))).tolist() == who


ONE_ODD_CELL = [0] * 10 + [1] + [0] * 10


def test_one_odd_cell_changes_nobody() -> None:
    path = follow(heard(ONE_ODD_CELL, VAGUE), PEOPLE, activity(21))
    assert set(path.tolist()) == {0}


def test_many_odd_cells_are_another_person() -> None:
    who = [0] * 10 + [1] * 10 + [0] * 10
    assert follow(heard(who, VAGUE), PEOPLE, activity(30)).tolist() == who


@pytest.mark.parametrize("sign", ["a pause", "a change that the network hears"])
def test_a_change_is_cheap_in_a_pause_or_where_one_is_heard(sign: str) -> None:
    plain, marks = activity(21), at(21, 10, 11)
    if sign == "a pause":
        marked = replace(plain, certainty=1 - marks)
    else:
        marked = replace(plain, change=marks)
    assert follow(heard(ONE_ODD_CELL, VAGUE), PEOPLE, marked).tolist() == ONE_ODD_CELL


@pytest.mark.parametrize(("seconds", "changes"), [(1.0, True), (0.1, False)])
def test_windows_without_clear_speech_tell_nothing(seconds: float, changes: bool) -> None:
    who = [0] * 10 + [1] * 10
    sure, unsure = heard(who), heard(who, seconds=seconds)
    voices = replace(sure, seconds=np.where(np.arange(20) < 10, sure.seconds, unsure.seconds))
    assert (1 in follow(voices, PEOPLE, activity(20))) is changes


def test_cells_without_a_window_stay_with_whoever_spoke() -> None:
    who = [0] * 10 + [1] * 10
    voices = heard(who)
    kept = np.array([*range(8), *range(14, 20)])
    sparse = Voices(voices.windows[kept], voices.embeddings[kept], voices.seconds[kept])
    path = follow(sparse, PEOPLE, activity(20))
    assert path[:8].tolist() == [0] * 8
    assert path[14:].tolist() == [1] * 6
    assert np.count_nonzero(np.diff(path)) == 1


def test_one_person_holds_the_floor_throughout() -> None:
    assert follow(heard([0] * 5), PEOPLE[:1], activity(5)).tolist() == [0] * 5


def test_nobody_speaks_in_silence() -> None:
    quiet = activity(4)
    quiet.speech[CELL : 3 * CELL] = False
    spoken = spoken_by(frames([0, 0, 1, 1]), quiet, 2)
    assert runs(spoken[:, 0]) == [(0, CELL)]
    assert runs(spoken[:, 1]) == [(3 * CELL, 4 * CELL)]


@pytest.mark.parametrize(
    ("path", "second"),
    [
        pytest.param([2, 2, 0, 0, 0, 0, 1, 1], 1, id="the one after is nearer"),
        pytest.param([1, 1, 2, 0, 0, 0, 0, 1], 2, id="the one before is nearer"),
    ],
)
def test_in_an_overlap_the_nearest_other_person_speaks_besides(
    path: list[int], second: int
) -> None:
    both = activity(8)
    both.overlap[4 * CELL : 5 * CELL] = True
    spoken = spoken_by(frames(path), both, 3)
    overlap = slice(4 * CELL, 5 * CELL)
    assert np.flatnonzero(spoken[overlap].any(axis=0)).tolist() == sorted([0, second])
    assert spoken[overlap].sum(axis=1).tolist() == [2] * CELL
    assert spoken[: 4 * CELL].sum(axis=1).tolist() == [1] * 4 * CELL


def test_an_overlap_far_from_anyone_else_is_one_persons() -> None:
    minute = 60 * FRAMES_PER_SECOND // CELL
    both = activity(minute + 10)
    both.overlap[: 2 * CELL] = True
    spoken = spoken_by(frames([0] * (minute + 5) + [1] * 5), both, 2)
    assert not spoken[: 2 * CELL, 1].any()


def test_nobody_is_added_to_an_overlap_by_a_silence_of_theirs() -> None:
    both = activity(4)
    both.overlap[:CELL] = True
    both.speech[2 * CELL :] = False
    assert not spoken_by(frames([0, 0, 1, 1]), both, 2)[:, 1].any()


@given(st.lists(st.booleans()))
def test_runs_are_the_stretches_of_a_mask(mask: list[bool]) -> None:
    found = runs(np.array(mask, np.bool_))
    again = np.zeros(len(mask), np.bool_)
    for first, last in found:
        assert first < last
        again[first:last] = True
    assert again.tolist() == mask
    assert all(one[1] < other[0] for one, other in pairwise(found))
