"""The coaching report of a rep as a page: the same for the rep and for who coaches them."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session

from analyzer.associations import Associations
from analyzer.formats.associations import silence, told
from analyzer.formats.wording import typeset
from api.coaching_words import Pen, coaching_words
from api.pages.coaching.goals_shown import GoalForm, GoalShown, behaviours_to_choose, goal_shown
from api.pages.coaching.multiples import Multiple, multiples_of
from api.pages.coaching.periods import PERIODS, Days, told_days
from api.pages.frame import Reader
from models.associations import AssociationFilters, associations_of
from models.behaviours import FEWEST
from models.coaching.report import RepReport, rep_report
from models.coaching.strengths import Area
from models.coaching.trends import FEWEST_REPS

_FILES = ("pdf", "html", "json")


@dataclass(frozen=True, slots=True)
class Lesson:
    """The one thing to keep or one to work on; `multiple` None where no behaviour shows it."""

    area: Area
    name: str
    advice: str
    multiple: Multiple | None


@dataclass(frozen=True, slots=True)
class Associated:
    """What the rep's closed deals say of their behaviours, or why they say nothing."""

    deals: int
    sentences: tuple[str, ...]
    silence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoachingPage:
    """All of a report; `pen` writes its figures as the report's file does."""

    report: RepReport
    pen: Pen
    days: Days
    told_days: str
    path: str
    is_own: bool
    may_coach: bool
    lessons: tuple[Lesson, ...]
    multiples: tuple[Multiple, ...]
    unknown: tuple[str, ...]
    associated: Associated
    goals: tuple[GoalShown, ...]
    behaviours: tuple[tuple[str, str], ...]
    form: GoalForm
    changing: UUID | None
    fewest: int = FEWEST
    fewest_reps: int = FEWEST_REPS
    periods: tuple[tuple[str, str], ...] = PERIODS

    @property
    def here(self) -> str:
        """The page with its days."""
        return f"{self.path}?{self.days.query}"

    def file(self, form: str) -> str:
        """Where the report is as a file."""
        asked = urlencode({"format": form, "language": self.pen.t.language})
        return f"/api/v1/reps/{self.report.rep_id}/coaching/file?{self.days.instants}&{asked}"

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files there are, with their addresses."""
        return tuple((one.upper(), self.file(one)) for one in _FILES)

    @property
    def is_silent(self) -> bool:
        """Whether no call was heard in these days."""
        return self.report.heard.calls == 0


def coaching_page(
    session: Session,
    reader: Reader,
    rep_id: UUID,
    days: Days,
    form: GoalForm | None = None,
    changing: UUID | None = None,
) -> CoachingPage:
    """The page; `form` is a goal that could not be kept, `changing` the one it was to change.

    Raises Missing when the reader does not coach the rep.
    """
    report = rep_report(session, reader.user, rep_id, days.question)
    pen = Pen(coaching_words(reader.words.language), report.zone)
    multiples = multiples_of(report, pen)
    drawn = {one.slug for one in multiples}
    typed = form or GoalForm()
    return CoachingPage(
        report=report,
        pen=pen,
        days=days,
        told_days=told_days(reader.words, report.period),
        path=f"/coaching/{rep_id}",
        is_own=report.rep_id == reader.user.id,
        may_coach=reader.is_at_least("manager"),
        lessons=tuple(_lessons(report, multiples, pen)),
        multiples=multiples,
        unknown=tuple(
            pen.behaviour(one.slug) for one in report.behaviours if one.slug not in drawn
        ),
        associated=_associated(session, reader, report, pen),
        goals=tuple(
            goal_shown(one, pen, reader.words, typed if one.id == changing else None)
            for one in report.goals
        ),
        behaviours=behaviours_to_choose(pen, reader.words),
        form=GoalForm() if changing else typed,
        changing=changing,
    )


def _lessons(report: RepReport, multiples: tuple[Multiple, ...], pen: Pen) -> Iterator[Lesson]:
    by_slug = {one.slug: one for one in multiples}
    keep = report.headline.keep
    for area in (*((keep,) if keep else ()), *report.headline.work_on):
        advice = next((one.try_next for one in area.quotes if one.try_next), None)
        multiple = by_slug.get(area.behaviour or "")
        yield Lesson(area, pen.area(area.area), typeset(advice or "", pen.t.language), multiple)


def _associated(session: Session, reader: Reader, report: RepReport, pen: Pen) -> Associated:
    """What goes with winning in the rep's own deals: the same for whoever reads it."""
    filters = AssociationFilters(rep_id=report.rep_id)
    found: Associations = associations_of(
        session, reader.user, filters, zone=report.zone, now=reader.words.now
    ).associations
    differs = (one for one in found.found if one.verdict == "differs")
    return Associated(
        found.won + found.lost,
        tuple(told(one, pen.t) for one in differs),
        silence(found, pen.t),
    )
