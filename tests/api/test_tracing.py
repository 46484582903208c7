"""Spans of requests, jobs and their stages reach a collector, without a word of anybody."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sqlalchemy import Engine, text

from api import tracing
from api.settings import Settings
from models.errors import BadInput
from models.files import Files
from tests.api.byte_by_byte import Search
from tests.api.conftest import People
from tests.api.working import new_recording, work, workshop_of

WORDS = "Zorblatta Quixley"


@dataclass
class Collector:
    """What came in, decoded, and byte by byte."""

    url: str
    raw: bytes = b""
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []

    def spans(self) -> dict[str, list[Span]]:
        """The spans by name."""
        tracing.flush()
        found: dict[str, list[Span]] = {}
        for request in self.requests:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        found.setdefault(span.name, []).append(span)
        return found


class _Otlp(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        collector: Collector = self.server.collector  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"]))
        collector.raw += body + str(self.headers).encode()
        collector.paths += (self.path,)
        collector.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on loopback, to which this process sends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Otlp)
    server.daemon_threads = True
    made = Collector(f"http://127.0.0.1:{server.server_port}")
    server.collector = made  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    tracing.begin_tracing(made.url, "web")
    yield made
    tracing.end_tracing()
    server.shutdown()
    server.server_close()


def told(span: Span) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes
    }


def test_requests_jobs_and_stages_are_told_without_content(
    collector: Collector,
    rep: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    people: People,
) -> None:
    call_id = new_recording(engine, files, people.rep, name=f"{WORDS}.wav")
    work(workshop_of(settings, engine, files))
    rep.get(f"/calls/{call_id}", params={"q": WORDS}, headers={"x-words": WORDS})
    rep.post(f"/calls/{call_id}/comments", json={"text": WORDS})
    rep.get(f"/shared/{WORDS}")
    spans = collector.spans()
    assert set(collector.paths) == {"/v1/traces"}
    (read,) = spans["GET /api/v1/calls/{call_id}"]
    assert told(read) == {
        "http.request.method": "GET",
        "http.route": "/api/v1/calls/{call_id}",
        "http.response.status_code": 200,
        "user.id": str(people.rep.id),
    }
    assert read.kind == Span.SPAN_KIND_SERVER
    assert told(spans["GET /api/v1/shared/{secret}"][0])["http.response.status_code"] == 404
    (heard,) = spans["job hear_call"]
    assert told(heard)["talktrack.call_id"] == str(call_id)
    stages = [one for name, all_ in spans.items() if name.startswith("stage ") for one in all_]
    assert {one.name for one in stages} >= {"stage transcribing", "stage understanding"}
    jobs = {heard.span_id, *(one.span_id for one in spans["job understand_call"])}
    assert {one.parent_span_id for one in stages} <= jobs
    assert all(one.end_time_unix_nano >= one.start_time_unix_nano for one in stages)
    service = told(collector.requests[0].resource_spans[0].resource)  # type: ignore[arg-type]
    assert service["service.name"] == "talktrack"
    token = rep.headers["authorization"].removeprefix("Bearer ")
    assert not Search((WORDS, "Quixley", token, people.rep.email)).is_in(collector.raw)


def test_what_fails_is_told_by_its_class(
    collector: Collector, rep: TestClient, engine: Engine, people: People
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE comment RENAME TO comment_away"))
    made = rep.post("/calls", json={"title": WORDS}).json()["id"]
    rep.post(f"/calls/{made}/comments", json={"text": WORDS})
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE comment_away RENAME TO comment"))
    (failed,) = collector.spans()["POST /api/v1/calls/{call_id}/comments"]
    assert (failed.status.code, told(failed)["error.type"]) == (2, "500")
    assert not failed.events
    assert not Search((WORDS,)).is_in(collector.raw)


def test_a_collector_that_is_away_holds_nobody_up(rep: TestClient) -> None:
    tracing.begin_tracing("http://127.0.0.1:9", "web")
    try:
        assert rep.get("/calls").status_code == 200
    finally:
        tracing.end_tracing()


def test_nothing_of_it_is_loaded_when_it_is_off() -> None:
    """FastAPI loads the empty interface of it; what would send is not there."""
    told = "import api.observing, sys; print(*sys.modules)"
    command = [sys.executable, "-W", "ignore", "-c", told]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    sends = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto")
    assert [one for one in loaded if one.startswith(sends)] == []


def test_without_its_packages_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(BadInput, match=r"talktrack\[telemetry\]"):
        tracing.begin_tracing("http://127.0.0.1:9", "web")
