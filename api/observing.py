"""What each request and each job leaves in the log and, where wanted, at a collector of spans."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import JobContext
from sqlalchemy import inspect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs, tracing
from api.settings import Settings

_LOG = logging.getLogger(__name__)
_ELSEWHERE = "(no route)"
_IDS = ("call_id", "delivery_id", "message_id", "connection_id", "erasure_id")


def begin_observing(settings: Settings, process: str) -> None:
    """Write the log of this process as the settings say; raises as `begin_tracing` does."""
    logs.begin_log(settings.log_form, settings.log_level)
    if settings.otlp_endpoint:
        tracing.begin_tracing(settings.otlp_endpoint, process)


def is_observed() -> bool:
    """Whether anybody wants to know of each request and job."""
    return tracing.is_tracing() or _LOG.isEnabledFor(logging.INFO)


class Observed:
    """Tells of each request by the pattern of its route, never by its address."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell what came of it."""
        if scope["type"] != "http" or not is_observed():
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method = scope["method"]
        with tracing.span(method, is_server=True) as span:
            try:
                await self._app(scope, receive, seen)
            finally:
                facts = {"method": method, "route": self._route(scope), "status": status}
                self._tell(scope, facts, time.monotonic() - began, span)

    def _route(self, scope: Scope) -> str:
        """The pattern of the route; one of the API's knows itself without the prefix."""
        path: str | None = getattr(scope.get("route"), "path", None)
        if path is None:
            return _ELSEWHERE
        is_short = scope["path"].startswith(self._prefix) and not path.startswith(self._prefix)
        return f"{self._prefix}{path}" if is_short else path

    @staticmethod
    def _tell(scope: Scope, facts: dict[str, Any], took_s: float, span: Any) -> None:
        user = _user_of(scope)
        if span is not None:
            span.update_name(f"{facts['method']} {facts['route']}")
        named = {
            "http.request.method": facts["method"],
            "http.route": facts["route"],
            "http.response.status_code": facts["status"],
            **({"user.id": user} if user else {}),
        }
        tracing.tell(span, named, "500" if facts["status"] >= 500 else None)
        more = {"ms": round(took_s * 1000), **({"user": user} if user else {})}
        _LOG.info("request", extra={"facts": {**facts, **more}})


async def observe_job(
    go_on: Callable[[], Awaitable[Any]], context: JobContext, _worker: object
) -> Any:
    """Do a job, and tell what came of it; it has no more than ids among its arguments."""
    if not is_observed():
        return await go_on()
    job = context.job
    ids = {name: str(job.task_kwargs[name]) for name in _IDS if name in job.task_kwargs}
    facts: dict[str, Any] = {"task": job.task_name, "job": job.id or 0, "try": job.attempts, **ids}
    began, failed = time.monotonic(), None
    with tracing.span(f"job {job.task_name}") as span:
        try:
            return await go_on()
        except BaseException as error:
            failed = f"{type(error).__module__}.{type(error).__qualname__}"
            raise
        finally:
            tracing.tell(span, {f"talktrack.{name}": one for name, one in facts.items()}, failed)
            facts["ms"] = round((time.monotonic() - began) * 1000)
            _LOG.info("job", extra={"facts": {**facts, **({"error": failed} if failed else {})}})


def _user_of(scope: Scope) -> str | None:
    """Who asked, by id; the row is not read again for it."""
    user = scope.get("state", {}).get("user")
    identity = inspect(user).identity if user is not None else None
    return str(identity[0]) if identity else None
