"""The server's figures as Prometheus reads them: counted in the database when they are asked for.

So every process tells the same, and none keeps any. No names, no ids, nothing that was said.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from models.alerts import Alert, Room
from models.operation import OperationState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(state: OperationState, alerts: list[Alert], room: Room | None) -> bytes:
    """The figures as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector([*_queues(state), *_calls(state), *_watched(alerts, room)]))
    return generate_latest(registry)


class _Collector:
    """Figures that are there already."""

    def __init__(self, figures: list[Metric]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from self._figures


def _gauge(name: str, about: str, values: dict[str, float], label: str = "") -> Metric:
    gauge = GaugeMetricFamily(f"talktrack_{name}", about, labels=[label] if label else None)
    for key, value in values.items():
        gauge.add_metric([key] if label else [], value)
    return gauge


def _queues(state: OperationState) -> Iterator[Metric]:
    named = {one.name: one for one in state.queues}
    yield _gauge("workers", "Workers that said lately that they live.", {"": state.workers})
    yield _gauge(
        "jobs_waiting", "Jobs that are due.", {k: v.waiting for k, v in named.items()}, "queue"
    )
    yield _gauge("jobs_working", "Jobs at work.", {k: v.working for k, v in named.items()}, "queue")
    yield _gauge(
        "jobs_failed_day",
        "Jobs that failed in the last 24 hours.",
        {k: v.failed for k, v in named.items()},
        "queue",
    )
    yield _gauge(
        "jobs_oldest_seconds",
        "How long the oldest job that is due waits.",
        {k: v.oldest_s for k, v in named.items()},
        "queue",
    )
    times = {one.task: one for one in state.times}
    yield _gauge(
        "task_done_day",
        "Jobs done in the last 24 hours.",
        {k: v.done for k, v in times.items()},
        "task",
    )
    yield _gauge(
        "task_median_seconds",
        "What half of them took at most.",
        {k: v.half_s for k, v in times.items()},
        "task",
    )
    yield _gauge(
        "task_p95_seconds",
        "What 19 of 20 took at most.",
        {k: v.most_s for k, v in times.items()},
        "task",
    )


def _calls(state: OperationState) -> Iterator[Metric]:
    yield _gauge("calls", "Calls by state.", dict(state.calls), "state")
    yield _gauge(
        "calls_failed_day",
        "Calls that failed in the last 24 hours, by the class of the error.",
        dict(state.failures),
        "kind",
    )
    yield _gauge("crm_pushes", "Notes for CRMs by state.", dict(state.pushes), "state")
    yield _gauge("crm_connections", "CRMs by state.", dict(state.connections), "state")


def _watched(alerts: list[Alert], room: Room | None) -> Iterator[Metric]:
    codes: dict[str, float] = {}
    for one in alerts:
        codes[one.code] = codes.get(one.code, 0) + 1
    yield _gauge("alerts", "What an admin should look at.", codes, "code")
    if room is not None:
        yield _gauge("disk_free_bytes", "Room where files lie.", {"": room.free})
