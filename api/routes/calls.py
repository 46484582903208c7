"""Calls: list, add, read, change, delete, and bring them on."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from api.call_views import KNOWN, CallChange, CallGiven, CallView, State, Viewer, new_call, view_of
from api.dependencies import (
    DEFAULT_LIMIT,
    CursorQuery,
    FilesDep,
    LimitQuery,
    SessionDep,
    SettingsDep,
    UserDep,
)
from api.fields import Instant
from api.routing import signed_router
from api.versions import IfMatch, expect, tag_of
from api.views import Page
from models import lifecycle
from models.calls import CallFilters, list_calls, open_call
from models.new_calls import add_call, change_known, delete_call
from models.rights import change_call, find_call, viewers
from models.tables import Call

router = signed_router("calls")


@router.get("/calls")
def find_calls(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    session: SessionDep,
    user: UserDep,
    rep_id: UUID | None = None,
    team_id: UUID | None = None,
    deal_id: UUID | None = None,
    account_id: UUID | None = None,
    state: Annotated[list[State] | None, Query()] = None,
    call_type: Annotated[str | None, Query(max_length=100)] = None,
    language: Annotated[str | None, Query(max_length=8)] = None,
    since: Instant | None = None,
    until: Instant | None = None,
    title: Annotated[str | None, Query(max_length=300, description="Part of it.")] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[CallView]:
    """The calls one may see, the newest first."""
    filters = CallFilters(
        rep_id=rep_id,
        team_id=team_id,
        deal_id=deal_id,
        account_id=account_id,
        states=tuple(state or ()),
        call_type=call_type,
        language=language,
        since=since,
        until=until,
        title=title,
    )
    found = list_calls(session, user, filters, limit=limit, cursor=cursor)
    return Page(items=[view_of(row) for row in found.items], next=found.next)


@router.post("/calls", status_code=201)
def make_call(
    given: CallGiven, request: Request, response: Response, session: SessionDep, user: UserDep
) -> CallView:
    """Add a call whose recording or transcript is to come."""
    call = add_call(session, user, new_call(given))
    request.state.made_id = call.id
    return _answer(session, call, response)


@router.get("/calls/{call_id}")
def read_call(call_id: UUID, response: Response, session: SessionDep, user: UserDep) -> CallView:
    """A call, how far it is, and its numbers."""
    return _answer(session, find_call(session, user, call_id), response)


@router.patch("/calls/{call_id}")
def alter_call(
    call_id: UUID,
    given: CallChange,
    response: Response,
    session: SessionDep,
    user: UserDep,
    if_match: IfMatch = None,
) -> CallView:
    """Change what is known of a call; a call that was heard is understood again."""
    call = change_call(session, user, call_id)
    expect(call, if_match)
    change = given.model_dump(exclude_unset=True, mode="json", include=set(KNOWN))
    columns = given.model_dump(exclude_unset=True, exclude=set(KNOWN))
    change_known(session, user, call, change, columns)
    return _answer(session, call, response)


@router.delete("/calls/{call_id}", status_code=204)
def remove_call(
    call_id: UUID,
    session: SessionDep,
    user: UserDep,
    files: FilesDep,
    if_match: IfMatch = None,
) -> None:
    """Delete a call with everything of it: recording, words, findings, comments, clips."""
    call = change_call(session, user, call_id)
    expect(call, if_match)
    delete_call(session, files, call)


@router.get("/calls/{call_id}/people")
def list_viewers(call_id: UUID, session: SessionDep, user: UserDep) -> Page[Viewer]:
    """Everybody who may see the call: whom a comment can mention."""
    found = viewers(session, find_call(session, user, call_id))
    return Page(items=[Viewer.model_validate(one) for one in found])


@router.post("/calls/{call_id}/cancel")
def cancel(call_id: UUID, response: Response, session: SessionDep, user: UserDep) -> CallView:
    """Stop hearing or understanding a call."""
    call = change_call(session, user, call_id)
    lifecycle.cancel_call(session, call)
    return _answer(session, call, response)


@router.post("/calls/{call_id}/retry")
def retry(
    call_id: UUID,
    response: Response,
    session: SessionDep,
    user: UserDep,
    settings: SettingsDep,
) -> CallView:
    """Try a failed or cancelled call again, from where it stopped."""
    call = change_call(session, user, call_id)
    lifecycle.retry(session, call, shortest_first=settings.shortest_first)
    return _answer(session, call, response)


@router.post("/calls/{call_id}/understand")
def understand(call_id: UUID, response: Response, session: SessionDep, user: UserDep) -> CallView:
    """Understand a call again, under the playbook in force, from what was heard."""
    call = change_call(session, user, call_id)
    lifecycle.understand(session, call)
    return _answer(session, call, response)


def _answer(session: SessionDep, call: Call, response: Response) -> CallView:
    session.flush()
    row = open_call(session, call)
    response.headers["etag"] = tag_of(call, row.progress)
    return view_of(row)
