"""Figures: what a KPI makes of facts. Each is counted per group and stretch of time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.kpis.fact import Expression, Fact


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are; where `is_told`, of none it is not known rather than zero."""

    of: Fact
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of their values; those without one are told as missing.

    Of no rows it is zero, unless `is_told`: then nobody told, and it is not known.
    """

    of: Fact
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of their values."""

    of: Fact


@dataclass(frozen=True, slots=True)
class Median:
    """The value in the middle of theirs."""

    of: Fact


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the rows for which `part` is true; rows where it is NULL are not counted."""

    of: Fact
    part: Expression


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different things the rows are about."""

    of: Fact
    about: Expression


@dataclass(frozen=True, slots=True)
class Growth:
    """How much more than in the stretch before, as a share of that; by months when `monthly`."""

    of: Total | Count
    monthly: bool = False


@dataclass(frozen=True, slots=True)
class Quotient:
    """One figure divided by another."""

    top: "Figure"
    bottom: "Figure"
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Months:
    """How many calendar months the stretch of time touches."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What was to be reached: the sum of the targets for a KPI."""

    kpi: str


@dataclass(frozen=True, slots=True)
class Formula:
    """What a function makes of other figures; it is not called while one of `parts` is unknown.

    Parts whose names are in `optional` may be unknown, and are passed as None then.
    """

    parts: Mapping[str, "Figure"]
    compute: Callable[..., float | None]
    optional: frozenset[str] = frozenset()


Atomic = Count | Total | Mean | Median | Share | Distinct
Figure = Atomic | Growth | Quotient | Months | Aim | Formula
