"""A price objection that is still open: of the last call on which the price was objected to."""

from typing import Any

from sqlalchemy import CTE, Select, and_, func, literal
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.open_objections import is_unsettled
from models.risks.sign import Terms, heard_calls, sign
from models.selecting import pick
from models.tables import Moment

SHOWN = 3
_PRICE = "price"


def price_objection(terms: Terms, deals: CTE) -> Select[Any]:
    """Deals whose buyer last objected to the price without being won over."""
    heard = heard_calls(terms, deals).subquery("heard_call")
    is_about_price = and_(col(Moment.kind) == "objection", col(Moment.about) == _PRICE)
    last = (
        pick(heard)
        .join(Moment, and_(col(Moment.call_id) == heard.c.id, is_about_price))
        .where(col(Moment.side) != "seller")
        .ext(distinct_on(heard.c.deal_id))
        .order_by(heard.c.deal_id, heard.c.started_at.desc(), heard.c.id)
        .subquery("objecting")
    )
    said: Any = aliased(Moment, name="said")
    own = (
        pick(
            last.c.deal_id,
            last.c.id.label("call_id"),
            last.c.title,
            last.c.started_at,
            said.start_s,
            said.end_s,
            said.quote,
            func.row_number().over(partition_by=last.c.deal_id, order_by=said.start_s).label("n"),
            func.count().over(partition_by=last.c.deal_id).label("count"),
        )
        .select_from(last)
        .join(said, said.call_id == last.c.id)
        .where(is_unsettled(said, _PRICE))
        .subquery("open_objection")
    )
    return sign(
        "price_objection",
        own.c.deal_id,
        since=own.c.started_at,
        count=own.c.count,
        what="objection",
        call_id=own.c.call_id,
        title=own.c.title,
        at=own.c.started_at,
        start_s=own.c.start_s,
        end_s=own.c.end_s,
        quote=own.c.quote,
    ).where(own.c.n <= literal(SHOWN))
