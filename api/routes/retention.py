"""Retention and legal holds: rules, dry run, runs, and what nothing is deleted of."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request

from api.dependencies import AdminDep, SessionDep
from api.keeping_views import (
    DryRunView,
    HoldGiven,
    HoldView,
    RetentionView,
    RuleGiven,
    RuleView,
    RunView,
    TurnOnGiven,
)
from api.retaining import next_run_at
from api.routing import signed_router
from api.views import Page
from models import retention as kept
from models.holds import lift_hold, list_holds, place_hold
from models.retaining import ask_run, what_would_go

router = signed_router("retention")
holds = signed_router("holds")


@router.get("/retention")
def read_retention(session: SessionDep, _admin: AdminDep) -> RetentionView:
    """How long things are kept, and how the last run went."""
    return _view(session)


@router.put("/retention/rules")
def set_retention_rule(given: RuleGiven, session: SessionDep, _admin: AdminDep) -> RetentionView:
    """Set everybody's rule, or a team's; the next run goes by it."""
    kept.set_rule(session, given.team_id, given.days())
    return _view(session)


@router.delete("/retention/rules/{team_id}", status_code=204)
def drop_retention_rule(team_id: UUID, session: SessionDep, _admin: AdminDep) -> None:
    """Have a team follow everybody's rule again."""
    kept.drop_rule(session, team_id)


@router.get("/retention/dry-run")
def dry_run(
    session: SessionDep,
    _admin: AdminDep,
    first: Annotated[int, Query(ge=0, le=500, description="How many calls to list.")] = 20,
) -> DryRunView:
    """What the next run would delete, on or off; nothing is changed."""
    return DryRunView.of(kept.seen_mark(session), what_would_go(session, first))


@router.post("/retention/on")
def turn_retention_on(given: TurnOnGiven, session: SessionDep, admin: AdminDep) -> RetentionView:
    """Have the rules enforced from the next run on, once the dry run was seen."""
    kept.turn_on(session, admin, given.seen)
    return _view(session)


@router.post("/retention/off")
def turn_retention_off(session: SessionDep, admin: AdminDep) -> RetentionView:
    """Delete nothing by rule any more."""
    kept.turn_off(session, admin)
    return _view(session)


@router.get("/retention/runs")
def list_retention_runs(
    session: SessionDep,
    _admin: AdminDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[RunView]:
    """The runs, the last one first."""
    return Page(items=[RunView.of(one) for one in kept.last_runs(session, limit)])


@router.post("/retention/runs", status_code=202)
def run_retention(given: TurnOnGiven, session: SessionDep, admin: AdminDep) -> RetentionView:
    """Delete what is over its days now, once the dry run was seen; a worker does it."""
    ask_run(session, admin, given.seen)
    return _view(session)


@holds.get("/holds")
def find_holds(session: SessionDep, _admin: AdminDep) -> Page[HoldView]:
    """The legal holds in force, the last placed first."""
    return Page(items=[HoldView.of(one) for one in list_holds(session)])


@holds.post("/holds", status_code=201)
def make_hold(given: HoldGiven, request: Request, session: SessionDep, admin: AdminDep) -> HoldView:
    """Keep all of a call, a deal's calls or an account's from being deleted, by hand too."""
    kind, subject_id = given.subject()
    hold = place_hold(session, admin, kind, subject_id, given.reason)
    request.state.made_id = hold.id
    return next(HoldView.of(one) for one in list_holds(session) if one.hold.id == hold.id)


@holds.delete("/holds/{hold_id}", status_code=204)
def end_hold(hold_id: UUID, session: SessionDep, admin: AdminDep) -> None:
    """Lift a legal hold."""
    lift_hold(session, admin, hold_id)


def _view(session: SessionDep) -> RetentionView:
    state, runs = kept.turned(session), kept.last_runs(session, 1)
    return RetentionView(
        is_on=kept.is_on(session),
        turned_at=state.turned_at if state else None,
        rules=[RuleView.of(one) for one in kept.rules(session)],
        last_run=RunView.of(runs[0]) if runs else None,
        next_run_at=next_run_at(),
        is_late=kept.is_late(session),
    )
