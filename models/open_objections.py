"""Objections that nobody settled, as far as what was said afterwards shows."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import aliased

from models.selecting import pick
from models.tables import Moment

SETTLED_S = 60.0
"""Seconds after an objection in which the buyer may be won over, as tips have it."""


def is_unsettled(objection: Any, about: str | None = None) -> ColumnElement[bool]:
    """Whether a moment is an objection that is still open; of one kind where `about` says which.

    It is when the buyer neither agrees nor is pleased soon after it.
    """
    later: Any = aliased(Moment, name="later")
    settles = exists(
        pick(later.id).where(
            later.call_id == objection.call_id,
            later.kind.in_(("positive", "commitment")),
            later.side == "buyer",
            later.start_s > objection.end_s,
            later.start_s <= objection.end_s + SETTLED_S,
        )
    ).correlate(objection)
    kinds = [objection.kind == "objection", objection.side != "seller"]
    if about is not None:
        kinds.append(objection.about == about)
    return and_(*kinds, ~settles)
