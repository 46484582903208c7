"""Connections to CRMs as an admin makes, tries and renews them: what is typed is checked first.

Secrets go in and never come out again; what a check answers holds none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.crm.credentials import Credentials, Grant, HeldGrant
from api.crm.errors import CrmError, CrmNeedsLogin, CrmSpent, CrmUnavailable
from api.crm.pace import Waits
from api.crm.port import CrmAccount, CrmField
from api.crm.stored import sealable
from api.crm.vendors import Vendor, Way, open_crm, plain_address, vendor_of
from api.crm_access import open_connection
from api.settings import Settings
from models.crm.connections import NewConnection, note_checked, note_trouble
from models.crm.pushes import wake
from models.errors import BadInput, Conflict, Unreachable
from models.outside import check_url
from models.tables import CrmConnection
from models.tables.columns import Json, now

PATIENCE_S = 5.0
"""An admin waits for the answer."""
WAY = "way"
"""The option that says by which way a connection was let in."""
_LONGEST, _LONGEST_OPTION = 10_000, 500
_URLS = ("web",)
"""Options that people are led to."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A connection as somebody typed it."""

    kind: str
    way: str
    name: str = ""
    address: str = ""
    secrets: Mapping[str, str] | None = None
    options: Mapping[str, str] | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of asking a CRM who we are: its account, or what went wrong in a line."""

    account: CrmAccount | None = None
    problem: str | None = None
    is_refused: bool = False
    """Whether it said no, rather than nothing."""


def new_connection(typed: Typed, settings: Settings) -> NewConnection:
    """A connection that can be kept. Raises BadInput, with the field it is about before a colon."""
    vendor = vendor_of(typed.kind)
    way = vendor.way(typed.way)
    return NewConnection(
        name=" ".join(typed.name.split()) or vendor.name,
        kind=vendor.kind,
        address=sound_address(vendor, typed.address, settings),
        secrets=sound_secrets(way, typed.secrets or {}),
        options={**_sound_options(vendor, typed.options or {}), WAY: way.name},
        origin=typed.origin,
    )


def sound_address(vendor: Vendor, typed: str, settings: Settings) -> str:
    """Where a CRM is, if it may be called. Raises BadInput."""
    address = plain_address(typed)
    if not address:
        if vendor.address:
            raise BadInput(f"address: say where your {vendor.name} is, such as {vendor.address}")
        return ""
    try:
        check_url(address, (*vendor.hosts, *settings.crm_hosts))
    except BadInput as error:
        raise BadInput(f"address: {str(error).removeprefix('url: ')}") from None
    return address


def sound_secrets(way: Way, typed: Mapping[str, str]) -> dict[str, str]:
    """The secrets of a way, all of them and no others. Raises BadInput, without their values."""
    if unknown := set(typed) - set(way.secrets):
        raise BadInput(f"secrets: there is no {min(unknown)[:40]!r}; give {_named(way.secrets)}")
    given = {name: typed.get(name, "").strip() for name in way.secrets}
    for name, secret in given.items():
        if not secret:
            raise BadInput(f"secrets.{name}: is missing")
        if len(secret) > _LONGEST or "\0" in secret:
            raise BadInput(f"secrets.{name}: is no secret of a CRM; copy it once more")
    return given


def way_of(connection: CrmConnection) -> Way | None:
    """How a connection is let in; None where nobody knows, as of the console."""
    try:
        return vendor_of(connection.kind).way(str(connection.options.get(WAY, "")))
    except BadInput:
        return None


def vendor_name(kind: str) -> str:
    """A CRM as people call it."""
    try:
        return vendor_of(kind).name
    except BadInput:
        return kind.capitalize()


def try_out(
    new: NewConnection, credentials: Credentials, settings: Settings
) -> tuple[Checked, dict[str, str]]:
    """Ask a CRM who we are before anything is kept; with what to seal afterwards."""
    grant = HeldGrant(credentials)
    checked = _asked(new.kind, new.address, new.options, grant, settings)
    return checked, sealable(grant.current())


def check_connection(
    session: Session, engine: Engine, connection: CrmConnection, settings: Settings
) -> Checked:
    """Ask a connection's CRM who we are, and note what it says; then what waits goes on."""
    try:
        with open_connection(engine, settings, connection, PATIENCE_S) as crm:
            account = crm.check()
    except (CrmError, BadInput) as error:
        _note(session, connection, error)
        return _refused(error)
    note_account(session, connection, account)
    return Checked(account)


def deal_fields(
    engine: Engine, connection: CrmConnection, settings: Settings
) -> Sequence[CrmField]:
    """The text fields of its deals. Raises Unreachable, or Conflict when the CRM says no."""
    try:
        with open_connection(engine, settings, connection, PATIENCE_S) as crm:
            return crm.fields()
    except CrmUnavailable as error:
        raise Unreachable(str(error)) from None
    except CrmError as error:
        raise Conflict(str(error)) from None


def note_account(session: Session, connection: CrmConnection, account: CrmAccount) -> None:
    """Keep what a CRM said of its account; what waits there goes on."""
    note_checked(session, connection.id, account_to_json(account))
    wake(session, connection.id)


def account_to_json(account: CrmAccount) -> Json:
    """An account as it is kept."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(account).items()
    }


def is_parked(connection: CrmConnection) -> bool:
    """Whether a CRM is left alone for now."""
    return connection.parked_until is not None and connection.parked_until > now()


def _asked(
    kind: str, address: str, options: Mapping[str, Any], grant: Grant, settings: Settings
) -> Checked:
    try:
        with open_crm(kind, address, options, grant, settings.crm_hosts, Waits(PATIENCE_S)) as crm:
            return Checked(crm.check())
    except (CrmError, BadInput) as error:
        return _refused(error)


def _refused(error: Exception) -> Checked:
    return Checked(problem=str(error), is_refused=not isinstance(error, CrmUnavailable))


def _note(session: Session, connection: CrmConnection, error: Exception) -> None:
    note_trouble(
        session,
        connection.id,
        str(error),
        needs_login=isinstance(error, CrmNeedsLogin),
        parked_until=error.until if isinstance(error, CrmSpent) else None,
    )


def _sound_options(vendor: Vendor, typed: Mapping[str, str]) -> dict[str, str]:
    if unknown := set(typed) - set(vendor.options):
        named = _named(vendor.options) if vendor.options else "none"
        raise BadInput(f"options: there is no {min(unknown)[:40]!r}; there are: {named}")
    given = {name: value.strip() for name, value in typed.items() if value.strip()}
    for name, value in given.items():
        if len(value) > _LONGEST_OPTION or not value.isprintable():
            raise BadInput(f"options.{name}: is too long, or has signs that none has")
        if name in _URLS and not value.startswith(("https://", "http://")):
            raise BadInput(f"options.{name}: write it like https://acme.example.com")
    # What is wrong with a version or the like, the vendor's own module says.
    vendor.manners("https://acme.example.com" if vendor.address else "", given)
    return given


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(names)
