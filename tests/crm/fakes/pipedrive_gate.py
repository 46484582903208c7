"""The gate of a Pipedrive on loopback: its logins, its limits and its bad days."""

import asyncio
import base64
import json
import re
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from api.crm.credentials import Credentials
from tests.crm.fakes.faults import Fault, Faults
from tests.crm.fakes.serving import DropConnection
from tests.crm.official import GONE_WRONG

CLIENT = ("talktrack-app", "app-secret-4711")
_HTML = "<!DOCTYPE html><html><body><h1>Just a moment...</h1></body></html>"
_WORDS = {
    400: "Bad request",
    401: "unauthorized access",
    403: "Scope and URL mismatch",
    404: "Not found",
    429: "request over limit",
    503: "Service unavailable",
}


class Call(NamedTuple):
    """A request and what it was answered with."""

    method: str
    path: str
    status: int


@dataclass
class Limits:
    """What is allowed; None is no end."""

    calls: int | None = 20
    searches: int | None = 10
    period_s: float = 2.0
    daily: int | None = None


class Refused(Exception):
    """A request that is not done."""

    def __init__(self, status: int, why: str | None = None) -> None:
        super().__init__(why)
        self.status, self.why = status, why or _WORDS.get(status, "Refused")


Answering = Callable[[dict[str, str], Any, int], Any]
"""Of the query, the body and the id in the path."""
Route = tuple[str, str, int, Answering]
"""Method, path, its cost in tokens, what answers it."""


class Gate(ABC):
    """What every request passes; what is behind it are `routes`."""

    def __init__(self, auth: Literal["oauth", "token"], limits: Limits | None) -> None:
        self.auth, self.limits = auth, limits or Limits()
        self.faults = Faults()
        self.calls: list[Call] = []
        self.over_limit = 0
        self.spent = 0
        self.refreshes = 0
        self.slow_s = 0.3
        self.forbidden = ""
        """Part of the paths that the user has no right to."""
        self.scope = (
            "base deals:full contacts:read search:read users:read recents:read activities:full"
        )
        self.codes: set[str] = set()
        self.api_token = uuid4().hex
        self.url = ""
        self._lock = threading.RLock()
        self._recent: dict[str, deque[float]] = {"": deque(), "search": deque()}
        self._scolded_at = float("-inf")
        self._access, self._refresh = uuid4().hex, uuid4().hex

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """What is behind the gate."""

    def credentials(self) -> Credentials:
        """What opens it now."""
        if self.auth == "token":
            return Credentials({"api_token": self.api_token})
        held = {"access_token": self._access, "refresh_token": self._refresh}
        client = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        return Credentials({**held, **client}, datetime.now(UTC) + timedelta(hours=1))

    def expire_tokens(self) -> None:
        """Have the access token end."""
        self._access = uuid4().hex

    def revoke(self) -> None:
        """Take the app, or the API token, out of the account."""
        self._access, self._refresh, self.api_token = uuid4().hex, uuid4().hex, uuid4().hex

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """The server."""
        request = Request(scope, receive)
        body = await request.body()
        fault = self._strike(request)
        if fault == "slow":
            await asyncio.sleep(self.slow_s)
        with self._lock:
            response = self._answer(request, body, fault)
            self.calls.append(Call(request.method, request.url.path, response.status_code))
        if fault == "lost_answer":
            raise DropConnection
        if fault in ("html", "half_json"):
            cut = response.body[: len(response.body) // 2]
            response = Response(
                _HTML if fault == "html" else cut,
                200,
                {GONE_WRONG: fault},
                "text/html" if fault == "html" else "application/json",
            )
        await response(scope, receive, send)

    def _strike(self, request: Request) -> Fault | None:
        """What goes wrong; a login only where it is asked for by name: its token would be lost."""
        path = request.url.path
        if path.startswith("/oauth/") and not any("oauth" in one for one, _ in self.faults._queue):
            return None
        return self.faults.strike(request.method, path)

    def _answer(self, request: Request, body: bytes, fault: Fault | None) -> Response:
        path = request.url.path
        if path.startswith("/oauth/"):
            return self._logged(lambda: self._token(request, body), {})
        headers = self._count("search" if path.endswith("/search") else "")
        if "x-shut-out" in headers:
            return Response(_HTML, 403, {GONE_WRONG: "1"}, "text/html")
        return self._logged(lambda: self._done(request, body, fault, headers), headers)

    def _logged(self, work: Callable[[], Any], headers: dict[str, str]) -> Response:
        try:
            told, status = work(), 200
        except Refused as refused:
            told, status = _envelope(refused), refused.status
        return Response(json.dumps(told), status, headers, "application/json")

    def _count(self, pace: str) -> dict[str, str]:
        """Count a call against the limits; what is too much is scolded, then shut out."""
        at = time.monotonic()
        is_over, left = False, 0
        for name in {"", pace}:
            most = self.limits.searches if name else self.limits.calls
            recent = self._recent[name]
            while recent and recent[0] <= at - self.limits.period_s:
                recent.popleft()
            recent.append(at)
            is_over |= most is not None and len(recent) > most
            left = max((most or 1000) - len(recent), 0)
        headers = {"x-ratelimit-limit": str(self.limits.calls or 1000)}
        headers |= {"x-ratelimit-remaining": str(left), "x-ratelimit-reset": "2"}
        if is_over:
            self.over_limit += 1
            key = "x-shut-out" if at - self._scolded_at < self.limits.period_s else "x-too-many"
            headers[key] = "1"
            self._scolded_at = at
        return headers

    def _done(
        self, request: Request, body: bytes, fault: Fault | None, headers: dict[str, str]
    ) -> Any:
        """Do what is asked, unless something stands against it. Raises Refused."""
        if headers.pop("x-too-many", None):
            raise Refused(429)
        self._stop(fault, headers)
        self._admit(request)
        if self.forbidden and self.forbidden in request.url.path:
            raise Refused(403)
        method, path = request.method, request.url.path
        for how, shape, cost, answering in self.routes():
            found = re.fullmatch(shape, path)
            if how == method and found:
                self._spend(cost, headers)
                asked = dict(request.query_params)
                told = json.loads(body) if body else None
                return answering(asked, told, int(found.group(1)) if found.groups() else 0)
        raise Refused(404, f"no such endpoint: {method} {path}")

    def _stop(self, fault: Fault | None, headers: dict[str, str]) -> None:
        """Raises Refused for faults that keep anything from being done."""
        if fault in ("expired", "revoked"):
            (self.expire_tokens if fault == "expired" else self.revoke)()
        if fault in ("slow_down", "slow_down_until"):
            headers.clear()
            headers.update({"retry-after": "1"} if fault == "slow_down_until" else {})
            raise Refused(429)
        if fault == "daily_limit":
            headers["x-daily-ratelimit-token-remaining"] = "0"
            raise Refused(429)
        if fault == "broken":
            raise Refused(503)

    def _admit(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        is_ours = given == f"Bearer {self._access}" if self.auth == "oauth" else False
        if not is_ours and request.headers.get("x-api-token") != self.api_token:
            raise Refused(401)

    def _spend(self, cost: int, headers: dict[str, str]) -> None:
        self.spent += cost
        if self.limits.daily is not None:
            left = max(self.limits.daily - self.spent, 0)
            headers["x-daily-ratelimit-token-remaining"] = str(left)
            if self.spent > self.limits.daily:
                raise Refused(429)

    def _token(self, request: Request, body: bytes) -> Any:
        """New tokens for a code or for a refresh token, each good for one use."""
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            raise Refused(401, "invalid_client")
        form = dict(pair.split("=", 1) for pair in body.decode().split("&"))
        if form["grant_type"] == "refresh_token":
            is_good = form["refresh_token"] == self._refresh
        else:
            is_good = form["code"] in self.codes
            self.codes.discard(form["code"])
        if not is_good:
            raise Refused(400, "invalid_grant")
        self.refreshes += 1
        self._access, self._refresh = uuid4().hex, uuid4().hex
        told = {"access_token": self._access, "refresh_token": self._refresh, "scope": self.scope}
        return {**told, "token_type": "Bearer", "expires_in": 3599, "api_domain": self.url}


def _envelope(refused: Refused) -> dict[str, Any]:
    told = {"success": False, "error": refused.why, "data": None, "additional_data": None}
    if refused.status == 401:
        return {"success": False, "error": refused.why, "errorCode": 401}
    return {**told, "error_info": "Please check developers.pipedrive.com"}
