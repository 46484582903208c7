"""Figures, periods and groups as people read them."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta

from analyzer.formats.rendering import one_line
from analyzer.formats.wording import DASH, Wording
from analyzer.statistics import Interval
from models.kpis import Answer, Group, Measured, Span


def told(measured: Measured, answer: Answer, t: Wording) -> str:
    """What a figure came to; where it is not known, a dash and why."""
    if measured.value is None:
        return f"{DASH} ({reason(measured, t)})" if measured.why else DASH
    shown = t.amount(measured.value, answer.unit, answer.currency)
    if answer.kpi.as_odds and answer.unit == "share":
        part = round(100 * measured.value)
        return f"{shown} ({part}:{100 - part})"
    return shown


def between(interval: Interval | None, answer: Answer, t: Wording) -> str:
    """An interval, from its low to its high end."""
    if interval is None:
        return ""
    low, high = (
        t.amount(one, answer.unit, answer.currency) for one in (interval.low, interval.high)
    )
    return t("between.amounts", low=low, high=high)


def reason(measured: Measured, t: Wording) -> str:
    """Why a figure is not known; nothing where it is."""
    if measured.value is not None or measured.why is None:
        return ""
    return t(f"why.{measured.why}")


def whole(count: int | None, t: Wording) -> str:
    """A count with its thousands apart; nothing where there is none."""
    return "" if count is None else t.money(count, None)


def unit_name(answer: Answer, t: Wording) -> str:
    """What the values are in."""
    return t(f"unit.{answer.unit}", currency=answer.currency)


def group_name(group: Group, t: Wording) -> str:
    """What rows have in common, as their readers call it."""
    if group.name is None:
        return t("group.none")
    if group.dimension == "customer" and group.name in {"new", "existing"}:
        return t(f"customer.{group.name}")
    if group.dimension == "call_type":
        return one_line(t.named("call_type", group.name))
    return one_line(group.name)


def period_name(span: Span, t: Wording) -> str:
    """A stretch of time by its shortest name; one that is still running has a star."""
    star = "*" if span.is_running else ""
    return f"{_named(span.start_on, span.whole_end_on or span.end_on, t)}{star}"


def last_day(span: Span) -> date:
    """The last day of it that counts."""
    return span.end_on - timedelta(days=1)


def notes(answers: Sequence[Answer], t: Wording) -> tuple[str, ...]:
    """How to read the figures: when they were asked for, what a dash and an interval mean."""
    moments = sorted({t.date(one.asked_at.astimezone(UTC)) + " UTC" for one in answers})
    currencies = sorted({one.currency for one in answers if one.currency})
    return (
        *(t("export.asked", at=one) for one in moments[-1:]),
        *(t("export.money", currency=one) for one in currencies),
        t("export.unknown", dash=DASH),
        t("export.interval"),
    )


def _named(start: date, end: date, t: Wording) -> str:
    months = Span(start, end).months if start.day == end.day == 1 else 0
    if months == 12 and start.month == 1:
        return str(start.year)
    if months == 3 and start.month % 3 == 1:
        return t("period.quarter", number=start.month // 3 + 1, year=start.year)
    if months == 1:
        return t("period.month", month=t(f"month.{start.month}"), year=start.year)
    last = end - timedelta(days=1)
    if start == last:
        return t.day(start)
    return t("period.days", first=t.day(start), last=t.day(last))
