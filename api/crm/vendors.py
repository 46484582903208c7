"""The CRMs there are: a line for each, with what it takes to be let in, and how one is opened."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import urlsplit

from api.crm import hubspot_access, pipedrive_manners, salesforce_auth, tryton
from api.crm.console import Console
from api.crm.credentials import Credentials, Grant
from api.crm.hubspot import HubSpot
from api.crm.pace import Waits
from api.crm.pipedrive import Pipedrive
from api.crm.port import Crm
from api.crm.salesforce import Salesforce
from api.crm.tryton import Tryton
from api.crm.wire import Manners, Wire
from models.errors import BadInput


class WebSignIn(Protocol):
    """A vendor whose own page asks an administrator."""

    def authorize_url(
        self,
        address: str,
        options: Mapping[str, Any],
        client_id: str,
        state: str,
        redirect_uri: str,
    ) -> str:
        """Where that page is."""

    def exchange(self, wire: Wire, code: str, redirect_uri: str) -> Credentials:
        """Credentials for what it sent back."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to be let in: secrets to type; of `is_web` the vendor then asks on its own page."""

    name: str
    secrets: tuple[str, ...]
    is_web: bool = False


@dataclass(frozen=True, slots=True)
class Vendor:
    """One CRM: its name, where it is, and the ways to be let in, the simplest first.

    `address` is an example of one; empty where all accounts have the same. `hosts` are its own
    clouds: any other server must be in TALKTRACK_CRM_HOSTS. `options` are what an admin may set.
    """

    kind: str
    name: str
    address: str
    ways: tuple[Way, ...]
    open: Callable[[Wire, Mapping[str, Any]], Crm]
    manners: Callable[[str, Mapping[str, Any]], Manners]
    hosts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    web: Any = None
    """The module with `authorize_url` and `exchange`, None where there is no such page."""

    def way(self, name: str) -> Way:
        """A way by its name. Raises BadInput."""
        found = next((one for one in self.ways if one.name == name), None)
        if found is None:
            ways = ", ".join(one.name for one in self.ways)
            raise BadInput(f"way: {self.name} has no {name!r}; it has {ways}")
        return found


_TOKEN = Way("token", ("access_token",))
_APP = Way("app", ("client_id", "client_secret"), is_web=True)
VENDORS: Mapping[str, Vendor] = MappingProxyType(
    {
        one.kind: one
        for one in (
            Vendor(
                "hubspot",
                "HubSpot",
                "",
                (_TOKEN, _APP),
                HubSpot,
                hubspot_access.manners,
                hubspot_access.HOSTS,
                ("version",),
                hubspot_access,
            ),
            Vendor(
                "salesforce",
                "Salesforce",
                "https://acme.my.salesforce.com",
                (
                    Way("client", ("client_id", "client_secret")),
                    Way("key", ("client_id", "username", "private_key")),
                    _APP,
                ),
                Salesforce,
                salesforce_auth.manners,
                salesforce_auth.HOSTS,
                ("note_as", "api_version", "currency"),
                salesforce_auth,
            ),
            Vendor(
                "pipedrive",
                "Pipedrive",
                "https://acme.pipedrive.com",
                (Way("token", ("api_token",)), _APP),
                Pipedrive,
                pipedrive_manners.manners,
                pipedrive_manners.HOSTS,
                ("task_type",),
                pipedrive_manners,
            ),
            Vendor(
                "tryton",
                "Tryton",
                "https://tryton.example.com",
                (Way("login", ("login", "password")),),
                Tryton,
                tryton.manners,
                (),
                ("database", "web"),
            ),
        )
    }
)


def vendor_of(kind: str) -> Vendor:
    """The CRM of a kind. Raises BadInput."""
    found = VENDORS.get(kind)
    if found is None:
        raise BadInput(f"kind: there is no {kind!r}; there are {', '.join(VENDORS)}")
    return found


@contextmanager
def open_wire(
    vendor: Vendor,
    address: str,
    options: Mapping[str, Any],
    grant: Grant,
    own_hosts: Iterable[str],
    waits: Waits | None = None,
) -> Iterator[Wire]:
    """The way to a connection's CRM, closed at the end. Raises BadInput for a forbidden address."""
    hosts = (*vendor.hosts, *own_hosts)
    with Wire(vendor.manners(address, options), grant, hosts, waits=waits) as wire:
        yield wire


@contextmanager
def open_crm(
    kind: str,
    address: str,
    options: Mapping[str, Any],
    grant: Grant,
    own_hosts: Iterable[str],
    waits: Waits | None = None,
) -> Iterator[Crm]:
    """A connection's CRM, ready to be asked. Raises BadInput."""
    if kind == "console":
        yield Console()
        return
    vendor = vendor_of(kind)
    with open_wire(vendor, address, options, grant, own_hosts, waits) as wire:
        yield vendor.open(wire, options)


def plain_address(address: str) -> str:
    """An address as it is kept: https unless it says otherwise, no path. Raises BadInput."""
    given = address.strip().rstrip("/")
    if not given:
        return ""
    parsed = urlsplit(given if "://" in given else f"https://{given}")
    if parsed.scheme not in {"https", "http"} or not parsed.hostname or parsed.username:
        raise BadInput("address: write it like https://acme.example.com")
    return f"{parsed.scheme}://{parsed.netloc}"
