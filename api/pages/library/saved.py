"""Views that a reader keeps: saved under a name, deleted and brought back, told what is new."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import Form, Request, Response
from pydantic import ValidationError
from sqlalchemy import and_
from sqlmodel import Session

from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.library.asked import CallsAsked, SearchAsked
from api.pages.library.kept import Kept, kept_view
from api.pages.rendering import go, show
from api.pages.routing import page_router
from models.calls import count_calls
from models.errors import BadInput, Conflict
from models.rights import visible_calls
from models.saved_views import (
    LONGEST_QUERY,
    MOST_VIEWS,
    Place,
    delete_view,
    find_view,
    heard_after,
    list_views,
    save_view,
)
from models.search import Asked, search_words
from models.tables import SavedView

router = page_router("views")
_Query = Annotated[str, Form(max_length=LONGEST_QUERY)]
_Name = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class SavedPage:
    """The views of a place, each with what is new in it."""

    kept: Kept


@router.get("/saved/{place}")
def show_saved(request: Request, place: Place, reader: ReaderDep, session: SessionDep) -> Response:
    """What came in for each view since it was looked at."""
    rows = list_views(session, reader.user.id, place)
    views = tuple(kept_view(one, new=_new(session, reader, one)) for one in rows)
    page = SavedPage(Kept(place, views, "", None))
    return show(request, reader, "library_saved.html", page)


@router.post("/saved/{place}")
def save_here(
    request: Request,
    place: Place,
    reader: ReaderDep,
    session: SessionDep,
    name: _Name = "",
    query: _Query = "",
) -> Response:
    """Keep a view under a name, and open it."""
    words = reader.words
    try:
        view = save_view(session, reader.user.id, place, name, query)
    except BadInput:
        said = words("Give the view a name of 100 letters at most.")
        return go(request, f"/{place}?{query}".rstrip("?"), said)
    except Conflict:
        said = words("You keep %(count)s views here already: delete one first.", count=MOST_VIEWS)
        return go(request, f"/{place}?{query}".rstrip("?"), said)
    return go(request, kept_view(view).path, words("Saved as “%(name)s”.", name=view.name))


@router.post("/saved/{view_id}/delete")
def delete_here(
    request: Request, view_id: UUID, reader: ReaderDep, session: SessionDep
) -> Response:
    """Forget a view, with a way back."""
    view = find_view(session, reader.user.id, view_id)
    delete_view(session, view)
    back = urlencode({"name": view.name, "query": view.query})
    said = reader.words("“%(name)s” is deleted.", name=view.name)
    undo = f"/saved/{view.place}/restore?{back}"
    return go(request, f"/{view.place}?{view.query}".rstrip("?"), said, undo)


@router.post("/saved/{place}/restore")
def restore_here(
    request: Request,
    place: Place,
    reader: ReaderDep,
    session: SessionDep,
    name: str,
    query: str = "",
) -> Response:
    """Keep a view again that was just deleted."""
    view = save_view(session, reader.user.id, place, name, query)
    return go(request, kept_view(view).path, reader.words("“%(name)s” is back.", name=view.name))


def _new(session: Session, reader: Reader, view: SavedView) -> int | None:
    """How many calls came in since a view was looked at; None where that cannot be told."""
    asked = dict(parse_qsl(view.query))
    try:
        if view.place == "calls":
            filters = CallsAsked.model_validate(asked).filters(reader.words)
            return count_calls(session, reader.user, filters, since=view.last_seen_at)
        return _newly_found(session, reader, SearchAsked.model_validate(asked), view)
    except (ValidationError, BadInput):
        return None  # it was kept by an address that is none any more


def _newly_found(
    session: Session, reader: Reader, asked: SearchAsked, view: SavedView
) -> int | None:
    if asked.mode == "meaning":
        return None  # all that is new is near to anything, more or less
    given = asked.given(reader.words, 1)
    scope = and_(visible_calls(reader.user), heard_after(view.last_seen_at))
    return search_words(session, scope, given.q, given.filters, Asked(limit=1)).total
