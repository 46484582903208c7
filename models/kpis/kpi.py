"""What a KPI is: one declaration that the program, its pages and its documentation read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from models.kpis.fact import Dimension
from models.kpis.figure import Figure

Unit = Literal[
    "share", "count", "money", "seconds", "minutes", "hours", "days", "years", "points", "number"
]  # fmt: skip
Better = Literal["higher", "lower", "neither"]
Family = Literal["revenue", "pipeline", "activity", "customers", "costs", "calls", "own"]
UNITS: tuple[Unit, ...] = get_args(Unit)
BETTERS: tuple[Better, ...] = get_args(Better)
FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True, slots=True)
class Words:
    """The same in English and in French, as a salesperson would say it."""

    en: str
    fr: str

    def __getitem__(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Kpi:
    """A KPI. `figure` is how it is counted; `variants` are other readings, by their slug.

    `formula` names its denominator. `aliases` are what else it is called, to find it by: the
    articles' own names among them. `needs` are the imported files it cannot be counted without.
    `by` is what it is shown by unless asked otherwise. `as_odds` shows 60:40 beside 60 %.
    """

    number: int
    slug: str
    family: Family
    name: Words
    definition: Words
    formula: Words
    unit: Unit
    better: Better
    figure: Figure
    source: str
    needs: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    variants: Mapping[str, "Variant"] = field(default_factory=dict)
    by: Dimension | None = None
    as_odds: bool = False
    companions: tuple[str, ...] = ()
    """KPIs that are shown beside it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Another reading of a KPI."""

    formula: Words
    figure: Figure
    unit: Unit | None = None
    """None is the KPI's own."""
