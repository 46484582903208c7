"""Columns of simulated rows, made as arrays and written as COPY reads them, some rows at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cells = Callable[[slice], list[str]]
"""Writes a column's values of some rows."""
Ids = NDArray[np.uint8]
"""Keys, sixteen bytes each."""
Numbers = NDArray[np.float64]
"""NaN is not known; instants are seconds, and dates days, since 1970."""
Places = NDArray[np.int64]
"""Positions in another column, or in a list of words; -1 is none."""
NULL = "\\N"
NONE = -1
_BLOCK = 20_000
_ID = 16


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table."""

    table: str
    count: int
    columns: Mapping[str, Cells]

    def lines(self) -> Iterator[str]:
        """Each row, its cells apart by tabs."""
        for start in range(0, self.count, _BLOCK):
            part = slice(start, min(start + _BLOCK, self.count))
            written = [cells(part) for cells in self.columns.values()]
            yield from map("\t".join, zip(*written, strict=True))


def imported(ids: Ids, name: str) -> dict[str, Cells]:
    """What each row has that came from a CRM: its key, where it is from, its number there."""
    return {"id": keys(ids), "origin": always("crm"), "ref": numbered(f"{name}_")}


def make_ids(rng: np.random.Generator, count: int) -> Ids:
    """So many keys as random as those that the service makes."""
    return np.frombuffer(rng.bytes(_ID * count), np.uint8).reshape(count, _ID)


def keys(ids: Ids) -> Cells:
    """A row's own key."""

    def cells(part: slice) -> list[str]:
        digits = ids[part].tobytes().hex()
        return [digits[n : n + 2 * _ID] for n in range(0, len(digits), 2 * _ID)]

    return cells


def pointers(ids: Ids, places: Places) -> Cells:
    """The key of a row elsewhere."""

    def cells(part: slice) -> list[str]:
        some = places[part]
        found = keys(ids[some])(slice(None))
        return [key if at >= 0 else NULL for key, at in zip(found, some.tolist(), strict=True)]

    return cells


def always(value: str) -> Cells:
    """The same in every row."""
    return lambda part: [value] * (part.stop - part.start)


def numbered(before: str, after: str = "") -> Cells:
    """Another text in every row."""
    return lambda part: [f"{before}{n}{after}" for n in range(part.start, part.stop)]


def words(vocabulary: Sequence[str], places: Places) -> Cells:
    """One of some words."""
    named = np.array([*vocabulary, NULL], object)
    return lambda part: [*named[places[part]]]


def flags(values: NDArray[np.bool_]) -> Cells:
    """Yes or no."""
    return words(("f", "t"), values.astype(np.int64))


def texts(values: Sequence[str]) -> Cells:
    """Texts that are written already."""
    return lambda part: [*values[part]]


def instants(seconds: Numbers) -> Cells:
    """Instants, to the second."""

    def cells(part: slice) -> list[str]:
        moments = np.nan_to_num(seconds[part]).astype(np.int64).astype("M8[s]")
        return _known(seconds[part], np.datetime_as_string(moments, timezone="UTC").tolist())

    return cells


def dates(days: Numbers) -> Cells:
    """Calendar days."""

    def cells(part: slice) -> list[str]:
        moments = np.nan_to_num(days[part]).astype(np.int64).astype("M8[D]")
        return _known(days[part], np.datetime_as_string(moments).tolist())

    return cells


def wholes(values: Numbers) -> Cells:
    """Whole numbers."""

    def cells(part: slice) -> list[str]:
        rounded = np.nan_to_num(values[part]).astype(np.int64).tolist()
        return _known(values[part], [*map(str, rounded)])

    return cells


def reals(values: Numbers, decimals: int = 3) -> Cells:
    """Numbers with decimals."""

    def cells(part: slice) -> list[str]:
        rounded = np.nan_to_num(values[part]).round(decimals).tolist()
        return _known(values[part], [*map(str, rounded)])

    return cells


def _known(values: Numbers, written: Sequence[str]) -> list[str]:
    known = np.isfinite(values).tolist()
    return [cell if is_known else NULL for cell, is_known in zip(written, known, strict=True)]
