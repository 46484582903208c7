"""Deals: list, add, read, change, delete, and all that happened with them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime

from api.deal_views import (
    DealChange,
    DealCourseView,
    DealGiven,
    DealView,
    HappeningView,
    Outcome,
    course_view,
    view_of,
)
from api.dependencies import DEFAULT_LIMIT, CursorQuery, LimitQuery, SessionDep, UserDep
from api.fields import Text100, Text300
from api.routing import signed_router
from api.views import Page
from models import deals
from models.deal_course import course_of
from models.deals import DealFilters, name_deals
from models.rights import find_deal
from models.tables import Deal
from models.timeline import timeline_of

router = signed_router("deals")


def _filters(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    rep_id: UUID | None = None,
    team_id: UUID | None = None,
    account_id: UUID | None = None,
    stage: Annotated[list[Text100] | None, Query(max_length=100)] = None,
    outcome: Annotated[list[Outcome] | None, Query()] = None,
    opened_since: AwareDatetime | None = None,
    opened_until: AwareDatetime | None = None,
    closed_since: AwareDatetime | None = None,
    closed_until: AwareDatetime | None = None,
    name: Annotated[Text300 | None, Query(description="Part of it.")] = None,
) -> DealFilters:
    return DealFilters(
        rep_id=rep_id,
        team_id=team_id,
        account_id=account_id,
        stages=tuple(stage or ()),
        outcomes=tuple(outcome or ()),
        opened_since=opened_since,
        opened_until=opened_until,
        closed_since=closed_since,
        closed_until=closed_until,
        name=name,
    )


FiltersDep = Annotated[DealFilters, Depends(_filters)]


@router.get("/deals")
def find_deals(
    session: SessionDep,
    user: UserDep,
    filters: FiltersDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[DealView]:
    """The deals one may see, the last opened first; those opened on no known day at the end.

    Periods are half-open: `opened_until` is the first instant that no longer counts.
    """
    found = deals.list_deals(session, user, filters, limit=limit, cursor=cursor)
    return Page(items=[view_of(row) for row in found.items], next=found.next)


@router.post("/deals", status_code=201)
def make_deal(given: DealGiven, request: Request, session: SessionDep, user: UserDep) -> DealView:
    """Add a deal: a rep for themselves, a manager for the team, an admin for anybody."""
    left_out = {"rep_id"} - given.model_fields_set
    values = given.model_dump(exclude={"stage_entered_at", *left_out})
    if "closed_at" not in given.model_fields_set:
        values.pop("closed_at")
    deal = deals.add_deal(session, user, values, stage_entered_at=given.stage_entered_at)
    request.state.made_id = deal.id
    return _shown(session, deal)


@router.get("/deals/{deal_id}")
def read_deal(deal_id: UUID, session: SessionDep, user: UserDep) -> DealCourseView:
    """A deal with its stages, the calls one may see, its offers, and counts of what was planned."""
    deal = find_deal(session, user, deal_id)
    (row,) = name_deals(session, [deal])
    return course_view(row, course_of(session, user, deal))


@router.patch("/deals/{deal_id}")
def alter_deal(deal_id: UUID, given: DealChange, session: SessionDep, user: UserDep) -> DealView:
    """Change a deal. A new stage goes to its history; what a CRM says next goes before all this."""
    values = given.model_dump(exclude_unset=True, exclude={"stage_entered_at"})
    deal = deals.change_deal(
        session, user, deal_id, values, stage_entered_at=given.stage_entered_at
    )
    return _shown(session, deal)


@router.delete("/deals/{deal_id}", status_code=204)
def remove_deal(deal_id: UUID, session: SessionDep, user: UserDep) -> None:
    """Delete a deal with its history, meetings, offers and activities; its calls stay."""
    deals.delete_deal(session, user, deal_id)


@router.get("/deals/{deal_id}/timeline")
def read_timeline(
    deal_id: UUID,
    session: SessionDep,
    user: UserDep,
    newest_first: bool = False,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[HappeningView]:
    """All that happened with a deal, in order: calls, stages, meetings, offers, activities."""
    deal = find_deal(session, user, deal_id)
    found = timeline_of(session, user, deal, limit=limit, cursor=cursor, newest_first=newest_first)
    return Page(items=[HappeningView.model_validate(one) for one in found.items], next=found.next)


def _shown(session: SessionDep, deal: Deal) -> DealView:
    (row,) = name_deals(session, [deal])
    return view_of(row)
