"""Behaviours of a seller that calls show, and what several calls together say of one.

A behaviour is read per call from its facts, and over calls as their median with the middle half
of them, or as the share of calls that have it with its interval. Too few calls say nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import ColumnElement, Float, RowMapping, case, cast, func
from sqlalchemy.dialects.postgresql import array
from sqlmodel import col

from analyzer.statistics import wilson
from models.tables import CallFacts

FEWEST = 5
"""Calls that a behaviour must be known of before anything is said about it."""

Unit = Literal["share", "seconds", "per_minute", "per_hour"]
_QUARTILES = array([0.25, 0.5, 0.75])


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a call shows of how the seller sells, by `slug`; docs/metrics.md has the formulas.

    `is_yes_or_no` is of one that a call has (1) or has not (0).
    """

    slug: str
    unit: Unit
    value: ColumnElement[Any]
    is_yes_or_no: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What `n` calls say of a behaviour; all None where they are fewer than `FEWEST`.

    Of most behaviours `value` is the median and `low` to `high` the middle half of the calls; of a
    yes-or-no one, the share of calls that have it and the interval it lies in, 95 times of 100.
    """

    n: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole` with the interval it lies in, 95 times of 100; None of nothing."""

    part: int
    whole: int
    value: float | None
    low: float | None
    high: float | None


def share_of(part: int, whole: int) -> Share:
    """A part of a whole, with its interval."""
    interval = wilson(part, whole)
    if interval is None:
        return Share(part, whole, None, None, None)
    return Share(part, whole, part / whole, interval.low, interval.high)


def _known(column: Any) -> ColumnElement[Any]:
    return cast(column, Float)


def timed(value: Any) -> ColumnElement[Any]:
    """What is measured in time: not known where the times of a transcript were only reckoned."""
    return case((col(CallFacts.has_reckoned_times).is_(False), value))


def an_hour(count: Any) -> ColumnElement[Any]:
    """How many there are of something in an hour of a call."""
    return timed(count * 3600.0 / func.nullif(CallFacts.duration_s, 0.0))


def yes(count: Any, what: ColumnElement[bool]) -> ColumnElement[Any]:
    """1 where it was so and 0 where not; not known where nothing could be counted."""
    return case((count.is_(None), None), (what, 1.0), else_=0.0)


_DATED = col(CallFacts.next_steps_dated)

BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("talk_ratio", "share", timed(CallFacts.talk_ratio)),
    Behaviour("longest_monologue_s", "seconds", timed(CallFacts.longest_monologue_s)),
    Behaviour("open_question_share", "share", _known(CallFacts.open_question_share)),
    Behaviour("questions_per_hour", "per_hour", an_hour(CallFacts.seller_questions)),
    Behaviour("patience_s", "seconds", timed(CallFacts.patience_s)),
    Behaviour("fillers_per_min", "per_minute", timed(CallFacts.fillers_per_min)),
    Behaviour("words_per_min", "per_minute", timed(CallFacts.words_per_min)),
    Behaviour("agenda_coverage", "share", _known(CallFacts.agenda_coverage)),
    Behaviour("next_step_dated", "share", yes(_DATED, _DATED > 0), is_yes_or_no=True),
    Behaviour("switches_per_min", "per_minute", timed(CallFacts.switches_per_min)),
)
"""All that is followed, in the order it is shown."""

BY_SLUG: Mapping[str, Behaviour] = MappingProxyType({one.slug: one for one in BEHAVIOURS})

BY_METRIC: Mapping[str, str] = MappingProxyType(
    {
        "talk_ratio": "talk_ratio",
        "talk_share_of_call": "talk_ratio",
        "longest_monologue": "longest_monologue_s",
        "open_question_share": "open_question_share",
        "questions": "questions_per_hour",
        "patience_s": "patience_s",
        "fillers_per_min": "fillers_per_min",
        "words_per_min": "words_per_min",
        "switches_per_min": "switches_per_min",
    }
)
"""The behaviour that a metric of a tip tells of."""

BY_AREA: Mapping[str, str] = MappingProxyType(
    {
        "talk_listen_balance": "talk_ratio",
        "monologue_length": "longest_monologue_s",
        "open_questions": "open_question_share",
        "discovery_depth": "questions_per_hour",
        "agenda_control": "agenda_coverage",
        "next_steps": "next_step_dated",
    }
)
"""The behaviour that an area of coaching shows in, where one does; it goes before a metric."""


def behaviour_of(area: str, metric: str | None) -> str | None:
    """The slug of the behaviour in which an area of coaching shows, if there is one."""
    return BY_AREA.get(area) or BY_METRIC.get(metric or "")


def values() -> list[Any]:
    """Every behaviour of a call, a column each, under its slug."""
    return [cast(one.value, Float).label(one.slug) for one in BEHAVIOURS]


def aggregated(
    rows: Any,
    behaviours: Iterable[Behaviour] = BEHAVIOURS,
    *,
    only: ColumnElement[bool] | None = None,
    prefix: str = "",
) -> list[Any]:
    """Columns that hold what `reading_of` needs; `rows` has `values` as its columns.

    `only` leaves out rows; `prefix` tells several such sets of columns apart.
    """
    found: list[Any] = []
    for one in behaviours:
        value = rows.c[one.slug] if only is None else case((only, rows.c[one.slug]))
        quartiles = func.percentile_cont(_QUARTILES).within_group(value)
        told = func.sum(value) if one.is_yes_or_no else quartiles
        found += [
            func.count(value).label(f"{prefix}{one.slug}_n"),
            told.label(f"{prefix}{one.slug}_told"),
        ]
    return found


def reading_of(row: RowMapping, behaviour: Behaviour, prefix: str = "") -> Reading:
    """What a row of `aggregated` says of a behaviour."""
    n: int = row[f"{prefix}{behaviour.slug}_n"]
    told: Any = row[f"{prefix}{behaviour.slug}_told"]
    if n < FEWEST:
        return Reading(n)
    if behaviour.is_yes_or_no:
        share = share_of(round(told), n)
        return Reading(n, share.value, share.low, share.high)
    low, middle, high = told
    return Reading(n, middle, low, high)
