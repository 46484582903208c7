"""Change: how a figure stands beside the same one of another stretch of time."""

from dataclasses import dataclass
from typing import Literal

from models.kpis.kpi import Unit
from models.kpis.measured import Measured

ChangeKind = Literal["relative", "difference"]
_BY_DIFFERENCE: frozenset[Unit] = frozenset({"share", "points"})


@dataclass(frozen=True, slots=True)
class Change:
    """What changed: `relative` to the earlier figure, or the `difference` of the two.

    Shares and points are subtracted: from 40 % to 50 % is a difference of 0.1, ten points. All
    else is told relative to what it was: from 40 to 50 is 0.25.
    """

    kind: ChangeKind
    value: float


def change_of(unit: Unit, found: Measured, earlier: Measured | None) -> Change | None:
    """The change since an earlier figure.

    None where either is not known, and relative to nothing or to less than nothing.
    """
    if earlier is None or found.value is None or earlier.value is None:
        return None
    difference = found.value - earlier.value
    if unit in _BY_DIFFERENCE:
        return Change("difference", difference)
    return Change("relative", difference / earlier.value) if earlier.value > 0 else None
