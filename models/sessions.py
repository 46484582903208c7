"""Sign-ins of browsers: begun, used, and over by time, by sign-out, or by what became of the user.

A cookie only names a session; what is known of it lies here, so that a copied cookie is worth
nothing once its owner signed out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, update
from sqlmodel import Session, col, select

from models.tables import User, UserSession
from models.tables.columns import now

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a session lasts: unused, and at all."""

    idle: timedelta
    whole: timedelta


def begin_session(session: Session, user: User, how: str) -> UserSession:
    """A session that begins now; `how` is one of SESSIONS_BY."""
    begun = UserSession(user_id=user.id, how=how)
    if user.sessions_from is not None:  # whatever the clock says: it may have been put back
        begun.created_at = max(begun.created_at, user.sessions_from)
    session.add(begun)
    session.flush()
    return begun


def user_of_session(session: Session, session_id: UUID, lasting: Lasting) -> User | None:
    """Whose session it is, while it lasts; notes that it was used."""
    found = session.exec(
        select(UserSession, User).where(
            UserSession.id == session_id,
            UserSession.user_id == User.id,
            col(UserSession.ended_at).is_(None),
            col(User.is_active).is_(True),
        )
    ).one_or_none()
    if found is None:
        return None
    signed_in, user = found
    at = now()
    if user.sessions_from is not None and signed_in.created_at < user.sessions_from:
        return None
    if at - signed_in.created_at > lasting.whole or at - signed_in.seen_at > lasting.idle:
        return None
    if at - signed_in.seen_at > _SEEN_EVERY:
        _note_use(session, signed_in, at)
    return user


def end_session(session: Session, session_id: UUID) -> None:
    """End one session; nothing happens when it is over."""
    signed_in = session.get(UserSession, session_id)
    if signed_in is not None and signed_in.ended_at is None:
        signed_in.ended_at = now()
        session.add(signed_in)


def end_sessions(session: Session, user: User) -> None:
    """End every session of a user that began before now, by whatever clock."""
    mine = (col(UserSession.user_id) == user.id, col(UserSession.ended_at).is_(None))
    session.execute(update(UserSession).where(*mine).values(ended_at=now()))
    user.sessions_from = now()
    session.add(user)


def forget_sessions(session: Session, lasting: Lasting) -> None:
    """Delete those that are over."""
    at = now()
    over: ColumnElement[bool] = or_(
        col(UserSession.ended_at).is_not(None),
        col(UserSession.created_at) < at - lasting.whole,
        col(UserSession.seen_at) < at - lasting.idle,
    )
    session.execute(delete(UserSession).where(over))


def _note_use(session: Session, signed_in: UserSession, at: datetime) -> None:
    """Nobody waits for it: while another request of the session notes its own use, that will do."""
    same = select(UserSession.id).where(UserSession.id == signed_in.id)
    if session.exec(same.with_for_update(skip_locked=True)).one_or_none() is not None:
        signed_in.seen_at = at
