"""A figure over time, as bars with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from analyzer.formats.wording import DASH, Wording
from api.kpi_exports.shown import period_name
from api.pdf import Paper
from models.kpis import Answer, Line

_HEIGHT = 30.0
_LABELS = 4.0
_BLUE, _PALE, _LINE = (59, 108, 181), (168, 192, 226), (90, 90, 90)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values to millimetres down the page."""

    low: float
    high: float
    top: float

    def y(self, value: float) -> float:
        """Where a value is; what lies beyond is at the edge."""
        within = min(max(value, self.low), self.high)
        return self.top + _HEIGHT * (self.high - within) / (self.high - self.low)


def draw_bars(paper: Paper, answer: Answer, lines: Sequence[Line], t: Wording) -> None:
    """Draw the lines of one group, a bar for each stretch of time; nothing where none is known."""
    known = [one.measured.value for one in lines if one.measured.value is not None]
    if len(lines) < 2 or not known:
        return
    if paper.will_page_break(_HEIGHT + 3 * _LABELS):
        paper.add_page()
    scale = _Scale(*_ends(lines, known), paper.get_y() + _LABELS)
    step = paper.epw / len(lines)
    for at, line in enumerate(lines):
        left = paper.l_margin + at * step
        _bar(paper, line, scale, (left + 0.15 * step, 0.7 * step))
    _label(paper, [_value(answer, one, t) for one in lines], scale.top - _LABELS)
    _label(paper, [period_name(one.span, t) for one in lines], scale.top + _HEIGHT + 0.8)
    paper.set_draw_color(*_LINE)
    paper.line(paper.l_margin, scale.y(0), paper.l_margin + paper.epw, scale.y(0))
    paper.set_xy(paper.l_margin, scale.top + _HEIGHT + _LABELS + 2)


def _ends(lines: Sequence[Line], known: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest that is drawn, zero among them; long intervals are cut."""
    high, low = max(0.0, *known), min(0.0, *known)
    reach = (high - low) or 1.0
    intervals = [one.measured.interval for one in lines if one.measured.interval]
    ends = [end for one in intervals for end in (one.low, one.high)]
    high = min(max([high, *ends]), high + 0.6 * reach)
    low = max(min([low, *ends]), low - 0.6 * reach)
    return low, high if high > low else low + 1.0


def _bar(paper: Paper, line: Line, scale: _Scale, place: tuple[float, float]) -> None:
    value, (left, width) = line.measured.value, place
    if value is None:
        return
    paper.set_fill_color(*(_PALE if line.span.is_running else _BLUE))
    top, bottom = sorted((scale.y(value), scale.y(0)))
    paper.rect(left, top, width, max(bottom - top, 0.2), style="F")
    if interval := line.measured.interval:
        paper.set_draw_color(*_LINE)
        middle = left + width / 2
        paper.line(middle, scale.y(interval.low), middle, scale.y(interval.high))


def _label(paper: Paper, texts: Sequence[str], y: float) -> None:
    """A word for each bar, or for each second or third: none runs into the next."""
    step = paper.epw / len(texts)
    every = max(1, ceil((max(paper.label_width(one) for one in texts) + 1) / step))
    for at, text in enumerate(texts):
        if at % every == 0:
            middle = paper.l_margin + (at + 0.5) * step
            paper.label(middle - every * step / 2, y, text, width=every * step)


def _value(answer: Answer, line: Line, t: Wording) -> str:
    value = line.measured.value
    return DASH if value is None else t.amount(value, answer.unit, answer.currency)
