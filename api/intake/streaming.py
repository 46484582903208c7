"""Routes that read a body as it comes: no transaction is open while bytes flow.

See docs/decisions/0007-uploads-stream.md.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlmodel import Session
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from api.dependencies import SettingsDep, open_schemes, settings_of, who
from api.edge import Replayed
from api.routing import PROBLEMS, problems
from models.database import session_scope
from models.tables import User

STALL_S = 20.0
"""A client silent for so long is taken for gone."""
MEGABYTE = 1_000_000
_GONE = 499
Result = TypeVar("Result")


class Stalled(Exception):
    """The client sent nothing for too long."""


class StreamRoute(APIRoute):
    """A route that commits by itself, in short transactions; what it raises is told as ever."""

    headers: ClassVar[dict[str, str]] = {}
    """What goes with every answer."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Starlette's own, with these headers on every answer."""

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await super().handle(scope, receive, tell)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, with what concerns all of these routes around it."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except Replayed as again:
                said = again.answer
                return Response(said.body, said.status, dict(said.headers))
            except ClientDisconnect:
                return Response(status_code=_GONE)  # nobody reads it
            except Stalled:
                raise HTTPException(408, _STALLED, {"Connection": "close"}) from None

        return handler


def caller(
    request: Request,
    settings: SettingsDep,
    _schemes: Annotated[None, Depends(open_schemes)],
) -> User:
    """Who is asking, found out in a transaction of its own."""
    with session_scope(request.app.state.engine) as session:
        return who(request, session, settings)


CallerDep = Annotated[User, Depends(caller)]


def stream_router(
    tag: str, route: type[StreamRoute] = StreamRoute, why: Mapping[int, str] = MappingProxyType({})
) -> APIRouter:
    """A router whose every route asks who is there, and reads its body itself."""
    return APIRouter(
        tags=[tag],
        route_class=route,
        dependencies=[Depends(caller)],
        responses={**PROBLEMS, **problems({**_WHY, **why})},
    )


async def transact(request: Request, work: Callable[[Session], Result]) -> Result:
    """Do something in a transaction of its own, in a thread."""

    def run() -> Result:
        with session_scope(request.app.state.engine) as session:
            return work(session)

    return await run_in_threadpool(run)


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises ClientDisconnect, and Stalled when nothing comes."""
    async with aclosing(request.stream()) as stream:
        while True:
            try:
                async with asyncio.timeout(STALL_S):
                    chunk = await anext(stream, None)
            except TimeoutError:
                raise Stalled from None
            if chunk is None:
                return
            if chunk:
                yield chunk


def most_bytes(request: Request) -> int:
    """The largest file that is taken."""
    return settings_of(request).max_upload_mb * MEGABYTE


def too_large(request: Request) -> HTTPException:
    """The answer to a file that is larger."""
    most = settings_of(request).max_upload_mb
    return HTTPException(413, f"the file is too large; at most {most} MB are taken")


def declared_length(request: Request) -> int | None:
    """How long the body says it is; None when it does not say."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() else None


_STALLED = "nothing came for a while; go on from where the server stopped"
_WHY = {
    408: "Nothing came for too long",
    413: "It is larger than what is taken",
    415: "It is no recording, or not sent as one",
    507: "There is no room for it",
}
