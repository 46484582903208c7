"""What a rep does well again and again, and what there is to work on, with calls to replay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func
from sqlmodel import Session, col

from models.behaviours import Share, behaviour_of, share_of
from models.coaching.replay import Replay, replay_columns, replay_of
from models.coaching.scope import Heard, Period, Scope
from models.coaching.tips import latest_first, tips_given
from models.selecting import pick
from models.tables import Call, Tip

QUOTES = 3
"""Calls to replay for an area."""
RECURRING = 2
"""Calls in which something must have been told before it is called a habit."""
WORK_ON = 2


@dataclass(frozen=True, slots=True)
class TipQuote:
    """A tip as its call told it, in the call's language, and where to play it."""

    replay: Replay
    rule: str | None
    text: str
    try_next: str | None


@dataclass(frozen=True, slots=True)
class Area:
    """An area of coaching: in how many calls of the period it was a strength, or to improve.

    `behaviour` is the slug of the behaviour it shows in, if there is one. The quotes are of as
    many calls, the latest first.
    """

    area: str
    is_strength: bool
    calls: Share
    calls_before: Share
    last_at: datetime
    behaviour: str | None
    quotes: tuple[TipQuote, ...] = ()


@dataclass(frozen=True, slots=True)
class Headline:
    """The one thing to keep and the two to work on; fewer where nothing recurs."""

    keep: Area | None = None
    work_on: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class _Count:
    calls: int
    last_at: datetime
    metric: str | None


def areas_of(session: Session, scope: Scope, heard: Heard) -> tuple[Area, ...]:
    """The areas of the period's tips, those of most calls first; dismissed tips do not count."""
    counts = _counts(session, scope)
    quotes = _quotes(session, scope)
    areas = [
        Area(
            area,
            is_best,
            share_of(one.calls, heard.calls),
            share_of(before.calls if before else 0, heard.calls_before),
            one.last_at,
            behaviour_of(area, one.metric),
            tuple(quotes.get((is_best, area), ())),
        )
        for (is_now, is_best, area), one in counts.items()
        if is_now
        for before in [counts.get((False, is_best, area))]
    ]
    return tuple(sorted(areas, key=lambda one: (-one.calls.part, -_seconds(one), one.area)))


def headline_of(areas: Iterable[Area]) -> Headline:
    """What recurs most: the strength that is one more often than not, and what else to work on."""
    told = {(one.is_strength, one.area): one.calls.part for one in areas}
    usual = [
        one
        for one in areas
        if one.calls.part >= RECURRING
        and one.calls.part >= told.get((not one.is_strength, one.area), 0)
    ]
    keep = next((one for one in usual if one.is_strength), None)
    others = [one for one in usual if not one.is_strength and (not keep or one.area != keep.area)]
    return Headline(keep, tuple(others[:WORK_ON]))


def _counts(session: Session, scope: Scope) -> dict[tuple[bool, bool, str], _Count]:
    """Calls by whether they are of the period, whether it was a strength, and the area."""
    whole = Period(scope.period.before.since, scope.period.until)
    tips = tips_given(
        (col(Call.started_at) >= scope.period.since).label("is_now"),
        Tip.is_best,
        Tip.area,
        Tip.metric,
        Tip.call_id,
        Call.started_at,
        where=scope.calls(whole),
    ).subquery("told")
    kind = (tips.c.is_now, tips.c.is_best, tips.c.area)
    found = session.execute(
        pick(
            *kind,
            func.count(tips.c.call_id.distinct()),
            func.max(tips.c.started_at),
            func.mode().within_group(tips.c.metric),
        ).group_by(*kind)
    )
    return {(row[0], row[1], row[2]): _Count(row[3], row[4], row[5]) for row in found}


def _quotes(session: Session, scope: Scope) -> dict[tuple[bool, str], list[TipQuote]]:
    """The latest quotes of each area, one a call."""
    ranked = tips_given(
        *replay_columns(Tip),
        Tip.is_best,
        Tip.area,
        Tip.rule,
        Tip.text,
        Tip.try_next,
        latest_first(Tip.is_best, Tip.area).label("place"),
        where=(*scope.calls(scope.period), col(Tip.quote).is_not(None)),
    ).subquery("ranked")
    rows = session.execute(
        pick(ranked).where(ranked.c.place <= QUOTES).order_by(ranked.c.place)
    ).mappings()
    quotes: dict[tuple[bool, str], list[TipQuote]] = {}
    for row in rows:
        quotes.setdefault((row["is_best"], row["area"]), []).append(_quote(row))
    return quotes


def _quote(row: RowMapping) -> TipQuote:
    return TipQuote(replay_of(row), row["rule"], row["text"], row["try_next"])


def _seconds(area: Area) -> float:
    return area.last_at.timestamp()
