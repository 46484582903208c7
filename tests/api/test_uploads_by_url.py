"""Recordings fetched by URL: only from listed hosts, and never from where those should not lead."""

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.intake.fetching import TooMuch, fetch
from api.settings import Settings
from models.errors import BadInput, StoreError, Unreachable
from models.files import Files
from models.outside import Limits
from tests.api.tus import calls_of, recording

SHORT = Limits(connect_s=1.0, read_s=1.0, whole_s=1.0)


@dataclass(slots=True)
class Host:
    """A server of recordings, and what it was asked."""

    port: int
    content: bytes
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/call.wav", name: str = "127.0.0.1") -> str:
        return f"http://{name}:{self.port}{path}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    host: Host


class _Answers(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        host = self.server.host
        host.asked.append((self.path, dict(self.headers)))
        kind = self.path.strip("/").partition("/")[0]
        if kind == "redirect":
            self._head(302, Location=host.url())
        elif kind.isdigit():
            self._head(int(kind))
        elif kind == "page":
            self._send(b"<!doctype html><p>Sign in")
        elif kind == "packed":
            self._send(gzip.compress(host.content), **{"Content-Encoding": "gzip"})
        elif kind == "endless":
            self._head(200)
            self._drip(recording(1 << 16), pause_s=0.0)
        elif kind == "slow":
            self._head(200)
            self._drip(b"R", pause_s=0.2)
        elif kind == "half":
            self._send(host.content[:100], **{"Content-Length": "5000"})
        else:
            self._send(host.content)

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, content: bytes, **headers: str) -> None:
        length = {"Content-Length": str(len(content)), "Content-Type": "audio/wav"}
        self._head(200, **{**length, **headers})
        self.wfile.write(content)

    def _drip(self, content: bytes, pause_s: float) -> None:
        try:
            while True:
                self.wfile.write(content)
                self.wfile.flush()
                time.sleep(pause_s)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Host]:
    server = _Server(("127.0.0.1", 0), _Answers)
    server.host = Host(server.server_port, recording())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def host() -> Iterator[Host]:
    with serving() as host:
        yield host


@pytest.fixture
def settings(settings: Settings, host: Host) -> Settings:
    listed = (f"127.0.0.1:{host.port}", "localhost", "*.example.com", "2130706433")
    return settings.model_copy(update={"url_hosts": listed, "max_upload_mb": 1})


@pytest.fixture
def kept(tmp_path: Path) -> Files:
    return Files(str(tmp_path / "kept"))


def ask(client: TestClient, url: str, **more: object) -> Any:
    return client.post("/recordings/by-url", json={"url": url, **more})


def test_a_recording_is_fetched_from_a_listed_host(
    rep: TestClient, host: Host, files: Files
) -> None:
    url = host.url("/some/a%20call.wav?token=x")
    made = ask(rep, url, call={"title": "Fetched", "speakers": 2})
    assert made.status_code == 201
    call = made.json()["call"]
    assert (call["title"], call["speakers"], call["state"]) == ("Fetched", 2, "waiting")
    assert call["recording"]["origin_name"] == "a call.wav"
    assert call["recording"]["media_type"] == "audio/wav"
    key = f"recordings/{call['recording']['sha256'][:2]}/{call['recording']['sha256']}"
    assert b"".join(files.read(key)) == host.content
    asked, headers = host.asked[0]
    assert asked == "/some/a%20call.wav?token=x"
    assert "authorization" not in {name.lower() for name in headers}


def test_the_same_file_fetched_twice_is_one_call(rep: TestClient, host: Host) -> None:
    first = ask(rep, host.url()).json()["call"]["id"]
    again = ask(rep, host.url("/other.wav"))
    assert (again.status_code, again.json()["same_as"]) == (200, first)
    assert again.headers["x-same-as"] == first
    assert ask(rep, host.url(), again=True).status_code == 201
    assert len(calls_of(rep)) == 2


def test_a_fetch_asked_for_twice_under_a_key_is_made_once(rep: TestClient, host: Host) -> None:
    asked = {"url": host.url()}
    answers = [
        rep.post("/recordings/by-url", json=asked, headers={"idempotency-key": "k"})
        for _time in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(host.asked) == 1
    other = {"url": host.url("/x")}
    again = rep.post("/recordings/by-url", json=other, headers={"idempotency-key": "k"})
    assert again.status_code == 409


def test_a_waiting_call_gets_what_is_fetched(rep: TestClient, host: Host) -> None:
    call = rep.post("/calls", json={"title": "Planned"}).json()["id"]
    made = ask(rep, host.url(), call_id=call).json()
    assert made["call"]["id"] == call
    assert ask(rep, host.url(), call_id=call).status_code == 409


def test_what_cannot_become_a_call_is_not_fetched(
    rep: TestClient, peer: TestClient, host: Host
) -> None:
    call = rep.post("/calls", json={"title": "Planned"}).json()["id"]
    assert ask(peer, host.url(), call_id=call).status_code == 404
    nobody = "00000000-0000-0000-0000-000000000000"
    assert ask(rep, host.url(), call={"deal_id": nobody}).status_code == 404
    assert host.asked == []


_ELSEWHERE = (
    "http://localhost:{port}/call.wav",
    "https://localhost:{port}/call.wav",
    "https://127.0.0.1/call.wav",
    "http://127.0.0.1/call.wav",
    "https://2130706433:{port}/call.wav",
    "http://2130706433:{port}/call.wav",
    "http://0x7f000001:{port}/call.wav",
    "http://127.1:{port}/call.wav",
    "http://[::1]:{port}/call.wav",
    "http://[::ffff:127.0.0.1]:{port}/call.wav",
    "http://user:secret@127.0.0.1:{port}/call.wav",
    "http://127.0.0.1:{port}@evil.example/call.wav",
    "http://127.0.0.1:{port}\\@evil.example/call.wav",
    "http://evil.example#@127.0.0.1:{port}/call.wav",
    "http://a.example.com/call.wav",
    "https://example.com/call.wav",
    "https://notexample.com/call.wav",
    "https://example.com.evil.example/call.wav",
    "https://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/call.wav",
    "gopher://127.0.0.1:{port}/_GET",
    "//127.0.0.1:{port}/call.wav",
    "http://127.0.0.1:{port}\r\nX: y",
    "",
    "http://",
    "https://" + "a" * 1990,
)


def test_no_other_place_is_called(rep: TestClient, host: Host) -> None:
    for url in _ELSEWHERE:
        refused = ask(rep, url.format(port=host.port))
        assert refused.status_code == 422, (url, refused.text)
    assert host.asked == []
    assert calls_of(rep) == []


def test_a_name_that_leads_home_is_not_followed(kept: Files, host: Host) -> None:
    with pytest.raises(BadInput, match="private address"):
        fetch(kept, f"https://localhost:{host.port}/x", ["localhost"], 10**6, SHORT)
    assert host.asked == []


def test_a_name_is_asked_for_where_it_leads_only_once(
    kept: Files, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it cannot lead elsewhere once it was looked at."""
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", host.port))]
    home = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", host.port))]
    led = iter([public, home, home])
    connected: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: next(led))

    def connect(address: object, *_args: object, **_named: object) -> socket.socket:
        connected.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        fetch(kept, f"https://a.example.com:{host.port}/x", ["*.example.com"], 10**6, SHORT)
    assert connected == [("93.184.216.34", host.port)]
    assert host.asked == []


def test_a_pattern_allows_what_is_under_it(kept: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def lead(name: str, *_args: object, **_named: object) -> list[Any]:
        looked.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", lead)
    for name in ("a.example.com", "a.b.EXAMPLE.com"):
        with pytest.raises(BadInput, match="private address"):
            fetch(kept, f"https://{name}/x", ["*.example.com"], 10**6, SHORT)
    assert [name.lower() for name in looked] == ["a.example.com", "a.b.example.com"]


_NO_RECORDINGS = (
    ("/redirect", 422, "leads on to another address"),
    ("/404", 422, "answered 404"),
    ("/204", 422, "answered 204"),
    ("/500", 503, "answered 500"),
    ("/page", 415, "an HTML page"),
    ("/packed", 422, "packs the file"),
    ("/endless", 413, "too large"),
    ("/half", 503, "127.0.0.1"),
)


def test_an_answer_that_is_no_recording_leaves_nothing(
    rep: TestClient, host: Host, files: Files
) -> None:
    for path, status, said in _NO_RECORDINGS:
        refused = ask(rep, host.url(path))
        assert refused.status_code == status, (path, refused.text)
        assert said in refused.json()["detail"]
    assert [one for one, _headers in host.asked] == [
        path for path, _status, _said in _NO_RECORDINGS
    ]
    assert calls_of(rep) == []
    assert [*files._store.listed("recordings"), *files._store.listed("incoming")] == []


def test_a_file_that_says_it_is_too_large_is_not_read(kept: Files, host: Host) -> None:
    with pytest.raises(TooMuch):
        fetch(kept, host.url(), [f"127.0.0.1:{host.port}"], 100, SHORT)


def test_a_host_that_drips_is_not_waited_for(kept: Files, host: Host) -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match="in time"):
        fetch(kept, host.url("/slow"), [f"127.0.0.1:{host.port}"], 10**6, SHORT)
    assert time.monotonic() - began < 5


class TestNothingListed:
    """As it is out of the box."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"url_hosts": ()})

    def test_nothing_is_fetched(self, rep: TestClient, host: Host) -> None:
        assert ask(rep, host.url()).status_code == 422
        assert ask(rep, "https://a.example.com/x").status_code == 422
        assert host.asked == []
