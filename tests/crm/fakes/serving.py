"""ASGI apps on loopback, in a thread, with real sockets that may break off."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

_STARTS_WITHIN_S = 10.0
_STOPS_WITHIN_S = 10.0


class DropConnection(BaseException):
    """Raised in an app: the socket is closed there and then, without an answer or in its middle.

    No Exception, for frameworks answer those with a 500.
    """


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """An app at http://127.0.0.1:PORT; raise DropConnection in it to hang up."""
    transports: dict[tuple[str, int], asyncio.Transport] = {}

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # asyncio does so only where the listening socket named its protocol: 40 ms an answer
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transports[transport.get_extra_info("peername")[:2]] = transport

    async def dropping(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except DropConnection:
            transports[tuple(scope["client"])].close()
            while (await receive())["type"] != "http.disconnect":
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                dropping,
                http=Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        _wait_for(server, thread)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_STOPS_WITHIN_S)


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Come back when it listens."""
    ends_at = time.monotonic() + _STARTS_WITHIN_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > ends_at:
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
