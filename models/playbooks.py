"""Which playbook a call is read under, and every version a team wrote."""

from uuid import UUID

from sqlmodel import Session, col, select

from analyzer import Playbook as Rules
from analyzer import read_playbook
from models.tables import Call, Playbook, User


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
