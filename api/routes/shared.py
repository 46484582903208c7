"""What a share link opens to whoever holds it: one clip, and nothing else of its call."""

from typing import Annotated

from fastapi import Header, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from analyzer.errors import AnalyzerError, BadRecording
from api.dependencies import FilesDep, SessionDep
from api.ranges import stream_file
from api.routes.clips import SOUND
from api.routing import open_router
from api.views import View
from models.clips import clip_sound
from models.errors import Missing, StoreError
from models.share_links import count_view, open_link
from models.shared import shared_lines
from models.tables import Clip

door = open_router("shared")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""A link is its own proof: nothing on the way may keep it or pass it on."""


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


@door.get("/shared/{secret}")
def read_shared(secret: str, response: Response, session: SessionDep) -> SharedView:
    """Show a shared clip and what is said in it; it is counted."""
    clip = _opened(session, secret)
    count_view(session, secret)
    response.headers.update(_HEADERS)
    lines = [SharedLineView.model_validate(one) for one in shared_lines(session, clip)]
    return SharedView(title=clip.title, duration_s=round(clip.end_s - clip.start_s, 3), lines=lines)


@door.get("/shared/{secret}/sound", response_class=StreamingResponse, responses=SOUND)
def play_shared(
    secret: str,
    session: SessionDep,
    files: FilesDep,
    range_: Annotated[str | None, Header(alias="Range")] = None,
) -> Response:
    """Stream the sound of a shared clip."""
    clip = _opened(session, secret)
    try:
        key, media_type = clip_sound(session, files, clip)
        response = stream_file(files, key, media_type, "clip.m4a", range_)
    except (Missing, BadRecording):
        # What exactly is wrong tells of the call.
        raise HTTPException(404, "this clip has no sound now; try again later", _HEADERS) from None
    except (StoreError, AnalyzerError):
        raise HTTPException(503, "the sound cannot be reached now; try again", _HEADERS) from None
    response.headers.update(_HEADERS)
    return response


def _opened(session: SessionDep, secret: str) -> Clip:
    """The clip; the same 404 whether a link is over, was revoked, or never was."""
    clip = open_link(session, secret)
    if clip is None:
        raise HTTPException(
            404, "this link opens nothing; ask whoever sent it for a new one", _HEADERS
        )
    return clip
