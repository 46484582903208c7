"""Somebody comes in: a session that begins now, and the cookie that names it."""

from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Request, Response
from sqlmodel import Session
from starlette.exceptions import HTTPException

from api.dependencies import COOKIE
from api.settings import Settings
from api.signing import read_session, sign_session
from models.sessions import begin_session, end_session
from models.tables import User

_ELSEWHERE = {"cross-site", "same-site"}


def enter(
    request: Request,
    response: Response,
    session: Session,
    settings: Settings,
    user: User,
    how: str,
) -> None:
    """Begin a session of the user in this browser; the one it had before ends.

    What a browser brought along is never carried on, so that nobody can hand out a session and
    wait for somebody to sign in to it.
    """
    leave(request, session, settings)
    begun = begin_session(session, user, how)
    response.set_cookie(
        COOKIE,
        sign_session(settings.signing_key(), begun.id),
        max_age=settings.session_hours * 3600,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )


def leave(request: Request, session: Session, settings: Settings) -> None:
    """End the session that the browser's cookie names, if it does."""
    known = session_named(request, settings)
    if known is not None:
        end_session(session, known)


def session_named(request: Request, settings: Settings) -> UUID | None:
    """The session that the browser's cookie names; None without one that we signed."""
    cookie = request.cookies.get(COOKIE)
    return read_session(settings.signing_key(), cookie, settings.session_hours) if cookie else None


def refuse_from_elsewhere(request: Request) -> None:
    """Raise 403 when a browser says that another site's page sent this: nobody signs you in there.

    Programs, which say nothing of the kind, may go on.
    """
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_foreign = (
        fetched in _ELSEWHERE
        if fetched is not None
        else origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    )
    if is_foreign:
        raise HTTPException(403, "this came from another site; open Talktrack itself")
