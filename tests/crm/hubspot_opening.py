"""HubSpot's fake, opened as the product opens HubSpot."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from api.crm.credentials import Credentials, HeldGrant
from api.crm.hubspot import HubSpot, manners
from api.crm.port import CallNote, CrmTask
from api.crm.wire import Wire
from tests.crm.fakes.hubspot import HubSpotFake

VERSIONS = ("2026-03", "2026-09")
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MARK = "Ref TT-8a9d5e0c-4d0f-4c25-9a4c-0e4c6f5d1a11"
NOTE = CallNote(MARK, "Call", f"<p>Hello</p><p>{MARK}</p>", f"Hello\n{MARK}", AT)
TASK = CrmTask(MARK, "Send the offer", f"Send the <offer>\n{MARK}", date(2026, 12, 1))


def wire_to(fake: HubSpotFake, credentials: Credentials | None = None, **more: Any) -> Wire:
    """A way to the fake whose pauses take no time."""
    return Wire(
        manners(fake.url, {**fake.options, **more}),
        HeldGrant(credentials or fake.credentials()),
        (urlsplit(fake.url).netloc,),
        sleep=lambda _: None,
    )


@contextmanager
def opened(
    fake: HubSpotFake, credentials: Credentials | None = None, **more: Any
) -> Iterator[HubSpot]:
    """The fake's account by the port; its limits are another test's business."""
    fake.limits = {"": (100_000, 10.0), "search": (100_000, 1.0)}
    with wire_to(fake, credentials, **more) as wire:
        yield HubSpot(wire, {**fake.options, **more})
