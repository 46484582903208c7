"""What the command line does to the database."""

from sqlalchemy import Engine
from sqlmodel import select

from models.database import session_scope
from models.errors import Missing
from models.tables import Team, User
from models.trail import note
from models.users import add_token, add_user, find_user

COMMAND_LINE = "command line"


def new_user(
    engine: Engine, email: str, name: str, role: str, team: str | None, password: str | None
) -> User:
    """Add a user, and the team when there is none of that name."""
    with session_scope(engine) as session:
        row = session.exec(select(Team).where(Team.name == team)).one_or_none() if team else None
        if team and row is None:
            row = Team(name=team)
            session.add(row)
            session.flush()
        user = User(email=email, name=name, role=role, team_id=row.id if row else None)
        add_user(session, user, password)
        note(session, COMMAND_LINE, verb="make_user", noun="users", subject_id=str(user.id))
        return user


def new_token(engine: Engine, email: str, name: str) -> str:
    """A token that speaks for a user."""
    with session_scope(engine) as session:
        user = find_user(session, email)
        if user is None:
            raise Missing(f"there is no user {email}; add one: talktrack user add {email}")
        made = add_token(session, user, name)
        note(session, COMMAND_LINE, verb="make_token", noun="tokens", subject_id=str(made.row.id))
        return made.secret
