"""Targets: what a rep, a team or the whole company is to reach in a month."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import AfterValidator, Field, StringConstraints

from api.dependencies import DEFAULT_LIMIT, CursorQuery, LimitQuery, ManagerDep, SessionDep, UserDep
from api.fields import SLUG, Currency, Minor
from api.routing import signed_router
from api.views import Given, Page, View
from models.kpis import setting_targets as kept
from models.kpis.setting_targets import NewTarget, TargetFilters, TargetRow

router = signed_router("targets")
_MOST = 1e15
_YEARS = range(1990, 2200)


def _possible(month: str) -> str:
    if int(month[:4]) not in _YEARS:
        raise ValueError(f"give a month from {_YEARS.start} to {_YEARS.stop - 1}")
    return month


Month = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$"),
    AfterValidator(_possible),
    Field(examples=["2026-11"]),
]
Slug = Annotated[str, StringConstraints(pattern=SLUG), Field(examples=["sales_revenue"])]


class TargetGiven(Given):
    """What is to be reached: of a rep, of a team, or, without either, of the whole company."""

    kpi: Slug
    month: Month
    rep_id: UUID | None = None
    team_id: UUID | None = None
    amount_minor: Minor | None = Field(default=None, description="Of KPIs that are money.")
    currency: Currency | None = None
    value: float | None = Field(
        default=None,
        ge=-_MOST,
        le=_MOST,
        allow_inf_nan=False,
        strict=True,
        description="Of all others, in the KPI's unit; a share is 0 to 1.",
    )


class AgreedTargetView(View):
    """A target; of nobody in particular, it is the company's."""

    id: UUID
    kpi: str
    month: date = Field(description="Its first day.")
    rep_id: UUID | None
    rep_name: str | None
    team_id: UUID | None
    team_name: str | None
    amount_minor: int | None
    currency: str | None
    value: float | None
    origin: str = Field(description="Where it came from; the next import puts its own back.")
    ref: str | None


@router.get("/targets")
def find_targets(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    session: SessionDep,
    user: UserDep,
    kpi: Slug | None = None,
    rep_id: UUID | None = None,
    team_id: UUID | None = None,
    since: Annotated[Month | None, Query(description="The first month.")] = None,
    until: Annotated[Month | None, Query(description="The last month.")] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[AgreedTargetView]:
    """The targets one may see, the latest month first: a rep their own, a manager the team's."""
    filters = TargetFilters(kpi, rep_id, team_id, _first(since), _first(until))
    found = kept.list_targets(session, user, filters, limit=limit, cursor=cursor)
    return Page(items=[_view(one) for one in found.items], next=found.next)


@router.put("/targets")
def put_target(
    given: TargetGiven, request: Request, session: SessionDep, user: ManagerDep
) -> AgreedTargetView:
    """Set a target, in place of that for the same KPI, month and whom.

    A manager sets those of the team and its reps, an admin everybody's and the company's.
    """
    values = given.model_dump(exclude={"month"})
    target = kept.set_target(session, user, NewTarget(month=_day(given.month), **values))
    request.state.made_id = target.id
    (row,) = kept.named(session, [target])
    return _view(row)


@router.delete("/targets/{target_id}", status_code=204)
def delete_target(target_id: UUID, session: SessionDep, user: ManagerDep) -> None:
    """Delete a target: a manager of the team and its reps, an admin any."""
    kept.delete_target(session, user, target_id)


def _first(month: str | None) -> date | None:
    return None if month is None else _day(month)


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _view(row: TargetRow) -> AgreedTargetView:
    names = {"rep_name": row.rep_name, "team_name": row.team_name}
    return AgreedTargetView.model_validate({**row.target.model_dump(), **names})
