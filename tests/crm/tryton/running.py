"""A Tryton to test against: installed if need be, with its own copy of the template."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.crm.credentials import Credentials
from tests.crm.tryton.company import LOGIN, PASSWORD
from tests.crm.tryton.installation import installed
from tests.crm.tryton.sales import Sales
from tests.crm.tryton.server import ADMIN_PASSWORD, DATABASE, Server, serving


@dataclass(frozen=True, slots=True)
class Tryton:
    """A running one, as Talktrack is connected to it."""

    server: Server

    @property
    def url(self) -> str:
        """The address to connect to."""
        return self.server.url

    @property
    def host(self) -> str:
        """As it stands among the hosts that may be called."""
        return self.url.removeprefix("http://")

    @property
    def options(self) -> dict[str, str]:
        """Of the connection."""
        return {"database": DATABASE}

    def credentials(self, password: str = PASSWORD) -> Credentials:
        """Of Talktrack's user there."""
        return Credentials({"login": LOGIN, "password": password})

    @contextmanager
    def sales(self) -> Iterator[Sales]:
        """What people do there, by a user of their own: none of it is Talktrack's doing."""
        with self.server.client("admin", ADMIN_PASSWORD) as client:
            yield Sales(client)


@contextmanager
def running(port: int | None = None) -> Iterator[Tryton]:
    """Start one over a fresh database; it and what was written to it are gone afterwards.

    Raises NoTryton when it is not installed and cannot be.
    """
    installation = installed()
    with tempfile.TemporaryDirectory(prefix="talktrack-tryton-") as scratch:
        folder = Path(scratch)
        database = folder / installation.template.name
        shutil.copy(installation.template, database)
        with serving(installation.script("trytond"), folder, database, port) as server:
            yield Tryton(server)
