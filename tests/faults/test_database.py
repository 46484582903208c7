"""The database dies, stops and comes back under everything that works with it."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import pytest
from sqlalchemy import Engine

from models.database import make_engine, migrate, plain_url
from models.embedded import bin_folder, is_alive, start_embedded, stop_embedded
from tests.api.tus import BYTES, TUS, begin, path, recording
from tests.faults.running import (
    Place,
    Web,
    check_sound,
    let_in,
    locked,
    new_place,
    state_of,
    until,
    wait_blocked,
    wait_ready,
)

MIB = 1 << 20
_BACK_S = 30.0
_OUTAGE_S = 45.0


@pytest.fixture(scope="module")
def home() -> Iterator[tuple[Place, Web, Engine]]:
    """A whole Talktrack of its own: web process, worker, embedded database."""
    with TemporaryDirectory(prefix="talktrack-faults-", ignore_cleanup_errors=True) as folder:
        place = new_place(Path(folder))
        with place.web(workers=1) as web:
            url = f"postgresql://postgres@/talktrack?host={_folder(place)}"
            engine = make_engine(url, connections=2)
            place.token = let_in(engine)
            web.client.headers["authorization"] = f"Bearer {place.token}"
            yield place, web, engine
            engine.dispose()
        assert web.process.returncode == 0
        assert not (_folder(place) / "postmaster.pid").exists()


@pytest.fixture
def place(home: tuple[Place, Web, Engine]) -> Place:
    home[0].pace()
    home[0].forget_said()
    return home[0]


@pytest.fixture
def web(home: tuple[Place, Web, Engine]) -> Web:
    return home[1]


@pytest.fixture
def engine(home: tuple[Place, Web, Engine]) -> Engine:
    return home[2]


def _folder(place: Place) -> Path:
    return place.folder / "talktrack" / "postgres"


def _postmaster(place: Place) -> int:
    return int((_folder(place) / "postmaster.pid").read_text().split("\n")[0])


def _kill(place: Place, how: signal.Signals = signal.SIGKILL) -> None:
    server = psutil.Process(_postmaster(place))
    server.send_signal(how)
    until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)


def _stop(place: Place) -> None:
    """As `pg_ctl stop -m fast`, which may wait for the next server: that is up again at once."""
    _kill(place, signal.SIGINT)


def _control(folder: Path, *what: str) -> None:
    """As an administrator does."""
    owner = folder.owner() if os.geteuid() == 0 else None
    command = [bin_folder() / "pg_ctl", *what, "-D", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=owner)


@contextmanager
def _asked_all_the_time(web: Web) -> Iterator[list[httpx.Response]]:
    """Ask for calls again and again meanwhile; none may be answered but 200 or 503, in words."""
    answers: list[httpx.Response] = []
    over = threading.Event()

    def ask() -> None:
        headers = dict(web.client.headers)
        with httpx.Client(base_url=web.url, headers=headers, timeout=60) as client:
            while not over.wait(0.1):
                answers.append(client.get("/calls"))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield answers
    finally:
        over.set()
        asking.join()
    assert {one.status_code for one in answers} <= {200, 503}
    for one in answers:
        if one.status_code == 503:
            assert one.headers["content-type"] == "application/problem+json"
            assert "try again" in one.json()["detail"]


def _wait_back(place: Place, web: Web) -> None:
    """Wait for a new server; what serves a connection outlives the old one for a moment."""
    until(lambda: is_alive(_folder(place)), _BACK_S)
    until(lambda: web.client.get("/ready").status_code == 200, _BACK_S)


@pytest.mark.parametrize("fault", [_kill, _stop])
def test_a_database_that_is_gone_is_started_again_while_calls_are_heard(
    place: Place, web: Web, engine: Engine, fault: Callable[[Place], None]
) -> None:
    place.pace(diarizing=0.5, transcribing=3.0)
    call_id = place.upload(web.client)
    until(lambda: place.said("transcribing begins"))
    before = _postmaster(place)
    with _asked_all_the_time(web) as answers:
        fault(place)
        if fault is _kill:  # after a clean stop, it may be back before anybody asks
            until(lambda: any(one.status_code == 503 for one in answers), _BACK_S)
        until(lambda: is_alive(_folder(place)) and _postmaster(place) != before, _BACK_S)
        _wait_back(place, web)
        wait_ready(engine, call_id)
    assert web.process.poll() is None
    check_sound(engine, call_id)
    assert len(place.said("transcribing begins")) == 1  # nothing of it was lost


def test_a_worker_saves_when_the_database_is_back(place: Place, web: Web, engine: Engine) -> None:
    with _asked_all_the_time(web):
        with locked(engine, "hearing"):
            call_id = place.upload(web.client)
            wait_blocked(engine)
            _kill(place)
        _wait_back(place, web)
        wait_ready(engine, call_id)
    check_sound(engine, call_id)
    assert len(place.said("transcribing begins")) == 1


def test_an_upload_outlives_the_database(place: Place, web: Web, engine: Engine) -> None:
    content = recording(8 * MIB)
    where = path(begin(web.client, len(content)))

    def pieces() -> Iterator[bytes]:
        for number, start in enumerate(range(0, len(content), MIB)):
            if number == 2:
                _kill(place)
            time.sleep(0.2)
            yield content[start : start + MIB]

    headers = {**TUS, **BYTES, "Upload-Offset": "0"}
    with _asked_all_the_time(web):
        sent = web.client.patch(where, headers=headers, content=pieces())
        assert sent.status_code in {204, 423, 503}, sent.text
        _wait_back(place, web)
        call_id = sent.headers.get("x-call-id") or _resume(web.client, where, content)
    assert state_of(engine, call_id) in {"waiting", "hearing", "failed"}
    told = web.client.get(f"/calls/{call_id}").json()["recording"]
    stored = place.files / "recordings" / told["sha256"][:2] / told["sha256"]
    assert stored.read_bytes() == content
    again = web.client.post("/recordings", files={"files": ("a.wav", place.new_sound())})
    assert again.status_code == 201
    wait_ready(engine, again.json()["items"][0]["call"]["id"])


def _resume(client: httpx.Client, where: str, content: bytes) -> str:
    for _try in range(40):
        looked = client.head(where, headers=TUS)
        if "x-call-id" in looked.headers:
            return looked.headers["x-call-id"]
        if looked.status_code == 200:
            there = int(looked.headers["upload-offset"])
            headers = {**TUS, **BYTES, "Upload-Offset": str(there)}
            client.patch(where, headers=headers, content=content[there:])
        time.sleep(0.5)
    raise AssertionError("it never ended")


def test_whoever_was_killed_does_not_keep_the_database_running(scratch: Path) -> None:
    place = new_place(scratch)
    with place.web() as first:
        server = psutil.Process(_postmaster(place))
        first.kill()
    assert server.is_running()
    with place.web() as second:
        assert psutil.Process(_postmaster(place)) == server
        assert second.client.get("/health").status_code == 200
    server.wait(10)


@pytest.mark.slow
def test_what_was_heard_is_kept_however_long_the_database_was_away(scratch: Path) -> None:
    """A database of one's own, which nobody starts again but who keeps it."""
    folder = scratch / "own"
    engine = make_engine(start_embedded(folder), connections=2)
    migrate(engine)
    place = new_place(scratch, plain_url(engine))
    place.token = let_in(engine)
    try:
        with place.web(workers=1) as web:
            place.pace(transcribing=_OUTAGE_S / 2)
            call_id = place.upload(web.client)
            until(lambda: place.said("transcribing begins"))
            _control(folder, "stop", "-m", "fast")
            time.sleep(_OUTAGE_S)
            assert place.said("transcribing ends")  # it went on meanwhile
            assert web.client.get("/calls").status_code == 503
            _control(folder, "start", "-w", "-l", str(folder / "log"), "-o", f"-h '' -k {folder}")
            wait_ready(engine, call_id)
            check_sound(engine, call_id)
            assert len(place.said("transcribing begins")) == 1
    finally:
        engine.dispose()
        stop_embedded(folder)
