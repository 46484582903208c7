"""What lies under the waveform of a call: who speaks when, moments, and the agenda's items."""

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.formats.moments_page import MARKED, timeline_marks
from analyzer.formats.quoting import Scribe
from analyzer.formats.rendering import one_line
from analyzer.recording import Side
from analyzer.report import CallReport
from analyzer.speech import Span
from api.pages.calls.transcript import Remark

ICONS = {
    "objection": "objection",
    "pricing": "money",
    "competitor": "rival",
    "decision": "check",
    "next_step": "step",
}
_SIDES = (Side.SELLER, Side.BUYER, Side.UNKNOWN)
_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST_TIMES = 7
_TENTHS = 10
_SHORT_SHARE = 0.02
"""Of the call: a stretch of the agenda that is worth a band."""


@dataclass(frozen=True, slots=True)
class Lane:
    """When a side speaks; `path` is SVG, its width the tenths of a second of the call."""

    side: str
    name: str
    share: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment worth jumping to; `at` in percent of the call."""

    at: float
    start_s: float
    kind: str
    icon: str
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch about an item of the agenda, in percent of the call."""

    at: float
    width: float
    start_s: float
    title: str


@dataclass(frozen=True, slots=True)
class Time:
    """A time of the axis; `at` in percent of the call."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Tracks:
    """All that is drawn under the waveform."""

    length: int
    """Of the call in tenths of a second: the width of the lanes' paths."""
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    remarks: tuple[Time, ...]
    bands: tuple[Band, ...]
    times: tuple[Time, ...]


def tracks_of(report: CallReport, scribe: Scribe, remarks: tuple[Remark, ...] = ()) -> Tracks:
    """Lay the course of a call out."""
    return Tracks(
        length=max(round(_TENTHS * scribe.whole_s), 1),
        lanes=tuple(_lanes(report, scribe)),
        ticks=tuple(_ticks(report, scribe)),
        remarks=tuple(
            Time(100 * one.start_s / scribe.whole_s, f"{scribe.clock(one.start_s)} · {one.author}")
            for one in remarks
        ),
        bands=tuple(_bands(report, scribe)),
        times=tuple(_times(report, scribe)),
    )


def _lanes(report: CallReport, scribe: Scribe) -> Iterator[Lane]:
    """A lane a side; one of those whose side is not known only where there are such."""
    sides = {one.id: one.side for one in report.speakers}
    shares = _shares(report, scribe)
    for side in _SIDES:
        spans = [one.span for one in report.transcript.turns if sides.get(one.speaker) is side]
        if spans:
            path = "".join(map(_bar, spans))
            yield Lane(side.value, scribe.t(f"side.{side}"), shares.get(side), path)


def _bar(span: Span) -> str:
    start, width = round(_TENTHS * span.start), max(round(_TENTHS * span.seconds), 1)
    return f"M{start} 0h{width}v1h-{width}z"


def _shares(report: CallReport, scribe: Scribe) -> dict[Side, str]:
    """Of the talk, in whole percent that add up; nothing while sides are not known."""
    metric = report.metrics.get("talk_ratio")
    if metric is None or metric.value is None:
        return {}
    seller = round(metric.value, 2)
    percent = scribe.t.percent
    return {Side.SELLER: percent(seller, 0), Side.BUYER: percent(1 - seller, 0)}


def _ticks(report: CallReport, scribe: Scribe) -> Iterator[Tick]:
    told = [one for one in report.moments if one.kind in MARKED]
    for one, mark in zip(told, timeline_marks(told, scribe), strict=True):
        start_s = one.quote.span.start
        label = f"{scribe.clock(start_s)} · {mark.label}"
        yield Tick(mark.at, start_s, one.kind, ICONS.get(one.kind, "notice"), label)


def _bands(report: CallReport, scribe: Scribe) -> Iterator[Band]:
    """The course of the agenda, without short returns to an item: nobody could read them."""
    spans = ((span, one.item.title) for one in report.coverage.items for span in one.spans)
    bands: list[tuple[Span, str]] = []
    for span, title in sorted(spans, key=lambda one: one[0]):
        if bands and bands[-1][1] == title:
            bands[-1] = (Span(bands[-1][0].start, max(bands[-1][0].end, span.end)), title)
        elif span.seconds >= _SHORT_SHARE * scribe.whole_s:
            bands.append((span, title))
    ends = [span.start for span, _ in bands[1:]]
    for (span, title), end in zip(bands, [*ends, scribe.whole_s], strict=False):
        at, width = scribe.bar(Span(span.start, min(span.end, end)))
        yield Band(at, max(width, 0.3), span.start, one_line(title))


def _times(report: CallReport, scribe: Scribe) -> Iterator[Time]:
    """Round times, few enough to be read on a phone, none at the very end."""
    duration_s = report.transcript.duration_s
    steps = (step for step in _STEPS_S if duration_s / step <= _MOST_TIMES)
    step = next(steps, _STEPS_S[-1])
    for at in range(0, int(duration_s * 0.96) + 1, step):
        yield Time(100 * at / scribe.whole_s, scribe.clock(at))
