"""Hearings and reports as JSON; the names of their keys are a contract."""

import json
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from analyzer.errors import BadReport
from analyzer.findings_codec import findings_to_json
from analyzer.metrics import Metric
from analyzer.report import SCHEMA, CallReport
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Turn, Word
from analyzer.transcript import Utterance

HEARING_SCHEMA = "talktrack/hearing/1"

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
    diarization = hearing.diarization
    return {
        "schema": HEARING_SCHEMA,
        "duration": hearing.duration_s,
        "language": hearing.language,
        "language_certainty": hearing.language_certainty,
        "channels": hearing.channels,
        "engines": dict(sorted(hearing.engines.items())),
        "voices": {speaker: list(voice) for speaker, voice in sorted(diarization.voices.items())},
        "turns": [_turn_to_row(turn) for turn in diarization.turns],
        "exclusive": [_turn_to_row(turn) for turn in diarization.exclusive],
        "words": [
            [word.span.start, word.span.end, word.text, word.confidence, word.channel]
            for word in hearing.words
        ],
    }


def dumps_hearing(hearing: Hearing) -> str:
    """The hearing as text, one word or turn a line, so that a difference can be read."""
    entries = (_entry(key, value) for key, value in hearing_to_json(hearing).items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def hearing_from_json(stored: object) -> Hearing:
    """The hearing that `hearing_to_json` wrote.

    Raises `BadReport` when it is damaged or of another version: the call must be heard again.
    """
    schema = stored.get("schema") if isinstance(stored, dict) else None
    if schema != HEARING_SCHEMA:
        raise BadReport(f"the stored hearing is {schema!r}, not {HEARING_SCHEMA!r}: hear it again")
    try:
        kept = _STORED.validate_python(stored)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadReport(
            f"the stored hearing is damaged at {place} ({first['msg']}): hear it again"
        ) from None
    return Hearing(
        duration_s=kept["duration"],
        language=kept["language"],
        words=tuple(
            Word(Span(start, end), text, confidence, channel)
            for start, end, text, confidence, channel in kept["words"]
        ),
        diarization=Diarization(
            turns=tuple(_turn_from_row(row) for row in kept["turns"]),
            exclusive=tuple(_turn_from_row(row) for row in kept["exclusive"]),
            voices={SpeakerId(speaker): voice for speaker, voice in kept["voices"].items()},
        ),
        channels=kept["channels"],
        language_certainty=kept["language_certainty"],
        engines=kept["engines"],
    )


_Channel = Annotated[int, Field(ge=0)]
_WordRow = tuple[float, float, str, float, _Channel]
_TurnRow = tuple[float, float, str, _Channel]


class _Stored(TypedDict):
    """A hearing as it is stored."""

    __pydantic_config__ = ConfigDict(allow_inf_nan=False)  # type: ignore[misc]

    schema: Literal["talktrack/hearing/1"]
    duration: Annotated[float, Field(ge=0)]
    language: str
    language_certainty: float
    channels: Annotated[int, Field(ge=1)]
    engines: dict[str, str]
    voices: dict[str, tuple[float, ...]]
    turns: list[_TurnRow]
    exclusive: list[_TurnRow]
    words: list[_WordRow]


_STORED = TypeAdapter(_Stored)


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
