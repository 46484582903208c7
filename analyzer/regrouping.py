"""Turns that become another speaker's, as a whole or where some of their words do."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.speech import Span, SpeakerId, Turn
from analyzer.timeline import union

SLIVER_S = 1.0
"""What is left of a turn whose words are given away goes along when it is shorter and wordless."""


@dataclass(frozen=True, slots=True)
class Giver:
    """The middles of the words that a speaker gives away, and of those they keep."""

    given: list[float]
    kept: list[float]


def renamed(turns: Iterable[Turn], names: Mapping[SpeakerId, SpeakerId]) -> tuple[Turn, ...]:
    """The turns under other labels; of the speakers they become, none overlap on one channel."""
    named = [
        replace(turn, speaker=names[turn.speaker]) if turn.speaker in names else turn
        for turn in turns
    ]
    grown = set(names.values())
    others = (turn for turn in named if turn.speaker not in grown)
    return in_order((*others, *_joined(named, grown)))


def handed_over(
    turns: Iterable[Turn], span: Span, to: SpeakerId, givers: Mapping[SpeakerId, Giver]
) -> tuple[Turn, ...]:
    """The turns once some speakers give away their words in a span."""
    parts: list[Turn] = []
    for turn in turns:
        giver = givers.get(turn.speaker)
        parts += _parted(turn, span, to, giver) if giver else (turn,)
    return renamed(parts, {to: to})


def in_order(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The turns by start."""
    return tuple(sorted(turns, key=lambda turn: (turn.span, turn.speaker, turn.channel)))


def _parted(turn: Turn, span: Span, to: SpeakerId, giver: Giver) -> Iterator[Turn]:
    """A turn with its part in the span given away, if that is worth a turn."""
    start, end = max(turn.span.start, span.start), min(turn.span.end, span.end)
    if start >= end or not _stands(Span(start, end), giver.given):
        yield turn
        return
    before, after = Span(turn.span.start, start), Span(end, turn.span.end)
    if _stands(before, giver.kept):
        yield replace(turn, span=before)
    else:
        start = turn.span.start
    if _stands(after, giver.kept):
        yield replace(turn, span=after)
    else:
        end = turn.span.end
    yield Turn(Span(start, end), to, turn.channel)


def _stands(part: Span, middles: Iterable[float]) -> bool:
    """Whether a part of a turn can be one of its own: long, or with a word in it."""
    has_word = any(part.start <= middle < part.end for middle in middles)
    return part.seconds >= SLIVER_S or (part.seconds > 0 and has_word)


def _joined(turns: Sequence[Turn], speakers: Collection[SpeakerId]) -> Iterator[Turn]:
    """The turns of some speakers, those of one on one channel that meet or overlap as one."""
    own: dict[tuple[SpeakerId, int], list[Span]] = {}
    for turn in turns:
        if turn.speaker in speakers:
            own.setdefault((turn.speaker, turn.channel), []).append(turn.span)
    for (speaker, channel), spans in own.items():
        yield from (Turn(span, speaker, channel) for span in union(spans))
