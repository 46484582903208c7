"""What became of planned items over a rep's calls, by their title."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col

from models.behaviours import Share, share_of
from models.coaching.replay import Replay
from models.coaching.scope import Scope
from models.selecting import pick
from models.tables import AgendaItem, Call, Utterance

MOST = 30
"""Items that are shown, those planned most often."""
_QUOTED = 300
"""Letters of what was said when an item came up."""


@dataclass(frozen=True, slots=True)
class MissedItem:
    """The last call in which an item was planned and not found."""

    call_id: UUID
    title: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class ItemOverCalls:
    """An item by its title: in how many of the calls that planned it, it was covered.

    `touched` were mentioned and no more; in the rest it was not found, which is not the same as
    not discussed. `heard` is where it came up in the last call that covered it.
    """

    title: str
    covered: Share
    touched: int
    not_found: int
    heard: Replay | None = None
    missed: MissedItem | None = None


def items_of(session: Session, scope: Scope) -> tuple[ItemOverCalls, ...]:
    """The items of the period's calls, those planned most often first."""
    counts = session.execute(_counted(scope)).mappings().all()
    latest = {
        (row["key"], row["status"]): row for row in session.execute(_latest(scope)).mappings()
    }
    items = []
    for row in counts:
        heard, missed = (latest.get((row["key"], status)) for status in ("covered", "not_found"))
        items.append(
            ItemOverCalls(
                row["title"],
                share_of(row["covered"], row["planned"]),
                row["touched"],
                row["not_found"],
                _replay(heard) if heard else None,
                _missed(missed) if missed else None,
            )
        )
    return tuple(items)


_KEY = func.lower(func.btrim(AgendaItem.title))
"""Titles that differ in capitals only are one item."""


def _counted(scope: Scope) -> Any:
    def of(status: str) -> Any:
        return func.count().filter(col(AgendaItem.status) == status).label(status)

    planned = func.count().label("planned")
    return (
        pick(
            _KEY.label("key"),
            func.max(AgendaItem.title).label("title"),
            planned,
            of("covered"),
            of("touched"),
            of("not_found"),
        )
        .join(Call, col(Call.id) == AgendaItem.call_id)
        .where(*scope.calls(scope.period))
        .group_by(_KEY)
        .order_by(planned.desc(), _KEY)
        .limit(MOST)
    )


def _latest(scope: Scope) -> Any:
    """The latest item of each title and state, with what was said when it came up."""
    item = (
        pick(
            _KEY.label("key"),
            AgendaItem.status,
            AgendaItem.first_at_s,
            col(Call.id).label("call_id"),
            Call.title,
            Call.started_at,
        )
        .join(Call, col(Call.id) == AgendaItem.call_id)
        .where(*scope.calls(scope.period))
        .ext(distinct_on(_KEY, col(AgendaItem.status)))
        .order_by(_KEY, AgendaItem.status, col(Call.started_at).desc(), col(AgendaItem.position))
        .subquery("item")
    )
    said = (
        pick(Utterance.end_s, func.left(Utterance.text, _QUOTED).label("quote"))
        .where(
            and_(
                col(Utterance.call_id) == item.c.call_id,
                col(Utterance.start_s) <= item.c.first_at_s + 0.01,
                col(Utterance.end_s) >= item.c.first_at_s,
            )
        )
        .order_by(col(Utterance.start_s).desc())
        .limit(1)
        .lateral("said")
    )
    return pick(item, said.c.end_s, said.c.quote).select_from(item).outerjoin(said, true())


def _replay(row: Any) -> Replay:
    where = (row["first_at_s"], row["end_s"], row["quote"])
    return Replay(row["call_id"], row["title"], row["started_at"], *where)


def _missed(row: Any) -> MissedItem:
    return MissedItem(row["call_id"], row["title"], row["started_at"])
