"""Days as people say them, resolved against the day of the call.

`dateparser` and its like do not read days said in words ("the twenty-seventh") and take plain
numbers for dates; so the phrases are data, `[words.days]` of a language file, and the rules
are few. Times of the day are not dates.
"""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Literal

from analyzer.lexicon import Lexicon
from analyzer.speech import Word

PAST_DAYS = 90
"""A day and month further back than this mean those of next year."""
_FIGURES = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?")
_NEVER = "(?!)"
_TABLES = ("days", "weekdays", "months", "month_days", "counts", "day_marks")
_Tables = tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class DayMention:
    """A day said in words `first` to `last`; `day` is None for a vague one.

    `kind` is "day" for one that is named, "count" for one counted from the call ("in two weeks"),
    "vague" for the rest ("next week"). Where nobody knows the day of the call `day` is None too.
    """

    first: int
    last: int
    kind: Literal["day", "count", "vague"]
    day: date | None = None
    has_number: bool = False
    """Whether the day of the month was said."""


@dataclass(frozen=True, slots=True)
class _Said:
    mention: DayMention
    start: int
    end: int


def find_days(
    words: Sequence[Word], lexicon: Lexicon, held_on: date | None
) -> tuple[DayMention, ...]:
    """Every day said in the words; two ways to say the same day are one mention.

    Where day of the week and day of the month disagree, the number decides.
    """
    if "days" not in lexicon.words:
        return ()
    grammar = _grammar(tuple(tuple(lexicon.words.get(name, {}).items()) for name in _TABLES))
    line, places = _line(words, lexicon)
    found: list[_Said] = []
    for meaning, match in _matches(line, grammar):
        one = _said(meaning, match, places, grammar, held_on)
        gap = line[found[-1].end : one.start] if found else None
        merged = None
        if gap is not None and grammar.bridge.fullmatch(gap):
            merged = _merged(found[-1], one)
        found[-1 if merged else len(found) :] = [merged or one]
    return tuple(one.mention for one in found)


def _line(words: Sequence[Word], lexicon: Lexicon) -> tuple[str, list[int]]:
    """The words as phrases see them, with a comma for every mark, and the place of each token."""
    tokens: list[str] = []
    places: list[int] = []
    for place, word in enumerate(words):
        figures = _FIGURES.search(word.text)
        own = (figures[0],) if figures else lexicon.tokens(word.text)
        if not own and tokens and tokens[-1] == ",":
            del tokens[-1], places[-1]
        if own and word.text[-1] in ",;:.!?…":
            own = (*own, ",")
        tokens += own
        places += [place] * len(own)
    return f" {' '.join(tokens)} ", places


@dataclass(frozen=True)
class _Grammar:
    """A language's ways to say days; meanings are explained in `lexicons/en.toml`."""

    rules: tuple[tuple[re.Pattern[str], str], ...]
    bridge: re.Pattern[str]
    weekdays: Mapping[str, str]
    months: Mapping[str, str]
    month_days: Mapping[str, str]
    counts: Mapping[str, str]
    is_month_first: bool | None


@cache
def _grammar(tables: _Tables) -> _Grammar:
    days, weekdays, months, month_days, counts, marks = (dict(one) for one in tables)
    bridge = f"(?:, |(?:{marks.get('bridges', _NEVER)}) ){{0,3}}"
    later = [word for word, number in month_days.items() if int(number) > 3]
    suffixes = f"\\d{{1,2}}(?:{marks.get('suffixes', _NEVER)})"
    stop = f" (?!(?:{marks.get('stops', _NEVER)}|{_any(counts)}) )"
    slots = {
        ",": bridge,
        "{weekday}": f"(?P<weekday>{_any(weekdays)}) ",
        "{month}": f"(?P<month>{_any(months)}) ",
        "{day}": f"(?P<day>{_any(month_days)}|{suffixes}){stop}",
        "{late}": f"(?P<day>{_any(later)}|{suffixes}){stop}",
        "{digits}": f"(?P<day>\\d{{1,2}}){stop}",
        "{number}": f"(?P<number>{_any(counts)}|\\d{{1,3}}) ",
        "{figures}": r"(?P<figures>\d{1,2}/[\d/]+) ",
        "{year}": r"(?P<year>20\d\d) ",
        "{end}": f"(?=, |$|(?:{marks.get('followers', _NEVER)}) )",
    }
    rules = tuple(
        (re.compile("(?<= )" + "".join(slots.get(p, f"(?:{p}) ") for p in phrase.split())), meaning)
        for phrase, meaning in days.items()
    )
    order = {"month": True, "day": False}.get(marks.get("figures_first", ""))
    return _Grammar(rules, re.compile(bridge), weekdays, months, month_days, counts, order)


def _any(table: Mapping[str, str] | Sequence[str]) -> str:
    """Any of the words, the longest first."""
    return "|".join(sorted(table, key=lambda word: (-len(word), word))) or _NEVER


def _matches(line: str, grammar: _Grammar) -> Iterator[tuple[str, re.Match[str]]]:
    """The longest match at each place, from left to right, none over another."""
    found = [(meaning, m) for rule, meaning in grammar.rules for m in rule.finditer(line)]
    end = 0
    for meaning, match in sorted(found, key=lambda one: (one[1].start(), -one[1].end())):
        if match.start() >= end:
            end = match.end()
            yield meaning, match


def _said(
    meaning: str,
    match: re.Match[str],
    places: Sequence[int],
    grammar: _Grammar,
    held_on: date | None,
) -> _Said:
    said = {name: text for name, text in match.groupdict().items() if text}
    kind, _, amount = meaning.partition(" ")
    is_vague = kind == "vague" or (kind == "figures" and not _readings(said["figures"], grammar))
    day = None
    if held_on and not is_vague:
        try:
            day = _RULES[kind](_Blanks(said, amount, grammar), held_on)
        except (ValueError, OverflowError):
            is_vague = True
    first = match.string[: match.start()].count(" ") - 1
    last = match.string[: match.end()].count(" ") - 2
    mention = DayMention(
        places[first],
        places[last],
        "vague" if is_vague else "count" if kind in _COUNTED else "day",
        day,
        kind in {"date", "figures"},
    )
    return _Said(mention, match.start(), match.end())


def _merged(one: _Said, other: _Said) -> _Said | None:
    """Two mentions that follow one another as one, when they mean the same day."""
    said, again = one.mention, other.mention
    if said.has_number == again.has_number and (said.day != again.day or said.day is None):
        return None
    best = said if said.has_number else again
    return _Said(replace(best, first=said.first, last=again.last), one.start, other.end)


@dataclass(frozen=True, slots=True)
class _Blanks:
    """What a phrase was filled with, and the number its meaning carries."""

    said: Mapping[str, str]
    amount: str
    grammar: _Grammar

    @property
    def by(self) -> int:
        return int(self.amount or 0)

    def number(self, name: str, table: Mapping[str, str]) -> int:
        said = self.said[name]
        return int(table.get(said) or re.sub(r"\D", "", said))

    @property
    def weekday(self) -> int | None:
        said = self.said.get("weekday")
        return int(self.grammar.weekdays[said]) if said else None


def _weekday(blanks: _Blanks, today: date) -> date:
    """The next such day after today, and so many weeks later (earlier, for a past one)."""
    days = (_known(blanks.weekday) - today.weekday() - 1) % 7 + 1
    return today + timedelta(days + 7 * blanks.by)


def _this_weekday(blanks: _Blanks, today: date) -> date:
    return today + timedelta((_known(blanks.weekday) - today.weekday()) % 7)


def _next_weekday(blanks: _Blanks, today: date) -> date:
    """The day of the week that begins next Monday."""
    return today + timedelta(7 - today.weekday() + _known(blanks.weekday))


def _date(blanks: _Blanks, today: date) -> date:
    day = blanks.number("day", blanks.grammar.month_days)
    month = blanks.by
    if "month" in blanks.said:
        month = int(blanks.grammar.months[blanks.said["month"]])
    if "year" in blanks.said:
        return date(int(blanks.said["year"]), month, day)
    return _in_year(month, day, today) if month else _in_month(day, blanks.weekday, today)


def _in_year(month: int, day: int, today: date) -> date:
    """The date of this year, of next year when it is long past."""
    for year in range(today.year, today.year + 5):
        is_leap_only = (month, day) == (2, 29) and not calendar.isleap(year)
        if not is_leap_only and date(year, month, day) > today - timedelta(PAST_DAYS):
            return date(year, month, day)
    raise ValueError


def _in_month(day: int, weekday: int | None, today: date) -> date:
    """The next such day of a month; of two, the one whose day of the week was said."""
    coming: list[date] = []
    for n in range(today.month - 1, today.month + 11):
        year, month = today.year + n // 12, n % 12 + 1
        if day <= calendar.monthrange(year, month)[1] and date(year, month, day) >= today:
            coming.append(date(year, month, day))
    first, *others = coming[:2]
    return next((one for one in (first, *others) if one.weekday() == weekday), first)


def _month_end(blanks: _Blanks, today: date) -> date:
    """The last day of this month, of one so many months later, or of the month that is named."""
    month = today.month - 1 + blanks.by
    if "month" in blanks.said:
        named = int(blanks.grammar.months[blanks.said["month"]])
        month = named - 1 + (12 if named < today.month else 0)
    year, month = today.year + month // 12, month % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def _week_end(blanks: _Blanks, today: date) -> date:
    """Friday of this week, or of one so many weeks later; on a weekend, of the next."""
    days = 4 - today.weekday()
    return today + timedelta(days + 7 * (blanks.by + (days < 0)))


def _readings(figures: str, grammar: _Grammar) -> list[tuple[int, int, int | None]]:
    """Month, day and year that figures can mean; none when they could mean two dates."""
    match = _FIGURES.fullmatch(figures)
    if not match:
        return []
    one, other, year = int(match[1]), int(match[2]), int(match[3]) if match[3] else None
    orders = {True: ((one, other),), False: ((other, one),), None: ((one, other), (other, one))}
    found = {
        (month, day, year)
        for month, day in orders[grammar.is_month_first]
        if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2024, month)[1]
    }
    return sorted(found) if len(found) == 1 else []


def _figures(blanks: _Blanks, today: date) -> date:
    ((month, day, year),) = _readings(blanks.said["figures"], blanks.grammar)
    if year is None:
        return _in_year(month, day, today)
    return date(year if year > 99 else 2000 + year, month, day)


def _counted(blanks: _Blanks, today: date) -> date:
    return today + timedelta(blanks.by * blanks.number("number", blanks.grammar.counts))


def _hours(blanks: _Blanks, today: date) -> date:
    return today + timedelta(hours=blanks.number("number", blanks.grammar.counts))


def _known(weekday: int | None) -> int:
    if weekday is None:
        raise ValueError
    return weekday


_COUNTED = frozenset({"counted", "hours", "ahead"})
_RULES: Mapping[str, Callable[[_Blanks, date], date]] = {
    "day": lambda blanks, today: today + timedelta(blanks.by),
    "ahead": lambda blanks, today: today + timedelta(blanks.by),
    "counted": _counted,
    "hours": _hours,
    "weekday": _weekday,
    "this_weekday": _this_weekday,
    "next_weekday": _next_weekday,
    "date": _date,
    "figures": _figures,
    "week_end": _week_end,
    "month_end": _month_end,
}
