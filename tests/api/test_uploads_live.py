"""Uploads over real sockets to real processes, some of which die."""

import hashlib
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Thread
from uuid import uuid4

import httpx
import psutil
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.database import plain_url, session_scope
from models.files import Files
from models.tables import Call, Recording, User
from models.tokens import add_token
from models.users import add_user
from tests.api.tus import BYTES, TUS, begin, path, recording, send
from tests.api.web_process import Web, web

MIB = 1 << 20
Told = dict[str, object]


@pytest.fixture(scope="module")
def engine(new_database: Callable[[], Engine]) -> Engine:
    """A database of this module's own, as its processes are: each test has a rep of its own."""
    return new_database()


@pytest.fixture(scope="module")
def told(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What a process needs to know."""
    return {
        "database_url": plain_url(engine),
        "data_folder": str(tmp_path_factory.mktemp("live")),
        "secret_key": "a key that only the tests know",
        "lease_s": 1,
    }


@pytest.fixture(scope="module")
def files(told: Told) -> Files:
    return Files(Settings.model_validate(told).files_place)


@pytest.fixture(scope="module")
def served(told: Told) -> Iterator[Web]:
    """A process that no test ends, and that waits for nobody who is silent for long."""
    with web({**told, "stall_s": 3}) as served:
        yield served


@pytest.fixture(scope="module")
def both(told: Told) -> Iterator[tuple[Web, Web]]:
    """Two that no test ends; an upload is theirs for as long as many at once may take."""
    with web({**told, "lease_s": 10}) as first, web({**told, "lease_s": 10}) as second:
        yield first, second


@pytest.fixture
def user(engine: Engine) -> User:
    with session_scope(engine) as session:
        email = f"{uuid4().hex}@beacon.example"
        return add_user(session, User(email=email, name="Rita", role="rep"))


@pytest.fixture
def token(engine: Engine, user: User) -> str:
    with session_scope(engine) as session:
        return add_token(session, user, "live").secret


@contextmanager
def client(web: Web, token: str) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {token}"}
    all_at_once = httpx.Limits(max_connections=None)
    with httpx.Client(base_url=web.url, headers=headers, timeout=60, limits=all_at_once) as client:
        yield client


def patch(web: Web, token: str, where: str, offset: int, length: int) -> socket.socket:
    """A connection on which the head of a PATCH was sent."""
    line = socket.create_connection(("127.0.0.1", web.port))
    fields = {
        "Host": f"127.0.0.1:{web.port}",
        "Authorization": f"Bearer {token}",
        **TUS,
        **BYTES,
        "Upload-Offset": str(offset),
        "Content-Length": str(length),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    line.sendall(f"PATCH /api/v1{where} HTTP/1.1\r\n{head}\r\n".encode())
    return line


def offset_of(client: httpx.Client, where: str) -> int:
    return int(client.head(where, headers=TUS).headers["upload-offset"])


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def resume(client: httpx.Client, where: str, content: bytes, piece: int) -> str:
    """Send what is missing, as a tus client does; the call it became."""
    for _try in range(200):
        looked = client.head(where, headers=TUS)
        if "x-call-id" in looked.headers:
            return looked.headers["x-call-id"]
        at = int(looked.headers["upload-offset"])
        answer = send(client, where, at, content[at : at + piece])
        if answer.status_code in {409, 423}:
            time.sleep(0.1)
    raise AssertionError("it never ended")


def kept(files: Files, client: httpx.Client, call_id: str) -> bytes:
    sha256 = client.get(f"/calls/{call_id}").json()["recording"]["sha256"]
    return b"".join(files.read(f"recordings/{sha256[:2]}/{sha256}"))


@pytest.mark.parametrize("abruptly", [False, True])
def test_a_dropped_connection_goes_on_where_it_stopped(
    served: Web, token: str, files: Files, abruptly: bool
) -> None:
    content, cut = recording(3 * MIB), 1_500_000
    with client(served, token) as rep:
        where = path(begin(rep, len(content)))
        line = patch(served, token, where, 0, len(content))
        line.sendall(content[:cut])
        time.sleep(0.3)
        if abruptly:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()
        until(lambda: offset_of(rep, where) > 0)
        assert cut - 4 * 65_536 <= offset_of(rep, where) <= cut
        call_id = resume(rep, where, content, 400_000)
        assert kept(files, rep, call_id) == content


def test_what_a_killed_process_wrote_is_gone_on_with_by_another(
    told: Told, served: Web, token: str, files: Files
) -> None:
    content = recording(24 * MIB)
    with web(told) as first:
        with client(first, token) as rep:
            where = path(begin(rep, len(content)))
        line = patch(first, token, where, 0, len(content))
        line.sendall(content[: 20 * MIB])
        with client(served, token) as rep:
            until(lambda: offset_of(rep, where) >= 16 * MIB)
            busy = send(rep, where, offset_of(rep, where), b"x")
            assert busy.status_code == 423
            first.kill()
            line.close()
            assert 16 * MIB <= offset_of(rep, where) <= 20 * MIB
            call_id = resume(rep, where, content, 3 * MIB)
            assert kept(files, rep, call_id) == content
            assert len(rep.get("/calls").json()["items"]) == 1


def test_a_silent_connection_is_not_waited_for(served: Web, token: str, files: Files) -> None:
    content = recording(MIB)
    with client(served, token) as rep:
        where = path(begin(rep, len(content)))
        line = patch(served, token, where, 0, len(content))
        line.sendall(content[:300_000])
        answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408 ")
        line.close()
        assert offset_of(rep, where) == 300_000
        assert kept(files, rep, resume(rep, where, content, MIB)) == content


def test_two_hundred_small_uploads_at_once_are_two_hundred_calls(
    both: tuple[Web, Web], user: User, token: str, engine: Engine
) -> None:
    contents = [recording(20_000 + n) for n in range(200)]
    with client(both[0], token) as first, client(both[1], token) as second:

        def upload(number: int) -> str:
            rep, content = (first, second)[number % 2], contents[number]
            where = path(begin(rep, len(content)))
            assert send(rep, where, 0, content[:15_000]).status_code == 204
            last = send(rep, where, 15_000, content[15_000:])
            return last.headers["x-call-id"]

        with ThreadPoolExecutor(200) as pool:
            call_ids = list(pool.map(upload, range(200)))
    assert len(set(call_ids)) == 200
    with Session(engine) as session:
        theirs = select(Recording.sha256, Call.state).join(Call).where(Call.rep_id == user.id)
        found, states = zip(*session.exec(theirs).all(), strict=True)
    assert sorted(found) == sorted(hashlib.sha256(one).hexdigest() for one in contents)
    assert {*states} == {"waiting"}


def test_one_file_sent_many_times_at_once_is_one_call(both: tuple[Web, Web], token: str) -> None:
    content = recording(50_000)
    with client(both[0], token) as rep:

        def upload(number: int) -> str:
            if number % 2:
                sent = rep.post("/recordings", files={"files": ("a.wav", content)})
                found: str = sent.json()["items"][0]["call"]["id"]
                return found
            return resume(rep, path(begin(rep, len(content))), content, 1 << 20)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(upload, range(8)))) == 1


def test_a_large_file_costs_little_memory(served: Web, token: str) -> None:
    size = 300 * MIB
    with client(served, token) as rep:
        rep.post("/recordings", files={"files": ("warm.wav", recording(MIB))}).raise_for_status()
        watched = psutil.Process(served.process.pid)
        before = watched.memory_info().rss
        peak, is_over = before, False

        def watch() -> None:
            nonlocal peak
            while not is_over:
                peak = max(peak, watched.memory_info().rss)
                time.sleep(0.02)

        watcher = Thread(target=watch)
        watcher.start()
        try:
            where = path(begin(rep, size))
            headers = {**TUS, **BYTES, "Upload-Offset": "0"}
            made = rep.patch(where, headers=headers, content=_stream(size))
            call = rep.get(f"/calls/{made.headers['x-call-id']}").json()["id"]
            planned = rep.post("/calls", json={"title": "Planned"}).json()["id"]
            put = rep.put(f"/calls/{planned}/recording", content=_stream(size, b"b"))
            assert put.status_code == 201
        finally:
            is_over = True
            watcher.join()
        assert call != planned
        assert peak - before < 100 * MIB


def test_a_full_disk_is_told_and_loses_nothing(
    told: Told, served: Web, token: str, files: Files
) -> None:
    content = recording(10 * MIB)
    with web({**told, "largest_file": 6 * MIB}) as full, client(full, token) as rep:
        where = path(begin(rep, len(content)))
        assert send(rep, where, 0, content[: 3 * MIB]).status_code == 204
        refused = send(rep, where, 3 * MIB, content[3 * MIB :])
        assert (refused.status_code, refused.headers["tus-resumable"]) == (507, "1.0.0")
        assert offset_of(rep, where) == 3 * MIB
        assert send(rep, where, 3 * MIB, content[3 * MIB : 7 * MIB]).status_code == 204
        rest = send(rep, where, 7 * MIB, content[7 * MIB :])
        assert rest.status_code == 507  # every part has room, all of it together has not
        assert rep.head(where, headers=TUS).status_code == 507
        form = rep.post("/recordings", files={"files": ("a.wav", content)})
        assert form.status_code == 507
        assert rep.get("/calls").json()["items"] == []
    with client(served, token) as rep:
        call_id = rep.head(where, headers=TUS).headers["x-call-id"]
        assert kept(files, rep, call_id) == content


def _stream(size: int, seed: bytes = b"a") -> Iterator[bytes]:
    head = recording(seed=seed)
    yield head
    block = bytes(range(256)) * 4096
    left = size - len(head)
    while left > 0:
        yield block[:left]
        left -= len(block)
