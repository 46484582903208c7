"""An inbox in a real bucket: what is put there becomes calls, whatever the bucket does."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from api import watching
from api.settings import Settings
from models import stores
from models.files import Files
from tests.api.conftest import People
from tests.api.dropping import Drop
from tests.api.test_transcripts import VTT
from tests.api.working import sound, work, workshop_of
from tests.models.buckets import HASTE, Bucket, bad_line, new_bucket, options, s3_server


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(endpoint: str) -> Bucket:
    return new_bucket(endpoint)


@pytest.fixture
def settings(settings: Settings, bucket: Bucket, people: People) -> Settings:
    told = {name: SecretStr(value) for name, value in options(bucket.endpoint).items()}
    inbox = {
        "inbox_url": f"s3://{bucket.name}/some/prefix",
        "files_options": told,
        "import_rep": people.rep.email,
    }
    return settings.model_copy(update=inbox)


@pytest.fixture
def drop(settings: Settings, engine: Engine, files: Files) -> Drop:
    return Drop(workshop_of(settings, engine, files))


def put(bucket: Bucket, name: str, content: bytes | str) -> None:
    """Put an object as it is named: a client for people would tidy the name."""
    line = HTTPConnection(bucket.endpoint.removeprefix("http://"))
    path = f"/{bucket.name}/some/prefix/{quote(name)}"
    line.request("PUT", path, content.encode() if isinstance(content, str) else content)
    assert line.getresponse().status == 200
    line.close()


def replace(bucket: Bucket, name: str, content: bytes) -> None:
    """Put an object where there is one, which only its owner may."""
    store = stores.Store(f"s3://{bucket.name}/some/prefix", options(bucket.endpoint))
    store.write_small(name, "", content)


def test_objects_become_calls(drop: Drop, bucket: Bucket, rep: TestClient) -> None:
    content = sound()
    put(bucket, "EMEA/call.wav", content)
    put(bucket, "EMEA/call.json", json.dumps({"title": "From the inbox"}))
    put(bucket, "EMEA/", b"")
    put(bucket, "talk.vtt", VTT)
    put(bucket, ".hidden/x.wav", content)
    put(bucket, "a b%20<c>.wav", content)
    put(bucket, "notes.pdf", b"%PDF-1.7 and so on")
    assert set(drop.look().values()) == {"waiting"}
    after = drop.look()
    assert "is a PDF" in after.pop("notes.pdf")
    assert after == dict.fromkeys(("EMEA/call.wav", "talk.vtt", "a b%20<c>.wav"), "taken")
    assert [one.title for one in drop.calls()] == ["From the inbox", "talk"]
    work(drop.workshop)
    assert {one.state for one in drop.calls()} == {"ready"}
    call = drop.calls()[0]
    assert rep.get(f"/calls/{call.id}/files/recording").content == content
    assert len(bucket.keys()) == 7


def test_an_object_that_changes_is_another(drop: Drop, bucket: Bucket) -> None:
    put(bucket, "call.wav", sound(0.5))
    assert drop.look() == {"call.wav": "waiting"}
    replace(bucket, "call.wav", sound(0.7))
    assert drop.look() == {"call.wav": "waiting"}
    assert drop.look() == {"call.wav": "taken"}
    replace(bucket, "call.wav", sound(0.9))
    drop.take()
    assert len(drop.calls()) == 2
    replace(bucket, "call.wav", sound(0.7))
    drop.take()
    assert len(drop.calls()) == 2


def test_a_bucket_that_fails_is_looked_at_again(
    drop: Drop,
    settings: Settings,
    bucket: Bucket,
    engine: Engine,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(stores, "Patience", lambda: HASTE)
    put(bucket, "call.wav", sound())
    with bad_line(bucket.endpoint) as line:
        through = {name: SecretStr(value) for name, value in options(line.address).items()}
        told = settings.model_copy(update={"files_options": through})
        drop = Drop(workshop_of(told, engine, files))
        line.failures = -1
        watching._warn_once.cache_clear()
        assert drop.look() == {}
        assert "cannot be reached" in caplog.records[-1].message
        line.failures = 0
        assert drop.look() == {"call.wav": "waiting"}
        line.cuts = 3
        drop.look()
        line.cuts = 0
        assert drop.look() == {"call.wav": "taken"}
    assert len(drop.calls()) == 1


def test_a_key_that_is_no_path_is_told(
    drop: Drop, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    watching._warn_once.cache_clear()
    put(bucket, "a//b.wav", sound())
    assert drop.look() == {}
    assert "a//b.wav" in caplog.records[-1].message


def test_the_bucket_of_our_own_files_is_no_inbox(
    settings: Settings, admin: TestClient, bucket: Bucket
) -> None:
    for files_url, inbox_url in (
        (f"s3://{bucket.name}", f"s3://{bucket.name}/"),
        (f"s3://{bucket.name}/files", f"s3://{bucket.name}"),
        (f"s3://{bucket.name}/files", f"s3://{bucket.name}/files/inbox"),
    ):
        told = settings.model_copy(update={"files_url": files_url, "inbox_url": inbox_url})
        admin.app.state.settings = told  # type: ignore[attr-defined]
        assert "its own files" in admin.get("/imports/watched").json()["problems"][0]
    told = settings.model_copy(
        update={"files_url": f"s3://{bucket.name}/file", "inbox_url": f"s3://{bucket.name}/files"}
    )
    admin.app.state.settings = told  # type: ignore[attr-defined]
    assert admin.get("/imports/watched").json()["problems"] == []


def test_a_folder_may_be_an_inbox_too(
    settings: Settings, engine: Engine, files: Files, tmp_path: Path
) -> None:
    inbox = tmp_path / "in box"
    inbox.mkdir()
    (inbox / "call.wav").write_bytes(sound())
    for url in (inbox.as_uri(), str(inbox)):
        told = settings.model_copy(update={"inbox_url": url})
        assert Drop(workshop_of(told, engine, files)).take() == {"call.wav": "taken"}
