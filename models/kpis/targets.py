"""Targets: what a rep, a team or everybody is to reach, month by month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from uuid import UUID

from sqlmodel import col, select

from models.currencies import minor_units
from models.kpis.cell import Key
from models.kpis.frame import Frame
from models.kpis.measured import Measured, Measures
from models.kpis.periods import Span, months_of
from models.tables import Target, User

_NO_TARGET = Measured(None, n=0, why="no_target")


@dataclass(frozen=True, slots=True)
class _Aim:
    """One target; `value` is None where it is not known, as without a rate."""

    rep_id: UUID | None
    team_id: UUID | None
    month: date
    value: float | None


def aims(frame: Frame, kpi: str, spans: Sequence[Span], *, averaged: bool = False) -> Measures:
    """What was to be reached, for each group: summed over months, or their mean.

    A team's is its own target, or else the sum of its reps'; everybody's is the company's own, or
    else the sum of the teams'. Reps and teams are those that who asks may see.
    """
    board = _Board(frame, _read(frame, kpi, spans))
    keys = board.keys()

    def at(key: Key, span: Span) -> Measured:
        if not board.is_set_so:
            return _NO_TARGET
        if not span.is_of_months:
            return Measured(None, why="whole_months")
        if not board.aims:
            return _NO_TARGET
        return _joined([board.month(key, month) for month in months_of(span)], averaged=averaged)

    return Measures(keys, at)


@dataclass(frozen=True)
class _Board:
    """The targets that were read, by whose they are."""

    frame: Frame
    aims: Sequence[_Aim]

    @property
    def is_set_so(self) -> bool:
        """Whether there are targets for such groups: nobody sets one for a region or a product."""
        is_by = self.frame.by in {(), ("rep",), ("team",)}
        return is_by and set(self.frame.filters) <= {"rep", "team"}

    @cached_property
    def teams(self) -> dict[UUID, UUID | None]:
        """The team of each rep who asks may see, after the filters."""
        wanted = self.frame.filters
        found = _teams(self.frame)
        reps, teams = wanted.get("rep"), wanted.get("team")
        return {
            rep: team
            for rep, team in found
            if (reps is None or rep in reps) and (teams is None or team in teams)
        }

    @cached_property
    def by_month(self) -> Mapping[date, Sequence[_Aim]]:
        """The targets of each month."""
        found: dict[date, list[_Aim]] = {}
        for one in self.aims:
            found.setdefault(one.month, []).append(one)
        return found

    @cached_property
    def of_reps(self) -> Mapping[tuple[object, date], Sequence[_Aim]]:
        """Each rep's targets of each month."""
        found: dict[tuple[object, date], list[_Aim]] = {}
        for one in self.aims:
            if one.rep_id in self.teams:
                found.setdefault((one.rep_id, one.month), []).append(one)
        return found

    def keys(self) -> frozenset[Key]:
        """The groups that have a target."""
        teams = self.teams
        by = self.frame.by
        if by == ("rep",):
            return frozenset((one.rep_id,) for one in self.aims if one.rep_id in teams)
        if by == ("team",):
            return frozenset((one,) for one in set(teams.values()))
        return frozenset([()]) if not by else frozenset()

    def month(self, key: Key, month: date) -> "_Sum":
        """What is to be reached in a month."""
        aims, teams = self.by_month.get(month, ()), self.teams
        if self.frame.by == ("rep",):
            return _sum(self.of_reps.get((key[0], month), ()))
        if self.frame.by == ("team",):
            return self._team(aims, teams, key[0])
        whole = [one for one in aims if one.rep_id is None and one.team_id is None]
        if whole and self.frame.sees_all:
            return _sum(whole)
        each = [self._team(aims, teams, one) for one in set(teams.values())]
        return _Sum(
            sum(one.total for one in each),
            sum(one.known for one in each),
            sum(one.missing for one in each),
        )

    def _team(self, aims: Iterable[_Aim], teams: dict[UUID, UUID | None], team: object) -> "_Sum":
        aims = list(aims)
        own = [one for one in aims if one.team_id == team and one.team_id is not None]
        is_whole = "rep" not in self.frame.filters and self.frame.user.role != "rep"
        if own and is_whole:
            return _sum(own)
        return _sum(one for one in aims if one.rep_id in teams and teams[one.rep_id] == team)


@dataclass(frozen=True, slots=True)
class _Sum:
    total: float
    known: int
    missing: int


def _sum(aims: Iterable[_Aim]) -> _Sum:
    values = [one.value for one in aims]
    known = [one for one in values if one is not None]
    return _Sum(sum(known), len(known), len(values) - len(known))


def _joined(months: Sequence[_Sum], *, averaged: bool) -> Measured:
    known = [one for one in months if one.known]
    missing = sum(one.missing for one in months)
    if not known:
        return replace(_NO_TARGET, missing=missing)
    value = sum(one.total for one in known)
    n = sum(one.known for one in known)
    return Measured(value / n if averaged else value, n=n, missing=missing)


def _teams(frame: Frame) -> Sequence[tuple[UUID, UUID | None]]:
    """Those whom who asks may know, with their teams."""
    found = select(User.id, User.team_id).where(frame.may_know(col(User.id)))
    return frame.ground.once(("teams", frame.sees_all), lambda: frame.session.exec(found).all())


def _read(frame: Frame, kpi: str, spans: Sequence[Span]) -> list[_Aim]:
    """The targets of the months; of a KPI that nobody set one for, without looking for them."""
    session, ground = frame.session, frame.ground
    every = select(Target.kpi).distinct()
    if kpi not in ground.once("targeted", lambda: frozenset(session.exec(every).all())):
        return []
    months = frozenset(month for one in spans for month in months_of(one))
    found = select(Target).where(col(Target.kpi) == kpi, col(Target.month).in_(months))
    targets = ground.once(("targets", kpi, months), lambda: session.exec(found).all())
    return [_Aim(one.rep_id, one.team_id, one.month, _value(frame, one)) for one in targets]


def _value(frame: Frame, target: Target) -> float | None:
    if target.amount_minor is None or target.currency is None:
        return target.value
    factor = frame.rates.factor(target.currency, frame.currency, target.month)
    return None if factor is None else target.amount_minor * factor / minor_units(target.currency)
