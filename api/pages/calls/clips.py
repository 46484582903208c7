"""Clips of a call, and the links that share them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from sqlmodel import Session

from api.dependencies import CursorQuery, FilesDep, SessionDep, SettingsDep
from api.pages.calls.clip_lists import (
    Clips,
    ClipTyped,
    FreshLink,
    LinkTyped,
    clips_of,
    guard_of,
)
from api.pages.calls.typed_times import LONGEST, seconds_typed
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import marked
from models.clips import LONGEST_S, SHORTEST_S, NewClip, add_clip, delete_clip, find_clip
from models.rights import find_call
from models.share_links import LONGEST as LONGEST_LINK
from models.share_links import MOST_VIEWS, Terms, add_link, revoke_link
from models.stretches import length_of
from models.tables import Call
from models.users import SHORTEST_PASSWORD

router = page_router("clips")
_Title = Annotated[str, Form(max_length=300, pattern=r"^[^\x00]*$")]
_At = Annotated[str, Form(max_length=4 * LONGEST)]
_Days = Annotated[int, Form(ge=1, le=LONGEST_LINK.days)]
_Views = Annotated[int, Form(ge=0, le=MOST_VIEWS)]
_Password = Annotated[str, Form(max_length=1000)]
_TOO_SHORT = marked("Use %(count)s characters or more.")


@dataclass(frozen=True, slots=True)
class ClipsPage:
    """The clips of a call by themselves."""

    call_id: UUID
    title: str
    clips: Clips


@router.get("/calls/{call_id}/clips")
def show_clips(
    call_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    cursor: CursorQuery = None,
) -> Response:
    """The clips of a call and their links."""
    call = find_call(session, reader.user, call_id)
    clips = clips_of(session, reader, call, cursor=cursor)
    return show(request, reader, "clips.html", ClipsPage(call.id, call.title, clips))


@router.post("/calls/{call_id}/clips")
def make_clip_here(  # noqa: PLR0913, PLR0917 (one parameter a field)
    call_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    title: _Title = "",
    start: _At = "",
    end: _At = "",
) -> Response:
    """Make a clip of a stretch."""
    call = find_call(session, reader.user, call_id)
    stretch, wrong_end = _stretch(session, reader, call, start, end)
    if stretch is None or not title.strip():
        wrong_title = None if title.strip() else reader.words("Give the clip a name.")
        typed = ClipTyped(title.strip(), start, end, wrong_title, wrong_end)
        clips = clips_of(session, reader, call, typed=typed)
        page = ClipsPage(call.id, call.title, clips)
        return show(request, reader, "clips.html", page, 422)
    clip = add_clip(session, reader.user, call.id, NewClip(title.strip(), *stretch))
    request.state.made_id = clip.id
    return _back(request, reader, call, reader.words("The clip was made."))


@router.post("/calls/{call_id}/clips/{clip_id}/delete")
def delete_clip_here(
    call_id: UUID,
    clip_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    files: FilesDep,
) -> Response:
    """Delete a clip; its links open nothing any more."""
    call = find_call(session, reader.user, call_id)
    clip = find_clip(session, reader.user, call.id, clip_id, lock=True)
    delete_clip(session, reader.user, files, clip)
    return _back(request, reader, call, reader.words("The clip was deleted."))


@router.post("/calls/{call_id}/clips/{clip_id}/links")
def make_link_here(  # noqa: PLR0913, PLR0917 (what FastAPI fills in)
    call_id: UUID,
    clip_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    days: _Days = 7,
    views: _Views = 0,
    password: _Password = "",
) -> Response:
    """Make a link to a clip and show it, this once: only its digest is kept."""
    call = find_call(session, reader.user, call_id)
    clip = find_clip(session, reader.user, call.id, clip_id, lock=True)
    if password and len(password) < SHORTEST_PASSWORD:
        typed = LinkTyped(clip.id, days, views, reader.words(_TOO_SHORT, count=SHORTEST_PASSWORD))
        clips = clips_of(session, reader, call, typed=typed)
        return show(request, reader, "clips.html", ClipsPage(call.id, call.title, clips), 422)
    ends_at = reader.words.now + timedelta(days=days)
    made = add_link(session, reader.user, clip, Terms(ends_at, views or None, password or None))
    request.state.made_id, request.state.secret = made.row.id, made.secret
    base = (settings.public_url or str(request.base_url)).rstrip("/")
    until = reader.words.moment(made.row.expires_at)
    guard = guard_of(made.row, reader.words)
    fresh = FreshLink(clip.id, f"{base}/s/{made.secret}", until, guard, bool(password))
    page = ClipsPage(call.id, call.title, clips_of(session, reader, call, fresh=fresh))
    response = show(request, reader, "clips.html", page, 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/calls/{call_id}/clips/{clip_id}/links/{link_id}/revoke")
def revoke_link_here(
    call_id: UUID,
    clip_id: UUID,
    link_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
) -> Response:
    """End a link at once."""
    call = find_call(session, reader.user, call_id)
    revoke_link(session, find_clip(session, reader.user, call.id, clip_id), link_id)
    return _back(request, reader, call, reader.words("The link opens nothing any more."))


def _stretch(
    session: Session, reader: Reader, call: Call, start: str, end: str
) -> tuple[tuple[float, float] | None, str | None]:
    """The stretch that was typed, or what is wrong with it."""
    words, length_s = reader.words, length_of(session, call.id)
    try:
        start_s, end_s = seconds_typed(start), seconds_typed(end)
    except ValueError:
        start_s = end_s = None
    if start_s is None or end_s is None:
        return None, words("Write both times, such as 4:31.")
    if length_s is not None and end_s > length_s:
        return None, words("The call ends at %(clock)s.", clock=words.clock(length_s))
    if not SHORTEST_S <= end_s - start_s <= LONGEST_S:
        most = words.length(LONGEST_S)
        return None, words("A clip ends after it starts, and lasts %(most)s at most.", most=most)
    return (start_s, end_s), None


def _back(request: Request, reader: Reader, call: Call, said: str) -> Response:
    """Back to the call; a script takes the clips alone."""
    way = f"/calls/{call.id}/clips" if reader.is_part else f"/calls/{call.id}#clips"
    return go(request, way, said)
