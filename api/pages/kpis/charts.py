"""Figures over time and by group as charts: sparklines, and what ECharts is asked to draw.

Tooltips and labels come with `told`, the value as the table beside the chart has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from analyzer.formats.wording import DASH, Wording
from api.kpi_exports.shown import between, period_name, told
from api.pages.kpis.figures import line_name, spoken
from api.pages.words import Words
from models.kpis import Answer, Line

Option: TypeAlias = dict[str, Any]
_WIDE, _HIGH, _EDGE = 200.0, 36.0, 4.0
_MOST_BARS = 40
_SCALES = ((1e6, "M"), (1e4, "k"))


@dataclass(frozen=True, slots=True)
class Spark:
    """A line of 200 by 36; `last` is where it ends, running when that piece still is."""

    paths: tuple[str, ...]
    last: tuple[float, float] | None
    is_running: bool
    told: str


@dataclass(frozen=True, slots=True)
class _Axis:
    """How values are written along an axis: divided, and with what behind them."""

    factor: float
    sign: str

    def of(self, value: float | None) -> float | None:
        """A value in the axis's own unit."""
        return None if value is None else round(value * self.factor, 6)

    def drawn(self) -> Option:
        """The value axis."""
        label = {"formatter": f"{{value}}{self.sign}", "color": "var(--quiet)", "hideOverlap": True}
        grid = {"lineStyle": {"color": "var(--line)"}}
        return {"type": "value", "axisLabel": label, "splitLine": grid, "splitNumber": 4}


def spark_of(answer: Answer, lines: Sequence[Line], words: Words) -> Spark | None:
    """A figure over time in little; None where it was known less than twice."""
    known = [one.measured.value for one in lines if one.measured.value is not None]
    if len(known) < 2:
        return None
    points = _points([one.measured.value for one in lines])
    t = spoken(words)
    least, most = (t.amount(one, answer.unit, answer.currency) for one in (min(known), max(known)))
    said = words(
        "%(count)s periods up to this one: from %(least)s to %(most)s",
        count=words.number(len(lines)),
        least=least,
        most=most,
    )
    return Spark(_paths(points), points[-1], lines[-1].span.is_running, said)


def _points(values: Sequence[float | None]) -> list[tuple[float, float] | None]:
    known = [one for one in values if one is not None]
    low, high = min(known), max(known)
    step = (_WIDE - 2 * _EDGE) / max(len(values) - 1, 1)
    reach = (high - low) or 1.0

    def place(at: int, value: float) -> tuple[float, float]:
        up = (value - low) / reach if high > low else 0.5
        return round(_EDGE + at * step, 1), round(_HIGH - _EDGE - up * (_HIGH - 2 * _EDGE), 1)

    return [None if one is None else place(at, one) for at, one in enumerate(values)]


def _paths(points: Sequence[tuple[float, float] | None]) -> tuple[str, ...]:
    """A path for each stretch that is known without a gap."""
    paths: list[list[str]] = [[]]
    for point in points:
        if point is not None:
            paths[-1].append(f"{point[0]} {point[1]}")
        elif paths[-1]:
            paths.append([])
    return tuple("M" + "L".join(one if len(one) > 1 else one * 2) for one in paths if one)


def course_chart(answer: Answer, lines: Sequence[Line], words: Words) -> Option:
    """A figure over time, with its interval as a band and what was to be reached."""
    t = spoken(words)
    axis = _axis(answer, [one.measured.value for one in lines], t)
    low = [axis.of(s.low) if (s := one.measured.interval) else None for one in lines]
    width = [axis.of(s.high - s.low) if (s := one.measured.interval) else None for one in lines]
    series: list[Option] = []
    if any(one is not None for one in low):
        series += [_band(low, shown=False), _band(width, shown=True)]
    series.append(_course(answer, lines, axis, t))
    if any(one.reached for one in lines):
        series.append(_targets(answer, lines, axis, words))
    names = [period_name(one.span, t) for one in lines]
    label = {"color": "var(--quiet)", "hideOverlap": True}
    return {
        "xAxis": {"type": "category", "data": names, "axisLabel": label, "boundaryGap": True},
        "yAxis": axis.drawn() | {"scale": answer.unit not in {"count", "money"}},
        "tooltip": {"trigger": "axis"},
        "series": series,
    }


def _band(values: Sequence[float | None], *, shown: bool) -> Option:
    area = {"areaStyle": {"color": "var(--accent)", "opacity": 0.16}} if shown else {}
    quiet = {"type": "line", "stack": "band", "symbol": "none", "silent": True, "quiet": True}
    return quiet | {"lineStyle": {"opacity": 0}, "data": list(values)} | area


def _course(answer: Answer, lines: Sequence[Line], axis: _Axis, t: Wording) -> Option:
    points = [
        {
            "value": axis.of(one.measured.value),
            "told": _told(answer, one, t),
            "symbol": "emptyCircle" if one.span.is_running else "circle",
        }
        for one in lines
    ]
    colour = {"color": "var(--accent)"}
    return {
        "type": "line",
        "data": points,
        "symbolSize": 7,
        "showAllSymbol": True,
        "lineStyle": colour | {"width": 2},
        "itemStyle": colour,
    }


def _targets(answer: Answer, lines: Sequence[Line], axis: _Axis, words: Words) -> Option:
    t = spoken(words)
    points = []
    for one in lines:
        target = one.reached.target if one.reached else None
        shown = DASH if target is None else t.amount(target, answer.unit, answer.currency)
        told_as = words("Target: %(value)s", value=shown)
        points.append({"value": axis.of(target), "told": "" if target is None else told_as})
    colour = {"color": "var(--buyer)"}
    return {
        "type": "line",
        "step": "middle",
        "data": points,
        "symbol": "none",
        "lineStyle": colour | {"type": "dashed", "width": 1.5},
        "itemStyle": colour,
    }


def groups_chart(answer: Answer, lines: Sequence[Line], words: Words) -> Option:
    """A figure group by group, as bars with whiskers; the first of a long list."""
    t = spoken(words)
    some = [one for one in lines if one.measured.value is not None][:_MOST_BARS]
    axis = _axis(answer, [one.measured.value for one in some], t)
    bars = [{"value": axis.of(one.measured.value), "told": _told(answer, one, t)} for one in some]
    whiskers = [
        [at, axis.of(s.low), axis.of(s.high)]
        for at, one in enumerate(some)
        if (s := one.measured.interval)
    ]
    names = {"color": "var(--ink)", "width": 130, "overflow": "truncate"}
    bar = {"type": "bar", "data": bars, "barMaxWidth": 18, "itemStyle": {"color": "var(--accent)"}}
    return {
        "xAxis": axis.drawn(),
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [line_name(one, t) for one in some],
            "axisLabel": names,
        },
        "tooltip": {"trigger": "item"},
        "series": [bar, {"type": "whiskers", "data": whiskers, "color": "var(--ink)"}],
    }


def chart_height(lines: int) -> str:
    """Which of the heights a chart of so many bars needs."""
    return "s" if lines <= 3 else "m" if lines <= 9 else "l"


def _told(answer: Answer, line: Line, t: Wording) -> str:
    value = told(line.measured, answer, t)
    sure = between(line.measured.interval, answer, t)
    return f"{value} ({sure})" if sure else value


def _axis(answer: Answer, values: Sequence[float | None], t: Wording) -> _Axis:
    most = max((abs(one) for one in values if one is not None), default=0.0)
    if answer.unit == "share":
        return _Axis(100.0, t("number.percent", value=""))
    for size, sign in _SCALES:
        if most >= size:
            power = 1e6 if sign == "M" else 1e3
            return _Axis(1 / power, f"\N{NO-BREAK SPACE}{sign}{_unit(answer)}")
    return _Axis(1.0, _behind(answer, t))


def _unit(answer: Answer) -> str:
    return {"EUR": "€", "GBP": "£", "USD": "$"}.get(answer.currency or "", answer.currency or "")


def _behind(answer: Answer, t: Wording) -> str:
    if answer.unit == "money":
        return f"\N{NO-BREAK SPACE}{_unit(answer)}"
    if answer.unit in {"count", "number", "points"}:
        return ""
    return t(f"amount.{answer.unit}", value="")
