"""A CRM of no vendor: a server that says what it is told to, and manners to go with it."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from api.crm.credentials import Credentials
from api.crm.errors import CrmError, CrmNeedsLogin, CrmRejected, CrmSpent, CrmUnavailable
from api.crm.pace import Pace
from api.crm.wire import Answer, Wire
from models.tables.columns import now
from tests.crm.fakes.serving import DropConnection

TOKEN = "token-that-nobody-may-read"  # noqa: S105


@dataclass(frozen=True)
class Say:
    """An answer, or what happens instead of one."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    drops: bool = False
    declared: int | None = None


class Scripted:
    """A server that says one thing after the other, and the last one from then on."""

    def __init__(self, *says: Say) -> None:
        self.says = list(says) or [Say()]
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.at: list[float] = []
        self.ports: set[int] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.at.append(time.monotonic())
        self.ports.add(scope["client"][1])
        content, more = b"", True
        while more:
            message = await receive()
            content, more = content + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.seen.append((scope["method"], scope["path"], headers, content))
        say = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if say.drops:
            raise DropConnection
        await asyncio.sleep(say.wait_s)
        told = [(name.encode(), value.encode()) for name, value in say.headers.items()]
        if say.declared is not None:
            told.append((b"content-length", str(say.declared).encode()))
        await send({"type": "http.response.start", "status": say.status, "headers": told})
        await send({"type": "http.response.body", "body": say.body, "more_body": say.declared})
        if say.declared is not None:
            raise DropConnection


class Plain:
    """The manners of nobody: 401 asks for a login, 429 for a pause, 403 with "spent" for a day."""

    name = "Plain CRM"

    def __init__(self, address: str, paces: Mapping[str, Pace] | None = None) -> None:
        self.address, self.paces, self.renewals = address, paces or {}, 0
        self.renewed: Callable[[Credentials], Credentials] = self._next

    def base_url(self, credentials: Credentials) -> str:
        del credentials
        return self.address

    def headers(self, credentials: Credentials) -> Mapping[str, str]:
        return {"authorization": f"Bearer {credentials['token']}"}

    def renew(self, credentials: Credentials, wire: Wire) -> Credentials:
        self.renewals += 1
        return self.renewed(credentials)

    def _next(self, credentials: Credentials) -> Credentials:
        return credentials.renewed(3600.0, token=f"{TOKEN}-{self.renewals}")

    def refusal(self, answer: Answer) -> CrmError | None:
        if answer.is_good:
            return None
        told = f"Plain CRM: {json.dumps(answer.body)}"
        if answer.status == 401:
            return CrmNeedsLogin(told)
        if answer.status == 429 or answer.status >= 500:
            wait = answer.headers.get("retry-after")
            return CrmUnavailable(told, float(wait) if wait else None)
        if "spent" in told:
            return CrmSpent(told, now() + timedelta(days=1))
        return CrmRejected(told)
