"""Uploads over real sockets to real processes, some of which die."""

import hashlib
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Thread

import httpx
import psutil
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.files import Files
from models.tables import Call, Recording
from models.users import add_token
from tests.api.conftest import People
from tests.api.tus import BYTES, TUS, begin, path, recording, send
from tests.api.web_process import Web, web

MIB = 1 << 20
Told = dict[str, object]


@pytest.fixture
def told(settings: Settings) -> Told:
    """What a process needs to know."""
    url = settings.database_url
    assert url is not None
    return {
        "database_url": url.get_secret_value(),
        "data_folder": str(settings.data_folder),
        "secret_key": "a key that only the tests know",
        "lease_s": 1,
    }


@pytest.fixture
def token(engine: Engine, people: People) -> str:
    with Session(engine) as session:
        secret = add_token(session, people.rep, "live").secret
        session.commit()
    return secret


@contextmanager
def client(web: Web, token: str) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=web.url, headers=headers, timeout=60) as client:
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
    told: Told, token: str, files: Files, abruptly: bool
) -> None:
    content, cut = recording(3 * MIB), 1_500_000
    with web(told) as served, client(served, token) as rep:
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
    told: Told, token: str, files: Files
) -> None:
    content = recording(24 * MIB)
    with web(told) as first, web(told) as second:
        with client(first, token) as rep:
            where = path(begin(rep, len(content)))
        line = patch(first, token, where, 0, len(content))
        line.sendall(content[: 20 * MIB])
        with client(second, token) as rep:
            until(lambda: offset_of(rep, where) >= 16 * MIB)
            busy = send(rep, where, offset_of(rep, where), b"x")
            assert busy.status_code == 423
            first.kill()
            line.close()
            assert 16 * MIB <= offset_of(rep, where) <= 20 * MIB
            call_id = resume(rep, where, content, 3 * MIB)
            assert kept(files, rep, call_id) == content
            assert len(rep.get("/calls").json()["items"]) == 1


def test_a_silent_connection_is_not_waited_for(told: Told, token: str, files: Files) -> None:
    content = recording(MIB)
    with web({**told, "stall_s": 1}) as served, client(served, token) as rep:
        where = path(begin(rep, len(content)))
        line = patch(served, token, where, 0, len(content))
        line.sendall(content[:300_000])
        answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408 ")
        line.close()
        assert offset_of(rep, where) == 300_000
        assert kept(files, rep, resume(rep, where, content, MIB)) == content


def test_two_hundred_small_uploads_at_once_are_two_hundred_calls(
    told: Told, token: str, engine: Engine
) -> None:
    contents = [recording(20_000 + n) for n in range(200)]
    with web({**told, "lease_s": 10}) as first, web({**told, "lease_s": 10}) as second:

        def upload(number: int) -> str:
            with client((first, second)[number % 2], token) as rep:
                content = contents[number]
                where = path(begin(rep, len(content)))
                assert send(rep, where, 0, content[:15_000]).status_code == 204
                last = send(rep, where, 15_000, content[15_000:])
                return last.headers["x-call-id"]

        with ThreadPoolExecutor(200) as pool:
            call_ids = list(pool.map(upload, range(200)))
    assert len(set(call_ids)) == 200
    with Session(engine) as session:
        found = session.exec(select(Recording.sha256)).all()
        states = set(session.exec(select(Call.state)).all())
    assert sorted(found) == sorted(hashlib.sha256(one).hexdigest() for one in contents)
    assert states == {"waiting"}


def test_one_file_sent_many_times_at_once_is_one_call(told: Told, token: str) -> None:
    content = recording(50_000)
    with web({**told, "lease_s": 10}) as served:

        def upload(number: int) -> str:
            with client(served, token) as rep:
                if number % 2:
                    sent = rep.post("/recordings", files={"files": ("a.wav", content)})
                    found: str = sent.json()["items"][0]["call"]["id"]
                    return found
                return resume(rep, path(begin(rep, len(content))), content, 1 << 20)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(upload, range(8)))) == 1


def test_a_large_file_costs_little_memory(told: Told, token: str) -> None:
    size = 300 * MIB
    with web(told) as served, client(served, token) as rep:
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


def test_a_full_disk_is_told_and_loses_nothing(told: Told, token: str, files: Files) -> None:
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
    with web(told) as served, client(served, token) as rep:
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
