"""The CRM of a connection that is kept here, opened with what it was given."""

from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from api.crm.pace import Pacer, Waits
from api.crm.port import Crm
from api.crm.stored import StoredGrant
from api.crm.vendors import open_crm
from api.settings import Settings
from models.crm.connections import find_connection
from models.errors import Missing
from models.tables import CrmConnection
from models.tables.columns import now

_PACERS: dict[UUID, dict[str, Pacer]] = {}
"""Of each connection: whatever this process does at a CRM, it keeps one pace."""


def open_connection(
    engine: Engine, settings: Settings, connection: CrmConnection, patience_s: float = 60.0
) -> AbstractContextManager[Crm]:
    """The CRM of a stored connection."""
    grant = StoredGrant(engine, settings.seal(), connection.id)
    return open_crm(
        connection.kind,
        connection.address,
        connection.options,
        grant,
        settings.crm_hosts,
        Waits(patience_s, _PACERS.setdefault(connection.id, {})),
    )


def usable(session: Session, connection_id: UUID) -> CrmConnection | None:
    """The connection, detached, if its CRM may be asked now."""
    try:
        found = find_connection(session, connection_id)
    except Missing:
        return None
    is_parked = found.parked_until is not None and found.parked_until > now()
    if found.state in {"off", "needs_login"} or is_parked:
        return None
    session.expunge(found)
    return found
