"""What a question is asked in: who asks, of which rows, by what, in which currency, and when."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import true
from sqlmodel import Session, col, select

from models.kpis.exchange import Rates, read_rates
from models.kpis.fact import Dimension, Expression, Fact
from models.tables import Team, User
from models.tables.columns import now as this_instant

T = TypeVar("T")

Filters = Mapping[Dimension, Sequence[str | UUID | None]]
"""What is asked for in a dimension; None stands for rows that have nothing there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How this company counts; each is a setting.

    An unanswered invitation counts once it is `maturity_days` old; a lead or a promise is
    followed up in time within `follow_up_days`. `zone` is for rows of no team.
    """

    zone: str = "UTC"
    currency: str = "EUR"
    fiscal_start: int = 1
    maturity_days: int = 7
    follow_up_days: int = 7


@dataclass(frozen=True)
class Ground:
    """Who asks, by which rules and when: the same for all that is asked together.

    What several questions need, such as rates and targets, is read once and for all of them.
    """

    session: Session
    user: User
    rules: Rules
    now: datetime = field(default_factory=this_instant)
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, what: Hashable, read: Callable[[], T]) -> T:
        """What was read before under that name, else what is read now."""
        if what not in self._known:
            self._known[what] = read()
        found: T = self._known[what]
        return found

    @cached_property
    def today(self) -> date:
        """The day it is in the zone of rows of no team."""
        return self.now.astimezone(ZoneInfo(self.rules.zone)).date()

    @cached_property
    def rates(self) -> Rates:
        """The rates of exchange, read once."""
        return read_rates(self.session)

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """The zones of all teams, the one of no team first."""
        zones = self.session.exec(select(Team.time_zone).distinct()).all()
        return (self.rules.zone, *sorted(set(zones) - {self.rules.zone}))

    @cached_property
    def reps_elsewhere(self) -> Mapping[str, Sequence[UUID]]:
        """The reps of each zone but that of no team, in the order of `zones`.

        So few that a row is told its zone quicker by them than by joining its rep and team.
        """
        found: dict[str, list[UUID]] = {zone: [] for zone in self.zones[1:]}
        placed = select(Team.time_zone, User.id).join(User, col(User.team_id) == col(Team.id))
        for zone, rep_id in self.session.exec(placed.where(col(Team.time_zone).in_(found))):
            found[zone].append(rep_id)
        return found


@dataclass(frozen=True)
class Frame:
    """One question's surroundings; `is_companys` when its rows are everybody's or nobody's."""

    ground: Ground
    currency: str
    by: tuple[Dimension, ...] = ()
    filters: Filters = field(default_factory=dict)
    is_companys: bool = False

    @property
    def session(self) -> Session:
        """Where all is read."""
        return self.ground.session

    @property
    def user(self) -> User:
        """Who asks."""
        return self.ground.user

    @property
    def now(self) -> datetime:
        """When it is asked."""
        return self.ground.now

    @property
    def today(self) -> date:
        """The day it is in the zone of rows of no team."""
        return self.ground.today

    @property
    def rates(self) -> Rates:
        """The rates of exchange."""
        return self.ground.rates

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of all teams, the one of no team first."""
        return self.ground.zones

    @property
    def reps_elsewhere(self) -> Mapping[str, Sequence[UUID]]:
        """The reps of each zone but that of no team, in the order of `zones`."""
        return self.ground.reps_elsewhere

    @property
    def parameters(self) -> dict[str, object]:
        """What the expressions of facts leave open."""
        return {
            "now": self.now,
            "zone": self.ground.rules.zone,
            "maturity_days": self.ground.rules.maturity_days,
            "follow_up_days": self.ground.rules.follow_up_days,
            "viewer": self.user.id,
            "sees_all": self.sees_all,
        }

    @property
    def sees_all(self) -> bool:
        """Whether rows of everybody count."""
        return self.user.role == "admin" or self.is_companys

    def may_count(self, fact: Fact) -> Expression:
        """Which rows of a fact count for who asks."""
        if self.sees_all:
            return true()
        if fact.visible is not None:
            return fact.visible(self.user)
        return true() if fact.rep is None else self.may_know(fact.rep)

    def may_know(self, rep: Expression) -> Expression:
        """Which reps count for who asks: oneself, the team of a manager, or all."""
        if self.sees_all:
            return true()
        own = rep == self.user.id
        if self.user.role != "manager" or self.user.team_id is None:
            return own
        return own | rep.in_(select(User.id).where(col(User.team_id) == self.user.team_id))


def midnight(day: date, zone: str) -> datetime:
    """When a day begins in a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone))
