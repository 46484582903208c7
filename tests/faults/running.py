"""Talktrack as processes of its own, which tests kill, freeze and starve."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import Engine, text
from sqlmodel import Session

from models.database import session_scope
from models.tables import User
from models.tokens import add_token
from models.users import add_user
from tests.api.working import SAID, sound

ROOT = Path(__file__).parents[2]
ENDS_S = 12.0
PATIENCE_S = 60.0
HEARTBEAT_S, SILENT_S = 0.5, 3.0


@dataclass
class Web:
    """A web process, and a client signed in to it."""

    process: subprocess.Popen[str]
    url: str
    client: httpx.Client

    @property
    def port(self) -> int:
        return httpx.URL(self.url).port or 0

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait()


@dataclass
class Place:
    """Where one Talktrack lives: its folder, its settings, and the processes of it that run."""

    folder: Path
    database_url: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    token: str = "nobody's"  # noqa: S105
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    sent: int = 0
    at_once: int = 1
    """How many calls a worker hears at once."""

    @property
    def environment(self) -> dict[str, str]:
        told = {
            "data_folder": str(self.folder / "talktrack"),
            "secret_key": "a key that only the tests know",
            "heartbeat_s": str(HEARTBEAT_S),
            "stalled_after_s": str(SILENT_S),
            **({"database_url": self.database_url} if self.database_url else {}),
            **self.settings,
        }
        clean = {k: v for k, v in os.environ.items() if "TALKTRACK" not in k}  # noqa: TID251
        own = {f"TALKTRACK_{name.upper()}": value for name, value in told.items()}
        return {**clean, **own, "FAULTS_FOLDER": str(self.folder)}

    @property
    def files(self) -> Path:
        return self.folder / "talktrack" / "files"

    def pace(self, diarizing: float = 0.0, transcribing: float = 0.0, quiet: bool = False) -> None:
        """How long engines take from now on, in seconds."""
        pace = {"diarizing": diarizing, "transcribing": transcribing, "quiet": quiet}
        draft = self.folder / "pace.draft"
        draft.write_text(json.dumps(pace))
        draft.replace(self.folder / "pace.json")

    def said(self, start: str = "") -> list[str]:
        """What engines said, of the lines that start so."""
        path = self.folder / "said"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if line.startswith(start)]

    def forget_said(self) -> None:
        (self.folder / "said").unlink(missing_ok=True)

    def at_work(self) -> subprocess.Popen[bytes]:
        """The worker whose engine spoke last."""
        return next(one for one in self.workers if self.said()[-1].endswith(f" {one.pid}"))

    def worker(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.program", "worker", str(self.at_once)],
            env={**self.environment, **environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
        )
        self.workers.append(process)
        return process

    def crew(self, size: int) -> list[subprocess.Popen[bytes]]:
        """So many workers that live."""
        for process in self.workers:
            if process.poll() is not None:
                _close(process)
        self.workers = [one for one in self.workers if one.returncode is None]
        while len(self.workers) < size:
            self.worker()
        return self.workers[:size]

    def end_workers(self) -> None:
        """Have no worker any more."""
        for process in self.workers:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        for process in self.workers:
            try:
                process.wait(ENDS_S)
            finally:
                process.kill()
                _close(process)
        self.workers = []

    @contextmanager
    def web(self, workers: int = 0, **environment: str) -> Iterator[Web]:
        """A web process on a free port; asked to end with the block."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.program", "serve", str(workers)],
            env={**self.environment, "TALKTRACK_PORT": "0", **environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, line
            url = f"{found.group()}/api/v1"
            headers = {"authorization": f"Bearer {self.token}"}
            with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
                yield Web(process, url, client)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
            process.stdin.close()
            process.stdout.close()

    def new_sound(self, seconds: float = 0.3) -> bytes:
        """A recording that nobody sent before."""
        self.sent += 1
        return sound(seconds, 200.0 + self.sent)

    def upload(self, client: httpx.Client, content: bytes | None = None) -> str:
        """Upload a recording; the call it became."""
        content = content or self.new_sound()
        made = client.post("/recordings", files={"files": ("call.wav", content)})
        assert made.status_code == 201, made.text
        call_id: str = made.json()["items"][0]["call"]["id"]
        return call_id


def new_place(folder: Path, database_url: str | None = None, **settings: str) -> Place:
    """A Talktrack in a folder; nothing of it runs yet."""
    place = Place(folder, database_url, settings)
    place.pace()
    return place


def let_in(engine: Engine) -> str:
    """The token of somebody new who may do all."""
    with session_scope(engine) as session:
        user = User(email=f"ada{time.monotonic_ns()}@beacon.example", name="Ada", role="admin")
        return add_token(session, add_user(session, user), "faults").secret


def _close(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """As a power cut does."""
    process.kill()
    process.wait()


def until(true: Callable[[], object], seconds: float = PATIENCE_S, why: str = "") -> None:
    """Wait until it is so; fail when it is not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, why or "it did not come"
        time.sleep(0.05)


def state_of(engine: Engine, call_id: str) -> str:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT state FROM call WHERE id = :id"), {"id": call_id})
        return str(found.scalar_one())


def wait_ready(engine: Engine, *call_ids: str, seconds: float = PATIENCE_S) -> None:
    """Wait until calls are ready, and no job of theirs is left."""

    def are_ready() -> bool:
        states = {state_of(engine, one) for one in call_ids}
        assert not states & {"failed", "cancelled"}, _failures(engine)
        return states == {"ready"} and not jobs_left(engine)

    until(are_ready, seconds, f"{[state_of(engine, one) for one in call_ids]}")


def beating(engine: Engine) -> int:
    """Workers that said lately that they live."""
    with engine.connect() as connection:
        counted = connection.execute(
            text(
                "SELECT count(*) FROM procrastinate_workers "
                "WHERE last_heartbeat > now() - interval '1 second'"
            )
        )
        return int(counted.scalar_one()) // 3


def jobs_left(engine: Engine) -> int:
    """Jobs of calls that are to come or at work."""
    with engine.connect() as connection:
        counted = connection.execute(
            text(
                "SELECT count(*) FROM procrastinate_jobs "
                "WHERE status IN ('todo', 'doing') AND queueing_lock IS NULL"
            )
        )
        return int(counted.scalar_one())


def check_sound(engine: Engine, *call_ids: str) -> None:
    """Each call has one report and all of its rows once; nothing is left of the way there."""
    counted = "SELECT count(*) FROM {} WHERE call_id = :id"
    with engine.connect() as connection:

        def count(table: str, call_id: str) -> int:
            found = connection.execute(text(counted.format(table)), {"id": call_id})
            return int(found.scalar_one())

        moments = set()
        for call_id in call_ids:
            assert count("report", call_id) == count("hearing", call_id) == 1
            assert count("utterance", call_id) == len(SAID)
            assert count("progress", call_id) == count("stage_result", call_id) == 0
            moments.add((count("moment", call_id), count("next_step", call_id)))
            told = {"id": call_id}
            found = connection.execute(
                text("SELECT playable_key IS NOT NULL FROM recording WHERE call_id = :id"), told
            )
            assert found.scalar_one()
        assert len(moments) == 1
        assert all(some > 0 for some in moments.pop())


@contextmanager
def locked(engine: Engine, table: str) -> Iterator[None]:
    """Let nobody write to a table; whoever tries waits."""
    with Session(engine) as session:
        session.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        try:
            yield
        finally:
            session.invalidate()  # whether the database is there or not


def wait_blocked(engine: Engine) -> None:
    """Wait until somebody waits for a lock."""

    def is_blocked() -> bool:
        with engine.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    "AND datname = current_database()"
                )
            )
            return bool(found.scalar_one())

    until(is_blocked)


def _failures(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT failure FROM call WHERE failure IS NOT NULL"))
        return list(found.scalars())
