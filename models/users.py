"""Users, their passwords and the tokens of their programs."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pwdlib import PasswordHash
from sqlalchemy import func
from sqlmodel import Session, col, select

from models.errors import BadInput, Conflict
from models.tables import ApiToken, Team, User
from models.tables.columns import now

_HASH = PasswordHash.recommended()
_SHORTEST = 10
_PREFIX = "tt_"
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is shown this once."""

    row: ApiToken
    secret: str


def find_user(session: Session, email: str) -> User | None:
    """The user with this address, whatever its capitals."""
    lowered = email.strip().lower()
    return session.exec(select(User).where(func.lower(User.email) == lowered)).one_or_none()


def zone_of(user: User | None, team: Team | None, default: str = "UTC") -> ZoneInfo:
    """The clock of a user: their own, else the team's, else the default."""
    for name in (user and user.time_zone, team and team.time_zone, default):
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue  # an old import's; the next one is better than none
    return ZoneInfo("UTC")


def zone_for(session: Session, user: User | None, default: str = "UTC") -> ZoneInfo:
    """The clock of a user whose team is not at hand."""
    team = session.get(Team, user.team_id) if user and user.team_id else None
    return zone_of(user, team, default)


def add_user(session: Session, user: User, password: str | None = None) -> User:
    """Add a user. Raises Conflict when the address is taken, BadInput for a weak password."""
    user.email = user.email.strip()
    if find_user(session, user.email):
        raise Conflict(f"there already is a user {user.email}")
    if password is not None:
        user.password_hash = hash_password(password)
    session.add(user)
    session.flush()
    return user


def hash_password(password: str) -> str:
    """The password as it is kept. Raises BadInput when it is too short."""
    if len(password) < _SHORTEST:
        raise BadInput(f"password: use {_SHORTEST} characters or more")
    return _HASH.hash(password)


def check_password(session: Session, email: str, password: str) -> User | None:
    """The user, when the password is theirs and they may still sign in."""
    user, nobodys = find_user(session, email), _nobodys_hash()
    known = user.password_hash if user and user.password_hash else nobodys
    is_right, renewed = _HASH.verify_and_update(password, known)
    if user is None or user.password_hash is None or not is_right or not user.is_active:
        return None
    if renewed:
        user.password_hash = renewed
    return user


@cache
def _nobodys_hash() -> str:
    """Checked when there is no such user, so that it takes as long as when there is."""
    return _HASH.hash(secrets.token_hex(8))


def add_token(
    session: Session, user: User, name: str, expires_at: datetime | None = None
) -> NewToken:
    """Make a token that speaks for the user; only its digest is kept."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=user.id,
        name=name,
        digest=digest(secret),
        hint=secret[:9],
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return NewToken(row, secret)


def user_of_token(session: Session, secret: str) -> User | None:
    """The user for whom a token speaks, while it is valid; notes that it was used."""
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
        token.last_used_at = at
    return user


def user_of_session(session: Session, user_id: UUID, signed_at: datetime) -> User | None:
    """The user of a signed session, unless they signed out everywhere since."""
    user = session.get(User, user_id)
    if user is None or not user.is_active:
        return None
    if user.sessions_from is not None and signed_at < user.sessions_from:
        return None
    return user


def digest(secret: str) -> str:
    """What is kept of a secret that has enough chance in it to need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()
