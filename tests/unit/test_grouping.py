from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.engines.grouping import Labels, centroids, group
from analyzer.engines.segmentation import CELL, FRAMES_PER_SECOND, Activity
from analyzer.engines.voices import DIMENSIONS, Embeddings, Voices, unit_rows
from analyzer.speech import ANYONE, Crowd
from tests.timing import seconds_of

HOP, WINDOW = 4, 16  # cells
HOP_S = HOP * CELL / FRAMES_PER_SECOND
NETWORK_WINDOW, NETWORK_STEP = 100, 25  # cells
TURN = 10  # windows a turn lasts, 4 s


def people(count: int, seed: int = 0, likeness: float = 0.0) -> Embeddings:
    """Voices whose pairs have this cosine, or nearly none."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(DIMENSIONS, count + 1)))[0].T
    voices = np.sqrt(likeness) * axes[0] + np.sqrt(1 - likeness) * axes[1:]
    return unit_rows(voices.astype(np.float32))


def call(voices: Embeddings, who: Sequence[int], noise: float = 0.5, seed: int = 1) -> Voices:
    """A window every 0.4 s, each spoken by one person, with noise of so much of its length."""
    rng = np.random.default_rng(seed)
    spread = rng.normal(0, noise / np.sqrt(DIMENSIONS), (len(who), DIMENSIONS))
    first = np.arange(len(who)) * HOP
    return Voices(
        windows=np.stack([first, first + WINDOW], axis=1),
        embeddings=unit_rows((voices[list(who)] + spread).astype(np.float32)),
        seconds=np.full(len(who), WINDOW * CELL / FRAMES_PER_SECOND, np.float32),
    )


def activity(who: Sequence[int], labels: int = 1) -> Activity:
    """The network hears speech throughout; it gives people one label, or as many as it has."""
    cells = len(who) * HOP + WINDOW
    windows = np.arange(0, max(1, cells - NETWORK_WINDOW + NETWORK_STEP), NETWORK_STEP)
    speaker = np.zeros(cells + NETWORK_WINDOW, np.int64)
    spoken = np.repeat(np.asarray(who, np.int64), HOP)
    speaker[WINDOW // 2 : WINDOW // 2 + len(spoken)] = spoken % labels
    cut = speaker[windows[:, None] + np.arange(NETWORK_WINDOW)]
    frames = cells * CELL
    return Activity(
        speech=np.ones(frames, np.bool_),
        overlap=np.zeros(frames, np.bool_),
        pure=np.ones(frames, np.bool_),
        certainty=np.ones(cells, np.float32),
        change=np.zeros(cells, np.float32),
        windows=windows,
        voices=(cut[..., None] == np.arange(3)).astype(np.float32),
    )


def in_turns(count: int, windows: int) -> list[int]:
    return [(window // TURN) % count for window in range(windows)]


def grouped(heard: Voices, heard_by_network: Activity, crowd: Crowd = ANYONE) -> Labels:
    weights = np.full(len(heard.windows), HOP_S, np.float32)
    return group(heard, heard_by_network, weights, crowd)


def count(labels: Labels) -> int:
    assert set(labels.tolist()) == set(range(len(set(labels.tolist()))))
    return len(set(labels.tolist()))


def are_same(labels: Labels, who: Sequence[int]) -> bool:
    """Whether two ways to name the people agree but for the names."""
    pairs = set(zip(labels.tolist(), who, strict=True))
    return len(pairs) == len(set(who)) == len(set(labels.tolist()))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("noise", [0.2, 0.6, 0.9])
@pytest.mark.parametrize("present", [1, 2, 4])
def test_nobody_needs_to_say_how_many_people_speak(present: int, noise: float, seed: int) -> None:
    who = in_turns(present, 160)
    heard = call(people(present, seed), who, noise, seed)
    assert are_same(grouped(heard, activity(who)), who)


@pytest.mark.parametrize("counted", [1, 2, 3])
def test_a_count_is_taken_at_its_word(counted: int) -> None:
    who = in_turns(2, 160)
    heard = call(people(2), who)
    assert count(grouped(heard, activity(who), Crowd(counted, exact=True))) == counted


def test_fewer_may_have_come_than_were_invited() -> None:
    who = in_turns(2, 160)
    assert are_same(grouped(call(people(2), who), activity(who), Crowd(6)), who)


def test_nobody_comes_uninvited() -> None:
    who = in_turns(4, 160)
    assert count(grouped(call(people(4), who), activity(who), Crowd(3))) == 3


@pytest.mark.parametrize(("windows", "expected"), [(2, 2), (15, 3)])
def test_a_noise_is_nobody_but_who_says_little_is_somebody(windows: int, expected: int) -> None:
    who = in_turns(2, 160)
    who[100 : 100 + windows] = [2] * windows
    assert count(grouped(call(people(3), who), activity(who))) == expected


@pytest.mark.parametrize(("labels", "expected"), [(1, 1), (2, 2)])
def test_like_voices_are_two_people_where_the_network_tells_them_apart(
    labels: int, expected: int
) -> None:
    who = in_turns(2, 160)
    heard = call(people(2, likeness=0.88), who, noise=0.5)
    assert count(grouped(heard, activity(who, labels))) == expected


def test_one_voice_under_two_labels_is_one_person() -> None:
    who = in_turns(2, 160)
    heard = call(people(2, likeness=0.99), who, noise=0.2)
    assert count(grouped(heard, activity(who, labels=2))) == 1


@pytest.mark.parametrize("windows", [0, 1, 2])
def test_hardly_any_speech_is_one_person_at_most(windows: int) -> None:
    who = [0] * windows
    labels = grouped(call(people(1), who), activity(who))
    assert labels.tolist() == who


def test_the_same_call_is_grouped_the_same_way() -> None:
    who = in_turns(4, 160)
    one, two = (grouped(call(people(4), who, 0.9), activity(who)) for _ in range(2))
    assert one.tolist() == two.tolist()


def test_two_hours_take_seconds() -> None:
    who = in_turns(4, 20_000)
    heard, heard_by_network = call(people(4), who), activity(who)
    seconds, labels = seconds_of(lambda: grouped(heard, heard_by_network), runs=1)
    assert seconds < 10
    assert are_same(labels, who)


def test_a_mean_voice_has_length_one_and_weighs_its_windows() -> None:
    east, north = np.eye(2, DIMENSIONS, dtype=np.float32)
    weights: NDArray[np.float32] = np.array([3, 4, 1], np.float32)
    mean = centroids(np.stack([east, north, north]), np.array([0, 0, 1]), weights)
    assert mean[0, :2].tolist() == pytest.approx([0.6, 0.8])
    assert mean[1, :2].tolist() == pytest.approx([0.0, 1.0])
