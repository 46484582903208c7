"""The trail, read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.database import session_scope
from models.paging import Slice, take
from models.tables import AuditEntry

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What the trail is narrowed to; None leaves it open, instants are half-open.

    `actor` is a user's id, or an e-mail or name as it was then.
    """

    actor: str | None = None
    verb: str | None = None
    noun: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_entries(
    session: Session, filters: AuditFilters, *, limit: int, cursor: str | None = None
) -> Slice[AuditEntry]:
    """A page of the trail, the newest first."""
    return take(
        session,
        _filtered(filters),
        [(AuditEntry.id, lambda one: one.id)],
        limit=limit,
        cursor=cursor,
    )


def all_entries(engine: Engine, filters: AuditFilters) -> Iterator[AuditEntry]:
    """The whole trail, the newest first; no transaction is open while it is written out."""
    cursor: str | None = None
    while True:
        with session_scope(engine) as session:
            found = list_entries(session, filters, limit=_AT_ONCE, cursor=cursor)
        yield from found.items
        cursor = found.next
        if cursor is None:
            return


def _filtered(filters: AuditFilters) -> SelectOfScalar[AuditEntry]:
    statement = select(AuditEntry)
    exact = {"verb": filters.verb, "noun": filters.noun, "subject_id": filters.subject_id}
    for name, value in exact.items():
        if value is not None:
            statement = statement.where(getattr(AuditEntry, name) == value)
    if filters.actor is not None:
        statement = statement.where(_by(filters.actor))
    if filters.since is not None:
        statement = statement.where(col(AuditEntry.at) >= filters.since)
    if filters.until is not None:
        statement = statement.where(col(AuditEntry.at) < filters.until)
    return statement


def _by(actor: str) -> ColumnElement[bool]:
    try:
        return col(AuditEntry.actor_id) == UUID(actor)
    except ValueError:
        return func.lower(AuditEntry.actor) == actor.strip().lower()
