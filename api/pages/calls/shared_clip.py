"""What a share link opens, to whoever holds it: one clip to hear and to read, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from api.dependencies import SessionDep, SettingsDep
from api.pages.frame import unknown_frame
from api.pages.rendering import show
from api.pages.routing import open_pages
from api.pages.words import Words
from models.share_links import count_view, open_link
from models.shared import SharedLine, shared_lines
from models.tables import Clip

door = open_pages("shared")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""A link is its own proof: nothing on the way may keep it or pass it on."""


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
    """The clip, or None where the link opens nothing, whatever the reason."""

    clip: SharedClip | None


@door.get("/s/{secret}")
def show_shared(
    secret: str, request: Request, session: SessionDep, settings: SettingsDep
) -> Response:
    """Show a shared clip; it is counted. Who reads is asked nothing and told nothing else."""
    frame = unknown_frame(request, settings)
    clip = open_link(session, secret)
    shown = None
    if clip is not None:
        count_view(session, secret)
        shown = _shown(clip, secret, shared_lines(session, clip), frame.words)
    response = show(request, frame, "shared.html", SharedPage(shown), 200 if shown else 404)
    response.headers.update(_HEADERS)
    return response


def _shown(clip: Clip, secret: str, lines: Sequence[SharedLine], words: Words) -> SharedClip:
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
    return SharedClip(clip.title, length, f"/api/v1/shared/{secret}/sound", tuple(said))
