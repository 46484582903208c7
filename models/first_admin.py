"""The first person of a database that nobody uses yet: an admin, with a team to begin with."""

from sqlalchemy import text
from sqlmodel import Session, select

from models.errors import Conflict
from models.retention import begin_new
from models.tables import Team, User
from models.users import add_user

_LOCK = 7_411_702
"""Held to the end of the transaction: of two who want to be the first, one is."""


def is_untouched(session: Session) -> bool:
    """Whether there is no user at all yet."""
    return session.exec(select(User.id).limit(1)).first() is None


def add_first_admin(session: Session, user: User, team: Team, password: str) -> User:
    """Make the first admin and their team; what is kept has an end from the first day.

    Raises Conflict when somebody was there before, BadInput for a weak password.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if not is_untouched(session):
        raise Conflict("there is an admin already; sign in, or ask them to add you")
    session.add(team)
    session.flush()
    user.role, user.team_id = "admin", team.id
    begin_new(session)
    return add_user(session, user, password)
