"""The watched folder and the inbox: what was taken of them, what failed, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import SessionDep, SettingsDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep, address
from api.pages.words import marked
from api.watched import problems_of, watched_urls
from models.tables import ImportedFile
from models.watching import list_found

router = page_router("imports")
_HERE = "/settings/watched"
STATES = {"waiting": marked("Waiting"), "taken": marked("Imported"), "failed": marked("Failed")}


class WatchedAsked(BaseModel):
    """What the list is narrowed to."""

    state: Literal["", "waiting", "taken", "failed"] = ""
    cursor: str | None = Field(default=None, max_length=1000)


@dataclass(frozen=True, slots=True)
class WatchedPage:
    """What is watched, what is wrong with that, and a page of files, the newest first."""

    places: Sequence[str]
    problems: Sequence[str]
    rep: str | None
    files: Sequence[ImportedFile]
    asked: WatchedAsked
    next_path: str
    first_path: str
    states: dict[str, str] = field(default_factory=lambda: STATES)


@router.get(_HERE)
def show_watched(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    asked: Annotated[WatchedAsked, Query()],
) -> Response:
    """Files of the watched places."""
    found = list_found(session, asked.state or None, limit=50, cursor=asked.cursor)
    state = {"state": asked.state}
    page = WatchedPage(
        watched_urls(settings),
        problems_of(session, settings),
        settings.import_rep,
        found.items,
        asked,
        address(_HERE, {**state, "cursor": found.next}) if found.next else "",
        address(_HERE, state) if asked.cursor else "",
    )
    return show(request, reader, "settings_watched.html", page)
