"""Tokens, with which programs speak for a user."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import Request
from pydantic import AwareDatetime, Field
from sqlmodel import col, select

from api.dependencies import (
    DEFAULT_LIMIT,
    CursorQuery,
    LimitQuery,
    SessionDep,
    UserDep,
    token_of,
)
from api.routing import signed_router
from api.views import Given, Page, View
from models.errors import BadInput, Missing
from models.paging import take
from models.tables import ApiToken
from models.tables.columns import now
from models.tokens import add_token
from models.tokens import revoke_token as void

router = signed_router("tokens")
Scope = Literal["read", "write", "admin"]


class TokenGiven(Given):
    """A token to be made."""

    name: str = Field(min_length=1, max_length=200, examples=["CRM export"])
    scopes: list[Scope] = Field(
        default=["read"],
        min_length=1,
        description="`read` to ask, `write` to change, `admin` besides for what concerns "
        "everybody. A token makes none that may do more than itself.",
    )
    expires_at: AwareDatetime | None = Field(default=None, description="Null: it does not end.")


class TokenView(View):
    """A token, without its secret."""

    id: UUID
    name: str
    hint: str = Field(description="How it begins.", examples=["tt_q7Xk2a"])
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenMade(TokenView):
    """A new token with its secret, which is shown only now."""

    token: str


@router.get("/tokens")
def list_tokens(
    session: SessionDep,
    user: UserDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[TokenView]:
    """One's own tokens, the newest first."""
    statement = select(ApiToken).where(ApiToken.user_id == user.id)
    keys = [(ApiToken.created_at, lambda one: one.created_at), (ApiToken.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Page(items=[TokenView.model_validate(one) for one in found.items], next=found.next)


@router.post("/tokens", status_code=201)
def make_token(
    given: TokenGiven, request: Request, session: SessionDep, user: UserDep
) -> TokenMade:
    """Make a token that speaks for oneself."""
    if given.expires_at is not None and given.expires_at <= now():
        raise BadInput("expires_at: name an instant to come")
    parent = token_of(request)
    made = add_token(
        session, user, given.name, given.expires_at, scopes=given.scopes, parent=parent
    )
    request.state.made_id, request.state.secret = made.row.id, made.secret
    shown = TokenView.model_validate(made.row)
    return TokenMade(**shown.model_dump(), token=made.secret)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: UUID, session: SessionDep, user: UserDep) -> None:
    """Void one of one's own tokens, or as an admin anybody's, with those it made."""
    token = session.exec(select(ApiToken).where(col(ApiToken.id) == token_id)).one_or_none()
    if token is None or (token.user_id != user.id and user.role != "admin"):
        raise Missing(f"there is no token {token_id} of yours")
    void(session, token)
