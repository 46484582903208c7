"""What clearly is no recording is told by its first bytes."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadInput, NotRecording
from models.sniffing import HEAD, check_head

FIXTURES = Path(__file__).parents[2] / "fixtures"


def zipped() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.wav", bytes(10_000_000))
    return written.getvalue()


def tarred() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("call.wav"))
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (zipped(), "ZIP"),
        (tarred(), "tar"),
        (b"\x1f\x8b\x08" + bytes(99), "gzip"),
        (b"MZ\x90\x00" + bytes(99), "program"),
        (b"\x7fELF\x02" + bytes(99), "program"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "image"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        (b"\x00\x00\x00\x1cftypheic" + bytes(9), "image"),
        (b"BM\x9a\x00\x01\x00\x00\x00\x00\x00" + bytes(99), "image"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>", "HTML"),
        (b"<html>\n", "HTML"),
        (b"#EXTM3U\nhttp://127.0.0.1/secret.ts\n", "playlist"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi", "transcript"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "text"),
        ("Cher Jim, à très bientôt\n".encode(), "text"),
        (b'{"a": 1}', "text"),
    ],
)
def test_what_is_no_recording_is_named(content: bytes, what: str) -> None:
    with pytest.raises(NotRecording, match=what):
        check_head(content[:HEAD], "x", is_whole=True)


@pytest.mark.parametrize(
    "head",
    [
        b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00",
        b"fLaC\x00\x00\x00\x22",
        b"OggS\x00\x02",
        b"ID3\x04\x00\x00\x00\x00\x0f\x76TSSE",
        b"\xff\xfb\x90\x64\x00",
        b"\xff\xf1\x50\x80\x02\x1f\xfc",
        b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00",
        b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00",
        b"\x1a\x45\xdf\xa3\x01\x00\x00\x00",
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"#!AMR\n\x3c\x91\x17",
        b"FORM\x00\x00\x00\x00AIFF",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        b"\x47\x40\x11\x10\x00",
        b".snd\x00\x00\x00\x18",
    ],
)
def test_recordings_pass(head: bytes) -> None:
    check_head(head + bytes(99), "x", is_whole=True)
    check_head(head[:4], "x", is_whole=False)


def test_the_fixtures_pass() -> None:
    found = list(FIXTURES.glob("calls/*/audio.flac"))
    assert found
    for path in found:
        with path.open("rb") as content:
            check_head(content.read(HEAD), path.name, is_whole=True)


def test_nothing_is_told_as_empty() -> None:
    with pytest.raises(BadInput, match=r"x\.wav is empty"):
        check_head(b"", "x.wav", is_whole=True)
    check_head(b"", "x.wav", is_whole=False)


@given(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z", "Cf")), min_size=600)
)
def test_a_text_is_a_text_wherever_it_is_cut(text: str) -> None:
    head = text.encode()
    for end in range(600, 604):
        with pytest.raises(NotRecording):
            check_head(head[:end], "x", is_whole=False)


@given(st.binary(max_size=600), st.booleans())
def test_any_bytes_are_judged(head: bytes, is_whole: bool) -> None:
    told = "x is "
    try:
        check_head(head, "x", is_whole=is_whole)
    except BadInput as refused:
        told = str(refused)
    assert told.startswith("x is ")
