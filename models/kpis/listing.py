"""Listing: the rows behind a number, the latest first, as far as who asks may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, null, select

from models.currencies import minor_units
from models.errors import BadInput
from models.kpis.evaluating import facts_in
from models.kpis.fact import At, Fact, On
from models.kpis.figure import Figure, Share
from models.kpis.frame import Frame
from models.kpis.periods import Span
from models.kpis.selecting import Counting, selected
from models.paging import LIMIT

LINKS = ("id", "deal_id", "call_id", "account_id", "lead_id")


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row that was counted: when, what it is called, its value, and whether it is the part.

    `value` of money is in whole units of `currency`, the row's own. `links` has what it leads to.
    """

    at: datetime | date | None
    title: str | None
    rep_id: UUID | None
    value: float | None
    currency: str | None
    is_part: bool | None
    links: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class FactRows:
    """Some of the rows of one fact behind a KPI; `count` is of all of them."""

    fact: str
    facts: tuple[str, ...]
    count: int
    rows: tuple[FactRow, ...]


def rows_behind(
    frame: Frame,
    figure: Figure,
    span: Span,
    *,
    fact: str | None = None,
    limit: int = LIMIT,
    offset: int = 0,
) -> FactRows:
    """The rows of a fact that a figure counts in a span; the first fact unless one is named.

    The groups asked for are filters of the frame. Raises BadInput for a fact it does not count.
    """
    found = {one.name: one for one in facts_in(figure)}
    name = fact or next(iter(found), None)
    if name is None or name not in found:
        raise BadInput(f"fact: there is no {fact!r}; there is {', '.join(found) or 'none'}")
    counting = Counting(found[name], part=_part_of(figure, name))
    own = replace(frame, is_companys=False)  # the company's sum is told, others' rows are not
    statement = selected(own, counting, _columns(counting), [span])
    total = select(func.count()).select_from(statement.subquery())
    connection = frame.session.connection()
    count = connection.execute(total, frame.parameters).scalar_one()
    ordered = statement.order_by(
        statement.selected_columns.at.desc(), statement.selected_columns.id
    )
    rows = connection.execute(ordered.limit(limit).offset(offset), frame.parameters)
    return FactRows(name, tuple(found), count, tuple(_row(dict(one)) for one in rows.mappings()))


def _part_of(figure: Figure, name: str) -> Any:
    return figure.part if isinstance(figure, Share) and figure.of.name == name else None


def _columns(counting: Counting) -> Sequence[Any]:
    fact = counting.fact
    values = {
        "at": _when(fact),
        "title": fact.title,
        "rep_id": fact.rep,
        "value": fact.value,
        "currency": fact.currency,
        "is_part": counting.part,
        **{name: fact.links.get(name) for name in LINKS},
    }
    return [(null() if one is None else one).label(name) for name, one in values.items()]


def _when(fact: Fact) -> Any:
    match fact.when:
        case At(instant):
            return instant
        case On(day):
            return day
        case _:
            return literal(None)


def _row(row: Mapping[str, Any]) -> FactRow:
    value, currency = row["value"], row["currency"]
    number = None if value is None else float(value)
    if number is not None and currency is not None:
        number /= minor_units(currency)
    return FactRow(
        row["at"],
        row["title"],
        row["rep_id"],
        number,
        currency,
        row["is_part"],
        {name: row[name] for name in LINKS if row[name] is not None},
    )
