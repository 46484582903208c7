from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.audio import SAMPLE_RATE, Audio, Track
from analyzer.engines.clips import LONGEST_S, Clip, Lane, lanes
from analyzer.speech import Span
from analyzer.timeline import covered, intersection, total_s

HALF_HOUR = 1800.0
SAMPLE_S = 1 / SAMPLE_RATE
unhurried = settings(deadline=None)


def silent(seconds: float = HALF_HOUR, index: int = 0) -> Track:
    """A track that is never read."""
    return Track(Audio(Path("unused"), 1, round(seconds * SAMPLE_RATE)), (0,), index)


@st.composite
def speeches(draw: st.DrawFn) -> list[Span]:
    """Turns of up to two minutes, sorted and disjoint, in frames of 20 ms."""
    lengths = draw(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 6000)), max_size=12))
    edges = [0, *accumulate(frames for pair in lengths for frames in pair)]
    return [Span(edges[n] / 50, edges[n + 1] / 50) for n in range(1, len(edges) - 1, 2)]


def heard_whole(lane: Lane) -> list[Clip]:
    """The windows of a lane, each heard to its end."""
    clips = []
    while lane.seconds > 0:
        clips.append(lane.window())
        lane.advance(clips[-1], clips[-1].seconds)
    return clips


def pieces_of(waiting: list[Lane]) -> list[Span]:
    return [piece for lane in waiting for clip in heard_whole(lane) for piece in clip.pieces]


@unhurried
@given(speeches(), st.integers(1, 8))
def test_every_second_of_speech_is_heard_once(speech: list[Span], count: int) -> None:
    pieces = pieces_of(lanes(silent(), speech, count))
    assert total_s(intersection(speech, pieces)) == pytest.approx(total_s(speech))
    assert total_s(covered(pieces, depth=2)) == pytest.approx(0.0, abs=SAMPLE_S)
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(pieces))
    assert all(0 <= piece.start < piece.end <= HALF_HOUR for piece in pieces)


@unhurried
@given(speeches(), st.integers(1, 8))
def test_no_window_is_longer_than_the_recogniser_hears(speech: list[Span], count: int) -> None:
    for lane in lanes(silent(), speech, count):
        for clip in heard_whole(lane):
            assert SAMPLE_S <= clip.seconds <= LONGEST_S + 1e-6 < 30


@unhurried
@given(speeches(), st.integers(1, 8))
def test_there_are_no_more_lanes_than_asked_for_and_none_is_empty(
    speech: list[Span], count: int
) -> None:
    waiting = lanes(silent(), speech, count)
    assert bool(waiting) == bool(speech)
    assert len(waiting) <= count
    assert all(lane.seconds > 0 for lane in waiting)


@unhurried
@given(speeches(), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))
def test_a_lane_empties_however_little_of_a_window_is_heard(
    speech: list[Span], shares: list[float]
) -> None:
    for lane in lanes(silent(), speech[:2], 1):
        left, turns = lane.seconds, 0
        while lane.seconds > 0:
            clip = lane.window()
            lane.advance(clip, clip.seconds * shares[turns % len(shares)])
            assert lane.seconds < left
            left, turns = lane.seconds, turns + 1
        assert turns < 1000


@unhurried
@given(speeches(), st.floats(-1, 31), st.floats(0, 5))
def test_what_is_heard_lies_inside_one_piece(
    speech: list[Span], start: float, seconds: float
) -> None:
    for lane in lanes(silent(), speech, 1):
        for clip in heard_whole(lane):
            span = clip.on_recording(start, start + seconds)
            assert span.start <= span.end
            assert any(piece.start <= span.start and span.end <= piece.end for piece in clip.pieces)


@unhurried
@given(speeches(), st.floats(0, 30))
def test_instants_are_carried_back_in_order(speech: list[Span], at: float) -> None:
    for lane in lanes(silent(), speech, 1):
        for clip in heard_whole(lane):
            one, other = (clip.on_recording(t, t).start for t in (at, at + 0.5))
            assert one <= other


def test_times_are_carried_back_over_the_pauses_left_out() -> None:
    clip = Clip(silent(), (Span(10, 12), Span(20, 25)))
    assert clip.seconds == 7
    assert clip.on_recording(0.5, 1.5) == Span(10.5, 11.5)
    assert clip.on_recording(3.0, 4.0) == Span(21.0, 22.0)
    assert clip.on_recording(1.5, 2.2) == Span(11.5, 12.0)
    assert clip.on_recording(1.9, 4.0) == Span(20.0, 22.0)
    assert clip.on_recording(8.0, 9.0) == Span(25.0, 25.0)


def test_short_pauses_stay_and_long_ones_are_cut_to_their_margins() -> None:
    (lane,) = lanes(silent(), [Span(10, 12), Span(13, 15), Span(25, 27)], 1)
    assert lane.window().pieces == (Span(9.6, 15.4), Span(24.6, 27.4))


def test_margins_stay_inside_the_recording() -> None:
    (lane,) = lanes(silent(seconds=6), [Span(0.1, 5.9)], 1)
    assert lane.window().pieces == (Span(0.0, 6.0),)


def test_a_window_ends_at_a_pause_before_it_gets_too_long() -> None:
    (lane,) = lanes(silent(), [Span(10, 30), Span(40, 60)], 1)
    first, second = heard_whole(lane)
    assert (first.pieces, second.pieces) == ((Span(9.6, 30.4),), (Span(39.6, 60.4),))


def test_rounding_leaves_no_window_without_sound() -> None:
    (lane,) = lanes(silent(), [Span(8.8, 27.7)], 1)
    assert len(heard_whole(lane)) == 1


def test_what_was_not_heard_comes_again() -> None:
    (lane,) = lanes(silent(), [Span(10, 20)], 1)
    lane.advance(lane.window(), 4.0)
    assert lane.window().pieces == (Span(13.6, 20.4),)


def test_a_shred_does_not_come_again() -> None:
    (lane,) = lanes(silent(), [Span(10, 20)], 1)
    clip = lane.window()
    lane.advance(clip, clip.seconds - 0.5)
    assert lane.seconds == 0


def test_lanes_share_the_speech_evenly() -> None:
    speech = [Span(start, start + 8) for start in range(0, 1200, 10)]
    waiting = lanes(silent(), speech, 4)
    share = sum(lane.seconds for lane in waiting) / 4
    assert [lane.seconds for lane in waiting] == pytest.approx([share] * 4, abs=15)


def test_little_speech_is_one_lane() -> None:
    assert len(lanes(silent(), [Span(0, 40), Span(50, 80)], 8)) == 1


def test_a_window_sounds_like_its_pieces(tmp_path: Path) -> None:
    ramp = np.arange(10 * SAMPLE_RATE) // SAMPLE_RATE
    ramp.astype("<i2").tofile(tmp_path / "ramp.s16")
    track = Track(Audio(tmp_path / "ramp.s16", 1, len(ramp)), (0,))
    samples = Clip(track, (Span(1, 2), Span(7, 8.5))).samples()
    assert len(samples) == 2.5 * SAMPLE_RATE
    assert np.unique(samples * 32768).tolist() == [1, 7, 8]
