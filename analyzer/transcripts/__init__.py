"""Calls without sound: transcript files become hearings, as if engines had made them."""

import re
from pathlib import Path

from analyzer.errors import BadTranscript
from analyzer.transcripts.cues import has_cues, read_srt, read_vtt
from analyzer.transcripts.decoding import LARGEST, text_of
from analyzer.transcripts.json_file import read_json
from analyzer.transcripts.laying import lay
from analyzer.transcripts.plain_text import read_text
from analyzer.transcripts.signing import clean
from analyzer.transcripts.written import FileKind, Unfit, WrittenCall, WrittenNotice

ENDINGS = (".vtt", ".srt", ".json", ".txt")
"""How the names of transcript files end."""
MOST_LINES = 1_000_000
_JSON = re.compile(r"\s*(?:\{|\[\s*[{\[\]])")
"""Unlike text that starts with [00:00:01]."""

__all__ = [
    "ENDINGS",
    "FileKind",
    "WrittenCall",
    "WrittenNotice",
    "is_transcript",
    "load_transcript",
    "read_transcript",
]


def is_transcript(path: Path) -> bool:
    """Whether a file is a transcript, by the ending of its name."""
    return path.suffix.lower() in ENDINGS


def load_transcript(path: Path) -> WrittenCall:
    """The call of a transcript file; raises BadTranscript."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        message = f"cannot be read ({error.strerror}); check the name and the rights"
        raise BadTranscript(f"{path.name}: {message}") from None
    return read_transcript(content, path.name)


def read_transcript(content: bytes, name: str) -> WrittenCall:
    """The call of a transcript: WebVTT, SubRip, plain text, or the JSON of common tools.

    What it is is told by its shape. Words have their own times where the file has them, else they
    are spread over the cue; `name` is only for errors. Raises BadTranscript.
    """
    try:
        return _read(text_of(content))
    except RecursionError:
        message = "has too many brackets inside brackets; export the file again"
        raise BadTranscript(f"{clean(name) or 'transcript'}: {message}") from None
    except Unfit as unfit:
        raise BadTranscript(f"{clean(name) or 'transcript'}: {unfit}") from None


def _read(text: str) -> WrittenCall:
    if _JSON.match(text):
        return read_json(text)
    if text.count("\n") > MOST_LINES:
        raise Unfit(f"has more than {MOST_LINES} lines; split it into its calls")
    if (kind := has_cues(text)) is not None:
        return lay(read_vtt(text) if kind == "vtt" else read_srt(text))
    return lay(read_text(text))
