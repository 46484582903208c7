"""A real S3 endpoint on loopback, and a line to it that fails as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep
from uuid import uuid4

import httpx
from moto.server import ThreadedMotoServer

from models.files import Files
from models.stores import Patience

HASTE = Patience(retries=3, retry_s=5.0, timeout_s=5.0, connect_s=1.0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A new bucket at an endpoint such as http://127.0.0.1:9000."""

    endpoint: str
    name: str

    def files(self, endpoint: str | None = None, patience: Patience = HASTE) -> Files:
        url = f"s3://{self.name}/some/prefix"
        return Files(url, options=options(endpoint or self.endpoint), patience=patience)

    def keys(self) -> list[str]:
        """All keys, without the prefix."""
        page = httpx.get(f"{self.endpoint}/{self.name}?list-type=2").text
        return [part.partition("</Key>")[0] for part in page.split("<Key>some/prefix/")[1:]]

    def half_uploads(self) -> int:
        """Multipart uploads that were begun and not ended."""
        page = httpx.get(f"{self.endpoint}/{self.name}?uploads").text
        return page.count("<UploadId>")


def options(endpoint: str) -> dict[str, str]:
    return {
        "endpoint": endpoint,
        "region": "us-east-1",
        "access_key_id": "key",
        "secret_access_key": "secret",
    }


@contextmanager
def s3_server() -> Iterator[str]:
    """Run moto's S3; yields its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def new_bucket(endpoint: str) -> Bucket:
    bucket = Bucket(endpoint, f"calls-{uuid4().hex[:12]}")
    httpx.put(f"{endpoint}/{bucket.name}").raise_for_status()
    return bucket


@dataclass(slots=True)
class Line:
    """What a proxy does to the requests that pass; counts them."""

    target: str
    failures: int = 0
    """How many requests are answered with `status`; -1: all."""
    status: int = 503
    delay_s: float = 0.0
    cuts: int = 0
    """How many answers break off in the middle of their body."""
    seen: list[str] = field(default_factory=list)
    address: str = ""
    _lock: Lock = field(default_factory=Lock)

    def fails(self, method: str) -> bool:
        with self._lock:
            self.seen.append(method)
            failing = self.failures != 0
            self.failures -= self.failures > 0
        return failing

    def cut(self) -> bool:
        with self._lock:
            cutting = self.cuts > 0
            self.cuts -= cutting
        return cutting


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, line: Line) -> None:
        super().__init__(("127.0.0.1", 0), _Through)
        self.line = line


class _Through(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def do_GET(self) -> None:
        line = self.server.line
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sleep(line.delay_s)
        if line.fails(self.command):
            self._answer(line.status, [], b"not now")
            return
        onward = HTTPConnection(line.target, timeout=30)
        onward.request(self.command, self.path, body, dict(self.headers))
        answer = onward.getresponse()
        self._answer(answer.status, answer.getheaders(), answer.read())
        onward.close()

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        own = {"content-length", "transfer-encoding", "connection"}
        length = str(len(body))
        if self.command == "HEAD":
            length = next((v for name, v in headers if name.lower() == "content-length"), "0")
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in own:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command == "GET" and self.server.line.cut():
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def bad_line(endpoint: str) -> Iterator[Line]:
    """Run a proxy before an endpoint; what is set on the line holds from then on."""
    line = Line(endpoint.removeprefix("http://"))
    server = _Proxy(line)
    line.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
