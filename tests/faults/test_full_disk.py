"""Disks that are full: for files, and for what a worker puts down while it hears."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from models.database import make_engine, plain_url
from tests.api.tus import TUS, begin, path, recording, send
from tests.faults.running import Place, Web, beating, let_in, new_place, state_of, until, wait_ready

MIB = 1 << 20
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")


@contextmanager
def _small_disk(folder: Path, mib: int) -> Iterator[Path]:
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """Take all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def test_an_upload_goes_on_when_there_is_room_again(
    new_database: Callable[[], Engine], scratch: Path
) -> None:
    engine = new_database()
    with _small_disk(scratch / "disk", 24) as disk:
        place = new_place(scratch, plain_url(engine), files_url=str(disk / "files"))
        place.token = let_in(engine)
        content = recording(9 * MIB)
        with place.web() as web:
            where = path(begin(web.client, len(content)))
            assert send(web.client, where, 0, content[:MIB]).status_code == 204
            ballast = _fill(disk)
            for refused in (
                send(web.client, where, MIB, content[MIB:]),
                web.client.post("/recordings", files={"files": ("a.wav", place.new_sound())}),
            ):
                _check_told(refused)
            assert web.client.head(where, headers=TUS).headers["upload-offset"] == str(MIB)
            assert web.client.get("/calls").status_code == 200
            ballast.unlink()
            done = send(web.client, where, MIB, content[MIB:])
            assert done.status_code == 204, done.text
            call = web.client.get(f"/calls/{done.headers['x-call-id']}").json()
            sha256 = call["recording"]["sha256"]
            assert (disk / "files/recordings" / sha256[:2] / sha256).read_bytes() == content
            assert not [one for one in (disk / "files/uploads").rglob("*") if one.is_file()]


def _check_told(answer: httpx.Response) -> None:
    assert answer.status_code == 507
    assert answer.headers["content-type"] == "application/problem+json"
    assert "free some" in answer.json()["detail"]


def test_a_worker_without_room_hears_a_call_when_there_is(
    place: Place, shared_web: Web, shared_engine: Engine, scratch: Path
) -> None:
    place.end_workers()
    with _small_disk(scratch / "tmp", 2) as disk:
        place.worker(TMPDIR=str(disk))
        until(lambda: beating(shared_engine))
        ballast = _fill(disk)
        call_id = place.upload(shared_web.client)
        until(lambda: state_of(shared_engine, call_id) == "hearing")
        time.sleep(2.0)
        assert not place.said()  # it did not get so far
        assert state_of(shared_engine, call_id) == "hearing"
        ballast.unlink()
        wait_ready(shared_engine, call_id)
        place.end_workers()


def test_a_database_without_room_is_told_and_works_when_it_has_some(scratch: Path) -> None:
    with _small_disk(scratch / "disk", 160) as disk:
        place = new_place(scratch, data_folder=str(disk / "talktrack"))
        with place.web(workers=1) as web:
            url = f"postgresql://postgres@/talktrack?host={disk}/talktrack/postgres"
            engine = make_engine(url, connections=2)
            web.client.headers["authorization"] = f"Bearer {let_in(engine)}"
            ballast = _fill(disk)
            statuses = {_note(web.client).status_code for _one in range(150)}
            assert statuses <= {201, 503, 507}
            assert statuses & {503, 507}
            assert web.client.get("/health").status_code == 200
            ballast.unlink()
            until(lambda: _note(web.client).status_code == 201)
            call_id = place.upload(web.client)
            wait_ready(engine, call_id)
            engine.dispose()


def _note(client: httpx.Client) -> httpx.Response:
    return client.post("/calls", json={"title": "Planned", "agenda": ["a point" * 40] * 40})
