"""Hearings and reports as JSON; the names of their keys are a contract."""

import json
from typing import Annotated, Any, NotRequired, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from analyzer.errors import BadReport
from analyzer.findings_codec import findings_to_json
from analyzer.metrics import Metric
from analyzer.report import SCHEMA, CallReport
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Turn, Word
from analyzer.transcript import Utterance

HEARING_SCHEMA = "talktrack/hearing/1"
DIARIZATION_SCHEMA = "talktrack/diarization/1"

T = TypeVar("T")
Json = dict[str, Any]
"""What `json.dumps` takes and `json.loads` gives."""


def report_to_json(report: CallReport) -> Json:
    """The report by the keys that files, pages and scores read; seconds to the millisecond."""
    transcript, started_at = report.transcript, report.meeting.started_at
    return {
        "schema": SCHEMA,
        "title": report.meeting.title,
        "started_at": started_at.isoformat() if started_at else None,
        "language": transcript.language,
        "duration": round(transcript.duration_s, 3),
        "channels": report.channels,
        "engines": dict(sorted(report.engines.items())),
        "notices": list(report.notices),
        "speakers": [
            {"id": one.id, "name": one.name, "side": one.side.value, "why": one.why}
            for one in report.speakers
        ],
        "turns": [{"speaker": turn.speaker, **_times(turn.span)} for turn in transcript.turns],
        "utterances": [_utterance_to_json(said) for said in transcript.utterances],
        "metrics": {slug: _metric_to_json(metric) for slug, metric in report.metrics.items()},
        **findings_to_json(report),
    }


def dumps_report(report: CallReport) -> str:
    """The report as text: the same report gives the same text."""
    text = json.dumps(report_to_json(report), ensure_ascii=False, indent=1) + "\n"
    # Half a sign can only be written as JSON's own escape of it.
    return text.encode(errors="backslashreplace").decode()


def hearing_to_json(hearing: Hearing) -> Json:
    """The hearing, exactly: [start, end, text, confidence, channel] a word, and so for turns."""
    owners = {"owners": list(hearing.owners)} if hearing.owners else {}
    return {
        "schema": HEARING_SCHEMA,
        "duration": hearing.duration_s,
        "language": hearing.language,
        "language_certainty": hearing.language_certainty,
        "channels": hearing.channels,
        "engines": dict(sorted(hearing.engines.items())),
        **_diarized(hearing.diarization),
        "words": [
            [word.span.start, word.span.end, word.text, word.confidence, word.channel]
            for word in hearing.words
        ],
        **owners,
    }


def diarization_to_json(diarization: Diarization) -> Json:
    """Who spoke when, exactly, to be kept until the words are heard too."""
    return {"schema": DIARIZATION_SCHEMA, **_diarized(diarization)}


def dumps_hearing(hearing: Hearing) -> str:
    """The hearing as text, one word or turn a line, so that a difference can be read."""
    entries = (_entry(key, value) for key, value in hearing_to_json(hearing).items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def hearing_from_json(stored: object) -> Hearing:
    """The hearing that `hearing_to_json` wrote.

    Raises `BadReport` when it is damaged or of another version: the call must be heard again.
    """
    kept = _checked(_HEARING, HEARING_SCHEMA, stored)
    owners = tuple(map(SpeakerId, kept.get("owners", ())))
    if owners and len(owners) != len(kept["words"]):
        raise BadReport("the stored hearing is damaged at owners (not one a word): hear it again")
    return Hearing(
        duration_s=kept["duration"],
        language=kept["language"],
        words=tuple(
            Word(Span(start, end), text, confidence, channel)
            for start, end, text, confidence, channel in kept["words"]
        ),
        diarization=_diarization(kept),
        channels=kept["channels"],
        language_certainty=kept["language_certainty"],
        engines=kept["engines"],
        owners=owners,
    )


def diarization_from_json(stored: object) -> Diarization:
    """What `diarization_to_json` wrote.

    Raises `BadReport` when it is damaged or of another version: the call must be heard again.
    """
    return _diarization(_checked(_DIARIZATION, DIARIZATION_SCHEMA, stored))


_Channel = Annotated[int, Field(ge=0)]
_WordRow = tuple[float, float, str, float, _Channel]
_TurnRow = tuple[float, float, str, _Channel]


class _StoredDiarization(TypedDict):
    """Who spoke when as it is stored, alone or in a hearing."""

    __pydantic_config__ = ConfigDict(allow_inf_nan=False)  # type: ignore[misc]

    voices: dict[str, tuple[float, ...]]
    turns: list[_TurnRow]
    exclusive: list[_TurnRow]


class _StoredHearing(_StoredDiarization):
    """A hearing as it is stored."""

    duration: Annotated[float, Field(ge=0)]
    language: str
    language_certainty: float
    channels: Annotated[int, Field(ge=1)]
    engines: dict[str, str]
    words: list[_WordRow]
    owners: NotRequired[list[str]]


_HEARING, _DIARIZATION = TypeAdapter(_StoredHearing), TypeAdapter(_StoredDiarization)


def _checked(adapter: TypeAdapter[T], schema: str, stored: object) -> T:
    """What is stored under a schema; raises `BadReport`."""
    kind = schema.split("/")[1]
    found = stored.get("schema") if isinstance(stored, dict) else None
    if found != schema:
        raise BadReport(f"the stored {kind} is {found!r}, not {schema!r}: hear it again")
    try:
        return adapter.validate_python(stored)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadReport(
            f"the stored {kind} is damaged at {place} ({first['msg']}): hear it again"
        ) from None


def _diarization(kept: _StoredDiarization) -> Diarization:
    return Diarization(
        turns=tuple(_turn_from_row(row) for row in kept["turns"]),
        exclusive=tuple(_turn_from_row(row) for row in kept["exclusive"]),
        voices={SpeakerId(speaker): voice for speaker, voice in kept["voices"].items()},
    )


def _diarized(diarization: Diarization) -> Json:
    return {
        "voices": {speaker: list(voice) for speaker, voice in sorted(diarization.voices.items())},
        "turns": [_turn_to_row(turn) for turn in diarization.turns],
        "exclusive": [_turn_to_row(turn) for turn in diarization.exclusive],
    }


def _turn_to_row(turn: Turn) -> list[Any]:
    return [turn.span.start, turn.span.end, turn.speaker, turn.channel]


def _turn_from_row(row: _TurnRow) -> Turn:
    start, end, speaker, channel = row
    return Turn(Span(start, end), SpeakerId(speaker), channel)


def _entry(key: str, value: object) -> str:
    name = json.dumps(key)
    if isinstance(value, list) and value:
        rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
        return f" {name}: [\n{rows}\n ]"
    return f" {name}: {json.dumps(value, ensure_ascii=False)}"


def _times(span: Span) -> Json:
    return {"start": round(span.start, 3), "end": round(span.end, 3)}


def _utterance_to_json(said: Utterance) -> Json:
    words = [
        {**_times(word.span), "text": word.text, "confidence": round(word.confidence, 3)}
        for word in said.words
    ]
    flag = {"backchannel": True} if said.is_backchannel else {}
    return {"speaker": said.speaker, **_times(said.span), **flag, "words": words}


def _metric_to_json(metric: Metric) -> Json:
    """A number with whatever is known about it; what is not known is left out, but the value."""
    known: Json = {
        "band": [round(edge, 4) for edge in metric.band] if metric.band else None,
        **(_times(metric.span) if metric.span else {}),
        "n": metric.n,
        "quartiles": [round(edge, 3) for edge in metric.quartiles] if metric.quartiles else None,
        "why_hidden": metric.why_hidden,
    }
    return {
        "value": None if metric.value is None else round(metric.value, 4),
        "unit": metric.unit,
        "version": metric.version,
        "formula": metric.formula,
        "source": metric.source.value,
        **{key: value for key, value in known.items() if value is not None},
    }
