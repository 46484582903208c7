"""The tables that facts share: whose rows they are, and the deal they belong to."""

from typing import Any

from sqlalchemy import Boolean, DateTime, Integer, Text, Uuid, bindparam, case, func
from sqlalchemy.orm import aliased

from models.kpis.fact import Dimension, Expression, Join
from models.tables import Deal, Team, User

REP: Any = aliased(User, name="rep")
TEAM: Any = aliased(Team, name="team_of_rep")
DEAL: Any = aliased(Deal, name="its_deal")

DEFAULT_ZONE: Any = bindparam("zone", type_=Text)
ZONE: Any = func.coalesce(TEAM.time_zone, DEFAULT_ZONE)
"""The clock of the rep a row belongs to."""
NOW: Any = bindparam("now", type_=DateTime(timezone=True))
MATURE_DAYS: Any = bindparam("maturity_days", type_=Integer)
FOLLOW_UP_DAYS: Any = bindparam("follow_up_days", type_=Integer)


VIEWER: Any = bindparam("viewer", type_=Uuid)
SEES_ALL: Any = bindparam("sees_all", type_=Boolean)
"""Who asks, and whether nothing is kept from them."""


def customer_of(deal: Any) -> Expression:
    """Whether a deal is a new customer's or an existing one's."""
    return case((deal.kind == "new", "new"), (deal.kind.is_not(None), "existing"))


def dimensions_of(deal: Any) -> dict[Dimension, Expression]:
    """What deals, and all that belongs to one, can be asked by."""
    return {
        "region": deal.region,
        "channel": deal.channel,
        "product": deal.product,
        "customer": customer_of(deal),
    }


def joins_of(rep: Expression) -> tuple[Join, ...]:
    """The rep of a row, and the rep's team."""
    return ((REP, REP.id == rep), (TEAM, TEAM.id == REP.team_id))


def by_rep(rep: Expression) -> dict[Dimension, Expression]:
    """What all rows of a rep can be asked by."""
    return {"rep": rep, "team": REP.team_id}


def days(count: Any) -> Expression:
    """So many days, as PostgreSQL adds them to an instant."""
    return func.make_interval(0, 0, 0, count)


def days_between(earlier: Any, later: Any) -> Expression:
    """Days from one instant to another; NULL when they are the wrong way round."""
    # `extract` would give a numeric, which is slow
    return case((later >= earlier, func.date_part("epoch", later - earlier) / 86_400.0))


def hours_between(earlier: Any, later: Any) -> Expression:
    """Hours from one instant to another; NULL when they are the wrong way round."""
    return days_between(earlier, later) * 24.0
