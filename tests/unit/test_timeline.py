import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.speech import Span
from analyzer.timeline import (
    complement,
    covered,
    distance_s,
    intersection,
    shared_s,
    total_s,
    union,
)

instants = st.integers(0, 100).map(float)
spans = st.lists(st.tuples(instants, instants).map(lambda edges: Span(min(edges), max(edges))))


def test_spans_that_touch_or_overlap_become_one():
    assert union([Span(4, 6), Span(0, 2), Span(2, 3), Span(5, 7)]) == (Span(0, 3), Span(4, 7))


def test_only_gaps_shorter_than_the_bridge_are_filled():
    assert union([Span(0, 1), Span(2, 3), Span(4.5, 5)], bridge_s=1.5) == (Span(0, 3), Span(4.5, 5))


def test_depth_two_is_where_two_hold_at_once():
    track = [Span(0, 5), Span(3, 8), Span(4, 6), Span(8, 9)]
    assert covered(track, depth=2) == (Span(3, 6),)


def test_intersection_ignores_how_often_each_set_holds():
    assert intersection([Span(0, 3), Span(1, 4)], [Span(2, 9)]) == (Span(2, 4),)


def test_complement_is_what_is_left_inside():
    assert complement([Span(-1, 1), Span(4, 5)], Span(0, 6)) == (Span(1, 4), Span(5, 6))


def test_empty_and_backward_spans_hold_nothing():
    assert union([Span(1, 1), Span(3, 2)]) == ()
    assert complement([], Span(0, 0)) == ()


@pytest.mark.parametrize(
    ("span", "shared", "distance"),
    [(Span(1, 3), 1, 0), (Span(2, 4), 0, 0), (Span(2.5, 3), 0, 0.5), (Span(-2, -1), 0, 1)],
)
def test_a_span_against_what_is_held(span, shared, distance):
    held = (Span(0, 2), Span(4, 6))
    assert shared_s(held, span) == shared
    assert distance_s(held, span) == distance


@given(spans)
def test_union_and_complement_share_out_the_whole(some):
    whole = Span(0.0, 100.0)
    assert total_s(union(some)) + total_s(complement(some, whole)) == whole.seconds


@given(spans, spans)
def test_shared_seconds_add_up_to_the_intersection(ones, others):
    held = union(others)
    assert sum(shared_s(held, one) for one in union(ones)) == total_s(intersection(ones, others))
