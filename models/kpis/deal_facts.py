"""Facts of deals: opened, won, lost, open at the end; their offers and their stages."""

from dataclasses import replace
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlmodel import col

from models.kpis.fact import At, Expression, Fact, Lasting, key_of
from models.kpis.terms import (
    DEAL,
    by_rep,
    days_between,
    dimensions_of,
    joins_of,
)
from models.tables import Call, Deal, Offer, StageChange, StageOdds

_IS_DEALS = {"deal_id": col(Deal.id), "account_id": col(Deal.account_id)}


def _deals(name: str, when: Any, *where: Expression) -> Fact:
    return Fact(
        name=name,
        table=Deal,
        when=when,
        rep=col(Deal.rep_id),
        where=where,
        by={**by_rep(col(Deal.rep_id)), **dimensions_of(Deal)},
        joins=joins_of(col(Deal.rep_id)),
        value=col(Deal.amount_minor),
        currency=col(Deal.currency),
        title=col(Deal.name),
        links={**key_of(Deal), **_IS_DEALS},
    )


OPENED_DEALS = _deals("opened_deals", At(col(Deal.opened_at)))
CLOSED_DEALS = _deals("closed_deals", At(col(Deal.ended_at)), col(Deal.outcome) != "open")
WON_DEALS = _deals("won_deals", At(col(Deal.ended_at)), col(Deal.outcome) == "won")
WON_NEW_DEALS = WON_DEALS.only(col(Deal.kind) == "new", name="won_new_deals")
WON_FROM_CUSTOMERS = WON_DEALS.only(col(Deal.kind) != "new", name="won_deals_of_customers")
EXPANSIONS = WON_DEALS.only(col(Deal.kind).in_(("upsell", "cross_sell")), name="won_expansions")
OPEN_DEALS = _deals(
    "open_deals",
    Lasting(col(Deal.opened_at), col(Deal.ended_at), by_day=False),
    or_(col(Deal.outcome) == "open", col(Deal.ended_at).is_not(None)),
)
"""A deal that is closed, nobody knows when, is open at no time that is known."""
IS_WON = col(Deal.outcome) == "won"

COSTED_DEALS = WON_DEALS.only(
    col(Deal.amount_minor).is_not(None),
    col(Deal.cost_minor).is_not(None),
    name="won_deals_with_cost",
)
COSTS_OF_DEALS = COSTED_DEALS.valued(col(Deal.cost_minor), col(Deal.currency))
MARGINS = COSTED_DEALS.only(col(Deal.amount_minor) > 0).valued(
    1.0 - col(Deal.cost_minor) / (col(Deal.amount_minor) * 1.0)
)

RECORDED = (
    select(
        col(Call.deal_id).label("deal_id"),
        func.min(Call.started_at).label("first_at"),
        func.count().label("calls"),
    )
    .where(col(Call.deal_id).is_not(None), col(Call.state) == "ready")
    .group_by(col(Call.deal_id))
    .subquery("recorded")
)
"""What was recorded of each deal."""
_HEARD_DEALS = replace(
    WON_DEALS, joins=(*WON_DEALS.joins, (RECORDED, RECORDED.c.deal_id == col(Deal.id)))
)
_first_contact_at = func.coalesce(
    func.least(Deal.first_contact_at, RECORDED.c.first_at), Deal.opened_at
)
CYCLES = _HEARD_DEALS.valued(days_between(_first_contact_at, col(Deal.ended_at)))
CALLS_OF_WON_DEALS = _HEARD_DEALS.valued(RECORDED.c.calls)


def _offers(name: str, kind: str) -> Fact:
    rep = col(Offer.deal_rep_id)
    return Fact(
        name=name,
        table=Offer,
        when=At(col(Offer.sent_at)),
        rep=rep,
        where=(col(Offer.kind) == kind,),
        by={**by_rep(rep), **dimensions_of(DEAL)},
        joins=((DEAL, DEAL.id == col(Offer.deal_id)), *joins_of(rep)),
        value=col(Offer.amount_minor),
        currency=col(Offer.currency),
        title=DEAL.name,
        links={**key_of(Offer), "deal_id": col(Offer.deal_id)},
    )


PROPOSALS = _offers("proposals", "proposal")
QUOTES = _offers("quotes", "quote")
QUOTE_WAS_CLOSED = col(Offer.was_closed)


def _stages(name: str, when: Any, *where: Expression) -> Fact:
    rep = col(StageChange.deal_rep_id)
    return Fact(
        name=name,
        table=StageChange,
        when=when,
        rep=rep,
        where=where,
        by={
            **by_rep(rep),
            **dimensions_of(DEAL),
            "stage": col(StageChange.stage),
        },
        joins=((DEAL, DEAL.id == col(StageChange.deal_id)), *joins_of(rep)),
        title=DEAL.name,
        links={**key_of(StageChange), "deal_id": col(StageChange.deal_id)},
    )


STAGES_ENTERED = _stages(
    "stages_entered",
    At(col(StageChange.entered_at)),
    col(StageChange.is_first),
    ~col(StageChange.is_end),
)

_closed = func.sum(StageOdds.closed)
_odds = (
    select(
        col(StageOdds.stage).label("stage"), (func.sum(StageOdds.won) * 1.0 / _closed).label("won")
    )
    .group_by(StageOdds.stage)
    .having(_closed > 0)
    .subquery("odds")
)
"""Which part of the deals that ever entered a stage, and are closed, was won."""
_in_stage = _stages(
    "open_deals_by_stage",
    Lasting(col(StageChange.entered_at), col(StageChange.left_at), by_day=False),
    ~col(StageChange.is_end),
)
EXPECTED = replace(
    _in_stage,
    joins=(*_in_stage.joins, (_odds, _odds.c.stage == col(StageChange.stage))),
    value=case((_odds.c.won.is_not(None), col(StageChange.deal_amount_minor) * _odds.c.won)),
    currency=col(StageChange.deal_currency),
)
"""Open deals by the stage they are in, each worth its amount times what such deals came to."""
