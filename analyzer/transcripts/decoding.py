"""The text of a transcript file, whatever it was saved as."""

import codecs
import re

from analyzer.transcripts.written import Unfit

LARGEST = 50 * 2**20
"""Bytes; a day of talk with a time for each word is half of it."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = (
    (b"PK\x03\x04", "a zip archive, as Word's own files are"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "rich text"),
    (b"\xd0\xcf\x11\xe0", "an Office file"),
    (b"RIFF", "a recording"),
    (b"ID3", "a recording"),
    (b"fLaC", "a recording"),
    (b"OggS", "a recording"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TOO_MANY = 0.01
"""The share of control characters beyond which it is no text."""


def text_of(content: bytes) -> str:
    """The text, in UTF-8, UTF-16, UTF-32 or Windows-1252. Raises Unfit when it is none."""
    if len(content) > LARGEST:
        raise Unfit(f"is larger than {LARGEST // 2**20} MB; split it into its calls")
    for start, what in _OTHERS:
        if content.startswith(start):
            raise Unfit(f"is {what}, not a transcript; save the transcript as text, VTT or SRT")
    try:
        text = _decoded(content)
    except UnicodeDecodeError:
        raise Unfit("is not text; save it as UTF-8") from None
    if len(_CONTROLS.findall(text)) > _TOO_MANY * len(text):
        raise Unfit("is not text but binary; export the transcript as text, VTT, SRT or JSON")
    if not text.strip():
        raise Unfit("is empty; export the transcript again")
    return text.lstrip("\ufeff")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    if (wide := _unmarked(content[:4096])) is not None:
        return content.decode(wide)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _unmarked(start: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Latin text is nothing."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    most = 0.4 * len(start) / 2
    if len(start) % 2 == 0 and max(even, odd) > most and min(even, odd) < most / 8:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None
