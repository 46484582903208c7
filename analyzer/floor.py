"""Who holds the floor: turns without backchannels, by side, and what follows what."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

from analyzer.lexicon import load_lexicon
from analyzer.recording import Side
from analyzer.speech import Span, SpeakerId, Turn
from analyzer.timeline import shared_s, union
from analyzer.transcript import BACKCHANNEL_S, EDGE_S, PAUSE_S, Transcript

JOIN_S = 1.5
"""A run goes on over a shorter pause than this."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One or more turns of a side, until another side speaks."""

    side: Side
    span: Span


@dataclass(frozen=True, slots=True)
class Reply:
    """One side speaks after another; `gap_s` is below 0 when it does not wait for the end."""

    asked: Hold
    given: Hold

    @property
    def gap_s(self) -> float:
        """Seconds between the two."""
        return self.given.span.start - self.asked.span.end


def floor_turns(transcript: Transcript) -> tuple[Turn, ...]:
    """The turns that are more than a sign of listening, by start.

    A turn is a backchannel when it says nothing else and, if no word of it was recognised,
    when it is short and wholly inside someone else's talk.
    """
    said: dict[SpeakerId, list[Span]] = {}
    nodded: dict[SpeakerId, list[Span]] = {}
    for one in transcript.utterances:
        spans = nodded if one.is_backchannel else said
        spans.setdefault(one.speaker, []).extend(word.span for word in one.words)
    words = {speaker: union(spans) for speaker, spans in said.items()}
    nods = {speaker: union(spans) for speaker, spans in nodded.items()}
    talk = {
        speaker: union((t.span for t in transcript.turns if t.speaker == speaker), bridge_s=PAUSE_S)
        for speaker in transcript.speakers
    }

    def is_backchannel(turn: Turn) -> bool:
        seconds = turn.span.seconds
        if seconds > BACKCHANNEL_S + 2 * EDGE_S or shared_s(words.get(turn.speaker, ()), turn.span):
            return False
        if shared_s(nods.get(turn.speaker, ()), turn.span):
            return True
        others = (spans for speaker, spans in talk.items() if speaker != turn.speaker)
        return seconds <= BACKCHANNEL_S and any(
            shared_s(spans, turn.span) > seconds - 1e-6 for spans in others
        )

    return tuple(turn for turn in transcript.turns if not is_backchannel(turn))


def holds(turns: Iterable[Turn], sides: Mapping[SpeakerId, Side]) -> tuple[Hold, ...]:
    """Consecutive turns of one side as one; those of an unknown side stand between the others."""
    groups = groupby(turns, key=lambda turn: sides.get(turn.speaker, Side.UNKNOWN))
    return tuple(
        Hold(side, Span(spans[0].start, max(span.end for span in spans)))
        for side, spans in ((side, [turn.span for turn in group]) for side, group in groups)
    )


def replies(held: Iterable[Hold], by: Side) -> Iterator[Reply]:
    """Each time a side speaks after the other; not where it had been speaking all along."""
    before = None
    for asked, given in pairwise(held):
        goes_on = before is not None and before.span.end > asked.span.end
        if given.side == by and asked.side not in (by, Side.UNKNOWN) and not goes_on:
            yield Reply(asked, given)
        before = asked


def longest_run(turns: Iterable[Turn], speaker: SpeakerId) -> Span | None:
    """The longest stretch in which only one speaker holds the floor.

    Shorter pauses than `JOIN_S` belong to it, unless someone else speaks in them.
    """
    turns = tuple(turns)
    own = union(turn.span for turn in turns if turn.speaker == speaker)
    others = union(turn.span for turn in turns if turn.speaker != speaker)
    runs: list[Span] = []
    for span in own:
        pause = Span(runs[-1].end, span.start) if runs else None
        if pause is not None and pause.seconds < JOIN_S and not shared_s(others, pause):
            runs[-1] = Span(runs[-1].start, span.end)
        else:
            runs.append(span)
    return max(runs, key=lambda run: run.seconds, default=None)


def questions_at(
    held: Iterable[Hold], transcript: Transcript, speakers: Collection[SpeakerId]
) -> frozenset[Hold]:
    """The holds whose last sentence, by one of the speakers, is a question."""
    lexicon = load_lexicon(transcript.language)
    sentences = sorted(
        (sentence[0].span.start, sentence[-1].span.end, " ".join(word.text for word in sentence))
        for one in transcript.utterances
        if one.speaker in speakers and not one.is_backchannel
        for sentence in one.sentences
    )
    starts = [start for start, _, _ in sentences]
    found: list[Hold] = []
    for hold in held:
        last = bisect_left(starts, hold.span.end) - 1
        if last >= 0 and sentences[last][1] > hold.span.start:
            found += [hold] if lexicon.is_question(sentences[last][2]) else []
    return frozenset(found)
