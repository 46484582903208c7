"""What a share link opens, to whoever holds it: one clip to hear and to read, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated

from fastapi import Form, Request, Response

from api.dependencies import SessionDep, SettingsDep
from api.edge import client_of
from api.entering import refuse_from_elsewhere
from api.pages.frame import Frame, unknown_frame
from api.pages.rendering import show
from api.pages.routing import open_pages
from api.pages.words import Words
from api.sharing import SEALED, sound_path
from models.link_passwords import LinkTry, try_link
from models.share_links import Opened, count_view, find_link, is_spent
from models.shared import SharedLine, shared_lines
from models.tables import Clip

door = open_pages("shared")
_Password = Annotated[str, Form(max_length=1000)]
_FROM_HERE = {**SEALED, "Referrer-Policy": "same-origin"}
"""A form that says nothing of where it comes from would be taken for another site's."""


@dataclass(frozen=True, slots=True)
class SharedSaid:
    """What one voice says; `start_s` from the clip's start."""

    speaker: str
    start_s: float
    clock: str
    text: str


@dataclass(frozen=True, slots=True)
class SharedClip:
    """A clip that a link opens."""

    title: str
    length: str
    sound_path: str
    lines: tuple[SharedSaid, ...]


@dataclass(frozen=True, slots=True)
class SharedPage:
    """The clip; or its door; or neither where the link opens nothing, whatever the reason."""

    clip: SharedClip | None = None
    door: "SharedDoor | None" = None


@dataclass(frozen=True, slots=True)
class SharedDoor:
    """What is asked before a clip is shown; a view is spent by who opens it, not by a preview."""

    path: str
    has_password: bool
    is_limited: bool
    is_wrong: bool = False
    wait_s: int = 0


@door.get("/s/{secret}")
def show_shared(
    secret: str, request: Request, session: SessionDep, settings: SettingsDep
) -> Response:
    """Show a shared clip; it is counted. Who reads is asked nothing and told nothing else."""
    frame = unknown_frame(request, settings)
    found = find_link(session, secret)
    if found is None or is_spent(found.link):
        return _sealed(show(request, frame, "shared.html", SharedPage(), 404))
    if found.is_guarded:
        return _door(request, frame, found, secret, LinkTry())
    return _clip(request, session, frame, found, secret)


@door.post("/s/{secret}", tags=["quiet"])
def open_shared_here(
    secret: str,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    password: _Password = "",
) -> Response:
    """Show a shared clip to who knows its password; ask again when it is wrong."""
    refuse_from_elsewhere(request)
    frame = unknown_frame(request, settings)
    tried = try_link(request.app.state.engine, secret, password, client_of(request))
    found = find_link(session, secret)
    if found is None or is_spent(found.link):
        return _sealed(show(request, frame, "shared.html", SharedPage(), 404))
    if not tried.is_right:
        return _door(request, frame, found, secret, tried, 429 if tried.wait_s else 403)
    return _clip(request, session, frame, found, secret)


def _clip(
    request: Request, session: SessionDep, frame: Frame, found: Opened, secret: str
) -> Response:
    """The clip, counted; nothing when others were faster."""
    if not count_view(session, found.link, client_of(request)):
        return _sealed(show(request, frame, "shared.html", SharedPage(), 404))
    lines, way = shared_lines(session, found.clip), sound_path(request, found, secret)
    page = SharedPage(_shown(found.clip, way, lines, frame.words))
    return _sealed(show(request, frame, "shared.html", page))


def _door(
    request: Request, frame: Frame, found: Opened, secret: str, tried: LinkTry, status: int = 200
) -> Response:
    link = found.link
    asked = SharedDoor(
        f"/s/{secret}",
        link.password_hash is not None,
        link.max_views is not None,
        status == 403,
        ceil(tried.wait_s),
    )
    response = show(request, frame, "shared.html", SharedPage(door=asked), status)
    response.headers.update(_FROM_HERE)
    return response


def _sealed(response: Response) -> Response:
    response.headers.update(SEALED)
    return response


def _shown(clip: Clip, sound_at: str, lines: Sequence[SharedLine], words: Words) -> SharedClip:
    said = (
        SharedSaid(
            one.speaker or words("Speaker %(number)s", number=one.voice),
            one.start_s,
            words.clock(one.start_s),
            one.text,
        )
        for one in lines
    )
    length = words.length(clip.end_s - clip.start_s)
    return SharedClip(clip.title, length, sound_at, tuple(said))
