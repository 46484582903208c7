"""The risks of one deal, and of a page of deals: one statement, however many there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CTE, RowMapping, Select, Uuid, any_, bindparam, func, union_all
from sqlmodel import Session, col
from sqlmodel import select as select_rows
from sqlmodel.sql.expression import SelectOfScalar

from models.deals import DealRow, name_deals
from models.paging import Slice, take
from models.rights import visible_deals
from models.risks.contacts import single_contact
from models.risks.next_steps import no_next_step
from models.risks.prices import price_objection
from models.risks.sign import KINDS, Evidence, Looking, Risk, RiskKind, Terms, open_terms
from models.risks.silence import silent
from models.selecting import pick
from models.tables import Deal, User

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_OPENED = func.coalesce(Deal.opened_at, _LONG_AGO)
_SIGNS: Mapping[RiskKind, Callable[[Terms, CTE], Select[Any]]] = MappingProxyType(
    {
        "no_next_step": no_next_step,
        "silent": silent,
        "single_contact": single_contact,
        "price_objection": price_objection,
    }
)


@dataclass(frozen=True, slots=True)
class RiskFilters:
    """What a list is narrowed to; `kinds`: deals that have one of these risks."""

    rep_id: UUID | None = None
    team_id: UUID | None = None
    kinds: tuple[RiskKind, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskyDeal:
    """An open deal with its risks, in the order of `KINDS`; none is a good sign."""

    row: DealRow
    risks: tuple[Risk, ...]


def risks_of(session: Session, looking: Looking, deal: Deal) -> tuple[Risk, ...]:
    """The risks of a deal that the viewer may see; a deal that was won or lost has none."""
    return risks_among(session, looking, [deal.id]).get(deal.id, ())


def list_risks(
    session: Session,
    looking: Looking,
    filters: RiskFilters,
    *,
    limit: int,
    cursor: str | None = None,
) -> Slice[RiskyDeal]:
    """The open deals the viewer may see with their risks, the last opened first."""
    statement = _narrowed(select_rows(Deal), looking.viewer, filters)
    if filters.kinds:
        ids = _narrowed(select_rows(Deal.id), looking.viewer, filters)
        statement = statement.where(col(Deal.id).in_(flagged_deals(looking, ids, filters.kinds)))
    keys = [(_OPENED, lambda one: one.opened_at or _LONG_AGO), (Deal.id, lambda one: one.id)]
    page = take(session, statement, keys, limit=limit, cursor=cursor)
    found = risks_among(session, looking, [one.id for one in page.items])
    rows = name_deals(session, page.items)
    return Slice([RiskyDeal(row, found.get(row.deal.id, ())) for row in rows], page.next)


def _narrowed(statement: Any, viewer: User, filters: RiskFilters) -> SelectOfScalar[Any]:
    narrowed = statement.where(col(Deal.outcome) == "open", visible_deals(viewer))
    if filters.rep_id is not None:
        narrowed = narrowed.where(col(Deal.rep_id) == filters.rep_id)
    if filters.team_id is not None:
        members = select_rows(User.id).where(User.team_id == filters.team_id)
        narrowed = narrowed.where(col(Deal.rep_id).in_(members))
    return narrowed  # type: ignore[no-any-return]


def flagged_deals(looking: Looking, ids: Any, kinds: Sequence[RiskKind]) -> Select[Any]:
    """The ids, of a selection of ids of open deals, that show one of some risks."""
    deals = ids.cte("looked_at")
    return _signs(looking.terms, deals, kinds, lambda signs: pick(signs.c.deal_id))


def risks_among(
    session: Session, looking: Looking, deal_ids: Sequence[UUID]
) -> dict[UUID, tuple[Risk, ...]]:
    """Every risk of some deals that the viewer may see, by deal; those closed have none."""
    if not deal_ids:
        return {}
    viewer = looking.viewer
    statement = _every_sign(viewer.role, has_team=viewer.team_id is not None)
    asked = {**looking.parameters, "deals": list(deal_ids)}
    rows: dict[tuple[UUID, RiskKind], list[RowMapping]] = {}
    for row in session.execute(statement, asked).mappings():
        rows.setdefault((row["deal_id"], row["kind"]), []).append(row)
    return {
        deal_id: tuple(
            _risk(kind, rows[deal_id, kind]) for kind in KINDS if (deal_id, kind) in rows
        )
        for deal_id, _kind in rows
    }


@cache
def _every_sign(role: str, *, has_team: bool) -> Select[Any]:
    """All signs of the open ones of `deals`, for whoever has that role.

    It is long, and to put it together takes longer than to run it: that is done once.
    """
    own = pick(col(Deal.id)).where(
        col(Deal.id) == any_(bindparam("deals", type_=ARRAY(Uuid))), col(Deal.outcome) == "open"
    )
    return _signs(open_terms(role, has_team=has_team), own.cte("looked_at"), KINDS, pick)


def _signs(
    terms: Terms,
    deals: CTE,
    kinds: Sequence[RiskKind],
    choose: Callable[[Any], Select[Any]],
) -> Select[Any]:
    signs = [_SIGNS[kind](terms, deals) for kind in dict.fromkeys(kinds)]
    return choose(union_all(*signs).subquery("signs"))


def _risk(kind: RiskKind, rows: Sequence[RowMapping]) -> Risk:
    first = rows[0]
    ordered = sorted(rows, key=lambda row: row["start_s"] or 0.0)
    evidence = (
        Evidence(**{name: row[name] for name in Evidence.__dataclass_fields__}) for row in ordered
    )
    return Risk(kind, first["why"], first["since"], first["count"], tuple(evidence))
