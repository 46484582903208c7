"""What routes ask for: the session, the settings, the files, and who is asking."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from sqlmodel import Session
from starlette.exceptions import HTTPException

from api.edge import once
from api.scopes import needed
from api.settings import Settings, lasting
from api.signing import read_session
from models.files import Files
from models.paging import LIMIT, MOST
from models.rights import require
from models.sessions import user_of_session
from models.tables import ApiToken, User
from models.tokens import find_token

COOKIE = "talktrack_session"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_MAY = {
    "read": "read",
    "write": "change anything",
    "admin": "reach what concerns everybody",
}
_BEARER = HTTPBearer(auto_error=False, description="A token of `POST /api/v1/tokens`.")
_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="A sign-in's session.")


def session_of(request: Request) -> Session:
    """The transaction of this request."""
    session: Session = request.state.session
    return session


def settings_of(request: Request) -> Settings:
    """The settings of this process."""
    settings: Settings = request.app.state.settings
    return settings


def files_of(request: Request) -> Files:
    """Where recordings are kept."""
    files: Files = request.app.state.files
    return files


SessionDep = Annotated[Session, Depends(session_of)]
SettingsDep = Annotated[Settings, Depends(settings_of)]
FilesDep = Annotated[Files, Depends(files_of)]


def who(request: Request, session: Session, settings: Settings) -> User:
    """Who is asking, by token or session.

    Raises 401, or 403 for another site's form and for what a token's scopes leave out.
    """
    return _known(request, _by_token(request, session) or _by_cookie(request, session, settings))


def who_reads(request: Request, session: Session, settings: Settings) -> User:
    """Who is asking for a page, by session alone: tokens are for the API. Raises as `who` does."""
    return _known(request, _by_cookie(request, session, settings))


def token_of(request: Request) -> ApiToken | None:
    """The token with which the request came; None for a browser's session."""
    token: ApiToken | None = getattr(request.state, "token", None)
    return token


def _known(request: Request, user: User | None) -> User:
    if user is None:
        raise HTTPException(
            401,
            "sign in, or send a token as `Authorization: Bearer ...`",
            {"WWW-Authenticate": "Bearer"},
        )
    request.state.user = user
    return user


def open_schemes(
    _bearer: Annotated[object, Depends(_BEARER)],
    _cookie: Annotated[object, Depends(_COOKIE)],
) -> None:
    """Have OpenAPI say how one signs in, where a route does not ask `signed_in`."""


def signed_in(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    _bearer: Annotated[object, Depends(_BEARER)],
    _cookie: Annotated[object, Depends(_COOKIE)],
) -> User:
    """Who is asking; a request made twice ends here with its first answer."""
    user = who(request, session, settings)
    once(request, session)
    return user


UserDep = Annotated[User, Depends(signed_in)]


def _manager(user: UserDep) -> User:
    require(user, "manager")
    return user


def _admin(user: UserDep) -> User:
    require(user, "admin")
    return user


ManagerDep = Annotated[User, Depends(_manager)]
AdminDep = Annotated[User, Depends(_admin)]
LimitQuery = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
CursorQuery = Annotated[
    str | None, Query(max_length=1000, description="`next` of the page before.")
]
DEFAULT_LIMIT = LIMIT


def _by_token(request: Request, session: Session) -> User | None:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        return None
    found = find_token(session, secret.strip())
    if found is None:
        return None
    request.state.token, user = found
    _check_scopes(request, found[0])
    return user


def _check_scopes(request: Request, token: ApiToken) -> None:
    """Raise 403 unless the token has what its route takes."""
    missing = sorted(needed(request.method, request.url.path) - set(token.scopes))
    if missing:
        raise HTTPException(
            403,
            f"this token may not {_MAY[missing[-1]]}; make one with the scope {missing[-1]}",
            {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{missing[-1]}"'},
        )


def _by_cookie(request: Request, session: Session, settings: Settings) -> User | None:
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    named = read_session(settings.signing_key(), cookie, settings.session_hours)
    if named is None:
        return None
    if request.method not in _SAFE and not _same_site(request):
        raise HTTPException(403, "this came from another site; open Talktrack itself")
    return user_of_session(session, named, lasting(settings))


def _same_site(request: Request) -> bool:
    """Whether the page that sent this is ours: browsers say so, and cannot be made to lie."""
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in {"same-origin", "none"}
    origin = request.headers.get("origin") or request.headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")
