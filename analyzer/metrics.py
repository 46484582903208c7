"""Numbers of the conversation, each with its formula, version, source and error band.

They come from turns, because the times of recognised words are too rough for gaps. Backchannels
count as talk, but do not take the floor.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median, quantiles
from typing import Literal

from analyzer.floor import floor_turns, holds, longest_run, questions_at, replies
from analyzer.recording import Side
from analyzer.sides import Speaker
from analyzer.speech import Span, SpeakerId
from analyzer.timeline import complement, covered, intersection, total_s
from analyzer.transcript import Transcript

Unit = Literal["share", "seconds", "per_minute", "count"]

WhyHidden = Literal[
    "no_seller",
    "no_buyer",
    "no_sides",
    "nothing_to_measure",
    "seller_takes_no_turn",
    "buyer_takes_no_turn",
    "few_replies",
    "few_answers",
]
"""Why a value is not known; each is worded in every language of the formats."""

REPLY_S = 5.0
"""A longer gap than this is a lapse, not a reply."""
LEAST_REPLIES = 10
"""With fewer, a median gap says nothing."""
DIARIZATION_CONFUSION = 0.03
"""Share of speech that a mono diarizer is taken to give to the wrong speaker."""
EDGE_S = 0.1
"""Seconds taken to be misplaced at each change of speaker, where most of the error lies."""
OVERLAP_FOUND = 0.74
"""The least share of overlapping speech that a mono diarizer finds."""


class Source(StrEnum):
    """Where the speaker boundaries behind a number come from."""

    STEREO = "stereo"
    DIARIZED = "diarized"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number; `value` is None when it is not known, and then `why_hidden` says why.

    `band` is the range the true value is expected in, for mono calls. `span` is what to play.
    `n` counts the observations behind the value, and `quartiles` are theirs.
    """

    slug: str
    value: float | None
    unit: Unit
    version: int
    formula: str
    source: Source
    band: tuple[float, float] | None = None
    span: Span | None = None
    n: int | None = None
    why_hidden: WhyHidden | None = None
    quartiles: tuple[float, float] | None = None


def measure(
    transcript: Transcript, speakers: Sequence[Speaker], source: Source
) -> Mapping[str, Metric]:
    """Measure a call, by slug, in the order they are shown.

    A speaker of an unknown side counts in silence and overlap only. Shares of a mono recording
    carry a band: `DIARIZATION_CONFUSION` of the speech and `EDGE_S` at each change of speaker
    may be misplaced, and the share may be off by as much either way.
    """
    call = _Call(transcript, {speaker.id: speaker.side for speaker in speakers})
    return {one.slug: _measure_one(one, call, source) for one in DEFINITIONS}


def talk_seconds(transcript: Transcript) -> Mapping[SpeakerId, float]:
    """Seconds each speaker talks; talking at once with somebody else counts for both."""
    tracks = _tracks(transcript)
    return {speaker: total_s(tracks.get(speaker, ())) for speaker in transcript.speakers}


def _tracks(transcript: Transcript) -> Mapping[SpeakerId, tuple[Span, ...]]:
    """When each speaker talks, within the call, sorted and disjoint."""
    spans: dict[SpeakerId, list[Span]] = {}
    for turn in transcript.turns:
        spans.setdefault(turn.speaker, []).append(turn.span)
    whole = (Span(0.0, transcript.duration_s),)
    return {speaker: intersection(own, whole) for speaker, own in spans.items()}


@dataclass(frozen=True, slots=True)
class _Reading:
    value: float | None
    band: tuple[float, float] | None = None
    span: Span | None = None
    n: int | None = None
    why_hidden: WhyHidden | None = None
    quartiles: tuple[float, float] | None = None


class _Call:
    """What the formulas share, worked out once."""

    def __init__(self, transcript: Transcript, sides: Mapping[SpeakerId, Side]) -> None:
        self.transcript = transcript
        self.sides = sides
        self.whole = Span(0.0, transcript.duration_s)
        self.tracks = _tracks(transcript)
        self.turns = floor_turns(transcript)
        self.holds = holds(self.turns, sides)
        self.changes = sum(one.speaker != two.speaker for one, two in pairwise(self.turns))

    def of(self, side: Side) -> frozenset[SpeakerId]:
        """The speakers of a side."""
        return frozenset(speaker for speaker, own in self.sides.items() if own == side)

    def talk_s(self, side: Side) -> float:
        """Seconds in which anyone of a side talks."""
        return total_s(span for one in self.of(side) for span in self.tracks.get(one, ()))

    def misplaced_s(self, speech_s: float) -> float:
        """Seconds of speech that a diarizer may have given to the wrong speaker."""
        return DIARIZATION_CONFUSION * speech_s + EDGE_S * self.changes


def _share(part_s: float, whole_s: float, misplaced_s: float) -> _Reading:
    if whole_s <= 0:
        return _Reading(None, why_hidden="nothing_to_measure")
    share, off = min(1.0, part_s / whole_s), misplaced_s / whole_s
    return _Reading(share, band=(max(0.0, share - off), min(1.0, share + off)))


def _talk_ratio(call: _Call) -> _Reading:
    seller_s, buyer_s = call.talk_s(Side.SELLER), call.talk_s(Side.BUYER)
    return _share(seller_s, seller_s + buyer_s, call.misplaced_s(seller_s + buyer_s))


def _talk_share(call: _Call) -> _Reading:
    seller_s = call.talk_s(Side.SELLER)
    misplaced_s = call.misplaced_s(seller_s + call.talk_s(Side.BUYER))
    return _share(seller_s, call.whole.seconds, misplaced_s)


def _silence(call: _Call) -> _Reading:
    silences = complement((s for track in call.tracks.values() for s in track), call.whole)
    return _share(total_s(silences), call.whole.seconds, EDGE_S * len(silences))


def _overlap(call: _Call) -> _Reading:
    both = covered((span for track in call.tracks.values() for span in track), depth=2)
    reading = _share(total_s(both), call.whole.seconds, 0.0)
    if reading.value is None:
        return reading
    return _Reading(reading.value, band=(reading.value, min(1.0, reading.value / OVERLAP_FOUND)))


_TAKES_NO_TURN: Mapping[Side, WhyHidden] = {
    Side.SELLER: "seller_takes_no_turn",
    Side.BUYER: "buyer_takes_no_turn",
}


def _longest_run(call: _Call, side: Side) -> _Reading:
    runs = (longest_run(call.turns, speaker) for speaker in call.of(side))
    longest = max((run for run in runs if run), key=lambda run: run.seconds, default=None)
    if longest is None:
        return _Reading(None, why_hidden=_TAKES_NO_TURN[side])
    return _Reading(longest.seconds, span=longest)


def _switches(call: _Call) -> _Reading:
    if not call.whole.seconds:
        return _Reading(None, why_hidden="nothing_to_measure")
    known = [hold.side for hold in call.holds]
    switches = sum(Side.UNKNOWN not in (one, two) for one, two in pairwise(known))
    return _Reading(switches / (call.whole.seconds / 60), n=len(call.turns))


def _median_gap(gaps_s: Iterable[float], why_hidden: WhyHidden) -> _Reading:
    kept = [gap for gap in gaps_s if 0 < gap <= REPLY_S]
    if len(kept) < LEAST_REPLIES:
        return _Reading(None, n=len(kept), why_hidden=why_hidden)
    low, _, high = quantiles(kept, n=4, method="inclusive")
    return _Reading(median(kept), n=len(kept), quartiles=(low, high))


def _patience(call: _Call) -> _Reading:
    return _median_gap((r.gap_s for r in replies(call.holds, Side.SELLER)), "few_replies")


def _overlapping_replies(call: _Call) -> _Reading:
    gaps = [reply.gap_s for reply in replies(call.holds, Side.SELLER)]
    return _Reading(sum(gap < 0 for gap in gaps), n=len(gaps))


def _wait_after_question(call: _Call) -> _Reading:
    asked = questions_at(call.holds, call.transcript, call.of(Side.SELLER))
    answers = (reply for reply in replies(call.holds, Side.BUYER) if reply.asked in asked)
    return _median_gap((answer.gap_s for answer in answers), "few_answers")


def _words_per_min(call: _Call, side: Side) -> _Reading:
    talk_s, speakers = call.talk_s(side), call.of(side)
    if not talk_s:
        return _Reading(None, why_hidden=_TAKES_NO_TURN[side])
    words = sum(len(u.words) for u in call.transcript.utterances if u.speaker in speakers)
    return _Reading(words / (talk_s / 60), n=words)


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """How a number is made and which sides must be known; a new formula is a new version."""

    slug: str
    unit: Unit
    version: int
    formula: str
    needs: tuple[Side, ...]
    compute: Callable[[_Call], _Reading]


_SELLER, _BUYER, _BOTH = (Side.SELLER,), (Side.BUYER,), (Side.SELLER, Side.BUYER)
_RUN = "longest run of one {}: turns under 1.5 s apart with nobody else's turn between"

DEFINITIONS: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        "talk_ratio",
        "share",
        1,
        "seller talk time / (seller talk time + buyer talk time)",
        _BOTH,
        _talk_ratio,
    ),
    MetricDefinition(
        "talk_share_of_call",
        "share",
        1,
        "seller talk time / length of the call",
        _SELLER,
        _talk_share,
    ),
    MetricDefinition(
        "silence_share", "share", 1, "time nobody talks / length of the call", (), _silence
    ),
    MetricDefinition(
        "overlap_share",
        "share",
        1,
        "time two or more talk at once / length of the call",
        (),
        _overlap,
    ),
    MetricDefinition(
        "longest_monologue",
        "seconds",
        1,
        _RUN.format("seller"),
        _SELLER,
        lambda call: _longest_run(call, Side.SELLER),
    ),
    MetricDefinition(
        "longest_customer_story",
        "seconds",
        1,
        _RUN.format("buyer"),
        _BUYER,
        lambda call: _longest_run(call, Side.BUYER),
    ),
    MetricDefinition(
        "switches_per_min",
        "per_minute",
        1,
        "changes of side between consecutive turns / minutes of the call (n = turns)",
        _BOTH,
        _switches,
    ),
    MetricDefinition(
        "patience_s",
        "seconds",
        1,
        "median of (seller start - buyer end) when the seller follows, 0 to 5 s",
        _BOTH,
        _patience,
    ),
    MetricDefinition(
        "overlapping_replies",
        "count",
        1,
        "times the seller starts before the buyer has ended (n = times the seller follows)",
        _BOTH,
        _overlapping_replies,
    ),
    MetricDefinition(
        "wait_after_question_s",
        "seconds",
        1,
        "median of (buyer start - seller end) after a question of the seller, 0 to 5 s",
        _BOTH,
        _wait_after_question,
    ),
    MetricDefinition(
        "words_per_min",
        "per_minute",
        1,
        "seller words / minutes of seller talk time (n = words)",
        _SELLER,
        lambda call: _words_per_min(call, Side.SELLER),
    ),
    MetricDefinition(
        "buyer_words_per_min",
        "per_minute",
        1,
        "buyer words / minutes of buyer talk time (n = words)",
        _BUYER,
        lambda call: _words_per_min(call, Side.BUYER),
    ),
)
"""Every metric, in the order they are shown; backchannels count as talk, never as turns."""


_MISSING: Mapping[tuple[Side, ...], WhyHidden] = {
    _SELLER: "no_seller",
    _BUYER: "no_buyer",
    _BOTH: "no_sides",
}


def _measure_one(one: MetricDefinition, call: _Call, source: Source) -> Metric:
    missing = tuple(side for side in one.needs if not call.of(side))
    reading = _Reading(None, why_hidden=_MISSING[missing]) if missing else one.compute(call)
    return Metric(
        one.slug,
        reading.value,
        one.unit,
        one.version,
        one.formula,
        source,
        band=reading.band if source == Source.DIARIZED else None,
        span=reading.span,
        n=reading.n,
        why_hidden=reading.why_hidden,
        quartiles=reading.quartiles,
    )
