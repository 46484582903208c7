"""Resumable uploads, as the protocol says."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from models.files import Files
from models.tables import AuditEntry, Upload
from models.tables.columns import now
from tests.api.conftest import People
from tests.api.tus import BYTES, TUS, begin, calls_of, metadata, path, recording, send, upload


def test_the_server_says_what_it_can_do(app_client: TestClient) -> None:
    told = app_client.options("/uploads")
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert "creation-with-upload" in told.headers["tus-extension"].split(",")
    assert told.headers["tus-max-size"] == "5000000000"
    assert told.headers["tus-checksum-algorithm"] == "sha1,sha256"


def test_nobody_uploads_without_signing_in(app_client: TestClient) -> None:
    assert begin(app_client, 10).status_code == 401
    nowhere = "/uploads/00000000-0000-0000-0000-000000000000"
    assert app_client.head(nowhere, headers=TUS).status_code == 401
    assert send(app_client, "/uploads/x", 0, b"x").status_code == 401


def test_a_file_in_pieces_becomes_a_call(rep: TestClient, files: Files) -> None:
    content = recording()
    known = {"title": "Vantage", "participants": [{"name": "Jim", "side": "buyer"}]}
    begun = begin(rep, len(content), filetype="audio/wav", call=json.dumps(known))
    where = path(begun)
    first = send(rep, where, 0, content[:1000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000")
    assert first.headers["tus-resumable"] == "1.0.0"
    assert "upload-expires" in first.headers
    looked = rep.head(where, headers=TUS)
    assert (looked.headers["upload-offset"], looked.headers["upload-length"]) == (
        "1000",
        str(len(content)),
    )
    assert looked.headers["cache-control"] == "no-store"
    assert looked.headers["upload-metadata"] == begun.request.headers["upload-metadata"]
    last = send(rep, where, 1000, content[1000:])
    call = rep.get(f"/calls/{last.headers['x-call-id']}").json()
    assert (call["title"], call["state"]) == ("Vantage", "waiting")
    assert call["known"]["participants"][0]["name"] == "Jim"
    assert call["recording"]["origin_name"] == "call.wav"
    assert call["recording"]["media_type"] == "audio/wav"
    digest = hashlib.sha256(content).hexdigest()
    assert call["recording"]["sha256"] == digest
    assert b"".join(files.read(f"recordings/{digest[:2]}/{digest}")) == content
    assert files.received(where.rpartition("/")[2]) == 0


def test_the_last_request_made_again_makes_no_second_call(rep: TestClient) -> None:
    content = recording()
    where = path(begin(rep, len(content)))
    made = send(rep, where, 0, content).headers["x-call-id"]
    assert send(rep, where, 0, content).status_code == 409
    assert rep.head(where, headers=TUS).headers["x-call-id"] == made
    empty = send(rep, where, len(content), b"")
    assert (empty.status_code, empty.headers["x-call-id"]) == (204, made)
    assert len(calls_of(rep)) == 1


def test_all_of_it_may_come_with_the_first_request(rep: TestClient) -> None:
    content = recording()
    headers = {**TUS, **BYTES, "Upload-Length": str(len(content))}
    made = rep.post("/uploads", headers=headers, content=content)
    assert made.status_code == 201
    assert made.headers["upload-offset"] == str(len(content))
    assert made.headers["x-call-id"] == calls_of(rep)[0]["id"]


def test_a_length_may_be_told_later(rep: TestClient) -> None:
    content = recording()
    where = path(begin(rep, None))
    assert send(rep, where, 0, content).status_code == 204
    assert rep.head(where, headers=TUS).headers["upload-defer-length"] == "1"
    short = send(rep, where, len(content), b"", Upload_Length="10")
    assert short.status_code == 400
    done = send(rep, where, len(content), b"", Upload_Length=str(len(content)))
    assert "x-call-id" in done.headers
    other = send(rep, where, len(content), b"", Upload_Length="9")
    assert other.status_code == 400


def test_bytes_from_elsewhere_than_where_it_stopped_are_refused(rep: TestClient) -> None:
    content = recording()
    where = path(begin(rep, len(content)))
    send(rep, where, 0, content[:100])
    for offset in (0, 99, 101):
        wrong = send(rep, where, offset, content[offset:])
        assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "100")
    assert rep.head(where, headers=TUS).headers["upload-offset"] == "100"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_what_a_checksum_denies_is_not_kept(rep: TestClient, algorithm: str) -> None:
    content = recording()
    digest = base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
    where = path(begin(rep, len(content)))
    broken = b"RIFF" + bytes(len(content) - 4)
    wrong = send(rep, where, 0, broken, Upload_Checksum=f"{algorithm} {digest}")
    assert (wrong.status_code, wrong.json()["title"]) == (460, "Checksum Mismatch")
    assert rep.head(where, headers=TUS).headers["upload-offset"] == "0"
    right = send(rep, where, 0, content, Upload_Checksum=f"{algorithm} {digest}")
    assert "x-call-id" in right.headers


def test_a_checksum_is_kept_to_over_many_parts(rep: TestClient, files: Files) -> None:
    content = recording(20 << 20)
    where = path(begin(rep, len(content)))

    def pieces(told: bytes):  # type: ignore[no-untyped-def]
        return (told[at : at + (1 << 20)] for at in range(0, len(told), 1 << 20))

    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    headers = {**TUS, **BYTES, "Upload-Offset": "0", "Upload-Checksum": f"sha256 {digest}"}
    wrong = rep.patch(where, headers=headers, content=pieces(content[:-1] + b"\0"))
    assert wrong.status_code == 460
    assert files.received(where.rpartition("/")[2]) == 0
    right = rep.patch(where, headers=headers, content=pieces(content))
    call = rep.get(f"/calls/{right.headers['x-call-id']}").json()
    assert call["recording"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_an_upload_is_nobody_elses_business(
    rep: TestClient, peer: TestClient, manager: TestClient, stranger: TestClient, admin: TestClient
) -> None:
    where = path(begin(rep, 100))
    for other in (peer, manager, stranger, admin):
        assert other.head(where, headers=TUS).status_code == 404
        assert send(other, where, 0, b"RIFF").status_code == 404
        assert other.delete(where, headers=TUS).status_code == 404
    assert rep.head(where, headers=TUS).headers["upload-offset"] == "0"


def test_an_upload_can_be_given_up(rep: TestClient, files: Files) -> None:
    where = path(begin(rep, 5000))
    send(rep, where, 0, recording(1000))
    assert files.received(where.rpartition("/")[2]) > 1000
    assert rep.delete(where, headers=TUS).status_code == 204
    assert files.received(where.rpartition("/")[2]) == 0
    gone = rep.head(where, headers=TUS)
    assert (gone.status_code, gone.headers["tus-resumable"]) == (404, "1.0.0")


def test_an_upload_left_for_too_long_is_over(rep: TestClient, engine: Engine) -> None:
    where = path(begin(rep, 5000))
    _set(engine, expires_at=now() - timedelta(seconds=1))
    for answer in (rep.head(where, headers=TUS), send(rep, where, 0, b"RIFF")):
        assert answer.status_code == 410


def test_two_do_not_write_to_one_upload(rep: TestClient, engine: Engine) -> None:
    content = recording()
    where = path(begin(rep, len(content)))
    _set(engine, leased_until=now() + timedelta(seconds=60))
    busy = send(rep, where, 0, content)
    assert (busy.status_code, busy.headers["retry-after"]) == (423, "2")
    assert rep.delete(where, headers=TUS).status_code == 423
    assert rep.head(where, headers=TUS).status_code == 200
    _set(engine, leased_until=now() - timedelta(seconds=1))
    assert "x-call-id" in send(rep, where, 0, content).headers


def test_what_the_client_must_say_is_asked_for(rep: TestClient) -> None:
    where = path(begin(rep, 100))
    unversioned = rep.head(where)
    assert (unversioned.status_code, unversioned.headers["tus-version"]) == (412, "1.0.0")
    typed = rep.patch(where, headers={**TUS, "Upload-Offset": "0"}, content=b"RIFF")
    assert typed.status_code == 415
    assert rep.patch(where, headers={**TUS, **BYTES}, content=b"RIFF").status_code == 400
    for told in ({}, {"Upload-Length": "1", "Upload-Defer-Length": "1"}, {"Upload-Length": "-1"}):
        assert rep.post("/uploads", headers={**TUS, **told}).status_code == 400
    assert rep.post("/uploads", headers={**TUS, "Upload-Length": b"\xb2"}).status_code == 400
    joined = {**TUS, "Upload-Length": "5", "Upload-Concat": "partial"}
    assert rep.post("/uploads", headers=joined).status_code == 400
    assert rep.post("/uploads", headers={**TUS, "Upload-Length": "0"}).status_code == 422


def test_more_than_fits_is_refused(rep: TestClient) -> None:
    large = begin(rep, 5_000_000_001)
    assert (large.status_code, large.json()["detail"]) == (
        413,
        "the file is too large; at most 5000 MB are taken",
    )
    assert begin(rep, 10**30).status_code == 400
    where = path(begin(rep, 50))
    assert send(rep, where, 0, recording()).status_code == 413
    chunked = rep.patch(
        where, headers={**TUS, **BYTES, "Upload-Offset": "0"}, content=iter([recording()])
    )
    assert chunked.status_code == 413
    assert rep.head(where, headers=TUS).headers["upload-offset"] == "0"


@pytest.mark.parametrize(
    "raw",
    [
        "filename ***",
        "filename YQ==,filename YQ==",
        "file name YQ==",
        "é YQ==",
        "a gA==",
        ",",
        "a" * 50_000,
    ],
)
def test_metadata_that_cannot_be_read_is_refused(rep: TestClient, raw: str) -> None:
    headers = {**TUS, "Upload-Length": "9", "Upload-Metadata": raw.encode()}
    assert rep.post("/uploads", headers=headers).status_code == 400  # type: ignore[arg-type]


def test_what_is_said_of_the_call_is_checked_before_a_byte_comes(
    rep: TestClient, people: People
) -> None:
    def refused(**told: str) -> tuple[int, str]:
        answer = begin(rep, 100, **told)
        return answer.status_code, answer.json()["detail"]

    status, said = refused(call='{"speakers": 0, "x": 1}')
    assert status == 422
    assert said.startswith("call.speakers")
    assert refused(call="{")[0] == 422
    assert refused(call=json.dumps({"rep_id": str(people.peer.id)}))[0] == 403
    nobody = "00000000-0000-0000-0000-000000000000"
    assert refused(call=json.dumps({"deal_id": nobody}))[0] == 404
    assert refused(call_id=nobody)[0] == 404
    assert refused(call_id="x")[0] == 422
    assert calls_of(rep) == []


def test_signs_that_no_row_can_hold_are_refused_before_a_byte_comes(rep: TestClient) -> None:
    refused = begin(rep, 100, call='{"title": "a\\u0000b"}')
    assert (refused.status_code, refused.headers["tus-resumable"]) == (422, "1.0.0")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a" * 5000 + ".wav", "a" * 296 + ".wav"),
        ("", "recording"),
        ("C:\\x\\y.mp3", "y.mp3"),
        ("../\x00\u202ex.wav", "x.wav"),
    ],
)
def test_names_are_kept_as_names(rep: TestClient, name: str, kept: str) -> None:
    made = upload(rep, recording(), filename=name)
    call = rep.get(f"/calls/{made.headers['x-call-id']}").json()
    assert call["recording"]["origin_name"] == kept


def test_what_is_no_recording_is_refused_at_its_first_bytes(rep: TestClient, files: Files) -> None:
    zipped = b"PK\x03\x04" + bytes(5000)
    where = path(begin(rep, 1_000_000))
    refused = send(rep, where, 0, zipped)
    assert refused.status_code == 415
    assert "ZIP" in refused.json()["detail"]
    assert refused.headers["tus-resumable"] == "1.0.0"
    assert rep.head(where, headers=TUS).status_code == 404
    assert files.received(where.rpartition("/")[2]) == 0


def test_a_text_in_tiny_pieces_is_refused_at_its_end(rep: TestClient, files: Files) -> None:
    content = b"Dear Jim, here is what we agreed on."
    where = path(begin(rep, len(content)))
    for at in range(len(content) - 1):
        assert send(rep, where, at, content[at : at + 1]).status_code == 204
    assert send(rep, where, len(content) - 1, content[-1:]).status_code == 415
    digest = hashlib.sha256(content).hexdigest()
    assert not files.exists(f"recordings/{digest[:2]}/{digest}")


def test_a_call_gets_its_recording_later(rep: TestClient) -> None:
    call = rep.post("/calls", json={"title": "Planned"}).json()
    assert call["state"] == "empty"
    made = upload(rep, recording(), call_id=call["id"])
    assert made.headers["x-call-id"] == call["id"]
    assert rep.get(f"/calls/{call['id']}").json()["state"] == "waiting"
    assert begin(rep, 100, call_id=call["id"]).status_code == 409
    assert len(calls_of(rep)) == 1


def test_the_same_file_twice_is_one_call(rep: TestClient, manager: TestClient) -> None:
    content = recording()
    first = upload(rep, content).headers["x-call-id"]
    again = upload(rep, content)
    assert (again.headers["x-call-id"], again.headers["x-same-as"]) == (first, first)
    assert upload(manager, content).headers["x-same-as"] == first
    wanted = upload(rep, content, again="true")
    assert wanted.headers["x-call-id"] != first
    assert "x-same-as" not in wanted.headers
    assert len(calls_of(rep)) == 2


def test_nobody_learns_that_another_has_the_same_file(
    rep: TestClient, peer: TestClient, stranger: TestClient
) -> None:
    content = recording()
    first = upload(rep, content)
    for other in (peer, stranger):
        made = upload(other, content)
        assert made.headers["x-call-id"] != first.headers["x-call-id"]
        assert set(made.headers) == set(first.headers)
        assert len(calls_of(other)) == 1


def test_a_call_that_got_a_recording_meanwhile_keeps_it(rep: TestClient) -> None:
    content = recording()
    call = rep.post("/calls", json={"title": "Planned"}).json()
    where = path(begin(rep, len(content), call_id=call["id"]))
    upload(rep, recording(), call_id=call["id"])
    late = send(rep, where, 0, content)
    assert late.status_code == 409
    assert rep.head(where, headers=TUS).status_code == 409
    assert rep.delete(where, headers=TUS).status_code == 204
    assert len(calls_of(rep)) == 1


def test_an_upload_is_begun_once_under_a_key(rep: TestClient) -> None:
    headers = {**TUS, "Upload-Length": "9", "Idempotency-Key": "k"}
    first, again = (rep.post("/uploads", headers=headers) for _time in range(2))
    assert first.headers["location"] == again.headers["location"]
    assert again.status_code == 201
    other = rep.post("/uploads", headers={**headers, "Upload-Length": "10"})
    assert other.status_code == 409


def test_a_network_that_lets_no_patch_pass_is_got_round(rep: TestClient) -> None:
    content = recording()
    where = path(begin(rep, len(content)))
    headers = {**TUS, **BYTES, "Upload-Offset": "0"}
    assert rep.post(where, headers=headers, content=content).status_code == 405
    headers["X-HTTP-Method-Override"] = "PATCH"
    assert "x-call-id" in rep.post(where, headers=headers, content=content).headers


def test_what_was_uploaded_leaves_a_line(rep: TestClient, engine: Engine) -> None:
    made = upload(rep, recording()).headers["x-call-id"]
    with Session(engine) as session:
        lines = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(one.verb, one.noun) for one in lines] == [("begin", "uploads"), ("upload", "calls")]
    assert lines[-1].subject_id == made


def _set(engine: Engine, **values: object) -> None:
    with Session(engine) as session:
        session.exec(update(Upload).values(**values))
        session.commit()


def test_metadata_reads_as_written() -> None:
    assert metadata({"a": "b"}) == "a Yg=="
