"""Answering: a question about a KPI, with what it is compared to and what was to be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from analyzer.statistics import Interval
from models.errors import BadInput
from models.kpis.cell import Key
from models.kpis.evaluating import check, evaluate, is_companys
from models.kpis.fact import Dimension
from models.kpis.figure import Figure
from models.kpis.frame import Filters, Frame, Ground, Rules
from models.kpis.kpi import Kpi, Unit
from models.kpis.measured import Measured, Measures
from models.kpis.periods import Grain, Period, Span, before, year_before
from models.kpis.targets import aims
from models.tables import Team, User
from models.tables.columns import now as this_instant

_SUMMED: frozenset[Unit] = frozenset({"count", "money"})
MOST_LINES = 20_000
"""Fifty reps day by day for a year; more is read by nobody and would fill the memory."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a KPI over a period, perhaps cut into pieces and split into groups.

    `compare` asks for the period before and the year before too. `currency` is the rules' unless
    it is given. Of a `course` only the last piece is compared, and told with how sure it is and
    what was to be reached: those before it show where it comes from.
    """

    kpi: Kpi
    period: Period
    by: tuple[Dimension, ...] = ()
    each: Grain | None = None
    filters: Filters = field(default_factory=dict)
    currency: str | None = None
    variant: str | None = None
    compare: bool = True
    is_course: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What rows have in common in one dimension; `name` is None where they have nothing there."""

    dimension: Dimension
    id: UUID | str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a target is: `share` of it, and `pace`, the share of what was due by now."""

    target: float
    share: float | None
    pace: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One group in one stretch of time."""

    groups: tuple[Group, ...]
    span: Span
    measured: Measured
    before: Measured | None = None
    year_before: Measured | None = None
    reached: Reached | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Lines by group and time; figures of money are in whole units of `currency`."""

    kpi: Kpi
    variant: str | None
    unit: Unit
    by: tuple[Dimension, ...]
    spans: tuple[Span, ...]
    currency: str | None
    asked_at: datetime
    lines: tuple[Line, ...]


def answer(
    session: Session,
    user: User,
    question: Question,
    rules: Rules,
    *,
    now: datetime | None = None,
) -> Answer:
    """Answer a question about the rows that a user may see.

    Raises BadInput when the KPI cannot be asked so, Forbidden when it tells of the whole company
    and the user is a rep.
    """
    return answer_on(Ground(session, user, rules, now or this_instant()), question)


def answer_on(ground: Ground, question: Question) -> Answer:
    """Answer one of several questions that are asked together. Raises what `answer` does."""
    frame, figure, unit = opened(ground, question)
    spans = _spans(question, frame)
    full = spans[-1:] if question.is_course else spans
    past = {one: (before(one), year_before(one)) for one in full} if question.compare else {}
    wanted = [*spans, *(one for pair in past.values() for one in pair)]
    measures = evaluate(frame, figure, wanted)
    groups = _groups(frame, measures.keys)
    if (many := len(groups) * len(spans)) > MOST_LINES:
        raise BadInput(
            f"by, each: this has {many} lines, {MOST_LINES} are allowed; ask for longer pieces "
            "or fewer groups"
        )
    to_reach = aims(frame, question.kpi.slug, full, averaged=unit not in _SUMMED)
    places = [(key, span) for key in groups for span in full]
    sure = dict(zip(places, measures.intervals(places), strict=True))
    lines = []
    for key, span in ((key, span) for key in groups for span in spans):
        found = measures.at(key, span)
        if (key, span) not in sure:
            lines.append(Line(groups[key], span, found))
            continue
        compared = _compared(measures, key, past.get(span))
        reached = _reached(found, to_reach.at(key, span), span, unit)
        found = _with(found, sure[key, span])
        lines.append(Line(groups[key], span, found, *compared, reached))
    return Answer(
        question.kpi,
        question.variant,
        unit,
        frame.by,
        tuple(spans),
        frame.currency if unit == "money" else None,
        frame.now,
        tuple(lines),
    )


def _compared(
    measures: Measures, key: Key, past: tuple[Span, Span] | None
) -> tuple[Measured | None, Measured | None]:
    """The same group the period before and the year before."""
    if past is None:
        return None, None
    return measures.at(key, past[0]), measures.at(key, past[1])


def _with(measured: Measured, interval: Interval | None) -> Measured:
    """How sure a figure is, where it is known."""
    if measured.value is None or interval is None:
        return measured
    return replace(measured, interval=interval)


def reading_of(kpi: Kpi, variant: str | None) -> tuple[Figure, Unit]:
    """How a KPI or one of its variants is counted, and in what. Raises BadInput."""
    if variant is None:
        return kpi.figure, kpi.unit
    found = kpi.variants.get(variant)
    if found is None:
        known = ", ".join(kpi.variants) or "none"
        raise BadInput(f"variant: {kpi.slug} has no {variant!r}; it has {known}")
    return found.figure, found.unit or kpi.unit


def opened(ground: Ground, question: Question) -> tuple[Frame, Figure, Unit]:
    """A question's surroundings and how it is counted, once it is sure that it may be asked so.

    Raises what `answer` does.
    """
    figure, unit = reading_of(question.kpi, question.variant)
    currency = question.currency or ground.rules.currency
    by = question.by or ((question.kpi.by,) if question.kpi.by else ())
    companys = is_companys(figure)
    frame = Frame(ground, currency, by, question.filters, companys)
    check(frame, figure, question.kpi.slug)
    return frame, figure, unit


def _spans(question: Question, frame: Frame) -> Sequence[Span]:
    if question.each is not None:
        return question.period.pieces(question.each, frame.today)
    return (question.period.span(frame.today),)


def _reached(found: Measured, target: Measured, span: Span, unit: Unit) -> Reached | None:
    """How far the target is; by now only as much of it was due as time has passed."""
    if target.value is None:
        return None
    if found.value is None or target.value == 0:
        return Reached(target.value, None, None)
    due = target.value * span.passed if unit in _SUMMED else target.value
    return Reached(target.value, found.value / target.value, found.value / due if due else None)


def _groups(frame: Frame, keys: frozenset[Key]) -> Mapping[Key, tuple[Group, ...]]:
    """The groups there are rows of, and all reps or teams, by name; those of nothing last."""
    if not frame.by:
        return {(): ()}
    named = {one: _named(frame, one) for one in frame.by}
    if len(frame.by) == 1 and not frame.filters:
        keys |= {(one,) for one, known in named[frame.by[0]].items() if known.is_listed}
    found: dict[Key, tuple[Group, ...]] = {}
    for key in keys:
        pairs = zip(frame.by, key, strict=True)
        found[key] = tuple(Group(by, one, _name(named[by], one)) for by, one in pairs)
    order = sorted(found, key=lambda key: [(g.name is None, g.name or "") for g in found[key]])
    return {key: found[key] for key in order}


@dataclass(frozen=True, slots=True)
class _Named:
    """A rep or a team; `is_listed` even without rows."""

    name: str
    is_listed: bool


def _named(frame: Frame, dimension: Dimension) -> Mapping[UUID, _Named]:
    if dimension == "rep":
        who = select(User.id, User.name, User.role, User.is_active)
        return {
            one: _Named(name, role == "rep" and is_active)
            for one, name, role, is_active in frame.session.exec(
                who.where(frame.may_know(col(User.id)))
            )
        }
    if dimension == "team":
        teams = select(Team.id, Team.name)
        if not frame.sees_all:
            teams = teams.where(col(Team.id) == frame.user.team_id)
        return {one: _Named(name, True) for one, name in frame.session.exec(teams)}
    return {}


def _name(named: Mapping[UUID, _Named], value: UUID | str | None) -> str | None:
    if isinstance(value, UUID):
        return named[value].name if value in named else None
    return value
