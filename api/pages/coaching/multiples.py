"""Small multiples: each behaviour before, now and in won calls, drawn on the same axes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import floor, log10
from zoneinfo import ZoneInfo

from analyzer.formats.wording import DASH
from api.coaching_words import Pen
from models.behaviours import BY_SLUG, Reading
from models.coaching.report import RepReport
from models.coaching.scope import Period
from models.coaching.trends import Trend, TrendPoint

WIDTH, HEIGHT = 200.0, 64.0
"""Of the time that is drawn; what is before and what is now have a half each."""
_WON_X, _WON_WIDTH = 212.0, 28.0
_HALF = WIDTH / 2
_GAP = 3.0
_LEAST = 1.5
"""A band is drawn at least as high as this, or it is not seen."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Band:
    """What calls lie between, as a box with their middle."""

    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A week or a month."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A reading in words: `value` None is not known, of as few as `n` calls."""

    value: str | None
    between: str
    n: int


@dataclass(frozen=True, slots=True)
class Multiple:
    """One behaviour; `top` is what the upper end of its axis stands for, the lower being 0."""

    slug: str
    name: str
    top: str
    zero: str
    bands: tuple[tuple[str, Band], ...]
    dots: tuple[Dot, ...]
    line: str
    now: Figure
    before: Figure
    won: Figure

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.bands or self.dots)


def multiples_of(report: RepReport, pen: Pen) -> tuple[Multiple, ...]:
    """Each behaviour that at least one call of the rep tells of."""
    known = (one for one in report.behaviours if one.now.n or one.before.n)
    return tuple(_multiple(one, report, pen) for one in known)


def figure_of(reading: Reading, slug: str, pen: Pen) -> Figure:
    """A reading in words."""
    unit = BY_SLUG[slug].unit
    if reading.value is None:
        return Figure(None, "", reading.n)
    ends = [pen.value(one, unit) for one in (reading.low, reading.high) if one is not None]
    return Figure(pen.value(reading.value, unit), f" {DASH} ".join(ends), reading.n)


def _multiple(trend: Trend, report: RepReport, pen: Pen) -> Multiple:
    top = _top(trend)
    dots = tuple(_dots(trend.points, report, top))
    return Multiple(
        trend.slug,
        pen.behaviour(trend.slug),
        pen.value(top, trend.unit),
        pen.value(0.0, trend.unit),
        tuple(_bands(trend, top)),
        dots,
        " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in dots),
        figure_of(trend.now, trend.slug, pen),
        figure_of(trend.before, trend.slug, pen),
        figure_of(trend.won, trend.slug, pen),
    )


def _bands(trend: Trend, top: float) -> Iterator[tuple[str, Band]]:
    places = (
        ("before", trend.before, _GAP, _HALF - 2 * _GAP),
        ("now", trend.now, _HALF + _GAP, _HALF - 2 * _GAP),
        ("won", trend.won, _WON_X, _WON_WIDTH),
    )
    for name, reading, x, width in places:
        if reading.value is None or reading.low is None or reading.high is None:
            continue
        low, high = _y(reading.low, top), _y(reading.high, top)
        height = max(low - high, _LEAST)
        yield name, Band(x, min(high, HEIGHT - height), width, height, _y(reading.value, top))


def _dots(points: tuple[TrendPoint, ...], report: RepReport, top: float) -> Iterator[Dot]:
    whole = Period(report.period.before.since, report.period.until)
    for point in points:
        if point.reading.value is not None:
            yield Dot(_x(point.starts_on, report, whole), _y(point.reading.value, top))


def _x(starts_on: date, report: RepReport, whole: Period) -> float:
    """The middle of a week or month, as far as it is drawn."""
    start = datetime.combine(starts_on, time(), ZoneInfo(report.zone)).astimezone(UTC)
    is_by_week = report.period.until - report.period.since <= timedelta(days=45)
    end = start + timedelta(days=7 if is_by_week else 30)
    middle = max(start, whole.since) + (min(end, whole.until) - max(start, whole.since)) / 2
    share = (middle - whole.since) / (whole.until - whole.since)
    return WIDTH * min(max(share, 0.0), 1.0)


def _top(trend: Trend) -> float:
    """Where the axis ends: all shares at 100 %, the rest at a round number."""
    if trend.unit == "share":
        return 1.0
    readings = [trend.now, trend.before, trend.won, *(one.reading for one in trend.points)]
    ends = [end for one in readings for end in (one.high, one.value) if end is not None]
    most = max(ends, default=0.0)
    if most <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(most))
    return next(step * power for step in _STEPS if step * power >= most)


def _y(value: float, top: float) -> float:
    return HEIGHT * (1 - min(max(value / top, 0.0), 1.0))
