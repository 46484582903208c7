"""A call whose report is there, of one of the people that page tests know."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from analyzer import CallReport
from models.database import session_scope
from models.hearings import keep_hearing
from models.reports import keep_report
from models.tables import Call, User
from tests.models.kept_calls import FIXTURES, fixture_hearing, fixture_report

ENGLISH, FRENCH = FIXTURES[0], FIXTURES[2]


def heard_call(
    engine: Engine,
    rep: User,
    name: str = ENGLISH,
    report: CallReport | None = None,
    **columns: Any,
) -> UUID:
    """A ready call of a rep, as a fixture was heard and understood, or as `report` says."""
    with session_scope(engine) as session:
        call = _call(session, rep, columns)
        keep_hearing(session, call, fixture_hearing(name))
        keep_report(session, call, report or fixture_report(name))
        return call.id


def _call(session: Session, rep: User, columns: dict[str, Any]) -> Call:
    started_at = datetime(2026, 9, 10, 15, 20, tzinfo=UTC)
    given = {"title": "A call", "rep_id": rep.id, "started_at": started_at, "state": "ready"}
    call = Call(**{**given, **columns})
    session.add(call)
    session.flush()
    return call
