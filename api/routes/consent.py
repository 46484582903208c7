"""Consent: what is declared of a call, what becomes of calls without, and who objected."""

from uuid import UUID

from fastapi import Request, Response
from sqlmodel import col, select

from api.call_views import CallView, view_of
from api.dependencies import AdminDep, SessionDep, UserDep
from api.keeping_views import (
    ConsentGiven,
    ObjectionGiven,
    ObjectionView,
    TeamConsentGiven,
    TeamConsentView,
)
from api.routing import signed_router
from api.versions import IfMatch, expect, tag_of
from api.views import Page
from models import lifecycle, staff
from models.calls import open_call
from models.consent import declare
from models.objections import add_objection, list_objections, remove_objection
from models.rights import change_call
from models.tables import Team

router = signed_router("consent")
objections = signed_router("objections")


@router.put("/calls/{call_id}/consent", tags=["quiet"])
def declare_consent(
    call_id: UUID,
    given: ConsentGiven,
    response: Response,
    session: SessionDep,
    user: UserDep,
    if_match: IfMatch = None,
) -> CallView:
    """Declare whether people agreed; a held call goes on, or what is under way is stopped."""
    call = change_call(session, user, call_id)
    expect(call, if_match)
    declare(session, user, call, given.consent, given.basis)
    lifecycle.touch(call)
    lifecycle.settle(session, call)
    session.flush()
    row = open_call(session, call)
    response.headers["etag"] = tag_of(call, row.progress)
    return view_of(row)


@router.get("/consent/teams")
def list_team_rules(session: SessionDep, _admin: AdminDep) -> Page[TeamConsentView]:
    """What becomes of calls without consent, team by team."""
    teams = session.exec(select(Team).order_by(col(Team.name), col(Team.id)))
    return Page(items=[_rule(one) for one in teams])


@router.put("/consent/teams/{team_id}")
def set_team_rule(
    team_id: UUID, given: TeamConsentGiven, session: SessionDep, _admin: AdminDep
) -> TeamConsentView:
    """Say what becomes of a team's calls that nobody declared consent for, from now on."""
    team = staff.change_team(session, team_id, {"without_consent": given.without_consent})
    return _rule(team)


@objections.get("/objections")
def find_objections(session: SessionDep, _admin: AdminDep) -> Page[ObjectionView]:
    """Who does not want calls with them to be worked on, the last first."""
    found = list_objections(session)
    return Page(items=[ObjectionView(**one.model_dump(), calls=calls) for one, calls in found])


@objections.post("/objections", status_code=201)
def make_objection(
    given: ObjectionGiven, request: Request, session: SessionDep, admin: AdminDep
) -> ObjectionView:
    """Leave calls with somebody alone from now on; what is under way with them is stopped."""
    made, _stopped = add_objection(session, admin, given.email, given.note)
    request.state.made_id = made.id
    calls = next(count for one, count in list_objections(session) if one.id == made.id)
    return ObjectionView(**made.model_dump(), calls=calls)


@objections.delete("/objections/{objection_id}", status_code=204)
def end_objection(objection_id: UUID, session: SessionDep, _admin: AdminDep) -> None:
    """Take an objection back; calls that were held for it go on."""
    remove_objection(session, objection_id)


def _rule(team: Team) -> TeamConsentView:
    return TeamConsentView.model_validate(
        {"team_id": team.id, "team": team.name, "without_consent": team.without_consent}
    )
