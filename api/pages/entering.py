"""Somebody comes in: the cookie of a session."""

from fastapi import Request, Response

from api.dependencies import COOKIE
from api.settings import Settings
from api.signing import sign_session
from models.tables import User


def keep_session(request: Request, response: Response, settings: Settings, user: User) -> None:
    """Give the browser the cookie of a session that begins now."""
    response.set_cookie(
        COOKIE,
        sign_session(settings.signing_key(), user.id),
        max_age=settings.session_hours * 3600,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
