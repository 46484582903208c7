"""Calls of a rep that are worth hearing: the best, and those to learn most from, each with why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, RowMapping, and_, cast, exists, func, literal
from sqlalchemy import true as always
from sqlmodel import Session, col

from models.coaching.replay import CLOSING_S
from models.coaching.scope import Scope
from models.coaching.tips import IS_DISMISSED
from models.open_objections import is_unsettled
from models.selecting import pick
from models.tables import Call, CallFacts, Deal, Moment, NextStep, Tip

Why = Literal[
    "strength",
    "agenda_covered",
    "next_step_dated",
    "buyer_committed",
    "deal_won",
    "to_improve",
    "objection_open",
    "no_next_step",
    "agenda_missed",
    "deal_lost",
]
CHOSEN = 3
FEWEST = 2
"""Reasons that make a call worth hearing: one alone most calls have."""
_HALF = 0.5
_IS_BUYERS = and_(col(Moment.kind) == "commitment", col(Moment.side) == "buyer")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a call is worth hearing, and where that plays; None where it is about the whole call."""

    why: Why
    start_s: float | None = None
    end_s: float | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class WorthHearing:
    """A call with the reasons to hear it."""

    call_id: UUID
    title: str
    started_at: datetime
    duration_s: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Listening:
    """The best calls and the most instructive ones; no call is in both."""

    best: tuple[WorthHearing, ...] = ()
    instructive: tuple[WorthHearing, ...] = ()


def listening_of(
    session: Session, scope: Scope, keep: Sequence[str], work_on: Sequence[str]
) -> Listening:
    """What to hear of the period; `keep` and `work_on` are the areas that the report is about.

    Without such areas any tip is a reason.
    """
    best = _chosen(session, scope, _best(keep))
    instructive = _chosen(session, scope, _instructive(work_on), {row["id"] for row in best})
    call_ids = [row["id"] for row in (*best, *instructive)]
    proofs = _proofs(session, call_ids, keep, work_on)
    return Listening(
        tuple(_told(row, _best(keep), proofs) for row in best),
        tuple(_told(row, _instructive(work_on), proofs) for row in instructive),
    )


_Reasons = Mapping[Why, ColumnElement[bool]]


def _best(areas: Sequence[str]) -> _Reasons:
    return {
        "strength": _has_tip(areas, is_best=True),
        "agenda_covered": col(CallFacts.agenda_coverage) == 1,
        "next_step_dated": col(CallFacts.next_steps_dated) > 0,
        "buyer_committed": exists(
            pick(Moment.id).where(col(Moment.call_id) == Call.id, _IS_BUYERS)
        ),
        "deal_won": col(Deal.outcome) == "won",
    }


def _instructive(areas: Sequence[str]) -> _Reasons:
    open_one = pick(Moment.id).where(col(Moment.call_id) == Call.id, is_unsettled(Moment))
    return {
        "to_improve": _has_tip(areas, is_best=False),
        "objection_open": exists(open_one),
        "no_next_step": col(CallFacts.next_steps) == 0,
        "agenda_missed": col(CallFacts.agenda_coverage) < _HALF,
        "deal_lost": col(Deal.outcome) == "lost",
    }


def _has_tip(areas: Sequence[str], *, is_best: bool) -> ColumnElement[bool]:
    own = col(Tip.call_id) == Call.id
    return exists(pick(Tip.id).where(own, _is_tip(areas, is_best=is_best)))


def _is_tip(areas: Sequence[str], *, is_best: bool) -> ColumnElement[bool]:
    is_area = col(Tip.area).in_(areas) if areas else always()
    return and_(col(Tip.is_best).is_(is_best), ~IS_DISMISSED, is_area)


def _chosen(
    session: Session, scope: Scope, reasons: _Reasons, without: Iterable[UUID] = ()
) -> list[RowMapping]:
    """The calls with the most reasons, of as many the latest."""
    calls = (
        pick(
            col(Call.id),
            Call.title,
            Call.started_at,
            CallFacts.duration_s,
            *(func.coalesce(one, False).label(why) for why, one in reasons.items()),
        )
        .select_from(Call)
        .join(CallFacts, col(CallFacts.call_id) == Call.id)
        .outerjoin(Deal, col(Deal.id) == Call.deal_id)
        .where(*scope.calls(scope.period), col(Call.id).not_in(list(without)))
        .subquery("held")
    )
    count: Any = sum(cast(calls.c[why], Integer) for why in reasons)
    found = session.execute(
        pick(calls)
        .where(count >= FEWEST)
        .order_by(count.desc(), calls.c.started_at.desc(), calls.c.id)
        .limit(CHOSEN)
    )
    return list(found.mappings())


def _proofs(
    session: Session, call_ids: Sequence[UUID], keep: Sequence[str], work_on: Sequence[str]
) -> dict[tuple[UUID, Why], Reason]:
    """Where the reasons play that are said in one place: the first of each call."""
    if not call_ids:
        return {}
    statements: list[Any] = [
        _proof(Tip, "strength").where(_is_tip(keep, is_best=True)),
        _proof(Tip, "to_improve").where(_is_tip(work_on, is_best=False)),
        _proof(Moment, "objection_open").where(is_unsettled(Moment)),
        _proof(Moment, "buyer_committed").where(_IS_BUYERS),
        _proof(NextStep, "next_step_dated").where(col(NextStep.due_on).is_not(None)),
    ]
    proofs: dict[tuple[UUID, Why], Reason] = {}
    for statement in statements:
        own = statement.where(statement.selected_columns.call_id.in_(call_ids))
        for call_id, why, start_s, end_s, quote in session.execute(own):
            proofs.setdefault((call_id, why), Reason(why, start_s, end_s, quote))
    return proofs


def _proof(table: Any, why: Why) -> Any:
    told = literal(why).label("why")
    columns = (table.call_id, told, table.start_s, table.end_s, table.quote)
    return pick(*columns).order_by(table.call_id, table.start_s)


def _told(
    row: RowMapping, reasons: _Reasons, proofs: Mapping[tuple[UUID, Why], Reason]
) -> WorthHearing:
    end = Reason("no_next_step", max(row["duration_s"] - CLOSING_S, 0.0), row["duration_s"])
    known = {**proofs, (row["id"], "no_next_step"): end}
    why = tuple(known.get((row["id"], one), Reason(one)) for one in reasons if row[one])
    return WorthHearing(row["id"], row["title"], row["started_at"], row["duration_s"], why)
