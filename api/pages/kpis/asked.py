"""What a page of KPIs is asked, read from its address; an empty field of a form asks nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import Session, col, select

from api.dependencies import SessionDep, SettingsDep
from api.fields import SLUG, Currency, Text200
from api.kpi_questions import (
    MOST_VALUES,
    By,
    dimension,
    read_filters,
    read_period,
    rules_for,
    today_of,
)
from api.pages.frame import Reader, ReaderDep
from api.pages.kpis.periods import period_text
from models.errors import BadInput
from models.kpis import Dimension, Grain, Period, Rules
from models.kpis.asking import Asking, check_currency
from models.kpis.frame import Filters
from models.rights import visible_deals, visible_users
from models.tables import Deal, Team, User

USUAL = "this_month"
FILTERS = ("rep_id", "team_id", "region", "channel", "product", "call_type", "customer", "stage")
"""What can be asked for, as addresses call it."""
_COLUMN: dict[str, str] = {"rep": "rep_id", "team": "team_id"}
_MOST_CHOICES = 2000


def _filled(given: object) -> object:
    if isinstance(given, list):
        return [one for one in given if one != ""]
    return None if given == "" else given


_Blank = BeforeValidator(_filled)
_Texts = Annotated[list[Text200], _Blank, Field(max_length=MOST_VALUES)]
_Ids = Annotated[list[UUID], _Blank, Field(max_length=MOST_VALUES)]
_Short = Annotated[str, Field(max_length=100)]


class KpiQuery(BaseModel):
    """The address of a page of KPIs; `since` and `until` are a form's, in place of `period`."""

    period: _Short = ""
    since: _Short = ""
    until: _Short = ""
    rep_id: _Ids = []
    team_id: _Ids = []
    region: _Texts = []
    channel: _Texts = []
    product: _Texts = []
    call_type: _Texts = []
    customer: _Texts = []
    stage: _Texts = []
    without: Annotated[list[By], _Blank, Field(max_length=9)] = []
    by: Annotated[By | None, _Blank] = None
    each: Annotated[Grain | None, _Blank] = None
    variant: Annotated[str | None, _Blank, Field(pattern=SLUG)] = None
    currency: Annotated[Currency | None, _Blank] = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The question of a page; `wrong` tells what was wrong with the days that were typed."""

    query: KpiQuery
    period: Period
    filters: Filters
    rules: Rules
    wrong: str = ""

    @property
    def today(self) -> date:
        """The day it is by the clock of the rules."""
        return today_of(self.rules)

    def asking(self, period: Period | None = None, each: Grain | None = None) -> Asking:
        """The question about this period, or another."""
        return Asking(
            period or self.period, each=each, filters=self.filters, currency=self.query.currency
        )

    def narrowed(self, known: frozenset[Dimension]) -> "Asked":
        """Only what can be asked of a KPI."""
        kept = {one: values for one, values in self.filters.items() if one in known}
        if len(kept) == len(self.filters):
            return self
        gone = set(self.filters) - set(kept)
        emptied: dict[str, object] = {_COLUMN.get(one, one): [] for one in gone}
        without = [one for one in self.query.without if dimension(one) in known]
        query = self.query.model_copy(update=emptied | {"without": without})
        return replace(self, filters=kept, query=query)

    def address(self, path: str, **changes: object) -> str:
        """This question at another place, with some of it changed; None takes a part out."""
        pairs = [
            (name, one)
            for name, value in (self._told() | changes).items()
            for one in (value if isinstance(value, list) else [value])
            if one is not None and one != ""
        ]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def without_one(self, path: str, name: str, value: object) -> str:
        """This question with one filter less."""
        kept = [one for one in getattr(self.query, name) if one != value]
        return self.address(path, **{name: kept})

    def _told(self) -> dict[str, Any]:
        known = self.query.model_dump(exclude_defaults=True)
        for name in ("since", "until"):
            known.pop(name, None)
        period = self.query.period if not (self.query.since or self.query.until) else None
        if self.wrong or period is None:
            period = period_text(self.period)
        return known | {"period": period or None}


def asked_of(
    query: Annotated[KpiQuery, Query()],
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Asked:
    """The question of an address. Raises Missing for a rep or team one may not see."""
    rules = rules_for(session, reader.user, settings)
    if query.currency is not None:
        check_currency(session, query.currency, rules)
    given = {name: getattr(query, name) or None for name in FILTERS}
    filters = read_filters(session, reader.user, **given, without=query.without or None)
    try:
        return Asked(query, _period(query, rules), filters, rules)
    except BadInput:
        wrong = reader.words("These days cannot be read; write them like 2026-01-31.")
        return Asked(query, read_period(USUAL, rules), filters, rules, wrong)


AskedDep = Annotated[Asked, Depends(asked_of)]


def _period(query: KpiQuery, rules: Rules) -> Period:
    if query.since or query.until:
        today = today_of(rules).isoformat()
        return read_period(f"{query.since or query.until}..{query.until or today}", rules)
    return read_period(query.period or USUAL, rules)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: what an address has for it, and what people call it."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """By what figures can be narrowed here."""

    reps: Sequence[Choice]
    teams: Sequence[Choice]
    regions: Sequence[Choice]
    products: Sequence[Choice]
    channels: Sequence[Choice]

    @property
    def has_any(self) -> bool:
        """Whether there is something to choose between."""
        every = (self.reps, self.teams, self.regions, self.products, self.channels)
        return any(len(one) > 1 for one in every)


def choices_for(session: Session, reader: Reader) -> Choices:
    """Whom and what the reader may narrow figures to: of deals that they see."""
    found = select(Deal.region, Deal.product, Deal.channel).where(visible_deals(reader.user))
    rows = session.exec(found.distinct().limit(_MOST_CHOICES)).all()
    regions, products, channels = (_named({row[n] for row in rows}) for n in range(3))
    return Choices(
        people(session, reader), teams(session, reader.user), regions, products, channels
    )


def _named(values: set[str | None]) -> Sequence[Choice]:
    return tuple(Choice(one, one) for one in sorted(filter(None, values)))


def people(session: Session, reader: Reader) -> tuple[Choice, ...]:
    """The reps whose figures one sees, by name; for a rep that is nobody else."""
    if reader.user.role == "rep":
        return ()
    found = select(User.id, User.name).where(
        visible_users(reader.user), col(User.role) == "rep", col(User.is_active)
    )
    rows = session.exec(found.order_by(col(User.name), col(User.id))).all()
    return tuple(Choice(str(one), name) for one, name in rows)


def teams(session: Session, user: User) -> tuple[Choice, ...]:
    """The teams whose figures one sees."""
    if user.role == "rep":
        return ()
    found = select(Team.id, Team.name).order_by(col(Team.name))
    if user.role != "admin":
        found = found.where(col(Team.id) == user.team_id)
    return tuple(Choice(str(one), name) for one, name in session.exec(found).all())
