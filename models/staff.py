"""People and teams, as an admin changes them."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session, select

from models.errors import Conflict, Missing
from models.playbooks import retire_team
from models.sessions import end_sessions
from models.tables import Team, User
from models.users import find_user, hash_password

_EMPTIABLE = {"team_id", "region", "time_zone", "hired_on"}


def find_staff(session: Session, user_id: UUID, *, lock: bool = False) -> User:
    """A user, as an admin sees them. Raises Missing."""
    user = session.get(User, user_id, with_for_update=lock or None)
    if user is None:
        raise Missing(f"there is no user {user_id}")
    return user


def change_user(
    session: Session,
    admin: User,
    user_id: UUID,
    change: Mapping[str, object],
    password: str | None = None,
) -> User:
    """Change columns of a user; None empties those that may be empty, and leaves the others.

    A new password or role, or being switched off, ends their sessions. Raises Missing, BadInput,
    and Conflict when the address is taken or admins would shut themselves out.
    """
    user = find_staff(session, user_id, lock=True)
    role = user.role
    is_demoted = change.get("role") not in {None, "admin"}
    if user.id == admin.id and (is_demoted or change.get("is_active") is False):
        raise Conflict("another admin must do that to you, so that one is always left")
    check_team(session, change.get("team_id"))
    _check_address(session, user, change.get("email"))
    for name, value in change.items():
        if value is not None or name in _EMPTIABLE:
            setattr(user, name, value)
    if password is not None:
        user.password_hash = hash_password(password)
    if password is not None or change.get("is_active") is False or user.role != role:
        end_sessions(session, user)
    session.flush()
    return user


def check_team(session: Session, team_id: object) -> None:
    """Raise Missing unless there is such a team, or none is named."""
    if team_id is not None and session.get(Team, team_id) is None:
        raise Missing(f"there is no team {team_id}")


def find_team(session: Session, team_id: UUID, *, lock: bool = False) -> Team:
    """A team. Raises Missing."""
    team = session.get(Team, team_id, with_for_update=lock or None)
    if team is None:
        raise Missing(f"there is no team {team_id}")
    return team


def add_team(session: Session, team: Team) -> Team:
    """Add a team. Raises Conflict when its name is taken."""
    _check_name(session, team)
    session.add(team)
    session.flush()
    return team


def change_team(session: Session, team_id: UUID, columns: Mapping[str, object]) -> Team:
    """Replace columns of a team. Raises Missing, and Conflict when its name is taken."""
    team = find_team(session, team_id, lock=True)
    for name, value in columns.items():
        setattr(team, name, value)
    _check_name(session, team)
    session.flush()
    return team


def delete_team(session: Session, team_id: UUID) -> None:
    """Delete a team; its people stay, in none. Raises Missing."""
    team = find_team(session, team_id)
    retire_team(session, team.id)
    session.delete(team)


def _check_address(session: Session, user: User, email: object) -> None:
    other = find_user(session, str(email)) if email else None
    if other is not None and other.id != user.id:
        raise Conflict(f"there already is a user {other.email}")


def _check_name(session: Session, team: Team) -> None:
    with session.no_autoflush:
        same = session.exec(select(Team).where(Team.name == team.name, Team.id != team.id)).first()
    if same is not None:
        raise Conflict(f"there already is a team {team.name}")
