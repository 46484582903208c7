"""Corrections as JSON: as they are kept, and as a page sends them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from analyzer.corrections import (
    Correction,
    DismissTip,
    FixWords,
    GiveWords,
    MergeSpeakers,
    NameSpeaker,
    SetSide,
    SwapSides,
    added_speaker,
)
from analyzer.errors import BadCorrection
from analyzer.recording import Side
from analyzer.speech import UNPRINTABLE, Span, SpeakerId
from analyzer.transcript import Transcript

T = TypeVar("T")
Json = dict[str, Any]
NEW = "new"
"""What a page sends for a speaker who is not in the report yet."""
NAME_LENGTH, TEXT_LENGTH = 200, 10_000
"""The most signs of a name or label, and of the words put in place of others."""
MOST_S = 1_000_000
_SHOWN = 40
"""The most that an error repeats of a value."""
_NOBODY_YET = SpeakerId("\0")


def correction_to_json(one: Correction) -> tuple[str, Json]:
    """The kind of a correction and what it says, by the keys of its kind."""
    what: Json
    match one:
        case NameSpeaker():
            kind, what = "name_speaker", {"speaker": one.speaker, "name": one.name}
        case SetSide():
            kind, what = "set_side", {"speaker": one.speaker, "side": one.side.value}
        case SwapSides():
            kind, what = "swap_sides", {}
        case MergeSpeakers():
            kind, what = "merge_speakers", {"from": one.absorbed, "into": one.into}
        case GiveWords():
            of = {} if one.of is None else {"from": one.of}
            kind, what = "give_words", {**_times(one.span), "speaker": one.to, **of}
        case FixWords():
            own = {"speaker": one.speaker, "text": one.text}
            kind, what = "fix_words", {**_times(one.span), **own}
        case DismissTip():
            kind, what = "dismiss_tip", {"rule": one.rule}
    return kind, what


def correction_from_json(kind: str, what: object) -> Correction:
    """The correction that `correction_to_json` wrote.

    Raises `BadCorrection`, in one line with the kind, the key and what is allowed there.
    """
    return _read(kind, what, SpeakerId)


def correction_from_page(kind: str, what: object, transcript: Transcript) -> Correction:
    """A correction of the report that holds `transcript`, in which speakers are S1, S2...

    The keys are those of `correction_to_json`, but that the speaker may be "new" for words that
    are given, and left out for words to be fixed: then it is who says most of them. Raises
    `BadCorrection`, also for a speaker or words that the report does not have.
    """

    def label_of(speaker: str) -> SpeakerId:
        if speaker == NEW and kind == "give_words":
            return _NOBODY_YET
        if speaker not in transcript.heard_as:
            known = ", ".join(transcript.heard_as) or "nobody"
            raise _Misfit(f"there is no {_shown(speaker)} in the report, but {known}")
        return transcript.heard_as[SpeakerId(speaker)]

    if kind == "fix_words" and isinstance(what, Mapping) and what.get("speaker") is None:
        [(most, _)] = _said(transcript, _Fields(kind, what, label_of).span()).most_common(1)
        what = {**what, "speaker": most}
    one = _read(kind, what, label_of)
    if isinstance(one, GiveWords) and one.to == _NOBODY_YET:
        taken = frozenset(transcript.heard_as.values())
        one = replace(one, to=added_speaker(one.span.start, taken))
    if isinstance(one, GiveWords | FixWords):
        _said(transcript, one.span, one.of if isinstance(one, GiveWords) else one.speaker)
    return one


def _said(transcript: Transcript, span: Span, label: SpeakerId | None = None) -> Counter[SpeakerId]:
    """How many words whose middle is in a span each speaker says; raises where there are none."""
    said = Counter(
        one.speaker
        for one in transcript.utterances
        if label is None or transcript.heard_as[one.speaker] == label
        for word in one.words
        if span.start <= word.span.middle < span.end
    )
    if not said:
        between = f"between {span.start:g} and {span.end:g} s"
        raise BadCorrection(f"start: no such words are said {between}; read the report again")
    return said


class _Misfit(Exception):
    """What is wrong with the value of a key."""


@dataclass(frozen=True, slots=True)
class _Fields:
    """The values of a correction by their keys, read strictly."""

    kind: str
    what: Mapping[str, object]
    label_of: Callable[[str], SpeakerId]

    def speaker(self, key: str) -> SpeakerId:
        """The label of a speaker."""
        return self.read(key, lambda value: self.label_of(_text(value, NAME_LENGTH)))

    def span(self) -> Span:
        """The stretch from `start` to `end`."""
        span = Span(self.read("start", _seconds), self.read("end", _seconds))
        if span.end <= span.start:
            raise BadCorrection(f"{self.kind}: end: must be after start ({span.start:g} s)")
        return span

    def read(self, key: str, read: Callable[[object], T]) -> T:
        """The value of a key. Raises `BadCorrection` where it is missing or `read` refuses it."""
        if key not in self.what:
            raise BadCorrection(f"{self.kind}: {key}: is missing")
        try:
            return read(self.what[key])
        except _Misfit as misfit:
            raise BadCorrection(f"{self.kind}: {key}: {misfit}") from None


def _name_speaker(fields: _Fields) -> Correction:
    name = fields.read("name", lambda value: " ".join(_text(value, NAME_LENGTH).split()))
    return NameSpeaker(fields.speaker("speaker"), name)


def _merge_speakers(fields: _Fields) -> Correction:
    absorbed, into = fields.speaker("from"), fields.speaker("into")
    if absorbed == into:
        raise BadCorrection("merge_speakers: into: must be another speaker than from")
    return MergeSpeakers(absorbed, into)


def _give_words(fields: _Fields) -> Correction:
    of = None if fields.what.get("from") is None else fields.speaker("from")
    to = fields.speaker("speaker")
    if of == to:
        raise BadCorrection("give_words: speaker: must be another speaker than from")
    return GiveWords(fields.span(), to, of)


def _fix_words(fields: _Fields) -> Correction:
    text = fields.read("text", lambda value: _text(value, TEXT_LENGTH, least=0))
    return FixWords(fields.span(), fields.speaker("speaker"), text)


_KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[_Fields], Correction]]] = {
    "name_speaker": (("speaker", "name"), _name_speaker),
    "set_side": (
        ("speaker", "side"),
        lambda fields: SetSide(fields.speaker("speaker"), fields.read("side", _side)),
    ),
    "swap_sides": ((), lambda _fields: SwapSides()),
    "merge_speakers": (("from", "into"), _merge_speakers),
    "give_words": (("start", "end", "speaker", "from"), _give_words),
    "fix_words": (("start", "end", "speaker", "text"), _fix_words),
    "dismiss_tip": (
        ("rule",),
        lambda fields: DismissTip(fields.read("rule", lambda value: _text(value, NAME_LENGTH))),
    ),
}
"""How each kind is read, and by which keys."""

KINDS = tuple(_KINDS)


def _read(kind: str, what: object, label_of: Callable[[str], SpeakerId]) -> Correction:
    if kind not in _KINDS:
        raise BadCorrection(f"kind: {_shown(kind)} is none; allowed: {', '.join(KINDS)}")
    keys, read = _KINDS[kind]
    allowed = f"allowed: {', '.join(keys) or 'none'}"
    if not isinstance(what, Mapping):
        raise BadCorrection(f"{kind}: must be an object with its keys; {allowed}")
    for key in what:
        if key not in keys:
            raise BadCorrection(f"{kind}: {_shown(key)} is no key of it; {allowed}")
    return read(_Fields(kind, what, label_of))


def _side(value: object) -> Side:
    if not isinstance(value, str) or value not in set(Side):
        raise _Misfit(f"is {_shown(value)}; allowed: {', '.join(Side)}")
    return Side(value)


def _seconds(value: object) -> float:
    """A number of seconds from the start of the recording."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_S:
        raise _Misfit(f"is {_shown(value)}; allowed: seconds from 0 to {MOST_S}")
    return float(value)


def _text(value: object, most: int, least: int = 1) -> str:
    """A text without blanks at its ends."""
    if not isinstance(value, str):
        raise _Misfit(f"is {_shown(value)}; allowed: a text")
    text = value.strip()
    if not least <= len(text) <= most:
        raise _Misfit(f"has {len(text)} signs; allowed: {least} to {most}")
    if UNPRINTABLE.search(text):
        raise _Misfit("has signs that cannot be printed; leave them out")
    return text


def _shown(value: object) -> str:
    """A value as errors repeat it: short, in one line, printable."""
    text = value if isinstance(value, str) else type(value).__name__
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def _times(span: Span) -> Json:
    return {"start": span.start, "end": span.end}
