"""What a share link opens to whoever holds it: one clip, and nothing else of its call."""

from math import ceil
from typing import Annotated

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field, SecretStr
from starlette.exceptions import HTTPException

from analyzer.errors import AnalyzerError, BadRecording
from api.dependencies import FilesDep, SessionDep
from api.edge import client_of
from api.ranges import stream_file
from api.routes.clips import SOUND
from api.routing import open_router
from api.sharing import SEALED, may_listen, sound_path
from api.views import Given, View
from models.clips import clip_sound
from models.errors import Missing, StoreError
from models.link_passwords import try_link
from models.share_links import Opened, count_view, find_link, is_spent
from models.shared import shared_lines

door = open_router("shared")


class SharedLineView(View):
    """What one voice says; seconds from the clip's start."""

    voice: int = Field(description="Tells voices without a name apart, from 1.", examples=[1])
    speaker: str | None = Field(examples=["Jim Kowalski"])
    start_s: float
    end_s: float
    text: str


class SharedView(View):
    """A shared clip."""

    title: str
    duration_s: float
    lines: list[SharedLineView]
    sound: str = Field(description="Where it can be heard, for some hours.")


class PasswordGiven(Given):
    """The password of a link; left out where it asks for none."""

    password: SecretStr | None = Field(default=None, max_length=1000)


@door.get("/shared/{secret}")
def read_shared(
    secret: str, request: Request, response: Response, session: SessionDep
) -> SharedView:
    """Show a shared clip and what is said in it; it is counted.

    A link with a password, or one that opens so often and no more, is opened by POST.
    """
    found = _found(session, secret)
    if found.is_guarded:
        raise HTTPException(403, "this link is opened by POST, with its password", SEALED)
    return _viewed(request, response, session, found, secret)


@door.post("/shared/{secret}", tags=["quiet"])
def open_shared(
    secret: str, given: PasswordGiven, request: Request, response: Response, session: SessionDep
) -> SharedView:
    """Show a shared clip to who knows the link's password; it is counted.

    Whoever is wrong too often has to wait: 429, with Retry-After.
    """
    word = given.password.get_secret_value() if given.password else ""
    tried = try_link(request.app.state.engine, secret, word, client_of(request))
    if tried.wait_s > 0:
        wait_s = ceil(tried.wait_s)
        told = f"too many wrong passwords; try again in {wait_s} seconds"
        raise HTTPException(429, told, {**SEALED, "Retry-After": str(wait_s)})
    found = _found(session, secret)
    if not tried.is_right:
        raise HTTPException(403, "the password is wrong; ask whoever sent the link", SEALED)
    return _viewed(request, response, session, found, secret)


@door.get("/shared/{secret}/sound", response_class=StreamingResponse, responses=SOUND)
def play_shared(
    secret: str,
    request: Request,
    session: SessionDep,
    files: FilesDep,
    view: Annotated[str, Query(max_length=300)] = "",
    range_: Annotated[str | None, Header(alias="Range")] = None,
) -> Response:
    """Stream the sound of a shared clip, to who was just shown it where that is counted."""
    found = _found(session, secret, may_be_spent=True)
    if not may_listen(request, found, view):
        raise HTTPException(403, "open the link first; its sound is for who did", SEALED)
    try:
        key, media_type = clip_sound(session, files, found.clip)
        response = stream_file(files, key, media_type, "clip.m4a", range_)
    except (Missing, BadRecording):
        # What exactly is wrong tells of the call.
        raise HTTPException(404, "this clip has no sound now; try again later", SEALED) from None
    except (StoreError, AnalyzerError):
        raise HTTPException(503, "the sound cannot be reached now; try again", SEALED) from None
    response.headers.update(SEALED)
    return response


def _found(session: SessionDep, secret: str, *, may_be_spent: bool = False) -> Opened:
    """What a link opens; the same 404 whether it is over, spent, revoked, or never was."""
    found = find_link(session, secret)
    if found is None or (is_spent(found.link) and not may_be_spent):
        raise _nothing()
    return found


def _nothing() -> HTTPException:
    return HTTPException(404, "this link opens nothing; ask whoever sent it for a new one", SEALED)


def _viewed(
    request: Request, response: Response, session: SessionDep, found: Opened, secret: str
) -> SharedView:
    """The clip, counted; nothing when others were faster."""
    clip = found.clip
    if not count_view(session, found.link, client_of(request)):
        raise _nothing()
    response.headers.update(SEALED)
    return SharedView(
        title=clip.title,
        duration_s=round(clip.end_s - clip.start_s, 3),
        lines=[SharedLineView.model_validate(one) for one in shared_lines(session, clip)],
        sound=sound_path(request, found, secret),
    )
