"""Salesforce's fake, opened as the product opens Salesforce."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from api.crm.credentials import Credentials, HeldGrant
from api.crm.port import CallNote
from api.crm.salesforce import manners
from api.crm.wire import Wire
from tests.crm.fakes.salesforce import SalesforceFake
from tests.crm.fakes.serving import serve

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MARK = "Ref TT-6f1c2a34-0000-4000-8000-00000000000a"


class Stage:
    """One server for all tests of this file; each puts its own organisation on it."""

    url = ""
    fake: SalesforceFake

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.fake(scope, receive, send)

    def opened(self) -> SalesforceFake:
        """A new organisation on it."""
        self.fake = SalesforceFake()
        self.fake.url = self.url
        return self.fake


@contextmanager
def staged() -> Iterator[Stage]:
    """The server."""
    stage = Stage()
    with serve(stage) as stage.url:
        yield stage


def note(
    title: str = "Discovery call", html_text: str = "<p>Hello</p>", mark: str = MARK
) -> CallNote:
    return CallNote(
        mark, title, f"{html_text}<p>{mark}</p>", f"Hello\n{mark}", AT, "sam@example.com"
    )


@contextmanager
def wired(fake: SalesforceFake, credentials: Credentials | None = None) -> Iterator[Wire]:
    place = urlsplit(fake.url).netloc
    grant = HeldGrant(credentials or fake.credentials())
    with Wire(manners(fake.url, fake.options), grant, (place,), sleep=lambda _: None) as wire:
        yield wire
