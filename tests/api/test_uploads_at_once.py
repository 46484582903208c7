"""Recordings in one request: forms with many files, and one for a call that waits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.files import Files
from models.stores import Kept
from models.tables import Upload
from tests.api.conftest import People
from tests.api.tus import begin, calls_of, path, recording, send
from tests.models.buckets import new_bucket, s3_server

Sent = tuple[str, tuple[str, bytes, str]]


def a_file(name: str = "call.wav", content: bytes | None = None) -> Sent:
    return "files", (name, recording() if content is None else content, "audio/wav")


def post(client: TestClient, *files: Sent, call: object = None, **query: object) -> Any:
    fields = {} if call is None else {"call": json.dumps(call)}
    return client.post("/recordings", files=list(files), data=fields, params=query)


def left(files: Files) -> list[Kept]:
    """What lies in the store that is no recording."""
    kept = files._store.listed("uploads") + files._store.listed("incoming")
    return [*kept]


def test_many_files_become_calls(rep: TestClient, files: Files) -> None:
    sent = [a_file(f"call {n}.wav") for n in range(5)]
    made = post(rep, *sent, call={"participants": [{"name": "Jim"}]})
    assert made.status_code == 201
    items = made.json()["items"]
    assert [one["name"] for one in items] == [f"call {n}.wav" for n in range(5)]
    assert {one["status"] for one in items} == {201}
    for (_field, (name, content, _type)), one in zip(sent, items, strict=True):
        call = one["call"]
        assert (call["title"], call["state"]) == (name.removesuffix(".wav"), "waiting")
        assert call["known"]["participants"][0]["name"] == "Jim"
        key = f"recordings/{call['recording']['sha256'][:2]}/{call['recording']['sha256']}"
        assert b"".join(files.read(key)) == content
    assert len(calls_of(rep)) == 5
    assert left(files) == []


def test_each_file_is_answered_on_its_own(rep: TestClient, files: Files) -> None:
    had = a_file()
    first = post(rep, had).json()["items"][0]["call"]["id"]
    made = post(
        rep,
        a_file("new.wav"),
        had,
        a_file("x.pdf", b"%PDF-1.7 \x00"),
        a_file("note.txt", b"Dear Jim"),
        a_file("none.wav", b""),
    )
    assert made.status_code == 207
    items = made.json()["items"]
    assert [one["status"] for one in items] == [201, 200, 415, 415, 422]
    assert items[1]["same_as"] == items[1]["call"]["id"] == first
    assert (
        items[2]["problem"]["detail"] == "x.pdf is a PDF document; send a recording, audio or video"
    )
    assert items[4]["problem"]["status"] == 422
    assert len(calls_of(rep)) == 2
    assert left(files) == []


def test_a_file_sent_twice_in_one_form_is_one_call(rep: TestClient) -> None:
    one = a_file()
    items = post(rep, one, one).json()["items"]
    assert [item["status"] for item in items] == [201, 200]
    again = post(rep, one, again=True)
    assert again.status_code == 201
    assert len(calls_of(rep)) == 2


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"<!doctype html><p>Hi", 415), (b"MZ\x90" + bytes(99), 415)],
)
def test_a_single_file_that_is_none_is_a_problem(
    rep: TestClient, files: Files, content: bytes, status: int
) -> None:
    refused = post(rep, a_file("x", content))
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert calls_of(rep) == []
    assert left(files) == []


def test_a_form_that_cannot_be_read_is_refused(rep: TestClient, app_client: TestClient) -> None:
    form = {"content-type": "multipart/form-data; boundary=x"}
    assert app_client.post("/recordings", headers=form, content=b"--x").status_code == 401
    assert rep.post("/recordings", content=recording()).status_code == 415
    assert rep.post("/recordings", json={}).status_code == 415
    plain = {"content-type": "multipart/form-data"}
    assert rep.post("/recordings", headers=plain, content=b"").status_code == 415
    for body in (b"nonsense", b"--x\r\nno header", b""):
        assert rep.post("/recordings", headers=form, content=body).status_code == 400, body
    half = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\nRIFF\x00'
    assert rep.post("/recordings", headers=form, content=half).status_code == 400
    assert rep.post("/recordings", headers=form, content=b"--x--\r\n").status_code in {400, 422}
    assert calls_of(rep) == []


def test_what_is_said_of_the_calls_is_checked(
    rep: TestClient, people: People, files: Files
) -> None:
    wrong = post(rep, a_file(), call={"speakers": 99})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (422, "call.speakers")
    assert post(rep, a_file(), call={"rep_id": str(people.peer.id)}).status_code == 403
    unknown = rep.post("/recordings", files=[a_file()], data={"cal": "{}"})
    assert unknown.status_code == 422
    assert post(rep, ("call", ("", b"{}", "application/json"))).status_code == 422
    assert (
        rep.post("/recordings", files=[a_file()], data={"call": "x" * 2_000_000}).status_code == 413
    )
    assert calls_of(rep) == []
    assert left(files) == []


def test_more_files_than_are_taken_are_refused(rep: TestClient, files: Files) -> None:
    refused = post(rep, *[a_file(f"{n}.wav", recording(10)) for n in range(101)])
    assert refused.status_code == 422
    assert "at most 100" in refused.json()["detail"]
    assert left(files) == []
    assert calls_of(rep) == []


def test_a_form_sent_twice_under_a_key_is_taken_once(rep: TestClient) -> None:
    headers = {"idempotency-key": "k"}
    first = rep.post("/recordings", files=[a_file()], headers=headers)
    again = rep.post("/recordings", files=[a_file()], headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(calls_of(rep)) == 1


def test_what_another_program_calls_a_call_is_there_once(rep: TestClient) -> None:
    items = post(rep, a_file("a.wav"), a_file("b.wav"), call={"ref": "crm-1"}).json()["items"]
    assert [one["status"] for one in items] == [201, 409]
    assert len(calls_of(rep)) == 1


def test_a_waiting_call_gets_its_recording(rep: TestClient, files: Files) -> None:
    content = recording()
    call = rep.post("/calls", json={"title": "Planned"}).json()
    where = f"/calls/{call['id']}/recording"
    headers = {"content-type": "audio/x-wav; rate=1"}
    made = rep.put(where, content=content, params={"name": "../a.wav"}, headers=headers)
    assert made.status_code == 201
    shown = made.json()["call"]
    assert (shown["id"], shown["state"]) == (call["id"], "waiting")
    assert (shown["recording"]["origin_name"], shown["recording"]["media_type"]) == (
        "a.wav",
        "audio/x-wav",
    )
    again = rep.put(where, files=[("file", ("a.wav", content, "audio/wav"))])
    assert (again.status_code, again.json()["same_as"]) == (200, call["id"])
    assert rep.put(where, content=recording()).status_code == 409
    assert left(files) == []
    assert len(files._store.listed("recordings")) == 1


def test_only_who_may_change_a_call_gives_it_a_recording(
    rep: TestClient, peer: TestClient, manager: TestClient, stranger: TestClient
) -> None:
    call = rep.post("/calls", json={"title": "Planned"}).json()
    where = f"/calls/{call['id']}/recording"
    assert peer.put(where, content=recording()).status_code == 404
    assert stranger.put(where, content=recording()).status_code == 404
    assert rep.put(where, content=b"").status_code == 422
    assert rep.put(where, content=b"Dear Jim").status_code == 415
    two = rep.put(where, files=[a_file(), a_file()])
    assert two.status_code == 422
    assert manager.put(where, content=recording()).status_code == 201


class TestSmallLimits:
    """Where a megabyte is the most."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"max_upload_mb": 1})

    def test_a_file_that_is_too_large_is_refused_and_the_others_are_taken(
        self, rep: TestClient, files: Files
    ) -> None:
        large = recording(1_000_001)
        made = post(rep, a_file("large.wav", large), a_file("small.wav"))
        assert [one["status"] for one in made.json()["items"]] == [413, 201]
        assert post(rep, a_file("large.wav", large)).status_code == 413
        call = made.json()["items"][1]["call"]["id"]
        assert rep.put(f"/calls/{call}/recording", content=large).status_code == 413
        chunked = rep.put(f"/calls/{call}/recording", content=iter([large]))
        assert chunked.status_code == 413
        assert left(files) == []


class TestBucket:
    """Where the files lie in a bucket."""

    @pytest.fixture
    def files(self) -> Iterator[Files]:
        with s3_server() as endpoint:
            yield new_bucket(endpoint).files()

    def test_uploads_go_the_same_way(self, rep: TestClient, files: Files) -> None:
        content = recording(100_000)
        where = path(begin(rep, len(content)))
        assert send(rep, where, 0, content[:60_000]).status_code == 204
        made = send(rep, where, 60_000, content[60_000:]).headers["x-call-id"]
        sha256 = rep.get(f"/calls/{made}").json()["recording"]["sha256"]
        assert b"".join(files.read(f"recordings/{sha256[:2]}/{sha256}")) == content
        sent = post(rep, a_file("same.wav", content), a_file("new.wav"))
        assert [one["status"] for one in sent.json()["items"]] == [200, 201]
        assert left(files) == []


def test_what_uploads_take_is_described(app_client: TestClient) -> None:
    paths = app_client.get("/openapi.json").json()["paths"]
    begun = paths["/api/v1/uploads"]["post"]
    assert {"Tus-Resumable", "Upload-Metadata"} <= {one["name"] for one in begun["parameters"]}
    assert "application/offset+octet-stream" in begun["requestBody"]["content"]
    assert "X-Call-Id" in begun["responses"]["201"]["headers"]
    assert {"413", "415", "423", "460", "507"} <= set(begun["responses"])
    form = paths["/api/v1/recordings"]["post"]
    assert "multipart/form-data" in form["requestBody"]["content"]
    for way in (begun, form, paths["/api/v1/uploads/{upload_id}"]["patch"]):
        assert way["security"]


def test_a_form_leaves_no_upload_behind(rep: TestClient, engine: Engine) -> None:
    post(rep, a_file())
    with Session(engine) as session:
        assert session.exec(select(Upload)).all() == []
