"""Files of unknown make as text: which encoding, and what is no text at all."""

import codecs
import io
import shutil
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from models.errors import BadImport
from models.importing.findings import ENCODINGS, Findings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 1 << 20
_IN_MEMORY = 8 << 20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NO_TEXT = {
    b"PK\x03\x04": "a zip file or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a picture",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "a web page or XML",
}


def open_text(
    source: BinaryIO | bytes, name: str, named: str | None, told: Findings
) -> io.TextIOBase:
    """The file as text, read as it is needed; the source itself is never closed.

    The encoding is the one named, else that of a byte order mark, else UTF-8, else Windows-1252.
    All of it is looked through first. Raises BadImport when it is no text.
    """
    stream = _Source(source)
    head = stream.read(_CHUNK)
    _check_head(head, name)
    tried = [ENCODINGS[named.lower()]] if named else _likely(head)
    for encoding in tried:
        stream.rewind()
        if _is_all(stream, encoding, name):
            break
    else:
        raise BadImport(f"{name} is not written in {_listed(tried)}; save it as UTF-8")
    if not named and encoding == "cp1252":
        told.notice("is not UTF-8, and was read as Windows-1252; look at accents and signs")
    stream.rewind()
    return io.TextIOWrapper(io.BufferedReader(stream), encoding=encoding, newline="")


class _Source(io.RawIOBase):
    """What was given, from where it stood; it stays open when this goes, a copy of it does not.

    A stream that cannot go back, as a pipe, is copied first: to memory, or to disk when large.
    """

    def __init__(self, source: BinaryIO | bytes) -> None:
        self._copy: BinaryIO | None = None
        if isinstance(source, bytes):
            source = io.BytesIO(source)
        elif not source.seekable():
            spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed below
            self._copy = cast(BinaryIO, spool)
            shutil.copyfileobj(source, self._copy, _CHUNK)
            self._copy.seek(0)
        self._stream = self._copy or source
        self._start = self._stream.tell()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        read = self._stream.read(len(view))
        view[: len(read)] = read
        return len(read)

    def rewind(self) -> None:
        self._stream.seek(self._start)

    def close(self) -> None:
        if self._copy is not None:
            self._copy.close()
        super().close()


def _check_head(head: bytes, name: str) -> None:
    if not head:
        raise BadImport(f"{name} is empty; export it again")
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for sign, what in _NO_TEXT.items():
        if begin.startswith(sign):
            raise BadImport(f"{name} is {what}, not CSV; save it as CSV")


def _likely(head: bytes) -> list[str]:
    if head.startswith(_UTF_16):
        return ["utf-16"]
    if head.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    return ["utf-8-sig", "cp1252"]


def _is_all(stream: io.RawIOBase, encoding: str, name: str) -> bool:
    """Whether all of it is in this encoding. Raises BadImport at a NUL, which no text has."""
    try:
        for text in _decoded(stream, encoding):
            if "\0" in text:
                raise BadImport(
                    f"{name} holds NUL signs: it is no text, or UTF-16; save it as UTF-8"
                )
    except UnicodeError:
        return False
    return True


def _decoded(stream: io.RawIOBase, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    while chunk := stream.read(_CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _listed(tried: list[str]) -> str:
    names = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}
    return " or ".join(names.get(one, one) for one in tried)
