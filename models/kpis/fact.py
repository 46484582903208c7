"""Facts: the rows that KPIs count, each with its time, its value and all it can be asked by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import (
    Date,
    Integer,
    SQLColumnExpression,
    column,
    literal_column,
    table,
)
from sqlmodel import col

from models.tables import User

Expression = SQLColumnExpression[Any]
"""A column, or what SQL makes of some."""
Dimension = Literal["rep", "team", "region", "channel", "product", "call_type", "customer", "stage"]
DIMENSIONS: tuple[Dimension, ...] = (
    "rep", "team", "region", "channel", "product", "call_type", "customer", "stage"
)  # fmt: skip
Join = tuple[Any, Expression]
"""A table, and how its rows belong to those that come before it."""

SPAN = table(
    "span",
    column("number", Integer),
    column("start_on", Date),
    column("end_on", Date),
)
"""All spans that are asked for, as rows; the end of one is the first day that is not in it."""
THERE_NUMBER: Any = literal_column("there.number", Integer())
THERE_FROM: Any = literal_column("there.start_on", Date())
THERE_TO: Any = literal_column("there.end_on", Date())
"""The span that a row lasts in: its number, its first day, the first after it."""


@dataclass(frozen=True, slots=True)
class At:
    """Rows of an instant: they belong to the day it is where their rep works."""

    instant: Expression


@dataclass(frozen=True, slots=True)
class On:
    """Rows of a day; of a month when that day is its first and stands for all of it."""

    day: Expression
    is_month: bool = False


@dataclass(frozen=True, slots=True)
class Lasting:
    """Rows that are there from `start` to before `end`, for ever when that is NULL.

    Looked for at the end of a span, or at its start: days, or instants where the rep works. Where
    it matters which span it is, conditions and values say so by `THERE_FROM` and `THERE_TO`.
    """

    start: Expression
    end: Expression | None = None
    at_start: bool = False
    by_day: bool = True


When = At | On | Lasting


@dataclass(frozen=True, slots=True)
class Fact:
    """Rows of one table that a KPI counts.

    `value` is a number, or minor units where there is a `currency`. `by` has an expression for
    each dimension the rows can be asked by; a table of `joins` is joined only when something in
    it is. `rep` says whose they are; rows of nobody in particular are the company's.
    `links` names what a row leads to: id, deal_id, call_id, account_id.
    """

    name: str
    table: Any
    when: When
    rep: Expression | None = None
    where: tuple[Expression, ...] = ()
    by: Mapping[Dimension, Expression] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    value: Expression | None = None
    currency: Expression | None = None
    title: Expression | None = None
    links: Mapping[str, Expression] = field(default_factory=dict)
    visible: Callable[[User], Expression] | None = None
    only_with: frozenset[Dimension] = frozenset()
    """Asked by these, rows without one say nothing: what was spent on no channel is of all."""

    def only(self, *conditions: Expression, name: str | None = None) -> "Fact":
        """Those of the rows for which more is true."""
        return replace(self, name=name or self.name, where=(*self.where, *conditions))

    def valued(self, value: Expression, currency: Expression | None = None) -> "Fact":
        """The same rows with another value."""
        return replace(self, value=value, currency=currency)

    @property
    def is_companys(self) -> bool:
        """Whether no rep in particular made these rows."""
        return self.rep is None


def key_of(model: Any) -> dict[str, Expression]:
    """What a row of a table is found by."""
    return {"id": col(model.id)}
