"""Sessions as a sign-in makes them."""

from uuid import UUID

from sqlalchemy import Engine

from api.signing import sign_session
from models.database import session_scope
from models.sessions import begin_session
from models.tables import User


def session_cookie(engine: Engine, key: str, user_id: UUID) -> str:
    """The cookie of a new session of a user."""
    with session_scope(engine) as session:
        begun = begin_session(session, session.get_one(User, user_id), "password")
        return sign_session(key, begun.id)
