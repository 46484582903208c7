"""JSON as a transcript: whose it is, told by its shape and never by its name."""

import json
from collections.abc import Callable, Mapping

from analyzer.transcripts import meetings, own, services
from analyzer.transcripts.laying import lay
from analyzer.transcripts.tables import Table
from analyzer.transcripts.written import Script, Unfit, WrittenCall

UNDERSTOOD = (
    "Talktrack, whisper, faster-whisper, whisperX, whisper.cpp, OpenAI, AssemblyAI, Deepgram, "
    "Amazon Transcribe, Google Speech-to-Text, Azure Speech, Speechmatics, ElevenLabs, Rev, "
    "Fireflies, Otter, Gong, Google Meet, Recall, or a list of entries with speaker, text and start"
)
"""Whose JSON is known."""
MOST_TABLES = 2_000_000
"""Three for each of the most words that are taken."""
_DIGITS = 300
_READERS: tuple[Callable[[Table], Script | None], ...] = (
    own.report,
    services.deepgram,
    services.amazon,
    services.speechmatics,
    services.google,
    services.rev,
    services.azure,
    meetings.whisper_cpp,
    meetings.otter,
    meetings.gong,
    meetings.listed,
    meetings.words_alone,
)
"""The first that knows the shape reads the file, so those with the plainest shapes come last."""


def read_json(text: str) -> WrittenCall:
    """The call of a JSON file. Raises Unfit when it is broken or of an unknown shape."""
    file = _parsed(text)
    if isinstance(file, Mapping) and own.is_hearing(file):
        return own.hearing_call(file)
    script = _read(file)
    if script is None:
        raise Unfit(f"is JSON of a shape that is not known; understood are files of {UNDERSTOOD}")
    return lay(script)


def _read(file: object) -> Script | None:
    if isinstance(file, list) and len(file) == 1 and isinstance(file[0], Mapping):
        return _read(file[0]) or meetings.listed(file)
    if isinstance(file, list):
        return meetings.listed(file)
    if not isinstance(file, Mapping):
        return None
    inner = file.get("response")  # as Google's operations hold it
    for holder in (file, inner):
        if isinstance(holder, Mapping):
            scripts = (reader(holder) for reader in _READERS)
            if script := next((one for one in scripts if one is not None), None):
                return script
    return None


def _parsed(text: str) -> object:
    if text.count("{") > MOST_TABLES:
        raise Unfit(f"has more than {MOST_TABLES} entries; split it into its calls")
    try:
        return json.loads(text, parse_constant=_refuse, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise Unfit(
            f"line {error.lineno}: is no JSON ({error.msg.lower()}); export the file again"
        ) from None
    except ValueError as error:
        raise Unfit(f"is no usable JSON ({str(error)[:80]}); export the file again") from None
    except RecursionError:
        raise Unfit("has too many brackets inside brackets; export the file again") from None


def _whole(digits: str) -> int | float:
    """A whole number that arithmetic can hold; others are as good as endless."""
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")
