"""Connections to CRMs: where they are, how they are let in, and how they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.errors import BadInput, Conflict, Missing
from models.sealing import Seal
from models.tables import CrmConnection, User
from models.tables.columns import Json, now
from models.tables.crm import CRMS, PUSH_WHEN
from models.trail import note

CHANGEABLE = frozenset(
    {
        "name",
        "push_when",
        "rule",
        "language",
        "template",
        "with_tasks",
        "fields",
        "is_synced",
        "sync_every_min",
    }
)
RULES = ("teams", "stages", "call_types")


@dataclass(frozen=True, slots=True)
class NewConnection:
    """What it takes to speak to a CRM; `origin` takes over what was imported under that name."""

    name: str
    kind: str
    address: str
    secrets: Mapping[str, str]
    options: Mapping[str, Any]
    origin: str | None = None


def list_connections(session: Session) -> Sequence[CrmConnection]:
    """Every connection, the oldest first."""
    return session.exec(select(CrmConnection).order_by(col(CrmConnection.created_at))).all()


def find_connection(session: Session, connection_id: UUID, *, lock: bool = False) -> CrmConnection:
    """The connection. Raises Missing."""
    found = session.get(CrmConnection, connection_id, with_for_update=lock or None)
    if found is None:
        raise Missing(f"there is no CRM connection {connection_id}")
    return found


def add_connection(session: Session, user: User, new: NewConnection, seal: Seal) -> CrmConnection:
    """Keep a connection, its secrets sealed. Raises BadInput, Conflict."""
    if new.kind not in CRMS:
        raise BadInput(f"kind: there is no {new.kind!r}; there are {', '.join(CRMS)}")
    _check_name(session, new.name, None)
    made = CrmConnection(
        name=new.name,
        kind=new.kind,
        origin=_free_origin(session, new.origin or new.kind),
        address=new.address,
        options=dict(new.options),
        secrets=seal.close(new.secrets),
        created_by_id=user.id,
    )
    session.add(made)
    session.flush()
    _tell(session, user, "add", made)
    return made


def change_connection(
    session: Session, user: User, connection_id: UUID, values: Mapping[str, Any]
) -> CrmConnection:
    """Change what a connection does. Raises Missing, BadInput, Conflict."""
    found = find_connection(session, connection_id, lock=True)
    if unknown := set(values) - CHANGEABLE:
        raise BadInput(f"{min(unknown)}: cannot be changed; make a new connection instead")
    if "name" in values:
        _check_name(session, values["name"], found)
    if values.get("push_when", found.push_when) not in PUSH_WHEN:
        raise BadInput(f"push_when: is one of {', '.join(PUSH_WHEN)}")
    if unknown := set(values.get("rule", {})) - set(RULES):
        raise BadInput(f"rule: there is no {min(unknown)!r}; there are {', '.join(RULES)}")
    for name, value in values.items():
        setattr(found, name, value)
    session.flush()
    _tell(session, user, "change", found, {"changed": sorted(values)})
    return found


def let_in(
    session: Session,
    user: User,
    connection: CrmConnection,
    secrets: Mapping[str, str],
    seal: Seal,
) -> None:
    """Give a connection new secrets, in place of all it had."""
    connection.secrets = seal.close(secrets)
    connection.state, connection.last_error, connection.parked_until = "new", None, None
    session.flush()
    _tell(session, user, "let_in", connection)


def switch(session: Session, user: User, connection: CrmConnection, *, is_on: bool) -> None:
    """Let a connection rest, or work again."""
    connection.state = "new" if is_on else "off"
    session.flush()
    _tell(session, user, "switch_on" if is_on else "switch_off", connection)


def delete_connection(session: Session, user: User, connection_id: UUID) -> None:
    """Forget a connection, its secrets, and what was to be pushed; copied deals stay."""
    found = find_connection(session, connection_id, lock=True)
    _tell(session, user, "delete", found)
    session.delete(found)
    session.flush()


def note_checked(session: Session, connection_id: UUID, account: Json) -> None:
    """The CRM answered, and said for whom."""
    found = session.get(CrmConnection, connection_id, with_for_update=True)
    if found is not None:
        found.account, found.checked_at, found.last_error = account, now(), None
        if found.state != "off":
            found.state = "ready"


def note_trouble(
    session: Session,
    connection_id: UUID,
    why: str,
    *,
    needs_login: bool = False,
    parked_until: datetime | None = None,
) -> None:
    """The CRM did not let us in, or wants to be left alone until an instant."""
    found = session.get(CrmConnection, connection_id, with_for_update=True)
    if found is None:
        return
    found.last_error = why
    if parked_until is not None:
        found.parked_until = parked_until
    if needs_login and found.state != "off":
        found.state = "needs_login"


def reseal(session: Session, seal: Seal) -> int:
    """Put every connection's secrets under the first key; returns how many. Raises BadDatabase."""
    found = session.exec(select(CrmConnection).with_for_update()).all()
    for one in found:
        one.secrets = seal.renew(one.secrets)
    return len(found)


def _check_name(session: Session, name: str, but: CrmConnection | None) -> None:
    named = session.exec(select(CrmConnection).where(CrmConnection.name == name)).first()
    if named is not None and named is not but:
        raise Conflict(f"there already is a connection {name!r}; give it another name")


def _free_origin(session: Session, wanted: str) -> str:
    """The name rows are copied under: that asked for, with a number where it is taken."""
    taken = set(session.exec(select(CrmConnection.origin)))
    number = 1
    found = wanted
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found


def _tell(
    session: Session,
    user: User,
    verb: str,
    connection: CrmConnection,
    detail: Json | None = None,
) -> None:
    told = {"name": connection.name, "kind": connection.kind, **(detail or {})}
    note(
        session,
        user,
        verb=verb,
        noun="crm_connections",
        subject_id=str(connection.id),
        detail=told,
    )
