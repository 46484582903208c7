"""What a server takes to take in calls and hear them: memory of uploads, hand-over, workers.

    python -m tests.benchmarks.working [--gigabytes 1] [--calls 20] [--markdown docs/performance.md]

A real `talktrack serve` on an embedded PostgreSQL in a temporary folder, asked over HTTP on
loopback. Uploads are zeros behind a WAV header, as many as wanted. Workers use one core each, so
that two have as many as there are; they are started beforehand and have heard a call, so their
models are loaded. Nothing else may run.
"""

import io
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Annotated

import httpx
import numpy as np
import typer

from fixtures.make_calls import CALLS
from tests.accuracy.limits import Check
from tests.accuracy.tables import Table, check_table, show
from tests.e2e.running import Served, environment, served, wait_for

PAGE = Path("docs/performance.md")
_MIB, _GB = 2**20, 1_000_000_000
_CHUNK = 1 << 20
_CALL_S, _RATE = 60.0, 16_000
MOST_MIB, LEAST_RATIO, MOST_HANDOVER_S = 100.0, 1.6, 1.0


def upload_mib(folder: Path, size: int) -> dict[str, float]:
    """MiB that the largest upload adds to the web process's peak, by the way it comes."""
    grown = {}
    with served(environment(folder), "--workers", "0") as server:
        _send_form(server, _CHUNK * 4)
        _send_tus(server, _CHUNK * 4)
        for name, send in (("form", _send_form), ("tus", _send_tus)):
            _forget_peak(server)
            before = _memory_mib(server, "VmRSS")
            send(server, size)
            grown[name] = _memory_mib(server, "VmHWM") - before
    return grown


def handover_s(folder: Path, tries: int = 7) -> float:
    """Seconds from the end of an upload to the start of its job, the median."""
    took = []
    with served(environment(folder, threads="1"), "--workers", "1") as server:
        wait_for(lambda: server.client.get("/ready").json()["workers"] > 0)
        for number in range(tries):
            call_id = _upload(server, _spoken(1.0, number))
            uploaded = time.perf_counter()
            while server.client.get(f"/calls/{call_id}").json()["state"] == "waiting":
                time.sleep(0.005)
            took.append(time.perf_counter() - uploaded)
            _all_ready(server)
    return median(took)


def hear_s(folder: Path, workers: int, calls: int) -> float:
    """Seconds in which so many workers, one core each, hear and understand some calls."""
    env = environment(folder, threads="1", idle_minutes="60")
    with ExitStack() as stack:
        server = stack.enter_context(served(env, "--workers", "0"))
        stack.enter_context(_workers(env, workers))
        wait_for(lambda: server.client.get("/ready").json()["workers"] >= workers)
        for number in range(workers * 2):
            _upload(server, _spoken(5.0, number))
        _all_ready(server)
        sounds = [_spoken(_CALL_S, 100 + number) for number in range(calls)]
        started = time.perf_counter()
        for one in sounds:
            _upload(server, one)
        _all_ready(server)
        return time.perf_counter() - started


@contextmanager
def _workers(env: Mapping[str, str], count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "api.cli", "worker", "--until-eof"]
    crew = [subprocess.Popen(command, env=dict(env), stdin=subprocess.PIPE) for _ in range(count)]
    try:
        yield
    finally:
        for process in crew:
            process.terminate()
        for process in crew:
            process.wait(60)
            if process.stdin:
                process.stdin.close()


def _spoken(seconds: float, number: int) -> bytes:
    """Some speech of a fixture, a little different for each number, as a WAV file."""
    import av

    with av.open(str(CALLS / "fr04_objections_lambert" / "audio.flac")) as container:
        resampler = av.AudioResampler("s16", "mono", _RATE)
        frames = (one for frame in container.decode(audio=0) for one in resampler.resample(frame))
        sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    start = (number * _RATE) % (len(sound) - int(seconds * _RATE))
    part = sound[start : start + int(seconds * _RATE)].copy()
    part[0] = number
    written = io.BytesIO()
    with wave.open(written, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(part.tobytes())
    return written.getvalue()


def _upload(server: Served, sound: bytes) -> str:
    answer = server.client.post("/recordings", files={"files": ("call.wav", sound, "audio/wav")})
    (item,) = answer.raise_for_status().json()["items"]
    return str(item["call"]["id"])


def _all_ready(server: Served) -> None:
    def left() -> int:
        states = ["waiting", "hearing", "understanding"]
        return len(server.client.get("/calls", params={"state": states}).json()["items"])

    wait_for(lambda: left() == 0, 3600)
    failed = server.client.get("/calls", params={"state": ["failed"]}).json()["items"]
    assert failed == [], failed


def _zeros(size: int) -> Iterator[bytes]:
    """A WAV file of silence, of about so many bytes, a different one each time."""
    head = io.BytesIO()
    with wave.open(head, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(time.time_ns().to_bytes(8, "big"))
    yield head.getvalue()
    for _chunk in range(size // _CHUNK):
        yield bytes(_CHUNK)


def _send_form(server: Served, size: int) -> None:
    """The whole as a form of one file, streamed."""
    edge = "talktrack-benchmark"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="call.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )

    def body() -> Iterator[bytes]:
        yield head.encode()
        yield from _zeros(size)
        yield f"\r\n--{edge}--\r\n".encode()

    headers = {"content-type": f"multipart/form-data; boundary={edge}"}
    answer = server.client.post("/recordings", content=body(), headers=headers, timeout=600)
    answer.raise_for_status()


def _send_tus(server: Served, size: int) -> None:
    """The whole as one PATCH of a resumable upload."""
    content = list(_zeros(0))
    length = sum(map(len, content)) + size // _CHUNK * _CHUNK
    tus = {"tus-resumable": "1.0.0"}
    made = server.client.post("/uploads", headers={**tus, "upload-length": str(length)})
    place = httpx.URL(server.url).join(made.raise_for_status().headers["location"])

    def body() -> Iterator[bytes]:
        yield from content
        for _chunk in range(size // _CHUNK):
            yield bytes(_CHUNK)

    kind = {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
    answer = server.client.patch(place, content=body(), headers={**tus, **kind}, timeout=600)
    answer.raise_for_status()


def _memory_mib(server: Served, field: str) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (line,) = (one for one in status.splitlines() if one.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024


def _forget_peak(server: Served) -> None:
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


def main(
    gigabytes: Annotated[float, typer.Option(help="How large the upload is.")] = 1.0,
    calls: Annotated[int, typer.Option(help="How many calls are heard.")] = 20,
    markdown: Annotated[Path | None, typer.Option(help="A page to put the table in.")] = None,
) -> None:
    """Measure, print, and fail when a requirement is not met."""
    with tempfile.TemporaryDirectory(prefix="talktrack-bench-") as scratch:
        folders = iter(Path(scratch) / str(number) for number in range(9))
        grown = upload_mib(_made(next(folders)), round(gigabytes * _GB))
        handover = handover_s(_made(next(folders)))
        one, two = (hear_s(_made(next(folders)), count, calls) for count in (1, 2))
    rows = [
        (f"{gigabytes:g} GB as a form, added to the web process", f"{grown['form']:.0f} MiB"),
        (f"{gigabytes:g} GB by tus, added to the web process", f"{grown['tus']:.0f} MiB"),
        ("upload finished to job started, median", f"{handover:.2f} s"),
        (f"{calls} calls of a minute, one worker", f"{one:.0f} s"),
        (f"{calls} calls of a minute, two workers", f"{two:.0f} s"),
    ]
    checks = [
        Check("an upload adds to the web process", max(grown.values()), MOST_MIB, "MiB"),
        Check("hand-over", handover, MOST_HANDOVER_S, "seconds"),
        Check("two workers beside one: times the calls", one / two, LEAST_RATIO, "times", True),
    ]
    table = Table("Taking in and hearing calls", ("what", "measured"), tuple(rows), names=1)
    text = f"{table.markdown()}\n\n{check_table('What is required of it', checks).markdown()}"
    show(text, markdown or PAGE, "working", write=markdown is not None)
    raise typer.Exit(0 if all(one.passed for one in checks) else 1)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    typer.run(main)
