"""From what a transcript file says to a hearing, as if engines had made it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyzer.lexicon import fold
from analyzer.speech import UNPRINTABLE, Diarization, Hearing, Span, SpeakerId, Turn, Word
from analyzer.timeline import union
from analyzer.transcripts import timing
from analyzer.transcripts.language import code_of, tell_language
from analyzer.transcripts.signing import clean, is_anyone
from analyzer.transcripts.written import (
    MOST_WORDS,
    FileKind,
    Piece,
    Script,
    Unfit,
    WrittenCall,
    WrittenNotice,
)

NOBODY = SpeakerId("unknown")
"""The label of what nobody signed."""
MOST_SPEAKERS = 30
"""Who sells is weighed for all at once: it takes 5 s for these, and 45 s for fifty."""
_ASIDE = re.compile(r"[\[(\u266a][^\[\]()]{0,60}[\])\u266a]")
_SILENT_END_S = 3600.0
"""The most that a recording goes on after the last word, if the file is to be believed."""
_BRIDGE_S = 0.5
"""Silence within a turn: what lies between two words or cues of one speaker."""
_BRIEFEST_S = 0.02


def lay(script: Script) -> WrittenCall:
    """The hearing of a file. Raises Unfit when there is nothing in it, or what no call has."""
    pieces = [piece for piece in script.pieces if timing.texts(piece) and not _is_aside(piece)]
    _check_size(pieces)
    notices = _lacking(script.source, pieces)
    pieces, names = _signed(pieces, script.names)
    pieces = timing.from_zero(timing.checked(pieces))
    if timing.is_untidy(pieces):
        notices.append("mended_times")
    pieces, is_rough = timing.timed(pieces)
    if is_rough:
        notices.append("rough_times")
    return WrittenCall(
        _hearing(script, pieces, is_rough),
        names,
        script.source,
        (script.title or "")[:300] or None,
        script.started_at,
        tuple(notices),
    )


def _is_aside(piece: Piece) -> bool:
    """Whether a piece only notes a sound: "[laughter]"."""
    return not piece.words and bool(_ASIDE.fullmatch(piece.text.strip()))


def _check_size(pieces: Sequence[Piece]) -> None:
    if not pieces:
        raise Unfit("has no words; export the transcript again")
    count = sum(len(timing.texts(piece)) for piece in pieces)
    if count > MOST_WORDS:
        raise Unfit(f"has {count} words, more than {MOST_WORDS}; split it into its calls")


def _lacking(source: FileKind, pieces: Sequence[Piece]) -> list[WrittenNotice]:
    """What is not said of speakers; SubRip names them only where they change."""
    is_signed = {bool(clean(piece.speaker or "")) for piece in pieces}
    if True not in is_signed:
        return ["no_speakers"]
    return ["some_speakers"] if False in is_signed and source != "srt" else []


def _signed(
    pieces: Sequence[Piece], told: Mapping[str, str]
) -> tuple[list[Piece], dict[SpeakerId, str]]:
    """The pieces by label, what nobody signed with the one before; and the labels' names.

    A label is the name, or what the file has instead. Names that differ in case are one.
    """
    labels: dict[str, str] = {}
    kept: list[Piece] = []
    opener = next((clean(p.speaker) for p in pieces if p.speaker and clean(p.speaker)), "")
    before = clean(told.get(opener, opener))
    for piece in pieces:
        own = clean(piece.speaker or "")
        before = clean(told.get(own, own)) or before
        label = labels.setdefault(fold(before), before) if before else NOBODY
        kept.append(replace(piece, speaker=label))
    if len(labels) > MOST_SPEAKERS:
        message = f"has {len(labels)} speakers, more than {MOST_SPEAKERS}"
        raise Unfit(f"{message}; is it one call, with names before what is said?")
    names = {SpeakerId(label): label for label in labels.values() if not is_anyone(label)}
    return kept, names


def _hearing(script: Script, pieces: Sequence[Piece], is_rough: bool) -> Hearing:
    words: list[tuple[Word, SpeakerId]] = []
    turns: list[Turn] = []
    for label in dict.fromkeys(SpeakerId(piece.speaker or NOBODY) for piece in pieces):
        own = timing.in_turn([piece for piece in pieces if piece.speaker == label])
        said = timing.onward(word for piece in own for word in timing.words_of(piece))
        words += ((_printable(word), label) for word in said)
        turns += _turns(own, said, label)
    words.sort(key=lambda pair: pair[0].span)
    turns.sort(key=lambda turn: (turn.span, turn.speaker))
    code = code_of(script.language)
    told = (code, 1.0) if code else tell_language(word.text for word, _ in words)
    ends = (*(word.span.end for word, _ in words), *(turn.span.end for turn in turns))
    last = max(ends)
    told_s = script.duration_s or 0.0
    return Hearing(
        duration_s=told_s if last <= told_s <= last + _SILENT_END_S else last,
        language=told[0],
        words=tuple(word for word, _ in words),
        diarization=Diarization(tuple(turns), tuple(turns)),
        channels=1,
        language_certainty=told[1],
        engines={
            "transcript": f"transcript ({script.maker})",
            **({"times": "reckoned times"} if is_rough else {}),
        },
        owners=tuple(owner for _, owner in words),
    )


def _turns(pieces: Sequence[Piece], said: Sequence[Word], speaker: SpeakerId) -> list[Turn]:
    """Where one speaker speaks: by the words' own times if the file has them, else by cues."""
    has_words = any(word.start is not None for piece in pieces for word in piece.words)
    spans = (
        [word.span for word in said]
        if has_words
        else [Span(piece.start or 0.0, piece.end or 0.0) for piece in pieces]
    )
    spans = [Span(span.start, max(span.end, span.start + _BRIEFEST_S)) for span in spans]
    return [Turn(span, speaker) for span in union(spans, bridge_s=_BRIDGE_S)]


def _printable(word: Word) -> Word:
    """The word without signs that no report can hold."""
    if not UNPRINTABLE.search(word.text):
        return word
    return replace(word, text=UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", word.text))
