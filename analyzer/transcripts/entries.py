"""What the JSON of transcribers has in common: entries of words with times and a speaker."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Annotated, Any, TypeGuard

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    TypeAdapter,
)
from pydantic import ValidationError as Invalid

from analyzer.transcripts.clock import seconds_of
from analyzer.transcripts.written import MOST_WORDS, Piece, Said, Unfit

Table = Mapping[str, Any]
_SLOWEST = 20.0
"""Seconds a word: whole numbers that are slower are milliseconds."""


def _seconds(value: object) -> object:
    """A time as seconds: a number, a text, or a table that holds one."""
    if isinstance(value, Mapping) and "relative" in value:
        return _seconds(value["relative"])
    if isinstance(value, Mapping):
        whole, rest = (_seconds(value.get(key) or 0) for key in ("seconds", "nanos"))
        value = whole + rest / 1e9 if _is_number(whole) and _is_number(rest) else value
    if isinstance(value, str) and value.strip():
        seconds = seconds_of(value)
        if seconds is None:
            raise ValueError(f"{value[:20]!r} is no time")
        return seconds
    if value is None or value == "" or _is_number(value):
        return None if value == "" else value
    raise ValueError("expected a time")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def label_of(value: object) -> object:
    """A speaker as a label: a text, a number, or a table with a name or an id."""
    if isinstance(value, Mapping):
        keys = ("name", "display_name", "displayName", "speaker_name", "label", "id")
        value = next((value[key] for key in keys if value.get(key) not in (None, "")), None)
    if _is_number(value):
        return str(value)
    return value or None


def _share(value: object) -> object:
    """A certainty between 0 and 1; what is none says nothing."""
    try:
        return min(1.0, max(0.0, float(value)))  # type: ignore[arg-type]
    except (OverflowError, TypeError, ValueError):
        return 1.0


Seconds = Annotated[float | None, BeforeValidator(_seconds)]
Label = Annotated[str | None, BeforeValidator(label_of)]
Share = Annotated[float, BeforeValidator(_share)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class _Entry(BaseModel):
    """Other keys are passed over: each maker has many of its own."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, coerce_numbers_to_str=True)


def _under(*names: str) -> AliasChoices:
    """The names that makers have for one thing, the surest first."""
    return AliasChoices(*names)


_WORD_TEXT = _under("punctuated_word", "word", "text", "content", "value")
_WORD_START = _under(
    *("start", "start_time", "startTime", "startOffset", "start_offset", "ts", "start_timestamp")
)
_WORD_END = _under(
    *("end", "end_time", "endTime", "endOffset", "end_offset", "end_ts", "end_timestamp")
)
_WORD_SPEAKER = _under(
    *("speaker", "speaker_label", "speakerLabel", "speaker_id", "speakerTag", "speaker_tag")
)
_TEXT = _under(
    *("text", "transcript", "sentence", "content", "Content", "spokenText", "raw_text", "message"),
    *("caption", "body"),
)
_START = _under(
    *("start", "start_time", "startTime", "begin", "from", "start_timestamp", "startTimestamp"),
    *("startDateTime", "timestamp", "ts", "time", "offset"),
)
_END = _under(
    *("end", "end_time", "endTime", "to", "end_timestamp", "endTimestamp", "endDateTime", "end_ts"),
)
_START_MS = _under(
    *("start_ms", "startMs", "start_time_ms", "startTimeMs", "BeginOffsetMillis", "offset_ms")
)
_END_MS = _under("end_ms", "endMs", "end_time_ms", "endTimeMs", "EndOffsetMillis")
_SPEAKER = _under(
    *("speaker_name", "speakerName", "speaker", "display_name", "displayName", "user_name"),
    *("userName", "username", "participant", "ParticipantRole", "speaker_label", "speakerLabel"),
    *("speakerId", "speaker_id", "name", "user", "role", "ParticipantId"),
)


class WordEntry(_Entry):
    """A word."""

    text: Text = Field("", validation_alias=_WORD_TEXT)
    start: Seconds = Field(None, validation_alias=_WORD_START)
    end: Seconds = Field(None, validation_alias=_WORD_END)
    confidence: Share = Field(1.0, validation_alias=_under("confidence", "probability", "score"))
    speaker: Label = Field(None, validation_alias=_WORD_SPEAKER)
    kind: Text = Field("", validation_alias="type")


class SpokenEntry(_Entry):
    """What one speaker says at once."""

    text: Text = Field("", validation_alias=_TEXT)
    start: Seconds = Field(None, validation_alias=_START)
    end: Seconds = Field(None, validation_alias=_END)
    start_ms: Seconds = Field(None, validation_alias=_START_MS)
    end_ms: Seconds = Field(None, validation_alias=_END_MS)
    speaker: Label = Field(None, validation_alias=_SPEAKER)
    words: list[WordEntry] | None = None


_WORDS = TypeAdapter(Annotated[list[WordEntry], FailFast()])
_SPOKEN = TypeAdapter(Annotated[list[SpokenEntry], FailFast()])


def words_at(items: object, place: str) -> list[WordEntry]:
    """A list of words; raises Unfit, with the place, for what is none."""
    _check_length(items)
    try:
        return _WORDS.validate_python(items)
    except Invalid as error:
        raise _misfit(error, place) from None


def spoken_at(items: object, place: str) -> list[SpokenEntry]:
    """A list of what is said; raises Unfit, with the place, for what is none."""
    _check_length(items)
    try:
        return _SPOKEN.validate_python(items)
    except Invalid as error:
        raise _misfit(error, place) from None


def _check_length(items: object) -> None:
    if isinstance(items, list) and len(items) > MOST_WORDS:
        raise Unfit(f"has {len(items)} entries, more than {MOST_WORDS}; split it into its calls")


def _misfit(error: Invalid, place: str) -> Unfit:
    first = error.errors()[0]
    at = ".".join(filter(None, (place, *map(str, first["loc"]))))
    what = re.sub(r"^Value error, ", "", first["msg"])
    return Unfit(f"{at}: {what[:1].lower()}{what[1:]}; mend the file or export it again")


def unit_s(entries: Sequence[SpokenEntry | WordEntry]) -> float:
    """How many seconds the unit of the times is: whole numbers too large for a call are ms."""
    times = [time for one in entries for time in (one.start, one.end) if time is not None]
    words = sum(len(one.text.split()) for one in entries)
    if not times or any(time != int(time) for time in times):
        return 1.0
    ends = [one.end for one in entries if one.end is not None] or times
    starts = [one.start for one in entries if one.start is not None] or times
    return 0.001 if max(ends) - min(starts) > _SLOWEST * max(words, 1) else 1.0


def pieces_of(entries: Sequence[SpokenEntry], place: str, unit: float | None = None) -> list[Piece]:
    """What is said, a piece for every run of words by one speaker; `unit` None is to be told."""
    if unit is None:
        unit = unit_s(entries) or 1.0
    found: list[Piece] = []
    for n, one in enumerate(entries):
        at = f"{place}.{n}"
        start = times(one.start, unit) if one.start_ms is None else one.start_ms / 1000
        end = times(one.end, unit) if one.end_ms is None else one.end_ms / 1000
        if one.words and _is_whole(one):
            runs = list(by_speaker(one.words, at, one.speaker, unit))
            found += runs if len(runs) > 1 else [replace(runs[0], start=start, end=end)]
        else:
            found.append(Piece(one.text, one.speaker, start, end, (), at))
    return found


def _is_whole(one: SpokenEntry) -> bool:
    """Whether the words are all that is said: some makers list only a few."""
    count = sum(len(word.text.split()) for word in one.words or ())
    return count > 0 and count >= 0.8 * len(one.text.split())


def times(time: float | None, unit: float) -> float | None:
    """A time of the file in seconds."""
    return None if time is None else time * unit


def by_speaker(
    words: Iterable[WordEntry], place: str, speaker: str | None = None, unit: float = 1.0
) -> Iterator[Piece]:
    """Words as pieces, one a run of one speaker; a word without one goes with the word before."""
    labelled: list[tuple[str | None, Said]] = []
    before = speaker
    for word in words:
        before = word.speaker or before
        said = Said(word.text, times(word.start, unit), times(word.end, unit), word.confidence)
        labelled.append((before, said))
    for label, run in groupby(labelled, key=lambda pair: pair[0]):
        yield Piece("", label, words=tuple(said for _, said in run), place=place)
