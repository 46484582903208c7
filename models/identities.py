"""People whom a provider of sign-ins knows: found by its own id for them, linked, made.

An account is found by issuer and subject alone. The first time, it is found by an e-mail that the
provider vouches for, unless it is linked to somebody else there already: who takes over an address
does not take over an account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.sessions import end_sessions
from models.tables import Team, User, UserIdentity
from models.tables.columns import now
from models.tables.people import ROLES
from models.trail import note
from models.users import add_user, find_user

WhyNot = Literal["unknown", "taken", "disabled", "group"]
_LOCK = 7_411_703
"""Held to the end of the transaction: sign-ins of providers change roles one after the other."""


class NotAdmitted(Exception):
    """A provider's person who is not let in; `why` is a word for the page."""

    def __init__(self, why: WhyNot, user: User | None = None) -> None:
        super().__init__(why)
        self.why: WhyNot = why
        self.user = user


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody as a provider tells of them; the e-mail is vouched for."""

    issuer: str
    subject: str
    email: str
    name: str
    language: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether unknown people get an account, and which groups give a role or a team.

    Without `roles` nobody's role follows their groups; with it, who is in none of them stays out.
    """

    creates: bool
    roles: Mapping[str, str]
    teams: Mapping[str, str]


def admit(session: Session, stranger: Stranger, admission: Admission) -> User:
    """The user whom a provider's person is, as their groups have it now. Raises NotAdmitted."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    identity = _identity(session, stranger)
    user = session.get(User, identity.user_id, with_for_update=True) if identity else None
    user = user or _by_email(session, stranger)
    if user is not None and not user.is_active:
        raise NotAdmitted("disabled", user)
    role = _role(session, stranger, admission, user)
    if user is None:
        user = _made(session, stranger, admission, role)
    elif role is not None and role != user.role:
        _give_role(session, user, role)
    if identity is None:
        identity = _link(session, user, stranger)
    identity.used_at = now()
    _give_team(session, user, stranger, admission)
    session.flush()
    return user


def identities_of(session: Session, user_id: UUID) -> list[UserIdentity]:
    """Whom a user is at providers, the oldest first."""
    mine = select(UserIdentity).where(UserIdentity.user_id == user_id)
    return list(session.exec(mine.order_by(col(UserIdentity.created_at))))


def unlink(session: Session, user: User) -> int:
    """Forget whom a user is at providers, and end their sessions; returns how many there were."""
    found = identities_of(session, user.id)
    for one in found:
        session.delete(one)
    end_sessions(session, user)
    session.flush()
    return len(found)


def _identity(session: Session, stranger: Stranger) -> UserIdentity | None:
    return session.exec(
        select(UserIdentity).where(
            UserIdentity.issuer == stranger.issuer, UserIdentity.subject == stranger.subject
        )
    ).one_or_none()


def _by_email(session: Session, stranger: Stranger) -> User | None:
    """The user with the address, who is nobody else at any provider. Raises NotAdmitted."""
    user = find_user(session, stranger.email)
    if user is not None and identities_of(session, user.id):
        raise NotAdmitted("taken", user)
    return user


def _role(
    session: Session, stranger: Stranger, admission: Admission, user: User | None
) -> str | None:
    """The highest role that the groups give; None where groups give none. Raises NotAdmitted.

    The last admin stays one, whatever their groups say: somebody must be able to mend that.
    """
    if not admission.roles:
        return None
    given = [admission.roles[one] for one in stranger.groups if one in admission.roles]
    role = max(given, key=ROLES.index) if given else None
    if role != "admin" and user is not None and _is_last_admin(session, user):
        note(session, user, verb="keep_last_admin", noun="users", subject_id=str(user.id))
        return "admin"
    if role is None:
        raise NotAdmitted("group", user)
    return role


def _is_last_admin(session: Session, user: User) -> bool:
    others = select(User.id).where(User.role == "admin", col(User.is_active), User.id != user.id)
    return user.role == "admin" and session.exec(others.limit(1)).first() is None


def _made(session: Session, stranger: Stranger, admission: Admission, role: str | None) -> User:
    if not admission.creates:
        raise NotAdmitted("unknown")
    user = User(email=stranger.email, name=stranger.name, role=role or "rep")
    user.language = stranger.language
    add_user(session, user)
    note(session, user, verb="make_user", noun="users", subject_id=str(user.id), detail=_BY)
    return user


def _link(session: Session, user: User, stranger: Stranger) -> UserIdentity:
    identity = UserIdentity(user_id=user.id, issuer=stranger.issuer, subject=stranger.subject)
    session.add(identity)
    detail = {**_BY, "issuer": stranger.issuer}
    note(session, user, verb="link_identity", noun="users", subject_id=str(user.id), detail=detail)
    return identity


def _give_role(session: Session, user: User, role: str) -> None:
    """A new role begins with a new session: what was open under the old one ends."""
    detail = {**_BY, "from": user.role, "to": role}
    user.role = role
    end_sessions(session, user)
    note(session, user, verb="change_role", noun="users", subject_id=str(user.id), detail=detail)


def _give_team(session: Session, user: User, stranger: Stranger, admission: Admission) -> None:
    """The first team, by name, that the groups lead to; without one it stays as it is."""
    names = {admission.teams[one] for one in stranger.groups if one in admission.teams}
    if not names:
        return
    there = select(Team).where(col(Team.name).in_(names)).order_by(col(Team.name))
    team = session.exec(there).first()
    if team is not None and user.team_id != team.id:
        user.team_id = team.id
        note(session, user, verb="change_team", noun="users", subject_id=str(user.id), detail=_BY)


_BY = {"by": "provider"}
