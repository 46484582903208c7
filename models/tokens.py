"""Tokens of programs: whose they are, what they may do, until when."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.errors import BadInput, Forbidden
from models.tables import ApiToken, User
from models.tables.columns import now
from models.users import digest

SCOPES = ("read", "write", "admin")
"""To read, to change, and to reach what concerns everybody as well: each is given by itself."""
_PREFIX = "tt_"
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is shown this once."""

    row: ApiToken
    secret: str


def add_token(
    session: Session,
    user: User,
    name: str,
    expires_at: datetime | None = None,
    *,
    scopes: Iterable[str] = SCOPES,
    parent: ApiToken | None = None,
) -> NewToken:
    """Make a token that speaks for the user; only its digest is kept.

    `parent` is the token with which it is asked for: Forbidden when that may do less, or ends
    sooner. BadInput for scopes that are none.
    """
    asked = [one for one in SCOPES if one in set(scopes)]
    _check_scopes(asked, set(scopes))
    if parent is not None:
        _check_weaker(parent, asked, expires_at)
    secret = _PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=user.id,
        parent_id=parent.id if parent else None,
        name=name,
        scopes=asked,
        digest=digest(secret),
        hint=secret[:9],
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return NewToken(row, secret)


def find_token(session: Session, secret: str) -> tuple[ApiToken, User] | None:
    """A token and the user for whom it speaks, while it is valid; notes that it was used."""
    found = session.exec(
        select(ApiToken, User)
        .where(ApiToken.digest == digest(secret), ApiToken.user_id == User.id)
        .where(col(ApiToken.revoked_at).is_(None), col(User.is_active).is_(True))
    ).one_or_none()
    if found is None:
        return None
    token, user = found
    at = now()
    if token.expires_at is not None and token.expires_at <= at:
        return None
    if token.last_used_at is None or at - token.last_used_at > _SEEN_EVERY:
        _note_use(session, token, at)
    return token, user


def revoke_token(session: Session, token: ApiToken) -> None:
    """Void a token, and those that were made with it."""
    at = now()
    doomed = [token.id]
    while doomed:
        session.execute(
            update(ApiToken)
            .where(col(ApiToken.id).in_(doomed), col(ApiToken.revoked_at).is_(None))
            .values(revoked_at=at)
        )
        children = select(ApiToken.id).where(
            col(ApiToken.parent_id).in_(doomed), col(ApiToken.revoked_at).is_(None)
        )
        doomed = list(session.exec(children))
    session.refresh(token)


def _note_use(session: Session, token: ApiToken, at: datetime) -> None:
    """Nobody waits for it: while another request of the token notes its own use, that will do."""
    free = select(ApiToken.id).where(ApiToken.id == token.id).with_for_update(skip_locked=True)
    if session.exec(free).one_or_none() is not None:
        token.last_used_at = at


def _check_scopes(known: list[str], asked: set[str]) -> None:
    unknown = sorted(asked - set(SCOPES))
    if unknown:
        raise BadInput(f"scopes: there is no {unknown[0]}; choose of {', '.join(SCOPES)}")
    if not {"read", "write"} & set(known):
        raise BadInput("scopes: name read, write or both; admin alone opens nothing")


def _check_weaker(parent: ApiToken, scopes: list[str], expires_at: datetime | None) -> None:
    """Raise Forbidden unless a token may do no more than the one that makes it, for no longer."""
    more = [one for one in scopes if one not in parent.scopes]
    if more:
        raise Forbidden(f"scopes: this token may not {more[0]} itself; sign in to make such a one")
    if parent.expires_at is not None and (expires_at is None or expires_at > parent.expires_at):
        until = parent.expires_at.isoformat(timespec="seconds")
        raise Forbidden(f"expires_at: name an instant up to {until}, when this token ends itself")
