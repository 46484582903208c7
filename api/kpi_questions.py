"""Questions about KPIs, read from the address they come in."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query
from sqlmodel import col, select

from api.dependencies import SessionDep, SettingsDep, UserDep
from api.fields import SLUG, Currency, Text200
from api.settings import rules_of
from models.errors import BadInput, Missing
from models.kpis import DIMENSIONS, Dimension, Grain, Period, Rules, parse_period
from models.kpis.asking import Asking, check_currency
from models.kpis.frame import Filters
from models.kpis.periods import EXAMPLES
from models.rights import visible_users
from models.tables import Team, User
from models.tables.columns import now

By = Dimension | Literal["source"]
MOST_VALUES = 50

Slug = Annotated[str, Path(pattern=SLUG, description="As the catalogue calls it.")]
Variant = Annotated[str | None, Query(pattern=SLUG, description="Another reading of the KPI.")]
PeriodText = Annotated[
    str,
    Query(
        max_length=100,
        description=f"Such as {EXAMPLES}; or this_month, last_quarter, last_30_days.",
        examples=["2026-Q3"],
    ),
]
Ids = Annotated[list[UUID] | None, Query(max_length=MOST_VALUES)]
Texts = Annotated[list[Text200] | None, Query(max_length=MOST_VALUES)]


def rules_for(session: SessionDep, user: UserDep, settings: SettingsDep) -> Rules:
    """How KPIs are counted for who asks: in the currency and fiscal year of their team."""
    rules = rules_of(settings)
    team = session.get(Team, user.team_id) if user.team_id else None
    if team is None:
        return rules
    return replace(rules, currency=team.currency, fiscal_start=team.fiscal_year_start)


RulesDep = Annotated[Rules, Depends(rules_for)]


def read_period(text: str, rules: Rules) -> Period:
    """The period of a text, by the clock and fiscal year of the rules. Raises BadInput."""
    return parse_period(text, today_of(rules), rules.fiscal_start)


def today_of(rules: Rules) -> date:
    """The day it is by the clock of the rules."""
    return now().astimezone(ZoneInfo(rules.zone)).date()


def _period(rules: RulesDep, period: PeriodText = "this_month") -> Period:
    return read_period(period, rules)


def read_filters(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    session: SessionDep,
    user: UserDep,
    rep_id: Ids = None,
    team_id: Ids = None,
    region: Texts = None,
    channel: Texts = None,
    source: Annotated[
        list[Text200] | None,
        Query(max_length=MOST_VALUES, description="The same as `channel`."),
    ] = None,
    product: Texts = None,
    call_type: Texts = None,
    customer: Annotated[list[Literal["new", "existing"]] | None, Query(max_length=2)] = None,
    stage: Texts = None,
    without: Annotated[
        list[By] | None,
        Query(max_length=9, description="Rows that have nothing there: of no region, of no rep."),
    ] = None,
) -> Filters:
    """What is asked for in each dimension. Raises Missing for a rep or team one may not see."""
    check_seen(session, user, rep_id or (), team_id or ())
    told: dict[Dimension, list[str | UUID | None]] = {
        "rep": [*(rep_id or ())],
        "team": [*(team_id or ())],
        "region": [*(region or ())],
        "channel": [*(channel or ()), *(source or ())],
        "product": [*(product or ())],
        "call_type": [*(call_type or ())],
        "customer": [*(customer or ())],
        "stage": [*(stage or ())],
    }
    for one in without or ():
        told[dimension(one)].append(None)
    return {one: values for one, values in told.items() if values}


PeriodDep = Annotated[Period, Depends(_period)]
FiltersDep = Annotated[Filters, Depends(read_filters)]


def _currency(
    session: SessionDep,
    rules: RulesDep,
    currency: Annotated[
        Currency | None, Query(description="Left out: the team's, else that of the settings.")
    ] = None,
) -> str | None:
    if currency is not None:
        check_currency(session, currency, rules)
    return currency


CurrencyDep = Annotated[str | None, Depends(_currency)]


def _each(
    period: PeriodDep,
    rules: RulesDep,
    each: Annotated[Grain | None, Query(description="Cut the period into pieces.")] = None,
) -> Grain | None:
    if each is not None:
        period.pieces(each, today_of(rules))  # too many are refused, not left out
    return each


EachDep = Annotated[Grain | None, Depends(_each)]


def _asking(
    period: PeriodDep,
    filters: FiltersDep,
    currency: CurrencyDep,
    each: EachDep,
    by: Annotated[
        list[By] | None,
        Query(max_length=3, description="Split into groups; `source` is `channel`."),
    ] = None,
    compare: Annotated[
        bool, Query(description="With the period before, and the same of the year before.")
    ] = True,
) -> Asking:
    dimensions = tuple(dict.fromkeys(dimension(one) for one in by or ()))
    return Asking(period, dimensions, each, filters, currency, compare)


AskingDep = Annotated[Asking, Depends(_asking)]


def dimension(asked: str) -> Dimension:
    """The dimension that is meant; a source is a channel. Raises BadInput when there is none."""
    wanted = "channel" if asked == "source" else asked
    found = next((one for one in DIMENSIONS if one == wanted), None)
    if found is None:
        raise BadInput(f"by: there is no {asked!r}; there is {', '.join(DIMENSIONS)}")
    return found


def check_seen(
    session: SessionDep, user: User, reps: list[UUID] | tuple[()], teams: list[UUID] | tuple[()]
) -> None:
    """Raise Missing unless one sees all whose figures are asked for: zero would be no answer."""
    if reps:
        seen = session.exec(select(User.id).where(col(User.id).in_(reps), visible_users(user)))
        for one in set(reps) - set(seen.all()):
            raise Missing(f"there is no user {one} whose figures you may see")
    if teams:
        among = select(Team.id).where(col(Team.id).in_(teams))
        if user.role != "admin":
            among = among.where(col(Team.id) == user.team_id)
        for one in set(teams) - set(session.exec(among).all()):
            raise Missing(f"there is no team {one} whose figures you may see")
