"""Credentials of a connection, kept sealed in the database for every process that uses it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from api.crm.credentials import Credentials, Renew
from models.crm.connections import find_connection
from models.database import session_scope
from models.errors import Missing
from models.sealing import Seal
from models.tables import CrmConnection

_EXPIRES = "expires_at"


class StoredGrant:
    """A connection's credentials; while one process renews them, others wait for what it gets."""

    def __init__(self, engine: Engine, seal: Seal, connection_id: UUID) -> None:
        self._engine, self._seal, self._connection_id = engine, seal, connection_id

    def current(self) -> Credentials:
        """The credentials as they are now. Raises Missing, BadDatabase."""
        with session_scope(self._engine) as session:
            found = find_connection(session, self._connection_id)
            return opened(self._seal, found.secrets)

    def renewed(self, stale: Credentials, renew: Renew) -> Credentials:
        """Newer credentials than `stale`, kept before anybody uses them."""
        with session_scope(self._engine) as session:
            # Nothing that points at the connection, as new pushes do, waits for it.
            found = session.get(
                CrmConnection, self._connection_id, with_for_update={"key_share": True}
            )
            if found is None:
                raise Missing(f"there is no CRM connection {self._connection_id}")
            there = opened(self._seal, found.secrets)
            if there != stale:
                return there
            fresh = renew(stale)
            found.secrets = self._seal.close(sealable(fresh))
        return fresh


def sealable(credentials: Credentials) -> dict[str, str]:
    """Credentials as they are sealed."""
    secrets = dict(credentials.secrets)
    if credentials.expires_at is not None:
        secrets[_EXPIRES] = credentials.expires_at.isoformat()
    return secrets


def opened(seal: Seal, sealed: bytes) -> Credentials:
    """Credentials as they were sealed. Raises BadDatabase."""
    secrets = seal.open(sealed)
    expires = secrets.pop(_EXPIRES, None)
    return Credentials(secrets, datetime.fromisoformat(expires) if expires else None)
