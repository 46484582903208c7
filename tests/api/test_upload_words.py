"""What uploads say in headers and forms, read however it comes."""

import asyncio
import base64
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.intake import incoming
from api.intake.forms import FormReader, PartBegins, PartEnds
from api.intake.incoming import Checksum, Incoming, receive
from api.intake.tus import media_type, read_metadata
from models.files import Files
from tests.api.tus import metadata, recording

_KEYS = st.from_regex(r"[a-z_]{1,20}", fullmatch=True)
_BOUNDARY = b"----x7"


def status_of(read: Callable[[], object]) -> int:
    """200, or how it is refused."""
    try:
        read()
    except HTTPException as refused:
        return refused.status_code
    return 200


@given(st.dictionaries(_KEYS, st.text(), max_size=5))
def test_metadata_reads_as_it_was_written(told: dict[str, str]) -> None:
    storable = {key: value.encode("utf-8", "ignore").decode() for key, value in told.items()}
    assert read_metadata(metadata(storable)) == storable


@given(st.text(max_size=80))
def test_metadata_is_read_or_refused(raw: str) -> None:
    assert status_of(lambda: read_metadata(raw)) in {200, 400}


@given(st.text(max_size=120))
def test_a_type_is_one_or_none(told: str) -> None:
    kind = media_type(told)
    assert kind.isascii()
    assert kind.count("/") == 1
    assert len(kind) <= 100


@pytest.mark.parametrize("told", ["", "md5 YQ==", "sha1 *", "sha256 é"])
def test_a_checksum_that_is_none_is_refused(told: str) -> None:
    assert status_of(lambda: Checksum(told)) == 400


def form(*files: tuple[str, bytes]) -> bytes:
    parts = b"".join(
        b"--" + _BOUNDARY + b'\r\nContent-Disposition: form-data; name="files"; filename="'
        + name.encode() + b'"\r\nContent-Type: audio/wav\r\n\r\n' + content + b"\r\n"
        for name, content in files
    )  # fmt: skip
    return parts + b"--" + _BOUNDARY + b"--\r\n"


@given(
    st.lists(st.binary(max_size=200), min_size=1, max_size=4),
    st.lists(st.integers(0, 800), max_size=10),
)
def test_a_form_reads_the_same_however_it_is_cut(contents: list[bytes], cuts: list[int]) -> None:
    body = form(*((f"é {n}.wav", content) for n, content in enumerate(contents)))
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    reader = FormReader(f"multipart/form-data; boundary={_BOUNDARY.decode()}")
    read: list[tuple[str | None, bytes]] = []
    ended = 0
    for start, end in pairwise(places):
        for event in reader.feed(body[start:end]):
            if isinstance(event, PartBegins):
                read.append((event.filename, b""))
                assert event.media_type == "audio/wav"
            elif isinstance(event, PartEnds):
                ended += 1
            else:
                read[-1] = (read[-1][0], read[-1][1] + event)
    reader.close()
    assert read == [(f"é {n}.wav", content) for n, content in enumerate(contents)]
    assert ended == len(contents)


@given(st.binary(max_size=300))
def test_a_form_is_read_or_refused(body: bytes) -> None:
    reader = FormReader("multipart/form-data; boundary=x")
    status = status_of(lambda: list(reader.feed(body)))
    assert status in {200, 400}
    if status == 200:
        assert status_of(reader.close) in {200, 400}


def test_what_comes_slowly_is_kept_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "FLUSH_S", 0.0)
    files, upload_id, content = Files(str(tmp_path)), str(uuid4()), recording(3000)

    async def drip():  # type: ignore[no-untyped-def]
        for at in range(0, 2000, 500):
            yield content[at : at + 500]
            assert files.received(upload_id) == at + 500
        raise ClientDisconnect

    with pytest.raises(ClientDisconnect):
        asyncio.run(receive(Incoming(files, upload_id, "x", 10_000), drip()))
    assert files.received(upload_id) == 2000


def test_nobody_vouches_for_half_of_what_a_checksum_covers(tmp_path: Path) -> None:
    files, upload_id = Files(str(tmp_path)), str(uuid4())
    files.put_part(upload_id, 0, b"RIFF\x00\x00")
    digest = base64.b64encode(bytes(20)).decode()

    async def half():  # type: ignore[no-untyped-def]
        yield bytes(9 << 20)
        yield bytes(9 << 20)
        raise ClientDisconnect

    coming = Incoming(files, upload_id, "x", 1 << 30, 6, checksum=Checksum(f"sha1 {digest}"))
    with pytest.raises(ClientDisconnect):
        asyncio.run(receive(coming, half()))
    assert files.received(upload_id) == 6
    assert len(files._store.listed("uploads")) == 1
