"""What the cells of CSV files say: instants, days, numbers, words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

import pandas as pd

Frame: TypeAlias = pd.DataFrame
Column: TypeAlias = pd.Series
Rows: TypeAlias = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they hold, and new names for some; others are left out.

    `listed` are words of closed lists, which may be in capitals or have blanks.
    """

    words: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    instants: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    named: Mapping[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, as files name them."""
        return self.words + self.listed + self.instants + self.days + self.numbers


def told(cell: object) -> str | None:
    """The cell without blanks around it; None when it is empty."""
    return None if cell is None or not str(cell).strip() else str(cell).strip()


def instant(cell: str, zone: str) -> datetime:
    """An instant in UTC; without an offset, or of a bare day, by the clock of the zone."""
    written = datetime.fromisoformat(cell)
    if written.tzinfo is None:
        written = written.replace(tzinfo=ZoneInfo(zone))
    return written.astimezone(UTC)


def table(rows: Rows, columns: Columns, clocks: Mapping[str, str], usual: str) -> Frame:
    """The rows with their types; `clocks` has the zone by which each rep writes times."""
    words = [{name: told(row.get(name)) for name in columns.names} for row in rows]
    frame = pd.DataFrame(words, columns=list(columns.names), dtype=object)
    if "id" in frame:
        frame = frame.drop_duplicates("id", ignore_index=True)
    if "rep_id" in frame:
        zones = [clocks.get(rep, usual) if rep else usual for rep in frame["rep_id"]]
    else:
        zones = [usual] * len(frame)
    for name in columns.listed:
        frame[name] = [cell and re.sub(r"[\s-]+", "_", cell.lower()) for cell in frame[name]]
    for name in columns.instants:
        cells = zip(frame[name], zones, strict=True)
        read = [instant(cell, zone) if cell else None for cell, zone in cells]
        frame[name] = pd.Series(pd.to_datetime(read, utc=True), index=frame.index)
    for name in columns.days:
        days = [cell[:10] if cell else None for cell in frame[name]]
        frame[name] = pd.Series(pd.to_datetime(days), index=frame.index)
    for name in columns.numbers:
        frame[name] = pd.to_numeric(frame[name]).astype(float)
    return frame.rename(columns=dict(columns.named or {}))


def looked_up(keys: Column, instants: Column) -> Column:
    """The instant that each key has among `instants`, whose index they are of; none is NaT."""
    known = dict(zip(instants.index, instants, strict=True))
    found = [known.get(key) for key in keys]
    return pd.Series(pd.to_datetime(found, utc=True), index=keys.index)


def wall_clock(instants: Column, zones: Column) -> Column:
    """What the clock of each row's zone shows at the row's instant."""
    shown = [
        instants[zones == zone].dt.tz_convert(zone).dt.tz_localize(None) for zone in zones.unique()
    ]
    empty = instants[:0].dt.tz_localize(None)
    return pd.concat([*shown]).reindex(instants.index) if shown else empty


def midnight(day: pd.Timestamp, zone: str) -> pd.Timestamp:
    """The instant at which a day begins in a zone."""
    local = day.tz_localize(zone, nonexistent="shift_forward", ambiguous=True)
    return local.tz_convert("UTC")
