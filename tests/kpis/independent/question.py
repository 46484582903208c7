"""What is asked: a period, the groups, a currency; and the rows that are in it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo

import pandas as pd

from tests.kpis.independent.cells import Column, Frame, midnight, wall_clock
from tests.kpis.independent.rows import Book
from tests.kpis.independent.values import Groups, Value, Values


class NotGroupedSo(ValueError):
    """The rows of this KPI have nothing to be grouped by that way."""


@dataclass(frozen=True, slots=True)
class Question:
    """The period is from the day `start` to the day before `end`, in each row's own zone."""

    book: Book
    start: date
    end: date
    by: str | None
    now: datetime
    currency: str = "EUR"
    variant: str | None = None

    @property
    def today(self) -> date:
        """The day it is in the default zone."""
        return self.now.astimezone(ZoneInfo(self.book.zone)).date()

    @property
    def is_running(self) -> bool:
        """Whether the period's last day is not over."""
        return self.today < self.end

    @property
    def last_day(self) -> pd.Timestamp:
        """The last day of the period, today while it is running."""
        return pd.Timestamp(min(self.end - timedelta(days=1), self.today))

    @property
    def eve(self) -> pd.Timestamp:
        """The day before the period."""
        return pd.Timestamp(self.start - timedelta(days=1))

    @property
    def touched_months(self) -> list[str]:
        """The calendar months of which a day is in the period and has begun."""
        days = pd.period_range(self.start, self.last_day, freq="M")
        return [str(month) for month in days]

    @property
    def whole_months(self) -> list[str] | None:
        """The months of the period; None when it begins or ends inside one."""
        ends_whole = self.end.day == 1 or self.is_running
        return self.touched_months if self.start.day == 1 and ends_whole else None

    def before(self) -> "Question":
        """The same for the period before: as many whole months, else as many days.

        Of a running one, as many of its days as there are by now.
        """
        if self.start.day == self.end.day == 1:
            length = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month
            start = (pd.Timestamp(self.start) - pd.DateOffset(months=length)).date()
        else:
            start = self.start - (self.end - self.start)
        end = self.start
        if self.is_running:
            end = min(end, start + (self.today + timedelta(days=1) - self.start))
        return replace(self, start=start, end=end)

    def last_month(self) -> "Question":
        """The same for the calendar month of the last day."""
        first = self.last_day.date().replace(day=1)
        return replace(self, start=first, end=(first + timedelta(days=32)).replace(day=1))

    def during(self, rows: Frame, name: str = "at") -> Frame:
        """The rows of which an instant is in the period, and not after now."""
        clock = _clock(self.book, rows, name)
        begun = (clock >= pd.Timestamp(self.start)) & (rows[name] <= self.now)
        return rows[begun & (clock < pd.Timestamp(self.end))].copy()

    def days_during(self, rows: Frame, name: str) -> Column:
        """Whether a day of each row is in the period, and not after today."""
        days = rows[name]
        return (days >= pd.Timestamp(self.start)) & (days <= self.last_day)

    def ends_at(self, rows: Frame) -> Column:
        """The instant at which the period ends in the zone of each row, now while it runs."""
        now = pd.Timestamp(self.now).tz_convert("UTC")
        ends = {
            zone: min(midnight(pd.Timestamp(self.end), zone), now) for zone in rows["zone"].unique()
        }
        return pd.to_datetime(rows["zone"].map(ends), utc=True)

    def groups(self, rows: Frame) -> Groups:
        """The rows by what is asked; those of which it is not known are under ""."""
        if self.by is None:
            return {None: rows}
        if self.by not in rows:
            raise NotGroupedSo(f"these rows are not grouped by {self.by}")
        return {str(key): found for key, found in rows.groupby(rows[self.by].fillna(""))}

    def unknown(self) -> Values:
        """Of a KPI that needs whole months, for others."""
        return {None: Value(None)} if self.by is None else {}

    def money(self, amounts: Column, currencies: Column, months: Column) -> Column:
        """The amounts in the asked currency, by the rates of their months."""
        rows = zip(amounts, currencies, months, strict=True)
        return pd.Series(list(self._converted(rows)), index=amounts.index, dtype=float)

    def months_of(self, rows: Frame, name: str) -> Column:
        """The month, such as 2026-03, of an instant of each row."""
        return _clock(self.book, rows, name).dt.strftime("%Y-%m")

    def _converted(self, rows: Iterator[tuple[float, object, object]]) -> Iterator[float]:
        rate = cache(partial(_rate, self.book["fx_rates"]))
        for amount, currency, month in rows:
            if pd.isna(currency) or pd.isna(month):
                yield float("nan")
            else:
                yield amount * rate(str(currency), str(month)) / rate(self.currency, str(month))


def _rate(rates: Frame, currency: str, month: str) -> float:
    """Euros for a unit in a month, else in the latest month before it of which it is known."""
    if currency == "EUR":
        return 1.0
    told = rates[(rates["currency"] == currency) & (rates["month"] <= month)]
    return float(told.sort_values("month")["eur_per_unit"].iloc[-1]) if len(told) else float("nan")


def _clock(book: Book, rows: Frame, name: str) -> Column:
    zones = rows["zone"].fillna(book.zone) if "zone" in rows else pd.Series(book.zone, rows.index)
    return wall_clock(rows[name], zones)
