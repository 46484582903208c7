"""Which playbook a call is read under, and every version a team wrote."""

from dataclasses import dataclass
from importlib.resources import files
from uuid import UUID

from sqlalchemy import ColumnElement, or_, text, true
from sqlmodel import Session, col, select

from analyzer import Playbook as Rules
from analyzer import read_playbook
from models.errors import Conflict, Forbidden, Missing
from models.tables import Call, Playbook, Team, User

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('playbook', 0))")


@dataclass(frozen=True, slots=True)
class Draft:
    """A playbook, or its next version, to be kept; `team_id` None is everybody's."""

    name: str
    text: str
    team_id: UUID | None
    is_active: bool = True


def playbook_of(session: Session, call: Call) -> tuple[Rules | None, UUID | None]:
    """The playbook of a call and its row's id: its own, its team's, everybody's, else none."""
    row = session.get(Playbook, call.playbook_id) if call.playbook_id else None
    row = row or _in_force(session, call)
    return (None, None) if row is None else (read_playbook(row.text, f"{row.name}.toml"), row.id)


def _in_force(session: Session, call: Call) -> Playbook | None:
    """The newest active version: of the team of the call's rep, else of everybody."""
    rep = session.get_one(User, call.rep_id)
    statement = (
        select(Playbook)
        .where(col(Playbook.is_active).is_(True))
        .order_by(col(Playbook.created_at).desc(), col(Playbook.version).desc())
        .limit(1)
    )
    own = statement.where(Playbook.team_id == rep.team_id)
    everybody = statement.where(col(Playbook.team_id).is_(None))
    found = session.exec(own).one_or_none() if rep.team_id else None
    return found or session.exec(everybody).one_or_none()


def visible_playbooks(user: User) -> ColumnElement[bool]:
    """Which rows of `playbook` a user may see: their team's and everybody's, an admin all."""
    if user.role == "admin":
        return true()
    everybody = col(Playbook.team_id).is_(None)
    return (
        everybody if user.team_id is None else or_(everybody, col(Playbook.team_id) == user.team_id)
    )


def find_playbook(session: Session, user: User, playbook_id: UUID) -> Playbook:
    """A version of a playbook, when the user may see it. Raises Missing."""
    row = session.exec(
        select(Playbook).where(col(Playbook.id) == playbook_id, visible_playbooks(user))
    ).one_or_none()
    if row is None:
        raise Missing(f"there is no playbook {playbook_id} that you may see")
    return row


def change_playbook(session: Session, user: User, playbook_id: UUID) -> Playbook:
    """A version of a playbook, when the user may change it. Raises Missing or Forbidden."""
    row = find_playbook(session, user, playbook_id)
    _check_team(session, user, row.team_id)
    return row


def keep_version(session: Session, user: User, draft: Draft) -> Playbook:
    """Keep a playbook as the next version of its name.

    Raises BadPlaybook with the line and the key of what is wrong in its text, Forbidden and
    Missing for a team that is not the user's, Conflict when the name is another team's.
    """
    _check_team(session, user, draft.team_id)
    read_playbook(draft.text, f"{draft.name}.toml")
    session.execute(_LOCK)
    former = latest(session, draft.name)
    if former is not None and former.team_id != draft.team_id:
        raise Conflict(f"a playbook {draft.name} is not this team's; choose another name")
    row = Playbook(
        name=draft.name,
        version=former.version + 1 if former else 1,
        team_id=draft.team_id,
        text=draft.text,
        is_active=False,
        created_by_id=user.id,
    )
    session.add(row)
    session.flush()
    if draft.is_active:
        activate(session, row)
    return row


def change_text(session: Session, user: User, row: Playbook, text_then: str) -> Playbook:
    """Keep a changed text as the next version. Raises Conflict unless `row` is the latest."""
    session.execute(_LOCK)
    newest = latest(session, row.name)
    if newest is None or newest.id != row.id:
        raise Conflict(f"playbook {row.name} has a newer version; read it and change that")
    draft = Draft(row.name, text_then, row.team_id, row.is_active)
    return keep_version(session, user, draft)


def activate(session: Session, row: Playbook) -> None:
    """Put a version in force: the one active of its team, or of everybody."""
    session.execute(_LOCK)
    others = select(Playbook).where(
        col(Playbook.team_id).is_not_distinct_from(row.team_id), col(Playbook.is_active).is_(True)
    )
    for other in session.exec(others):
        other.is_active = False
    row.is_active = True
    session.flush()


def deactivate(session: Session, row: Playbook) -> None:
    """Take a version out of force."""
    session.execute(_LOCK)
    row.is_active = False
    session.flush()


def retire_team(session: Session, team_id: UUID) -> None:
    """Put a team's playbooks out of force, as before the team is deleted."""
    for row in session.exec(select(Playbook).where(Playbook.team_id == team_id)):
        row.is_active = False
    session.flush()


def latest(session: Session, name: str) -> Playbook | None:
    """The last version of a name."""
    versions = select(Playbook).where(Playbook.name == name)
    return session.exec(versions.order_by(col(Playbook.version).desc()).limit(1)).one_or_none()


def standard_text() -> str:
    """What every playbook is laid over, as it is written."""
    return files("analyzer").joinpath("playbooks/standard.toml").read_text("utf-8")


def _check_team(session: Session, user: User, team_id: UUID | None) -> None:
    """Raises Forbidden or Missing unless the user may write the playbooks of a team."""
    if user.role == "admin":
        if team_id is not None and session.get(Team, team_id) is None:
            raise Missing(f"there is no team {team_id}")
        return
    if user.role != "manager" or team_id is None or team_id != user.team_id:
        raise Forbidden("a manager writes the playbooks of their own team, an admin everybody's")
