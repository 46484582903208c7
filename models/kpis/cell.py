"""Cells: what was counted of the rows of one group in one stretch of time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import numpy as np

from analyzer.statistics import Sample, Sums, Values
from models.kpis.periods import Span

Key: TypeAlias = tuple[UUID | str | None, ...]
"""A group: its value in each dimension that was asked by, None where a row has none."""
_NONE = Sums(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows, those of them that are the part asked for, and sums of the values that are known.

    `values` are the values one by one, while they are few or each is needed.
    """

    rows: int = 0
    part: int = 0
    sums: Sums = _NONE
    values: Values | None = None

    @property
    def missing(self) -> int:
        """Rows whose value is not known."""
        return self.rows - self.sums.n

    @property
    def sample(self) -> Sample:
        """The values, or what is kept of them."""
        return self.sums if self.values is None else self.values

    def __add__(self, other: "Cell") -> "Cell":
        both = (self.values, other.values)
        return Cell(
            self.rows + other.rows,
            self.part + other.part,
            self.sums + other.sums,
            None if any(one is None for one in both) else np.concatenate(both),  # type: ignore[arg-type]
        )

    def __mul__(self, factor: float) -> "Cell":
        values = None if self.values is None else self.values * factor
        return Cell(self.rows, self.part, self.sums * factor, values)

    def unvalued(self) -> "Cell":
        """The same rows, their values unknown: sums in a currency without a rate."""
        return Cell(self.rows, self.part, _NONE, np.empty(0))


EMPTY = Cell(values=np.empty(0))


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells there are; where there is none, there are no rows."""

    by_place: Mapping[tuple[Key, Span], Cell]

    def at(self, key: Key, span: Span) -> Cell:
        """The cell of a group and a stretch of time."""
        return self.by_place.get((key, span), EMPTY)

    @property
    def keys(self) -> frozenset[Key]:
        """The groups there are rows of."""
        return frozenset(key for key, _span in self.by_place)


def gathered(cells: Iterable[tuple[Key, Span, Cell]]) -> Cells:
    """Cells of the same place put together."""
    found: dict[tuple[Key, Span], Cell] = {}
    for key, span, cell in cells:
        place = (key, span)
        found[place] = found[place] + cell if place in found else cell
    return Cells(found)
