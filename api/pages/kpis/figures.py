"""A figure as pages show it: its value, how sure that is, what changed and what was to be reached.

Values, intervals and reasons are in the words of exports, so that both say the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot

from analyzer.formats.wording import DASH, Wording
from analyzer.statistics import wilson
from api.kpi_exports.shown import between, group_name, period_name, reason
from api.kpi_exports.words import export_words
from api.pages.words import Words, marked
from models.kpis import Answer, Line, Measured, Reached
from models.kpis.change import change_of
from models.kpis.kpi import Better, Unit

_MINUS = "\N{MINUS SIGN}"
_JUDGED = {
    "better": marked("better"),
    "worse": marked("worse"),
    "unsure": marked("no clear change"),
    "same": marked("unchanged"),
    "changed": "",
}
_CLASS = {"better": "up", "worse": "down"}
_WIDE = 200.0
_EDGE = 5.0
_TOPS = (0.05, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """What changed since an earlier stretch of time; `tone` is a class, never the only sign."""

    value: str
    sign: str
    judged: str
    tone: str
    since: str
    earlier: str
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class TargetShown:
    """How far a target is; `share` of 0 to 1 is what a bar shows."""

    target: str
    reached: str
    pace: str
    share: float
    is_due: bool
    """Whether as much is there as was due by now; of a KPI to be kept low, no more."""


@dataclass(frozen=True, slots=True)
class Whisker:
    """An interval on a line from 0 to 200, its value and the one before as points on it."""

    low: float
    high: float
    at: float
    before: float | None


@dataclass(frozen=True, slots=True)
class FigureShown:
    """One line of an answer; `why` it is not known, where it is not."""

    value: str
    odds: str
    why: str
    sure: str
    rests_on: str
    missing: str
    period: str
    changes: tuple[ChangeShown, ...]
    target: TargetShown | None
    whisker: Whisker | None
    is_running: bool

    @property
    def is_known(self) -> bool:
        """Whether there is a value."""
        return not self.why


def spoken(words: Words) -> Wording:
    """The words of figures in the reader's language."""
    return export_words(words.language)


def figure_shown(
    answer: Answer, line: Line, words: Words, beside: Sequence[Line] = ()
) -> FigureShown:
    """A line of an answer as it is shown; its interval on the same scale as those `beside` it."""
    t, found = spoken(words), line.measured
    return FigureShown(
        value=amount(answer, found.value, t),
        odds=_odds(answer, found.value),
        why=_why(found, t, words),
        sure=between(found.interval, answer, t),
        rests_on=rests_on(found, words),
        missing=_missing(found, words),
        period=period_name(line.span, t).removesuffix("*"),
        changes=tuple(changes(answer, line, words)),
        target=target_shown(answer, line.reached, words),
        whisker=whisker(answer.unit, line, beside),
        is_running=line.span.is_running,
    )


def amount(answer: Answer, value: float | None, t: Wording) -> str:
    """A value with its unit; a dash where it is not known."""
    return DASH if value is None else t.amount(value, answer.unit, answer.currency)


def _odds(answer: Answer, value: float | None) -> str:
    if value is None or not answer.kpi.as_odds or answer.unit != "share":
        return ""
    part = round(100 * value)
    return f"{part}:{100 - part}"


def rests_on(found: Measured, words: Words) -> str:
    """How many rows it rests on, and of a share how many are the part."""
    if found.whole is not None and found.part is not None:
        values = {"part": words.number(found.part), "whole": words.number(found.whole)}
        return words("%(part)s of %(whole)s", **values)
    if found.n is None:
        return ""
    return words("n = %(count)s", count=words.number(found.n))


def changes(answer: Answer, line: Line, words: Words) -> Sequence[ChangeShown]:
    """Beside the period before, and that of the year before, where they were asked for."""
    since = words("Same days before") if line.span.is_running else words("Period before")
    told_as = since, words("Year before")
    pairs = zip((line.before, line.year_before), told_as, strict=True)
    return [_change(answer, line.measured, one, name, words) for one, name in pairs if one]


def _change(
    answer: Answer, found: Measured, earlier: Measured, since: str, words: Words
) -> ChangeShown:
    t = spoken(words)
    change = change_of(answer.unit, found, earlier)
    was = amount(answer, earlier.value, t)
    if change is None:
        return ChangeShown(DASH, "", "", "", since, was, is_known=False)
    kind = _kind(answer.kpi.better, change.value, found, earlier)
    sign = "=" if change.value == 0 else "▲" if change.value > 0 else "▼"
    value = _changed(change.value, answer.unit, words) if change.kind == "difference" else ""
    value = value or signed(change.value, t.percent(abs(change.value), 0))
    judged = words(_JUDGED[kind])
    return ChangeShown(value, sign, judged, _CLASS.get(kind, "quiet"), since, was)


def _kind(better: Better, change: float, found: Measured, earlier: Measured) -> str:
    """Whether it became better, where that is more than chance would do."""
    if change == 0:
        return "same"
    if _may_be_chance(found, earlier):
        return "unsure"
    if better == "neither":
        return "changed"
    return "better" if (change > 0) == (better == "higher") else "worse"


def _may_be_chance(found: Measured, earlier: Measured) -> bool:
    """Whether the difference may be none: of two shares by R. G. Newcombe's interval (1998).

    Else by whether the earlier figure is within the interval; without one nobody can tell.
    """
    shares = [(one.part, one.whole) for one in (found, earlier)]
    known = [wilson(part, whole) for part, whole in shares if part is not None and whole]
    if len(known) == 2 and found.value is not None and earlier.value is not None:
        high, low = (known[0], known[1]) if found.value > earlier.value else (known[1], known[0])
        above, below = max(found.value, earlier.value), min(found.value, earlier.value)
        if high is None or low is None:
            return False
        return above - below <= hypot(above - high.low, low.high - below)
    sure = found.interval
    return sure is not None and earlier.value is not None and sure.low <= earlier.value <= sure.high


def _changed(difference: float, unit: Unit, words: Words) -> str:
    points = abs(difference) * (100 if unit == "share" else 1)
    return signed(difference, words("%(value)s pts", value=words.number(points)))


def signed(value: float, shown: str) -> str:
    """With its sign, whichever it is."""
    return f"{_MINUS if value < 0 else '+' if value > 0 else ''}{shown}"


def _why(found: Measured, t: Wording, words: Words) -> str:
    if found.value is not None:
        return ""
    return reason(found, t) or words("not known")


def _missing(found: Measured, words: Words) -> str:
    if not found.missing:
        return ""
    return words.plural(
        "%(count)s row without a value is left out",
        "%(count)s rows without a value are left out",
        found.missing,
    )


def target_shown(answer: Answer, reached: Reached | None, words: Words) -> TargetShown | None:
    """How far a target is, as it is shown."""
    if reached is None:
        return None
    t = spoken(words)
    share, pace = reached.share, reached.pace
    is_low = answer.kpi.better == "lower"
    return TargetShown(
        target=t.amount(reached.target, answer.unit, answer.currency),
        reached=DASH if share is None else t.percent(share, 0),
        pace=DASH if pace is None else t.percent(pace, 0),
        share=min(max(share or 0.0, 0.0), 1.0),
        is_due=pace is not None and (pace <= 1 if is_low else pace >= 1),
    )


def whisker(unit: Unit, line: Line, beside: Sequence[Line] = ()) -> Whisker | None:
    """Where the interval lies, on a scale that has room for those beside it."""
    found, sure = line.measured, line.measured.interval
    if found.value is None or sure is None:
        return None
    low, high = _scale(unit, beside or (line,))
    reach = (high - low) or 1.0

    def place(value: float) -> float:
        return round(_EDGE + (_WIDE - 2 * _EDGE) * (min(max(value, low), high) - low) / reach, 1)

    before = line.before.value if line.before else None
    return Whisker(
        place(sure.low),
        place(sure.high),
        place(found.value),
        None if before is None else place(before),
    )


def _scale(unit: Unit, lines: Iterable[Line]) -> tuple[float, float]:
    """From zero, or below it, to the highest end; of shares to all unless they are small."""
    known = [0.0]
    for one in lines:
        earlier = one.before.value if one.before else None
        sure = one.measured.interval
        known += [end for end in (one.measured.value, earlier) if end is not None]
        known += [sure.low, sure.high] if sure else []
    low, high = min(known), max(known)
    if unit == "share" and low >= 0:
        high = next((one for one in _TOPS if high <= one), high)
    return low, high


def line_name(line: Line, t: Wording) -> str:
    """The groups of a line, as their readers call them."""
    return " · ".join(group_name(one, t) for one in line.groups)
