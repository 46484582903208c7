"""Which days a page of coaching is about: by their name, or from one day to another."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator

from api.dependencies import SettingsDep
from api.kpi_questions import RulesDep
from api.pages.frame import ReaderDep
from api.pages.words import Words, marked
from models.coaching.scope import Period, Question, period_of
from models.errors import BadInput
from models.kpis import parse_period

USUAL = "last_90_days"
CHOSEN = "chosen"
PERIODS = (
    (USUAL, marked("Last 90 days")),
    ("this_month", marked("This month")),
    ("last_month", marked("Last month")),
    ("this_quarter", marked("This quarter")),
    ("last_quarter", marked("Last quarter")),
    (CHOSEN, marked("Chosen days")),
)
ChosenId = Annotated[UUID | None, BeforeValidator(lambda given: given or None), Query()]
"""Somebody or some team chosen from a list, whose first choice is empty."""
_NAMES = {name for name, _ in PERIODS} - {CHOSEN}
_SHORT = timedelta(days=45)
"""Periods as short as this are followed by week."""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days asked for; `wrong` says why it is the usual ones that are shown instead.

    `first` and `last` are as they were typed, or what the name comes to.
    """

    text: str
    name: str
    first: str
    last: str
    question: Question
    wrong: str = ""

    @property
    def query(self) -> str:
        """How a page's address asks for these days."""
        return urlencode({"period": self.text})

    @property
    def instants(self) -> str:
        """How the API is asked for these days."""
        asked = self.question.period
        since, until = asked.since.isoformat(), asked.until.isoformat()
        return urlencode({"since": since, "until": until, "by": self.question.step})


def _asked(
    reader: ReaderDep,
    rules: RulesDep,
    settings: SettingsDep,
    period: Annotated[str, Query(max_length=100)] = USUAL,
    first: Annotated[str, Query(alias="from", max_length=20)] = "",
    last: Annotated[str, Query(alias="to", max_length=20)] = "",
) -> Days:
    text = f"{first}..{last}" if period == CHOSEN else period
    ask = Question(period_of(None, None, reader.words.now), now=reader.words.now)
    ask = Question(ask.period, "month", settings.follow_up_days, ask.now, settings.time_zone)
    try:
        return read_days(reader.words, text, ask, rules.fiscal_start)
    except BadInput:
        usual = read_days(reader.words, USUAL, ask, rules.fiscal_start)
        wrong = reader.words(
            "Give a first day that is over and a last day after it, two years apart at most. "
            "Until then this is about the last 90 days."
        )
        return Days(usual.text, CHOSEN, first, last, usual.question, wrong)


DaysDep = Annotated[Days, Depends(_asked)]


def read_days(words: Words, text: str, ask: Question, fiscal_start: int = 1) -> Days:
    """The days of a text such as `last_month` or `2026-01-01..2026-02-28`. Raises BadInput."""
    found = parse_period(text, words.today, fiscal_start)
    since, until = (_midnight(words, day) for day in (found.start_on, found.end_on))
    period = period_of(since, until, words.now)
    step = "week" if period.until - period.since <= _SHORT else "month"
    question = Question(period, step, ask.follow_up_days, ask.now, ask.zone)  # type: ignore[arg-type]
    first, last = (words.local(one).date() for one in (period.since, period.until - _INSTANT))
    name = text if text in _NAMES else CHOSEN
    return Days(text, name, first.isoformat(), last.isoformat(), question)


def told_days(words: Words, period: Period) -> str:
    """From when to when a period is, both days included."""
    first, last = period.since, period.until - _INSTANT
    return words("%(first)s to %(last)s", first=words.day(first), last=words.day(last))


def _midnight(words: Words, day: date) -> datetime:
    return datetime.combine(day, time(), words.zone)
