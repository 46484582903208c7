"""What a KPI is for each group, and the arithmetic of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from tests.kpis.independent.cells import Column, Frame


@dataclass(frozen=True, slots=True)
class Value:
    """A figure: `part` of `whole` where it is a quotient, of `n` rows, and how many are unknown."""

    value: float | None
    part: float | None = None
    whole: float | None = None
    n: int | None = None
    missing: int = 0


Values: TypeAlias = dict[str | None, Value]
Groups: TypeAlias = dict[str | None, Frame]

NOTHING = Value(0.0, n=0)


def quotient(part: float | None, whole: float | None) -> float | None:
    """The part of the whole; None of nothing."""
    return None if part is None or not whole else part / whole


def counts(groups: Groups) -> Values:
    """How many rows."""
    return {key: Value(float(len(rows)), n=len(rows)) for key, rows in groups.items()}


def totals(groups: Groups, name: str) -> Values:
    """The sum of a column."""
    return _over(groups, name, lambda known: float(known.sum()))


def means(groups: Groups, name: str) -> Values:
    """The mean of a column, None of nothing."""
    return _over(groups, name, lambda known: float(known.mean()) if len(known) else None)


def medians(groups: Groups, name: str) -> Values:
    """The median of a column, None of nothing."""
    return _over(groups, name, lambda known: float(known.median()) if len(known) else None)


def shares(groups: Groups, name: str) -> Values:
    """The part of the rows for which a column is true."""
    found: Values = {}
    for key, rows in groups.items():
        part, whole = float(rows[name].astype(bool).sum()), float(len(rows))
        found[key] = Value(quotient(part, whole), part, whole, len(rows))
    return found


def ratios(parts: Values, wholes: Values, *, times: float = 1.0) -> Values:
    """One divided by the other; a group that one of them lacks has 0 there."""
    found: Values = {}
    for key in sorted({*parts, *wholes}, key=str):
        part, whole = parts.get(key, NOTHING), wholes.get(key, NOTHING)
        divided = quotient(part.value, whole.value)
        missing = part.missing + whole.missing
        told = None if divided is None else divided * times
        rows = part.n if whole.n is None else whole.n
        found[key] = Value(told, part.value, whole.value, rows, missing)
    return found


def combined(one: Values, other: Values, how: Callable[[float, float], float | None]) -> Values:
    """Two figures made one where both are known; a group that one of them lacks has 0 there."""
    found: Values = {}
    for key in sorted({*one, *other}, key=str):
        first, second = one.get(key, NOTHING), other.get(key, NOTHING)
        value = None
        if first.value is not None and second.value is not None:
            value = how(first.value, second.value)
        found[key] = Value(value, n=first.n, missing=first.missing + second.missing)
    return found


def _over(groups: Groups, name: str, how: Callable[[Column], float | None]) -> Values:
    found: Values = {}
    for key, rows in groups.items():
        known = rows[name].dropna()
        missing = int(pd.isna(rows[name]).sum())
        found[key] = Value(how(known), n=len(known), missing=missing)
    return found
