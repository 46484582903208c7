"""A web process that is killed or asked to end in the middle of a request."""

import hashlib
import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from models.database import session_scope
from models.files import Files
from models.forgetting import sweep_unused
from models.uploads import forget_expired
from tests.api.tus import BYTES, TUS, begin, path, recording
from tests.faults.running import Place, Web, locked, until, wait_blocked, wait_ready

MIB = 1 << 20
_DAY_S = 86_400


def _slowly(content: bytes, seconds: float, pieces: int = 20) -> Iterator[bytes]:
    size = -(-len(content) // pieces)
    for start in range(0, len(content), size):
        yield content[start : start + size]
        time.sleep(seconds / pieces)


def _form(content: bytes) -> tuple[dict[str, str], bytes]:
    request = httpx.Request("POST", "http://a/", files={"files": ("call.wav", content)})
    return {"content-type": request.headers["content-type"]}, request.read()


def _offset(client: httpx.Client, where: str) -> int:
    return int(client.head(where, headers=TUS).headers["upload-offset"])


def _ask_and_lose(client: httpx.Client, method: str, where: str, **request: object) -> None:
    with pytest.raises(httpx.TransportError):
        client.request(method, where, **request)  # type: ignore[arg-type]


def _calls(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM call")).scalar_one())


def _age(files: set[Path]) -> None:
    """Make them two days old."""
    for one in files:
        os.utime(one, (time.time() - 2 * _DAY_S,) * 2)


def _files_in(folder: Path) -> set[Path]:
    return {one for one in folder.rglob("*") if one.is_file()}


def test_an_upload_whose_web_process_is_killed_goes_on_with_another(
    place: Place, shared_web: Web, shared_engine: Engine
) -> None:
    content = recording(40 * MIB)
    with place.web() as mortal:
        where = path(begin(mortal.client, len(content)))
        headers = {**TUS, **BYTES, "Upload-Offset": "0"}
        sending = threading.Thread(
            target=_ask_and_lose,
            args=(mortal.client, "PATCH", where),
            kwargs={"headers": headers, "content": _slowly(content, 10.0)},
        )
        sending.start()
        until(lambda: _offset(shared_web.client, where) > 0)
        mortal.kill()
        sending.join()
    client, there = shared_web.client, _offset(shared_web.client, where)
    assert 0 < there < len(content)

    def go_on() -> httpx.Response:
        rest = {**TUS, **BYTES, "Upload-Offset": str(there)}
        return client.patch(where, headers=rest, content=content[there:])

    answer = go_on()
    while answer.status_code == 423:  # the dead one's lease
        time.sleep(0.5)
        answer = go_on()
    assert answer.status_code == 204, answer.text
    call_id = answer.headers["x-call-id"]
    told = client.get(f"/calls/{call_id}").json()["recording"]
    stored = place.files / "recordings" / told["sha256"][:2] / told["sha256"]
    assert stored.read_bytes() == content
    client.delete(f"/calls/{call_id}").raise_for_status()  # it is noise


def test_of_a_form_whose_web_process_is_killed_nothing_stays(
    place: Place, shared_engine: Engine
) -> None:
    headers, body = _form(recording(30 * MIB))
    calls, before = _calls(shared_engine), _files_in(place.files)
    with place.web() as mortal:
        sending = threading.Thread(
            target=_ask_and_lose,
            args=(mortal.client, "POST", "/recordings"),
            kwargs={"headers": headers, "content": _slowly(body, 10.0)},
        )
        sending.start()
        until(lambda: _files_in(place.files / "uploads") - before)
        mortal.kill()
        sending.join()
    assert _calls(shared_engine) == calls
    left = _files_in(place.files) - before
    assert left
    _age(left)
    files = Files(str(place.files))
    with session_scope(shared_engine) as session:
        forget_expired(session, files)
    files.sweep(timedelta(days=1))
    assert not _files_in(place.files) - before


def test_a_file_whose_call_was_not_kept_is_swept(place: Place, shared_engine: Engine) -> None:
    """Killed when the file is whole and its call is about to be committed."""
    calls, before = _calls(shared_engine), _files_in(place.files)
    headers, body = _form(place.new_sound())
    with place.web() as mortal, locked(shared_engine, "recording"):
        sending = threading.Thread(
            target=_ask_and_lose,
            args=(mortal.client, "POST", "/recordings"),
            kwargs={"headers": headers, "content": body},
        )
        sending.start()
        wait_blocked(shared_engine)
        mortal.kill()
        sending.join()
    assert _calls(shared_engine) == calls
    left = _files_in(place.files / "recordings") - before
    assert len(left) == 1
    files = Files(str(place.files))
    sweep_unused(shared_engine, files, timedelta(days=1))
    assert left <= _files_in(place.files)  # its call may be about to come
    _age(left)
    sweep_unused(shared_engine, files, timedelta(days=1))
    assert not left & _files_in(place.files)


def test_what_was_done_and_not_answered_is_answered_when_asked_again(
    place: Place, shared_web: Web, shared_engine: Engine
) -> None:
    headers, body = _form(place.new_sound())
    once = {"idempotency-key": f"once-{time.monotonic_ns()}"}
    planned = {"title": "Planned"}
    with place.web() as mortal:
        _ask_and_lose(
            mortal.client,
            "POST",
            "/recordings",
            headers={**headers, **once, "x-die": "1"},
            content=body,
        )
        assert mortal.process.wait(10) == -signal.SIGKILL
    calls = _calls(shared_engine)
    answers = [
        shared_web.client.post("/recordings", headers={**headers, **once}, content=body)
        for _again in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert _calls(shared_engine) == calls
    call_id = answers[0].json()["items"][0]["call"]["id"]
    place.crew(1)
    wait_ready(shared_engine, call_id)
    with place.web() as mortal:
        also = {"idempotency-key": f"also-{time.monotonic_ns()}"}
        dying = {**also, "x-die": "1"}
        _ask_and_lose(mortal.client, "POST", "/calls", headers=dying, json=planned)
    made = shared_web.client.post("/calls", headers=also, json=planned)
    assert made.status_code == 201
    assert _calls(shared_engine) == calls + 1


def test_an_upload_that_came_whole_is_finished_by_housekeeping(
    place: Place, shared_web: Web, shared_engine: Engine
) -> None:
    content = place.new_sound()
    with place.web() as mortal:
        where = path(begin(mortal.client, len(content)))
        with locked(shared_engine, "recording"):
            sending = threading.Thread(
                target=_ask_and_lose,
                args=(mortal.client, "PATCH", where),
                kwargs={"headers": {**TUS, **BYTES, "Upload-Offset": "0"}, "content": content},
            )
            sending.start()
            wait_blocked(shared_engine)
            mortal.kill()
            sending.join()
    place.crew(1)

    def call_of() -> str | None:
        with Session(shared_engine) as session:
            found = session.execute(
                text("SELECT call_id FROM upload WHERE id = :id"), {"id": where.split("/")[-1]}
            )
            call_id = found.scalar_one()
            return str(call_id) if call_id else None

    until(call_of)
    wait_ready(shared_engine, str(call_of()))


@pytest.mark.slow
def test_two_gigabytes_are_taken(place: Place, shared_web: Web) -> None:
    size, client = 2048 * MIB, shared_web.client
    head = recording()
    block = os.urandom(MIB)
    expected = hashlib.sha256()

    def stream() -> Iterator[bytes]:
        left = size
        for chunk in itertools.chain([head], itertools.repeat(block)):
            expected.update(chunk[:left])
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    watched = psutil.Process(shared_web.process.pid)
    before = watched.memory_info().rss
    where = path(begin(client, size))
    headers = {**TUS, **BYTES, "Upload-Offset": "0"}
    sent = client.patch(where, headers=headers, content=stream(), timeout=600)
    assert sent.status_code == 204, sent.text
    call = client.get(f"/calls/{sent.headers['x-call-id']}").json()
    assert call["recording"]["size"] == size
    assert call["recording"]["sha256"] == expected.hexdigest()
    assert watched.memory_info().rss - before < 100 * MIB
    client.delete(f"/calls/{call['id']}").raise_for_status()


def test_a_web_process_that_is_asked_to_end_finishes_what_is_under_way(
    place: Place, shared_engine: Engine
) -> None:
    headers, body = _form(place.new_sound(2.0))
    answers: list[httpx.Response] = []
    with place.web() as web:

        def send() -> None:
            content = _slowly(body, 3.0)
            answers.append(web.client.post("/recordings", headers=headers, content=content))

        sending = threading.Thread(target=send)
        sending.start()
        time.sleep(1.0)
        web.process.send_signal(signal.SIGTERM)
        sending.join()
        assert web.process.wait(15) == 0
    assert [one.status_code for one in answers] == [201]
    call_id = answers[0].json()["items"][0]["call"]["id"]
    place.crew(1)
    wait_ready(shared_engine, call_id)
