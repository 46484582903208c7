"""What tests of uploads share: a small client of the protocol, files to send."""

import base64
import os
from collections.abc import Mapping

import httpx
from fastapi.testclient import TestClient

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
Client = TestClient | httpx.Client


def recording(size: int = 5_000, *, seed: bytes | None = None) -> bytes:
    """A WAV header and noise: no two are the same."""
    noise = seed or os.urandom(size)
    return b"RIFF\x24\xf0\xff\x7fWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00" + noise


def metadata(pairs: Mapping[str, str]) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())


def begin(client: Client, size: int | None, **told: str) -> httpx.Response:
    length = {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
    headers = {**TUS, **length, "Upload-Metadata": metadata({"filename": "call.wav", **told})}
    return client.post("/uploads", headers=headers)


def send(client: Client, upload: str, offset: int, content: bytes, **more: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    headers = {**TUS, **BYTES, "Upload-Offset": str(offset), **named}
    return client.patch(upload, headers=headers, content=content)


def path(begun: httpx.Response) -> str:
    """Where an upload goes on, as the clients here take it."""
    assert begun.status_code == 201, begun.text
    return begun.headers["location"].removeprefix("/api/v1")


def upload(client: Client, content: bytes, **told: str) -> httpx.Response:
    """All of a file at once; the answer to its last byte."""
    return send(client, path(begin(client, len(content), **told)), 0, content)


def calls_of(client: Client) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = client.get("/calls").json()["items"]
    return listed
