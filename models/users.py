"""Users and their passwords."""

import hashlib
import secrets
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pwdlib import PasswordHash
from sqlalchemy import func
from sqlmodel import Session, select

from models.errors import BadInput, Conflict
from models.tables import Team, User

_HASH = PasswordHash.recommended()
SHORTEST_PASSWORD = 10


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
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"password: use {SHORTEST_PASSWORD} characters or more")
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


def is_password(password: str, kept: str) -> bool:
    """Whether it is the one that was kept."""
    return _HASH.verify(password, kept)


@cache
def _nobodys_hash() -> str:
    """Checked when there is no such user, so that it takes as long as when there is."""
    return _HASH.hash(secrets.token_hex(8))


def digest(secret: str) -> str:
    """What is kept of a secret that has enough chance in it to need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()
