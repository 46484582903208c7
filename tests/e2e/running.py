"""`talktrack serve` and its commands as processes of their own, and an HTTP client."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_S, PATIENCE_S = 60.0, 120.0


@dataclass(frozen=True)
class Served:
    """A server that runs, and a signed-in client."""

    process: subprocess.Popen[str]
    url: str
    environment: Mapping[str, str]
    client: httpx.Client


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Settings for a server all of whose things lie in a folder."""
    told = {f"TALKTRACK_{name.upper()}": value for name, value in settings.items()}
    own = {"TALKTRACK_DATA_FOLDER": str(folder / "talktrack")}
    clean = {name: value for name, value in os.environ.items() if "TALKTRACK" not in name}  # noqa: TID251
    return {**clean, **own, **told}


def talktrack(env: Mapping[str, str], *arguments: str, **options: object) -> str:
    """What a command prints; fails when the command does."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def started(
    env: Mapping[str, str], *options: str, module: str = "api.cli"
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a port that was free, and its address; ended with SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, "serve", "--port", "0", *options],
        env=dict(env),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://[\d.]+:\d+", line)
        assert found, line
        yield process, found.group()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        process.stdout.close()


@contextmanager
def served(env: Mapping[str, str], *options: str) -> Iterator[Served]:
    """A server with an admin, whose client it hands out."""
    with started(env, *options) as (process, url):
        talktrack(env, "user", "add", "ada@beacon.example", "--role", "admin")
        token = talktrack(env, "token", "ada@beacon.example")
        with httpx.Client(
            base_url=f"{url}/api/v1", headers={"authorization": f"Bearer {token}"}, timeout=60
        ) as client:
            yield Served(process, url, env, client)


def cut(recording: Path, to: Path, seconds: float) -> None:
    """The beginning of a recording, on two channels, as a WAV or a FLAC file."""
    import av

    codec = {".wav": "pcm_s16le", ".flac": "flac"}[to.suffix]
    with av.open(str(recording)) as source, av.open(str(to), "w") as target:
        stream = target.add_stream(codec, rate=16_000, layout="stereo")
        resampler = av.AudioResampler("s16", "stereo", 16_000)
        for frame in source.decode(audio=0):
            if frame.time is not None and frame.time >= seconds:
                break
            for part in resampler.resample(frame):
                target.mux(stream.encode(part))
        target.mux(stream.encode(None))


def wait_for(what: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Wait until it is so; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
