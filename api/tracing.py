"""Spans of requests and jobs for an OpenTelemetry collector, where one is configured.

Without a collector nothing of OpenTelemetry is loaded. A span has a route's pattern, a job's name,
ids, times and the class of an error: no address, no header, no argument, no message.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import TYPE_CHECKING

from models.errors import BadInput

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

Fact = str | int | float | bool
_OWN = "talktrack"
_LONGEST_WAIT_S = 5
_provider: "list[TracerProvider]" = []
_tracer: "list[Tracer]" = []
_stages: "ContextVar[list[Span] | None]" = ContextVar("stages", default=None)
"""The stage that is under way within the span that is open."""


def begin_tracing(endpoint: str, process: str) -> None:
    """Send the spans of this process to a collector; `process` is `web` or `worker`.

    What a collector does not take is dropped. Raises BadInput without OpenTelemetry's packages.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise BadInput(
            "TALKTRACK_OTLP_ENDPOINT: OpenTelemetry is missing: pip install 'talktrack[telemetry]'"
        ) from None
    told = {
        "service.name": _OWN,
        "service.version": version(_OWN),
        "service.instance.id": f"{process}-{os.getpid()}",
    }
    provider = TracerProvider(resource=Resource(told))
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_LONGEST_WAIT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _provider[:], _tracer[:] = [provider], [provider.get_tracer(_OWN)]


def is_tracing() -> bool:
    """Whether spans go anywhere."""
    return bool(_tracer)


def flush() -> None:
    """Send what waits."""
    for one in _provider:
        one.force_flush(_LONGEST_WAIT_S * 1000)


def end_tracing() -> None:
    """Send what waits, and nothing more from then on."""
    for one in _provider:
        one.shutdown()
    _provider[:], _tracer[:] = [], []


@contextmanager
def span(name: str, *, is_server: bool = False) -> "Iterator[Span | None]":
    """A span around the block, under the one that is open; None where nothing is traced."""
    if not _tracer:
        yield None
        return
    from opentelemetry.trace import SpanKind

    kind = SpanKind.SERVER if is_server else SpanKind.INTERNAL
    opened = _tracer[0].start_as_current_span(
        name, kind=kind, record_exception=False, set_status_on_exception=False
    )
    with opened as found:
        stages: list[Span] = []
        before = _stages.set(stages)
        try:
            yield found
        finally:
            _stages.reset(before)
            _end(stages)


def begin_stage(name: str) -> None:
    """Say that what the open span is about has come to another stage, a span of its own."""
    stages = _stages.get()
    if _tracer and stages is not None:
        _end(stages)
        stages.append(_tracer[0].start_span(f"stage {name}"))


def tell(found: "Span | None", facts: Mapping[str, Fact], error: str | None = None) -> None:
    """Put facts on a span, and the class of what went wrong."""
    if found is None:
        return
    for name, value in facts.items():
        found.set_attribute(name, value)
    if error is not None:
        from opentelemetry.trace import StatusCode

        found.set_attribute("error.type", error)
        found.set_status(StatusCode.ERROR)


def _end(stages: "list[Span]") -> None:
    while stages:
        stages.pop().end()
