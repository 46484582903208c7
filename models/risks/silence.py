"""Silence: nothing was done on a deal for some days, by us or by the buyer."""

from typing import Any

from sqlalchemy import (
    CTE,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal,
    null,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from models.coaching.scope import counts_for
from models.rights import visible_calls
from models.risks.sign import Terms, days_before, sign
from models.selecting import pick
from models.tables import Activity, Call, Deal, Invitation, Offer, PlannedMeeting

_DAY_S = 86_400


def silent(terms: Terms, deals: CTE) -> Select[Any]:
    """Deals on which nothing happened for so long; that it was opened is the first that did."""
    happened = union_all(*_happenings(terms, deals)).subquery("happened")
    last = (
        pick(happened)
        .where(happened.c.at <= terms.now)
        .ext(distinct_on(happened.c.deal_id))
        .order_by(happened.c.deal_id, happened.c.at.desc(), happened.c.what, happened.c.id)
        .subquery("last_happening")
    )
    passed = func.extract("epoch", terms.now - last.c.at)
    is_call = last.c.what == "call"
    return sign(
        "silent",
        last.c.deal_id,
        since=last.c.at,
        count=cast(func.floor(passed / _DAY_S), Integer),
        what=last.c.what,
        id=last.c.id,
        call_id=case((is_call, last.c.id)),
        title=last.c.title,
        at=last.c.at,
    ).where(last.c.at < days_before(terms.now, terms.silent_days))


def _happenings(terms: Terms, deals: CTE) -> list[Select[Any]]:
    is_seen = visible_calls(terms.viewer)
    was_held = col(PlannedMeeting.was_held).is_(True)
    parts = (
        _part(
            "call", Call, Call.started_at, case((is_seen, Call.id)), case((is_seen, Call.title))
        ).where(col(Call.state) != "empty", counts_for(Call, terms.viewer)),
        _part("activity", Activity, Activity.at, Activity.id, Activity.kind),
        _part(
            "meeting",
            PlannedMeeting,
            PlannedMeeting.scheduled_at,
            PlannedMeeting.id,
            PlannedMeeting.kind,
        ).where(was_held),
        _part("offer", Offer, Offer.sent_at, Offer.id, Offer.kind),
        _part("invitation", Invitation, Invitation.sent_at, Invitation.id),
        _part("answer", Invitation, Invitation.responded_at, Invitation.id, Invitation.response),
    )
    of_deals = [part.where(part.selected_columns.deal_id.in_(pick(deals.c.id))) for part in parts]
    opened = pick(*_columns("opened", Deal.id, Deal.opened_at, Deal.id, Deal.name)).where(
        col(Deal.id).in_(pick(deals.c.id))
    )
    return [*of_deals, opened]


def _part(what: str, table: Any, at: Any, key: Any, title: Any = None) -> Select[Any]:
    return pick(*_columns(what, table.deal_id, at, key, title))


def _columns(what: str, deal_id: Any, at: Any, key: Any, title: Any = None) -> list[Any]:
    return [
        cast(literal(what), Text).label("what"),
        cast(deal_id, Uuid).label("deal_id"),
        cast(at, DateTime(timezone=True)).label("at"),
        cast(key, Uuid).label("id"),
        cast(null() if title is None else title, Text).label("title"),
    ]
