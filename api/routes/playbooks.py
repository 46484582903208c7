"""Playbooks with all their versions, and their trackers one by one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import Field, StringConstraints
from sqlmodel import col, select

from analyzer import read_playbook
from api.dependencies import (
    DEFAULT_LIMIT,
    CursorQuery,
    LimitQuery,
    ManagerDep,
    SessionDep,
    UserDep,
)
from api.routing import signed_router
from api.tracker_views import Found, TrackerGiven, TrackerTrial, TrackerView, view_of
from api.views import Given, Page, View
from models.paging import take
from models.playbook_trial import try_playbook
from models.playbooks import (
    Draft,
    activate,
    change_playbook,
    change_text,
    deactivate,
    find_playbook,
    keep_version,
    latest,
    standard_text,
    visible_playbooks,
)
from models.rights import find_call
from models.tables import Playbook, User
from models.trackers import drop_tracker, put_tracker
from models.understanding_again import understand_again

router = signed_router("playbooks")
_LONGEST = 1_000_000
_TOML = "application/toml"
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {_TOML: {"schema": {"type": "string"}}}}}
Text = Annotated[str, StringConstraints(strip_whitespace=False, max_length=_LONGEST)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
TrackerId = Annotated[str, Path(min_length=1, max_length=100, examples=["data-protection"])]
AgainQuery = Annotated[
    bool,
    Query(
        alias="understand_again",
        description="Understand calls again whose report was made under another playbook.",
    ),
]


class PlaybookGiven(Given):
    """A playbook, or its next version."""

    name: Name = Field(examples=["Sales EMEA"])
    text: Text = Field(
        description="TOML, as docs/playbook.md describes it; it is laid over the standard one.",
        examples=['products = ["Rotago"]\n'],
    )
    team_id: UUID | None = Field(
        default=None,
        description="Left out: the team that has the name already, else a manager's own, else "
        "everybody. Null: everybody.",
    )
    is_active: bool = Field(default=True, description="Whether it is in force from now on.")


class PlaybookView(View):
    """A version of a playbook; the active one of a team, else everybody's, is in force."""

    id: UUID
    name: str
    version: int
    team_id: UUID | None
    is_active: bool
    created_by_id: UUID | None
    created_at: datetime


class PlaybookWhole(PlaybookView):
    """A version of a playbook, word for word."""

    text: str


class TrialGiven(Given):
    """A call to try a playbook on."""

    call_id: UUID


@router.get("/playbooks")
def list_playbooks(
    session: SessionDep,
    user: UserDep,
    every: Annotated[bool, Query(alias="all", description="All versions ever.")] = False,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[PlaybookView]:
    """The playbooks in force: one's team's and everybody's; an admin sees all of them."""
    statement = select(Playbook).where(visible_playbooks(user))
    if not every:
        statement = statement.where(col(Playbook.is_active).is_(True))
    keys = [(Playbook.created_at, lambda one: one.created_at), (Playbook.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Page(items=[PlaybookView.model_validate(one) for one in found.items], next=found.next)


@router.get("/playbooks/standard", response_class=Response, responses=_TEXT)
def read_standard(_user: UserDep) -> Response:
    """The playbook that every other is laid over, as TOML."""
    return Response(standard_text(), media_type=_TOML)


@router.post("/playbooks", status_code=201)
def make_playbook(
    given: PlaybookGiven,
    request: Request,
    session: SessionDep,
    user: ManagerDep,
    again: AgainQuery = False,
) -> PlaybookWhole:
    """Keep a playbook, or the next version of its name; says line and key of what is wrong."""
    team_id = _team_of(session, user, given)
    draft = Draft(given.name, given.text, team_id, given.is_active)
    made = keep_version(session, user, draft)
    return _kept(session, request, made, again)


@router.get("/playbooks/{playbook_id}")
def read_one(playbook_id: UUID, session: SessionDep, user: UserDep) -> PlaybookWhole:
    """A version of a playbook."""
    return PlaybookWhole.model_validate(find_playbook(session, user, playbook_id))


@router.get("/playbooks/{playbook_id}/text", response_class=Response, responses=_TEXT)
def read_text(playbook_id: UUID, session: SessionDep, user: UserDep) -> Response:
    """A version of a playbook, as TOML."""
    return Response(find_playbook(session, user, playbook_id).text, media_type=_TOML)


@router.post("/playbooks/{playbook_id}/activate")
def activate_playbook(
    playbook_id: UUID, session: SessionDep, user: ManagerDep, again: AgainQuery = False
) -> PlaybookView:
    """Put a version in force, in place of its team's other."""
    row = change_playbook(session, user, playbook_id)
    activate(session, row)
    if again:
        understand_again(session, row.team_id)
    return PlaybookView.model_validate(row)


@router.post("/playbooks/{playbook_id}/deactivate")
def deactivate_playbook(
    playbook_id: UUID, session: SessionDep, user: ManagerDep, again: AgainQuery = False
) -> PlaybookView:
    """Take a version out of force: its team gets everybody's, everybody the standard one."""
    row = change_playbook(session, user, playbook_id)
    deactivate(session, row)
    if again:
        understand_again(session, row.team_id)
    return PlaybookView.model_validate(row)


@router.get("/playbooks/{playbook_id}/trackers")
def list_trackers(playbook_id: UUID, session: SessionDep, user: UserDep) -> list[TrackerView]:
    """What calls are searched for under a playbook, the standard one's trackers too."""
    row = find_playbook(session, user, playbook_id)
    return [view_of(one) for one in read_playbook(row.text, f"{row.name}.toml").trackers]


@router.put("/playbooks/{playbook_id}/trackers/{tracker_id}")
def keep_tracker(
    playbook_id: UUID,
    tracker_id: TrackerId,
    given: TrackerGiven,
    request: Request,
    session: SessionDep,
    user: ManagerDep,
) -> PlaybookWhole:
    """Add or replace a tracker: makes the next version of the playbook, all else as it was."""
    row = change_playbook(session, user, playbook_id)
    tracker = {"id": tracker_id, **given.model_dump(exclude_defaults=True)}
    made = change_text(session, user, row, put_tracker(row.text, tracker))
    return _kept(session, request, made)


@router.delete("/playbooks/{playbook_id}/trackers/{tracker_id}")
def forget_tracker(
    playbook_id: UUID,
    tracker_id: TrackerId,
    request: Request,
    session: SessionDep,
    user: ManagerDep,
) -> PlaybookWhole:
    """Do without a tracker: makes the next version of the playbook, all else as it was."""
    row = change_playbook(session, user, playbook_id)
    made = change_text(session, user, row, drop_tracker(row.text, tracker_id))
    return _kept(session, request, made)


@router.post("/playbooks/{playbook_id}/try")
def try_trackers(
    playbook_id: UUID, given: TrialGiven, session: SessionDep, user: UserDep
) -> list[TrackerTrial]:
    """Where a playbook's trackers are said on a call, by their phrases; nothing is kept.

    What only means the same as an example is found once the call is understood again.
    """
    row = find_playbook(session, user, playbook_id)
    call = find_call(session, user, given.call_id)
    trials = try_playbook(session, call, read_playbook(row.text, f"{row.name}.toml"))
    return [
        TrackerTrial(tracker=view_of(one.tracker), found=[Found.of(moment) for moment in one.found])
        for one in trials
    ]


def _kept(
    session: SessionDep, request: Request, made: Playbook, again: bool = False
) -> PlaybookWhole:
    if again and made.is_active:
        understand_again(session, made.team_id)
    request.state.made_id = made.id
    return PlaybookWhole.model_validate(made)


def _team_of(session: SessionDep, user: User, given: PlaybookGiven) -> UUID | None:
    if "team_id" in given.model_fields_set:
        return given.team_id
    former = latest(session, given.name)
    if former is not None and user.role == "admin":
        return former.team_id
    return user.team_id if user.role == "manager" else None
