"""The JSON of recognisers and meeting tools that list what each one says."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from analyzer.transcripts.clock import EPOCH_S, instant_of
from analyzer.transcripts.entries import (
    by_speaker,
    label_of,
    pieces_of,
    spoken_at,
    unit_s,
    words_at,
)
from analyzer.transcripts.tables import Table, number_at, table_at, tables, text_at
from analyzer.transcripts.written import Piece, Script, Unfit

_OTTER_HZ = 16_000
"""Otter counts samples."""
_LISTS = (
    "segments", "utterances", "sentences", "transcriptEntries", "transcript", "transcripts",
    "transcription", "Transcript", "entries", "items", "results", "cues", "captions", "timeline",
    "messages", "chunks", "data",
)  # fmt: skip
_HOLDERS = (
    "data", "response", "result", "results", "output", "speech", "call", "payload", "transcript",
    "transcription",
)  # fmt: skip
_DEEP = 4
"""Tables inside tables that are looked into."""
_SPEAKER_LISTS = ("speakers", "parties", "participants")


def whisper_cpp(file: Table) -> Script | None:
    """transcription[] with offsets in milliseconds."""
    parts = tables(table_at(file, "transcription"))
    if not parts or "offsets" not in parts[0]:
        return None
    told = [
        {
            "text": part.get("text"),
            "speaker": part.get("speaker"),
            "start_ms": table_at(part, "offsets", "from"),
            "end_ms": table_at(part, "offsets", "to"),
        }
        for part in parts
    ]
    pieces = pieces_of(spoken_at(told, "transcription"), "transcription", 1.0)
    language = text_at(table_at(file, "result"), "language")
    return Script("json", "whisper.cpp", tuple(pieces), language)


def otter(file: Table) -> Script | None:
    """speech.transcripts[], whose offsets count samples."""
    speech = table_at(file, "speech") or file
    parts = tables(table_at(speech, "transcripts"))
    if not parts or "start_offset" not in parts[0]:
        return None
    told = [
        {
            "text": part.get("transcript"),
            "speaker": part.get("speaker_name") or part.get("speaker_id") or part.get("label"),
            "start": number_at(part, "start_offset"),
            "end": number_at(part, "end_offset"),
        }
        for part in parts
    ]
    pieces = pieces_of(spoken_at(told, "transcripts"), "transcripts", 1 / _OTTER_HZ)
    started = instant_of(table_at(speech, "start_time"))
    return Script(
        "json",
        "Otter",
        tuple(pieces),
        text_at(speech, "language"),
        text_at(speech, "title"),
        started,
        names=_names(speech),
    )


def gong(file: Table) -> Script | None:
    """callTranscripts[].transcript[].sentences[], in milliseconds."""
    calls = tables(table_at(file, "callTranscripts"))
    if len(calls) > 1:
        raise Unfit(f"holds {len(calls)} calls; give each of them as a file of its own")
    monologues = tables(table_at(calls[0] if calls else file, "transcript"))
    if not monologues or "sentences" not in monologues[0]:
        return None
    pieces: list[Piece] = []
    for n, monologue in enumerate(monologues):
        place = f"transcript.{n}.sentences"
        speaker = monologue.get("speakerId", monologue.get("speaker_id"))
        own = [{**one, "speaker": speaker} for one in tables(monologue.get("sentences"))]
        pieces += pieces_of(spoken_at(own, place), place, 0.001)
    return Script("json", "Gong", tuple(pieces), title=text_at(file, "title"))


def listed(file: object) -> Script | None:
    """Any list of what is said, by whom and when: whisper, whisperX, AssemblyAI, Fireflies..."""
    for place, holder, items in _lists(file):
        if not items or not any(_speaks(one) for one in items[:20]):
            continue
        entries = spoken_at(items, place)
        pieces = pieces_of(entries, place)
        pieces, started = _from_instants(pieces)
        return Script(
            "json",
            _maker(holder, items[0]),
            tuple(pieces),
            text_at(holder, "language", "language_code", "languageCode", "detected_language")
            or text_at(file, "language", "language_code", "languageCode", "LanguageCode")
            or text_at(items[0], "languageCode", "language_code", "spokenLanguage"),
            text_at(holder, "title", "meeting_title", "topic") or text_at(file, "title"),
            started or _started(holder),
            _length(holder, pieces),
            _names(holder) | _names(file),
        )
    return None


def words_alone(file: Table) -> Script | None:
    """A list of words: ElevenLabs, AssemblyAI without speakers, OpenAI's own service."""
    items = tables(file.get("words")) or tables(file.get("word_segments"))
    if not items or not any(key in items[0] for key in ("start", "start_time")):
        return None
    words = [
        word for word in words_at(items, "words") if word.kind not in ("spacing", "audio_event")
    ]
    pieces = by_speaker(words, "words", unit=unit_s(words))
    return Script(
        "json", "list of words", tuple(pieces), text_at(file, "language", "language_code")
    )


def _lists(
    file: object, place: str = "", depth: int = 0
) -> Iterator[tuple[str, object, list[Table]]]:
    """Every list that may be of what is said: where it stands, in what, and its tables."""
    if isinstance(file, list):
        yield place or "list", file, tables(file)
    if not isinstance(file, Mapping) or depth > _DEEP:
        return
    for key in _LISTS:
        if isinstance(file.get(key), list):
            yield f"{place}.{key}".lstrip("."), file, tables(file[key])
    for key in _HOLDERS:
        if isinstance(file.get(key), Mapping):
            yield from _lists(file[key], f"{place}.{key}".lstrip("."), depth + 1)


def _speaks(item: Table) -> bool:
    """Whether an entry says something: it has a text, or words that have."""
    texts = ("text", "transcript", "sentence", "content", "Content", "spokenText", "raw_text")
    if any(isinstance(item.get(key), str) for key in (*texts, "message", "caption", "body")):
        return True
    return any(
        isinstance(word.get("text", word.get("word")), str) for word in tables(item.get("words"))
    )


def _maker(holder: object, item: Table) -> str:
    """Whose file it is, as far as its keys tell."""
    if isinstance(holder, Mapping):
        for key, maker in (
            ("acoustic_model", "AssemblyAI"),
            ("audio_duration", "AssemblyAI"),
            ("word_segments", "whisperX"),
        ):
            if key in holder:
                return maker
    if "BeginOffsetMillis" in item:
        return "Amazon Transcribe"
    if "compression_ratio" in item or "no_speech_prob" in item:
        return "Whisper"
    if "ai_filters" in item or ("raw_text" in item and "speaker_name" in item):
        return "Fireflies"
    return "JSON list"


def _from_instants(pieces: list[Piece]) -> tuple[list[Piece], datetime | None]:
    """The pieces on the call's own clock, and when it started, where times are instants."""
    starts = [_start(piece) for piece in pieces]
    known = [start for start in starts if start is not None]
    if not known or min(known) < EPOCH_S:
        return pieces, None
    scale = 0.001 if min(known) > 1000 * EPOCH_S else 1.0
    zero = min(known) * scale

    def moved(time: float | None) -> float | None:
        return None if time is None else time * scale - zero

    return [
        replace(
            piece,
            start=moved(piece.start),
            end=moved(piece.end),
            words=tuple(
                replace(word, start=moved(word.start), end=moved(word.end)) for word in piece.words
            ),
        )
        for piece in pieces
    ], datetime.fromtimestamp(zero, UTC)


def _start(piece: Piece) -> float | None:
    if piece.start is not None or not piece.words:
        return piece.start
    return piece.words[0].start


def _started(holder: object) -> datetime | None:
    """When the call started, under any of the names it has."""
    keys = ("started_at", "start_time", "startTime", "started", "dateString", "date")
    found = (instant_of(table_at(holder, key)) for key in keys)
    return next((instant for instant in found if instant), None)


def _length(holder: object, pieces: list[Piece]) -> float | None:
    """How long the recording is; Fireflies counts minutes, so no less than what is said."""
    length = number_at(holder, "audio_duration") or number_at(holder, "duration")
    ends = [piece.end for piece in pieces if piece.end is not None]
    last = max(ends, default=0.0)
    return length if length and last <= length <= 2 * last + 60 else None


def _names(holder: object) -> dict[str, str]:
    """What a file calls the speakers that its entries number."""
    found: dict[str, str] = {}
    for key in _SPEAKER_LISTS:
        for one in tables(table_at(holder, key)):
            told = next((one[k] for k in ("speakerId", "speaker_id", "id") if k in one), None)
            label = label_of(told)
            name = text_at(one, "name", "speaker_name", "display_name", "displayName", "label")
            if isinstance(label, str) and name:
                found[label] = name
    return found
