"""A real HTTP server that receives webhooks, and fails as it is told to."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in, and what is answered: a status for each request to come, then 204."""

    port: int
    got: list[Got] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    manner: str = "prompt"
    """`prompt`, `slow`, `dripping`, `dropping`."""

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/hook") -> str:
        return f"http://{self.place}{path}"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    receiver = Receiver(server.server_address[1])
    server.receiver = receiver  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        named = {name.lower(): value for name, value in self.headers.items()}
        receiver.got.append(Got(self.path, named, body))
        if receiver.manner == "dropping":
            self.close_connection = True
            return
        if receiver.manner == "slow":
            time.sleep(2)
        try:
            self._answer(receiver)
        except OSError:  # who waits no longer is gone
            self.close_connection = True

    def _answer(self, receiver: Receiver) -> None:
        if receiver.manner == "dripping":
            for sign in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100:
                self.wfile.write(bytes([sign]))
                time.sleep(0.05)
            return
        self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
        for name, value in receiver.answer_headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(receiver.answer_body)))
        self.end_headers()
        self.wfile.write(receiver.answer_body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_said: Any) -> None:
        """Say nothing."""
