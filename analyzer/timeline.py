"""Sets of stretches of time: where they hold, meet, miss, and how long they are."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from analyzer.speech import Span


def covered(spans: Iterable[Span], depth: int = 1) -> tuple[Span, ...]:
    """The stretches where at least `depth` of the spans hold, sorted and disjoint."""
    spans = [span for span in spans if span.end > span.start]
    edges = [(span.start, 1) for span in spans] + [(span.end, -1) for span in spans]
    found: list[Span] = []
    height, since = 0, 0.0
    # At one instant spans open before others close, so that those that touch are joined.
    for instant, step in sorted(edges, key=lambda edge: (edge[0], -edge[1])):
        height += step
        if step > 0 and height == depth:
            since = instant
        elif step < 0 and height == depth - 1 and instant > since:
            found.append(Span(since, instant))
    return tuple(found)


def union(spans: Iterable[Span], *, bridge_s: float = 0.0) -> tuple[Span, ...]:
    """The stretches where any span holds; gaps shorter than `bridge_s` are filled."""
    joined: list[Span] = []
    for span in covered(spans):
        if joined and span.start - joined[-1].end < bridge_s:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)


def intersection(ones: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """The stretches that both sets hold."""
    return covered((*covered(ones), *covered(others)), depth=2)


def complement(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """The stretches of `within` where no span holds."""
    held = intersection(spans, (within,))
    edges = (Span(within.start, within.start), *held, Span(within.end, within.end))
    gaps = (Span(before.end, after.start) for before, after in pairwise(edges))
    return tuple(gap for gap in gaps if gap.end > gap.start)


def total_s(spans: Iterable[Span]) -> float:
    """Seconds in which any span holds; what is held twice counts once."""
    return sum(span.seconds for span in covered(spans))


def shared_s(held: Sequence[Span], span: Span) -> float:
    """Seconds of a span that are held; `held` is sorted and disjoint, as `union` gives it."""
    shared = 0.0
    first = bisect_left(held, span.start, key=lambda one: one.end)
    for one in islice(held, first, None):
        if one.start >= span.end:
            break
        shared += one.overlap(span)
    return shared


def distance_s(held: Sequence[Span], span: Span) -> float:
    """Seconds from a span to the nearest held one; `held` as for `shared_s`, and not empty."""
    after = bisect_left(held, span.start, key=lambda one: one.end)
    return min(one.gap(span) for one in held[max(0, after - 1) : after + 1])
