"""What became of the files of the watched folder and the inbox, for admins."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.dependencies import (
    DEFAULT_LIMIT,
    AdminDep,
    CursorQuery,
    LimitQuery,
    SessionDep,
    SettingsDep,
)
from api.routing import signed_router
from api.views import Page, View
from api.watched import problems_of, watched_urls
from models.watching import list_found

router = signed_router("imports")
State = Literal["waiting", "taken", "failed"]


class WatchedFileView(View):
    """A file as it was when it was found; changed since, it is found anew."""

    id: UUID
    place: str
    name: str
    state: State
    call_id: UUID | None = Field(description="Null when the call was deleted, too.")
    failure: str | None = Field(
        description="What is wrong with it; of a file that waits, why it could not be taken yet."
    )
    created_at: datetime = Field(description="When it was found.")


class WatchedView(Page[WatchedFileView]):
    """A page of files, the newest first."""

    places: list[str] = Field(description="What is watched.")
    problems: list[str] = Field(description="Why nothing is taken, and what to do.")


@router.get("/imports/watched")
def list_watched(
    session: SessionDep,
    settings: SettingsDep,
    _admin: AdminDep,
    state: Annotated[State | None, Query()] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> WatchedView:
    """Files of the watched places: what was taken, what failed and why, what still waits."""
    found = list_found(session, state, limit=limit, cursor=cursor)
    return WatchedView(
        items=[WatchedFileView.model_validate(one) for one in found.items],
        next=found.next,
        places=watched_urls(settings),
        problems=problems_of(session, settings),
    )
