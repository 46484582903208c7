"""What a rep was coached on, and what their calls were like before and after.

It tells what came after a tip, not what came of it: whoever is told of an unusual call is mostly
back to usual in the next one anyway. The call that was coached is on neither side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col

from models.behaviours import Reading, Share, behaviour_of, share_of
from models.coaching.replay import replay_columns, replay_of
from models.coaching.scope import Scope
from models.coaching.strengths import TipQuote
from models.coaching.tips import tips_given
from models.coaching.trends import around, until_end
from models.selecting import pick
from models.tables import Call, CallFacts, Tip


@dataclass(frozen=True, slots=True)
class Coached:
    """An area the rep was given tips on: the first tip, and how calls went before and since.

    `again` is in how many of the calls since then the same area was to improve. Without a
    behaviour in which the area shows, `before` and `after` are None.
    """

    area: str
    first: TipQuote
    tips: int
    again: Share
    behaviour: str | None
    before: Reading | None
    after: Reading | None


@dataclass(frozen=True, slots=True)
class _Told:
    """The tips of an area: the first, and how many calls were told of it again."""

    area: str
    first: TipQuote
    tips: int
    again: int
    behaviour: str | None

    @property
    def at(self) -> datetime:
        return self.first.replay.started_at


def coached_of(session: Session, scope: Scope) -> tuple[Coached, ...]:
    """Each area of tips up to the end of the period, with all the rep's calls until then.

    The areas of most tips come first.
    """
    told = _told(session, scope)
    calls_since = _calls_since(session, scope, [one.at for one in told])
    readings = around(session, scope, [(one.behaviour, one.at) for one in told])
    coached = []
    for one, calls, (before, after) in zip(told, calls_since, readings, strict=True):
        again = share_of(one.again, calls)
        coached.append(Coached(one.area, one.first, one.tips, again, one.behaviour, before, after))
    return tuple(coached)


def _told(session: Session, scope: Scope) -> list[_Told]:
    """The areas in which there was something to improve."""
    tips = tips_given(
        *replay_columns(Tip),
        Tip.area,
        Tip.rule,
        Tip.text,
        Tip.try_next,
        Tip.metric,
        func.min(Call.started_at).over(partition_by=col(Tip.area)).label("first_at"),
        where=(*until_end(scope), col(Tip.is_best).is_(False)),
    ).subquery("told")
    is_later = tips.c.started_at > tips.c.first_at
    counted = (
        pick(
            tips.c.area,
            func.count().label("tips"),
            func.count(tips.c.call_id.distinct()).filter(is_later).label("again"),
            func.mode().within_group(tips.c.metric).label("usual_metric"),
        )
        .group_by(tips.c.area)
        .subquery("counted")
    )
    found = session.execute(
        pick(tips, counted.c.tips, counted.c.again, counted.c.usual_metric)
        .join(counted, counted.c.area == tips.c.area)
        .where(tips.c.started_at == tips.c.first_at)
        .ext(distinct_on(counted.c.tips, tips.c.area))
        .order_by(counted.c.tips.desc(), tips.c.area, tips.c.call_id)
    ).mappings()
    return [_read(row) for row in found]


def _read(row: RowMapping) -> _Told:
    first = TipQuote(replay_of(row), row["rule"], row["text"], row["try_next"])
    slug = behaviour_of(row["area"], row["usual_metric"])
    return _Told(row["area"], first, row["tips"], row["again"], slug)


def _calls_since(session: Session, scope: Scope, instants: Sequence[datetime]) -> list[int]:
    """How many calls the rep held after each instant."""
    if not instants:
        return []
    counts = [func.count().filter(col(Call.started_at) > at) for at in instants]
    held = pick(*counts).select_from(Call).join(CallFacts, col(CallFacts.call_id) == Call.id)
    return list(session.execute(held.where(*until_end(scope))).one())
