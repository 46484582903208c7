"""The library: all calls one may see, narrowed by what one looks for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response

from api.dependencies import SessionDep
from api.pages.frame import ReaderDep
from api.pages.library.asked import CallsAsked, State
from api.pages.library.choices import Chip, Choices, Option, chips_of, choices_of
from api.pages.library.kept import Kept, kept_views
from api.pages.library.lines import STATES, CallLine, line_of
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import marked
from models.calls import list_calls

router = page_router("library")
_PAGE = 40
_STATES: dict[State, str] = {
    "working": marked("In progress"),
    "ready": STATES["ready"],
    "failed": STATES["failed"],
    "cancelled": STATES["cancelled"],
    "held": STATES["held"],
    "empty": STATES["empty"],
}


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """A page of calls, with what narrows them."""

    asked: CallsAsked
    choices: Choices
    states: tuple[Option, ...]
    chips: tuple[Chip, ...]
    kept: Kept
    lines: tuple[CallLine, ...]
    shows_reps: bool
    new_since: datetime | None
    first_path: str
    next_path: str


@router.get("/calls")
def show_library(
    request: Request, reader: ReaderDep, session: SessionDep, asked: Annotated[CallsAsked, Query()]
) -> Response:
    """The calls, the newest first."""
    filters = asked.filters(reader.words)
    found = list_calls(session, reader.user, filters, limit=_PAGE, cursor=asked.cursor)
    choices = choices_of(session, reader, asked.deal_id)
    states = tuple(Option(slug, reader.words(name)) for slug, name in _STATES.items())
    known = _known(choices, states)
    query = asked.query()
    is_first = asked.cursor is None
    kept = kept_views(session, reader, "calls", query, asked.view, seen=is_first)
    page = LibraryPage(
        asked=asked,
        choices=choices,
        states=states,
        chips=chips_of(asked, "/calls", reader.words, known),
        kept=kept,
        lines=tuple(line_of(row, reader.words) for row in found.items),
        shows_reps=reader.is_at_least("manager"),
        new_since=kept.seen_before,
        first_path="" if is_first else _path(query),
        next_path=_path(query, f"cursor={found.next}") if found.next else "",
    )
    return show(request, reader, "library.html", page)


def _known(choices: Choices, states: tuple[Option, ...]) -> dict[str, tuple[Option, ...]]:
    return {
        "rep_id": choices.reps,
        "team_id": choices.teams,
        "deal_id": choices.deals,
        "call_type": choices.call_types,
        "language": choices.languages,
        "state": states,
    }


def _path(*parts: str) -> str:
    query = "&".join(one for one in parts if one)
    return f"/calls?{query}" if query else "/calls"
