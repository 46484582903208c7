"""Attacks as somebody would try them; what other files attack is listed in docs/security.md."""

import gzip
import io
import lzma
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.engines.decode import Limits
from api import signing
from api.settings import Settings
from models.errors import BadInput, Unreachable
from models.files import Files
from models.outside import request
from models.tables import Call
from tests.api.conftest import People
from tests.api.working import new_recording, sound, work, workshop_of
from tests.api.world import PREFIX, World, new_world
from tests.models.receiver import receiving

AT_ONCE_S = 5.0
SCRIPT = b"<html><script>fetch('/api/v1/session')</script></html>"


@pytest.fixture(scope="module")
def world(new_database: Callable[[], Engine]) -> Iterator[World]:
    with new_world(new_database()) as world:
        yield world


PATHS = (
    "/assets/../api/app.py",
    "/assets/..%2f..%2fpyproject.toml",
    "/assets/%2e%2e/%2e%2e/pyproject.toml",
    "/assets/%252e%252e/%252e%252e/pyproject.toml",
    "/assets/..%5c..%5cpyproject.toml",
    "/assets//etc/passwd",
    "/assets/%2fetc%2fpasswd",
    "/assets/%c0%ae%c0%ae/%c0%ae%c0%ae/pyproject.toml",
    "/assets/\uff0e\uff0e/pyproject.toml",
    "/assets/app.js%00.html",
    "/assets/%00",
    "/assets/" + "a" * 5000,
    "/assets/" + "../" * 500 + "etc/passwd",
    "/assets",
    "/assets/",
    "/api/v1/files/..%2f..%2frecordings",
    "/api/v1/files/%00",
    "/api/v1/shared/..%2f..%2fsession/sound",
    "/api/v1/calls/..%2f..%2fusers",
    "/api/v1/calls/%2e%2e/users",
    "/api/v1/calls/{call}/files/..%2f..%2fsecret.key",
    "/api/v1/calls/{call}/files/%2fetc%2fpasswd",
    "/api/v1/calls/{call}%00/files/recording",
    "/api/v1/uploads/..%2f..%2fkey",
    "/s/..%2f..%2fcalls",
    "/calls/..%2fsettings%2fpeople",
)


@pytest.mark.parametrize("path", PATHS, ids=lambda one: str(one)[:40])
def test_a_path_in_an_address_leads_nowhere(world: World, path: str) -> None:
    for role in ("rep", "admin"):
        answer = world.clients[role].get(path.format(call=world.some("call_id")))
        assert answer.status_code in {400, 401, 403, 404, 405, 422}, answer.text[:200]
        assert b"root:" not in answer.content
        assert b"[project]" not in answer.content


def _riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(k + struct.pack("<I", len(v)) + v + b"\0" * (len(v) % 2) for k, v in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def _zip(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return file.getvalue()


_FORM = (b"fmt ", struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16))
POLYGLOTS = {
    "title.wav.html": _riff(_FORM, (b"LIST", b"INFOINAM" + SCRIPT), (b"data", bytes(32_000))),
    "tagged.mp3.svg": b"ID3\x04\0\0\0\0\x02\x00" + SCRIPT.ljust(256) + b"\xff\xfb\x90\x64" * 200,
    "page.ogg.xhtml": b"OggS\0\x02" + bytes(20) + b"\x01" + SCRIPT * 20,
    "film.mp4.js": b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + b"/*" + SCRIPT * 20 + b"*/alert(1)",
    "tail.wav.zip": _riff(_FORM, (b"data", bytes(32_000))) + _zip("page.html", SCRIPT),
}
IMPOSTORS = {
    "bitmap.wav": b"GIF89a/*" + SCRIPT + b"*/=1;alert(1)//",
    "drawing.wav": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="a()"/>',
    "page.mp3": b"\xef\xbb\xbf\n\n<!DOCTYPE html>" + SCRIPT,
    "script.m4a": b"#!/bin/sh\nreboot\n",
    "paper.wav": b"%PDF-1.7\n" + bytes(range(256)) * 4,
    "playlist.mp3": b"#EXTM3U\n#EXTINF:9,\nhttp://169.254.169.254/latest/meta-data/\n",
    "bomb.wav": _zip("0.wav", bytes(20_000_000)),
    "packed.wav": gzip.compress(bytes(20_000_000)),
    "pressed.wav": lzma.compress(bytes(20_000_000)),
}


def _sent(world: World, name: str, content: bytes) -> tuple[int, str]:
    """The status of an upload that says it is a page, and the call that it became."""
    sent = {"files": (name, content, "text/html")}
    answer = world.clients["rep"].post(f"{PREFIX}/recordings", files=sent)
    assert answer.headers["content-type"].startswith("application/")
    told = answer.json()
    return answer.status_code, told["items"][0]["call"]["id"] if "items" in told else ""


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_is_also_a_page_is_never_shown_as_one(world: World, name: str) -> None:
    status, call_id = _sent(world, name, POLYGLOTS[name])
    assert status == 201
    link = world.clients["rep"].post(f"{PREFIX}/calls/{call_id}/files/recording/link")
    for path in (f"{PREFIX}/calls/{call_id}/files/recording", link.json()["url"]):
        for asked in ({}, {"range": "bytes=0-99999", "accept": "text/html"}):
            served = world.clients["rep"].get(path, headers=asked)
            assert served.content == POLYGLOTS[name]
            told = served.headers
            assert told["content-type"] == "application/octet-stream"
            assert told["x-content-type-options"] == "nosniff"
            assert told["content-disposition"].startswith("attachment;")
            assert told["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("name", IMPOSTORS)
def test_what_is_no_recording_or_a_bomb_is_refused_before_it_is_unpacked(
    world: World, name: str
) -> None:
    began = time.monotonic()
    assert _sent(world, name, IMPOSTORS[name])[0] == 415
    assert time.monotonic() - began < AT_ONCE_S


def test_bombs_in_text_are_refused_at_once(world: World) -> None:
    admin = world.clients["admin"]
    columns = ",".join(f"c{n}" for n in range(150_000)).encode()
    cases: tuple[tuple[str, dict[str, object]], ...] = (
        ("/playbooks", {"json": {"name": "Deep", "text": "a" + ".a" * 40_000 + " = 1"}}),
        ("/playbooks", {"json": {"name": "Deep", "text": "['a'" + ' . "b"' * 9_000 + "]"}}),
        ("/playbooks", {"json": {"name": "Deep", "text": "a = " + "{a = " * 20_000}}),
        ("/playbooks", {"json": {"name": "Wide", "text": "[a.b]\n" * 50_000}}),
        ("/imports", {"files": {"files": ("deals.csv", columns + b"\n1\n")}}),
        ("/imports", {"files": {"files": ("deals.csv.gz", gzip.compress(bytes(9_000_000)))}}),
        ("/imports", {"files": {"files": ("deals.xlsx", _zip("xl/a.xml", bytes(9_000_000)))}}),
        ("/transcripts", {"files": {"files": ("a.json", b'[{"a":' * 60_000)}}),
        ("/kpis", {"json": {"slug": "own", "names": {"en": "a"}, "formula": "9**9**9**9"}}),
        ("/kpis", {"json": {"slug": "own", "names": {"en": "a"}, "formula": "(" * 900}}),
    )
    for path, body in cases:
        began = time.monotonic()
        answer = admin.post(f"{PREFIX}{path}", **body)  # type: ignore[arg-type]
        assert 400 <= answer.status_code < 500, (path, answer.text[:200])
        assert answer.headers["content-type"] == "application/problem+json"
        assert time.monotonic() - began < AT_ONCE_S, path


INSIDE = (
    "127.1",
    "0177.0.0.1",
    "0x7f000001",
    "017700000001",
    "0",
    "localhost.",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "100.100.100.200",
    "192.0.0.192",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
)


@pytest.mark.parametrize("host", INSIDE)
def test_no_way_to_write_an_address_leads_inside(host: str) -> None:
    with (
        receiving() as receiver,
        pytest.raises((BadInput, Unreachable)),
        request("POST", f"https://{host}:{receiver.port}/", ["*"]),
    ):
        pytest.fail("it was called")
    assert receiver.got == []


def test_an_answer_that_leads_inside_is_not_followed() -> None:
    with receiving() as receiver, receiving() as inside:
        receiver.statuses.append(307)
        receiver.answer_headers["location"] = inside.url("/latest/meta-data")
        with request("POST", receiver.url(), [receiver.place]) as answer:
            assert answer.status == 307
        assert (len(receiver.got), inside.got) == (1, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0x7f.1"])
def test_no_address_of_ones_choice_is_called(world: World, host: str) -> None:
    admin, url = world.clients["admin"], f"https://{host}/latest/meta-data/"
    channel = {"kind": "slack", "name": "a", "url": url}
    crm = {"vendor": "tryton", "origin": "erp", "name": "a", "address": url}
    for path, body in (
        ("/recordings/by-url", {"url": url}),
        ("/webhooks", {"url": url, "events": ["call.ready"]}),
        ("/channels", channel),
        ("/crm/connections", crm),
    ):
        answer = admin.post(f"{PREFIX}{path}", json=body)
        assert answer.status_code in {404, 405, 422}, (path, answer.text)
        assert "ami-id" not in answer.text


def test_a_signed_word_opens_its_own_door_alone(world: World) -> None:
    """Whatever was signed for one thing, and is given for another, is forged."""
    key, id_ = "a key", uuid4()
    words = {
        "session": signing.sign_session(key, id_),
        "link": signing.sign_link(key, f"{id_}/playable"),
        "view": signing.sign_view(key, id_),
        "stop": signing.sign_stop(key, id_),
        "notice": signing.sign_notice(key, id_.hex),
        "invitation": signing.sign_invitation(key, id_, None),
        "crm": signing.sign_crm_sign_in(key, id_, id_, b"sealed"),
    }
    doors: dict[str, Callable[[str], object]] = {
        "session": lambda word: signing.read_session(key, word, 1),
        "link": lambda word: signing.read_link(key, word, 1),
        "view": lambda word: signing.is_view(key, word, id_, 1) or None,
        "stop": lambda word: signing.read_stop(key, word),
        "notice": lambda word: signing.read_notice(key, word, 9),
        "invitation": lambda word: signing.read_invitation(key, word, 1),
        "crm": lambda word: signing.read_crm_sign_in(key, word, 1),
    }
    opened = {
        (name, door)
        for name, word in words.items()
        for door, read in doors.items()
        if read(word) is not None
    }
    assert opened == {(name, name) for name in words}
    client, secret = world.clients["rep"], world.some("secret")
    for word in words.values():
        assert client.get(f"{PREFIX}/files/{word}").status_code == 403
        assert client.get(f"{PREFIX}/shared/{word}").status_code == 404
    signed = world.some("signed") or ""
    for changed in (signed[:-1], signed + "A", signed.swapcase(), signed.split(".")[0]):
        assert client.get(f"{PREFIX}/files/{changed}").status_code == 403
    assert client.get(f"{PREFIX}/files/{secret}").status_code == 403


def test_what_is_another_s_and_what_never_was_look_alike(
    boss: TestClient, stranger: TestClient, engine: Engine, files: Files, people: People
) -> None:
    """Neither a manager of another team nor a rep learns which ids there are, nor by waiting."""
    there, nowhere = new_recording(engine, files, people.rep), uuid4()
    for client in (boss, stranger):
        for method, path in (
            ("GET", ""),
            ("GET", "/report"),
            ("GET", "/files/recording"),
            ("POST", "/comments"),
            ("POST", "/clips"),
            ("DELETE", ""),
        ):
            told = set()
            for id_ in (there, nowhere):
                body = (
                    {"text": "a", "title": "a", "start_s": 0, "end_s": 2}
                    if "POST" in method
                    else None
                )
                kept = {
                    k: v for k, v in (body or {}).items() if (k == "text") == (path == "/comments")
                }
                answer = client.request(method, f"/calls/{id_}{path}", json=kept or None)
                assert answer.status_code == 404, (method, path, answer.text)
                told.add(answer.text.replace(str(id_), "?"))
            assert len(told) == 1, told


def _silence(path: Path) -> bytes:
    """Some kilobytes that decode to megabytes."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", 16_000, layout="stereo")
        for at in range(60):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 32_000), np.int16), "s16", "stereo")
            frame.sample_rate, frame.pts = 16_000, at * 16_000
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path.read_bytes()


def test_a_worker_lives_on_after_what_broke_the_decoder(
    settings: Settings,
    engine: Engine,
    files: Files,
    people: People,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = Limits(file_bytes=1 << 20)
    monkeypatch.setattr(Limits, "of", classmethod(lambda _cls, _size: small))
    bomb = new_recording(engine, files, people.rep, _silence(tmp_path / "a.flac"), "bomb.flac")
    good = new_recording(engine, files, people.rep, sound(3.0))
    work(workshop_of(settings, engine, files))
    with Session(engine) as session:
        calls = {id_: session.get_one(Call, id_) for id_ in (bomb, good)}
        assert (calls[bomb].state, calls[good].state) == ("failed", "ready")
        assert calls[bomb].failure == "bomb.flac decodes to more than 1 MB; split it"
    assert isinstance(bomb, UUID)
