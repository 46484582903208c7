"""Calls whose report was made under another playbook than is in force now, made anew bit by bit."""

from uuid import UUID

from sqlalchemy import ScalarSelect, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import lifecycle
from models.queue import defer
from models.tables import Call, Hearing, Playbook, Report, User

AT_ONCE = 200
"""How many calls may be understood at once before the next are put in the queue."""
_PRIORITY = -1000
"""After everything that somebody waits for."""
_PAUSE_S = 20


def understand_again(session: Session, team_id: UUID | None) -> None:
    """Have a team's calls, or everybody's, understood under the playbooks in force."""
    _go_on(session, team_id, None)


def understand_some(session: Session, team_id: UUID | None, most: int = AT_ONCE) -> int:
    """Put some calls in the queue, and this again until none is left; returns how many."""
    room = most - _under_way(session)
    if room <= 0:
        _go_on(session, team_id, _PAUSE_S)
        return 0
    calls = _outdated(session, team_id, room)
    for call in calls:
        lifecycle.understand(session, call, priority=_PRIORITY)
    if calls:
        _go_on(session, team_id, _PAUSE_S)
    return len(calls)


def _go_on(session: Session, team_id: UUID | None, after_s: int | None) -> None:
    whose = "" if team_id is None else str(team_id)
    defer(session, "understand_again", after_s=after_s, team_id=whose)


def _under_way(session: Session) -> int:
    counted = select(func.count()).select_from(Call).where(col(Call.state) == "understanding")
    return session.exec(counted).one()


def _outdated(session: Session, team_id: UUID | None, most: int) -> list[Call]:
    """Ready calls whose report is of another playbook than would be taken now, newest first."""
    statement = (
        select(Call)
        .join(User, col(User.id) == col(Call.rep_id))
        .join(Report, col(Report.call_id) == col(Call.id))
        .join(Hearing, col(Hearing.call_id) == col(Call.id))
        .where(col(Call.state) == "ready")
        .where(
            col(Report.playbook_id).is_distinct_from(
                func.coalesce(Call.playbook_id, _of_team(), _of_everybody())
            )
        )
        .order_by(col(Call.started_at).desc(), col(Call.id))
        .limit(most)
        .with_for_update(of=Call, skip_locked=True)
    )
    if team_id is not None:
        statement = statement.where(col(User.team_id) == team_id)
    return list(session.exec(statement))


def _of_team() -> ScalarSelect[UUID]:
    own = select(Playbook.id).where(
        col(Playbook.is_active).is_(True), col(Playbook.team_id) == col(User.team_id)
    )
    return _newest(own).correlate(User).scalar_subquery()


def _of_everybody() -> ScalarSelect[UUID]:
    every = select(Playbook.id).where(
        col(Playbook.is_active).is_(True), col(Playbook.team_id).is_(None)
    )
    return _newest(every).scalar_subquery()


def _newest(statement: SelectOfScalar[UUID]) -> SelectOfScalar[UUID]:
    ordered = (col(Playbook.created_at).desc(), col(Playbook.version).desc())
    return statement.order_by(*ordered).limit(1)
