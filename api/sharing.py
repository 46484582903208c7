"""What the page and the API of share links have in common: who may listen, and what is told."""

from fastapi import Request

from api.settings import Settings
from api.signing import is_view, sign_view
from models.share_links import Opened

SEALED = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""A link is its own proof: nothing on the way may keep it or pass it on."""
_LISTEN_MINUTES = 120


def sound_path(request: Request, found: Opened, secret: str) -> str:
    """Where who was just shown a clip hears it: players ask again and again, and are one view."""
    path = f"/api/v1/shared/{secret}/sound"
    if not found.is_guarded:
        return path
    return f"{path}?view={sign_view(_key(request), found.link.id)}"


def may_listen(request: Request, found: Opened, view: str) -> bool:
    """Whether somebody was shown the clip, where that is asked."""
    if not found.is_guarded:
        return True
    return is_view(_key(request), view, found.link.id, _LISTEN_MINUTES)


def _key(request: Request) -> str:
    settings: Settings = request.app.state.settings
    return settings.signing_key()
