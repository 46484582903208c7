"""Whether a file can be a recording at all, by its first bytes; the decoder has the final word."""

import codecs
from collections.abc import Mapping
from unicodedata import category

from models.errors import BadInput, NotRecording

HEAD = 4096
"""How many of a file's first bytes are looked at."""
_MAGIC: Mapping[bytes, str] = {
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"PK\x05\x06": "an empty ZIP archive",
    b"PK\x07\x08": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"\xcf\xfa\xed\xfe": "a program",
    b"\xce\xfa\xed\xfe": "a program",
    b"\xca\xfe\xba\xbe": "a program",
    b"%PDF-": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"SQLite format 3\x00": "a database",
    b"\x89PNG\r\n\x1a\n": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF87a": "an image",
    b"GIF89a": "an image",
    b"II*\x00": "an image",
    b"MM\x00*": "an image",
}
_STILLS = {b"avif", b"heic", b"heix", b"mif1"}
_WORDS: Mapping[str, str] = {
    "<!doctype html": "an HTML page",
    "<html": "an HTML page",
    "#extm3u": "a playlist",
    "webvtt": "a transcript",
}


_LEAST_TEXT = 512


def check_head(head: bytes, name: str, *, is_whole: bool) -> None:
    """Raise NotRecording when a file that begins so is none, BadInput when it is empty.

    A beginning that may yet go on is only taken for text when it is long enough: `RIFF` is text.
    """
    if not head and is_whole:
        raise BadInput(f"{name} is empty; send the recording itself")
    what = _archive_or_image(head)
    if what is None and (is_whole or len(head) >= _LEAST_TEXT):
        what = _text(head[:HEAD])
    if what is not None:
        raise NotRecording(f"{name} is {what}; send a recording, audio or video")


def _archive_or_image(head: bytes) -> str | None:
    """What the file is, when it clearly is something else."""
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            return what
    if head[257:262] == b"ustar":
        return "a tar archive"
    if head[8:12] == b"WEBP" or (head[4:8] == b"ftyp" and head[8:12] in _STILLS):
        return "an image"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "an image"
    return None


def _text(head: bytes) -> str | None:
    """What kind of text it is, when it is; a letter cut in two at the end does not matter."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return None
    if any(category(sign) == "Cc" and sign not in "\t\n\r\f" for sign in text):
        return None
    begin = text.lstrip()[:20].lower()
    return next((what for word, what in _WORDS.items() if begin.startswith(word)), "text")
