"""The tips of a rep's calls that count: those that nobody dismissed."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, not_
from sqlmodel import col

from models.selecting import pick
from models.tables import Call, Correction, Tip

IS_DISMISSED = exists(
    pick(Correction.id).where(
        col(Correction.call_id) == Tip.call_id,
        col(Correction.kind) == "dismiss_tip",
        col(Correction.undone_at).is_(None),
        col(Correction.what)["rule"].astext == Tip.rule,
    )
)
"""A person took the tip away; until the call is understood again its row is still there."""


def tips_given(*columns: Any, where: tuple[ColumnElement[bool], ...]) -> Any:
    """A selection of tips that count with their calls, of calls that meet conditions."""
    return (
        pick(*columns)
        .select_from(Tip)
        .join(Call, col(Call.id) == Tip.call_id)
        .where(not_(IS_DISMISSED), *where)
    )


def latest_first(*partition: Any) -> ColumnElement[int]:
    """The place of a call's row among those of its partition, the latest call's being 1."""
    order = (col(Call.started_at).desc(), col(Call.id))
    return func.row_number().over(partition_by=partition, order_by=order)
