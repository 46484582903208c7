"""Tokens, with which programs speak for the reader: made, shown once, revoked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Request, Response
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import CursorQuery, address
from api.pages.words import marked
from models.errors import Missing
from models.paging import take
from models.storable import readable
from models.tables import ApiToken
from models.tables.columns import now
from models.tokens import NewToken, add_token
from models.tokens import revoke_token as void

router = page_router("tokens")
_HERE = "/settings/tokens"
_DAYS = (30, 90, 365)
_MAY = {
    "read": (("read",), marked("read")),
    "write": (("read", "write"), marked("read and change")),
    "only_write": (("write",), marked("only bring things in")),
    "read_all": (("read", "admin"), marked("read everything, the settings too")),
    "all": (("read", "write", "admin"), marked("whatever you may")),
}
"""What one chooses from: scopes by what people call them. The last two are for admins."""
_SCOPES = {
    "read": marked("read"),
    "write": marked("change"),
    "admin": marked("reach the settings"),
}


@dataclass(frozen=True, slots=True)
class TokensPage:
    """One's own tokens, the newest first; `made` is shown only now."""

    tokens: Sequence[ApiToken]
    next_path: str
    first_path: str
    made: NewToken | None
    choices: Mapping[str, str]
    """What a token may be allowed, by the form's word."""
    name: str = ""
    may: str = "read"
    problem: str = ""
    days: tuple[int, ...] = _DAYS

    @staticmethod
    def scopes(token: ApiToken) -> list[str]:
        """What a token may do, in words still to be translated."""
        return [_SCOPES[one] for one in token.scopes if one in _SCOPES]

    @staticmethod
    def is_over(token: ApiToken) -> bool:
        """Whether its time has come."""
        return token.expires_at is not None and token.expires_at <= now()


def tokens_page(
    session: Session, reader: Reader, cursor: str | None = None, made: NewToken | None = None
) -> TokensPage:
    """A page of the list."""
    statement = select(ApiToken).where(ApiToken.user_id == reader.user.id)
    keys = [(ApiToken.created_at, lambda one: one.created_at), (ApiToken.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=20, cursor=cursor)
    following = address(_HERE, {"cursor": found.next}) if found.next else ""
    return TokensPage(found.items, following, _HERE if cursor else "", made, _choices(reader))


def _choices(reader: Reader) -> dict[str, str]:
    is_admin = reader.user.role == "admin"
    return {
        word: text for word, (scopes, text) in _MAY.items() if is_admin or "admin" not in scopes
    }


@router.get(_HERE)
def show_tokens(
    request: Request, reader: ReaderDep, session: SessionDep, cursor: CursorQuery = None
) -> Response:
    """One's own tokens."""
    return show(request, reader, "settings_tokens.html", tokens_page(session, reader, cursor))


@router.post(_HERE)
def make_token(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form(ge=0, le=3650)] = 90,
    may: Annotated[Literal["read", "write", "only_write", "read_all", "all"], Form()] = "read",
) -> Response:
    """Make one, and show its secret this once."""
    if not name.strip():
        page = tokens_page(session, reader)
        said = reader.words("Say what it is for, so that you know later which one to revoke.")
        wrong = replace(page, name=name, may=may, problem=said)
        return show(request, reader, "settings_tokens.html", wrong, 422)
    until = now() + timedelta(days=days) if days else None
    made = add_token(session, reader.user, readable(name.strip()), until, scopes=_MAY[may][0])
    request.state.made_id, request.state.secret = made.row.id, made.secret
    response = show(
        request, reader, "settings_tokens.html", tokens_page(session, reader, None, made)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post(f"{_HERE}/{{token_id}}/revoke")
def revoke_token(
    token_id: UUID, request: Request, reader: ReaderDep, session: SessionDep
) -> Response:
    """Void one of one's own."""
    own = select(ApiToken).where(col(ApiToken.id) == token_id, ApiToken.user_id == reader.user.id)
    token = session.exec(own).one_or_none()
    if token is None:
        raise Missing(f"there is no token {token_id} of yours")
    void(session, token)
    return go(request, _HERE, reader.words("The token is void: programs that use it are shut out."))
