"""Coaching goals as a page shows them, and the form to agree on one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from api.coaching_words import Pen
from api.pages.coaching.multiples import Figure, figure_of
from api.pages.words import Words, marked
from models.behaviours import BEHAVIOURS, BY_SLUG, Unit
from models.coaching.report import GoalFollowed, GoalMark
from models.goals import NewGoal
from models.storable import readable

LONGEST_TEXT, LONGEST_NOTE = 2000, 10_000
_UNITS: Mapping[Unit, str] = {
    "share": marked("in percent"),
    "seconds": marked("in seconds"),
    "per_minute": marked("a minute"),
    "per_hour": marked("an hour"),
}
_MOST_AIM = 1e6
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


@dataclass(frozen=True, slots=True)
class GoalForm:
    """A goal as somebody types it, with what is wrong by field."""

    text: str = ""
    metric: str = ""
    aim: str = ""
    review_on: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)

    def read(self, words: Words, agreed_on: date) -> "NewGoal | GoalForm":
        """The goal that is meant, or the form with what is wrong."""
        wrong = {name: words(why) for name, why in self._wrong(agreed_on)}
        if wrong:
            return GoalForm(self.text, self.metric, self.aim, self.review_on, wrong)
        aim, metric = _number(self.aim), self.metric or None
        if aim is not None and metric is not None and BY_SLUG[metric].unit == "share":
            aim /= 100
        return NewGoal(readable(self.text.strip()), metric, aim, None, _day(self.review_on))

    def _wrong(self, agreed_on: date) -> Iterator[tuple[str, str]]:
        if not self.text.strip():
            yield "text", marked("Say in a sentence what you agreed on.")
        if self.metric and self.metric not in BY_SLUG:
            yield "metric", marked("There is no such behaviour; choose one of the list.")
        yield from self._wrong_aim()
        if self.review_on.strip():
            review_on = _day(self.review_on)
            if review_on is None:
                yield "review_on", marked("Give a day, such as 2026-12-01.")
            elif review_on < agreed_on:
                yield "review_on", marked("Give a day after the one on which it was agreed.")

    def _wrong_aim(self) -> Iterator[tuple[str, str]]:
        if not self.aim.strip():
            return
        aim = _number(self.aim)
        if aim is None or aim > _MOST_AIM:
            yield "aim", marked("Give a number, such as 45 or 1.5.")
        elif not self.metric:
            yield "aim", marked("Choose the behaviour that this is of.")


@dataclass(frozen=True, slots=True)
class GoalShown:
    """A goal with how calls went before it was agreed and since; None without a behaviour."""

    id: UUID
    text: str
    state: str
    state_name: str
    behaviour: str
    aim: str
    agreed_on: date
    review_on: date | None
    is_due: bool
    author: str
    before: Figure | None
    after: Figure | None
    notes: tuple[GoalMark, ...]
    form: GoalForm

    @property
    def is_open(self) -> bool:
        """Whether it is being worked on."""
        return self.state == "open"


def goal_shown(goal: GoalFollowed, pen: Pen, words: Words, typed: GoalForm | None) -> GoalShown:
    """A goal in words; `typed` is a change of it that could not be made."""
    metric = goal.metric if goal.metric in BY_SLUG else None
    unit = BY_SLUG[metric].unit if metric else None
    readings = [
        figure_of(one, metric, pen) if metric and one is not None else None
        for one in (goal.before, goal.after)
    ]
    return GoalShown(
        goal.id,
        goal.text,
        goal.state,
        pen.t(f"state.{goal.state}"),
        pen.behaviour(metric) if metric else "",
        pen.value(goal.aim, unit) if goal.aim is not None and unit else "",
        goal.agreed_on,
        goal.review_on,
        goal.state == "open" and goal.review_on is not None and goal.review_on < words.today,
        goal.author_name or "",
        readings[0],
        readings[1],
        goal.notes,
        typed or _form_of(goal, unit),
    )


def behaviours_to_choose(pen: Pen, words: Words) -> tuple[tuple[str, str], ...]:
    """Each behaviour a goal can be about, with the unit of its aim."""
    return tuple(
        (one.slug, f"{pen.behaviour(one.slug)} ({words(_UNITS[one.unit])})") for one in BEHAVIOURS
    )


def _form_of(goal: GoalFollowed, unit: Unit | None) -> GoalForm:
    aim = goal.aim
    if aim is not None and unit == "share":
        aim *= 100
    typed = "" if aim is None else f"{aim:.6g}"
    review_on = goal.review_on.isoformat() if goal.review_on else ""
    return GoalForm(goal.text, goal.metric or "", typed, review_on)


def _number(text: str) -> float | None:
    plain = text.strip().rstrip("%").strip().replace(",", ".")
    if not plain.replace(".", "", 1).isascii() or not plain.replace(".", "", 1).isdigit():
        return None
    return float(plain)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if _FIRST_DAY <= day <= _LAST_DAY else None
