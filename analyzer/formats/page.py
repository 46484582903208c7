"""What the report page shows: every text and number a template needs, ready to print."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.formats.findings_page import Findings, findings_of
from analyzer.formats.rendering import (
    Rendering,
    formula_of,
    one_line,
    shown,
    speaker_names,
    title_of,
    why_hidden,
    worded_notices,
)
from analyzer.formats.wording import Wording, clock
from analyzer.metrics import Metric, Source
from analyzer.recording import Side
from analyzer.report import SCHEMA, CallReport
from analyzer.speech import Span, SpeakerId, Turn, Word
from analyzer.transcript import Utterance

_DOUBTFUL = 0.5  # confidence below which a word is marked
_PARAGRAPH_WORDS = 60
_MOST_TICKS = 7
_TICK_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class Person:
    """A voice of the call, with the evidence for its side."""

    name: str
    side: Side
    role: str
    why: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One speaker's turns as (from, length), in percent of the call."""

    name: str
    side: Side
    bars: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the time axis; `at` in percent of the call."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class TalkSplit:
    """The talk ratio as a bar: both shares in words, the seller's in percent."""

    seller: float
    seller_share: str
    buyer_share: str
    certainty: str | None
    card: "Card"


@dataclass(frozen=True, slots=True)
class Card:
    """One metric with what stands behind it; `span` is what to play."""

    name: str
    value: str
    means: str | None
    facts: tuple[tuple[str, str], ...]
    band: str | None
    why_hidden: str | None
    span: Span | None
    hear: str | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A readable part of an utterance; `time` is its start on the clock."""

    start: float
    time: str
    words: tuple[tuple[float, str, bool], ...]
    """Start in seconds, text, and whether it was heard with doubt."""


@dataclass(frozen=True, slots=True)
class Block:
    """An utterance as it is printed; `opens` when its speaker takes over."""

    index: int
    name: str
    side: Side
    opens: bool
    is_backchannel: bool
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class CallPage:
    """The whole page, in the order it is read."""

    title: str
    language: str
    """Of what was said; the page itself may be in another."""
    started_at: str | None
    date: str | None
    facts: tuple[str, ...]
    notices: tuple[str, ...]
    people: tuple[Person, ...]
    not_heard: str | None
    duration_s: float
    duration: str
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    talk: TalkSplit | None
    cards: tuple[Card, ...]
    findings: Findings | None
    blocks: tuple[Block, ...]
    has_doubt: bool
    engines: str
    schema: str = SCHEMA


def call_page(report: CallReport, rendering: Rendering, t: Wording) -> CallPage:
    """Lay a report out for reading."""
    meeting, transcript = report.meeting, report.transcript
    names, hours = speaker_names(report, t), transcript.duration_s >= 3600
    deal = t("page.deal", name=meeting.deal.name) if meeting.deal and meeting.deal.name else None
    facts = (t.duration(int(transcript.duration_s)), t.language_name(transcript.language), deal)
    missing = ", ".join(_not_heard(report))
    cards = {slug: _card(metric, t, hours=hours) for slug, metric in report.metrics.items()}
    talk = _talk(report.metrics.get("talk_ratio"), cards, t)
    return CallPage(
        title=title_of(report, rendering, t),
        language=transcript.language,
        started_at=meeting.started_at.isoformat() if meeting.started_at else None,
        date=t.date(meeting.started_at) if meeting.started_at else None,
        facts=tuple(fact for fact in facts if fact),
        notices=worded_notices(report, t),
        people=tuple(_people(report, names)),
        not_heard=t("page.not_heard", names=missing) if missing else None,
        duration_s=transcript.duration_s,
        duration=clock(transcript.duration_s, hours=hours),
        lanes=tuple(_lanes(report, names)),
        ticks=tuple(_ticks(transcript.duration_s, hours=hours)),
        talk=talk,
        cards=tuple(card for card in cards.values() if talk is None or card is not talk.card),
        findings=findings_of(report, t),
        blocks=tuple(_blocks(report, names, hours=hours)),
        has_doubt=any(_is_doubtful(w) for u in transcript.utterances for w in u.words),
        engines=", ".join(dict.fromkeys(report.engines.values())),
    )


def _people(report: CallReport, names: Mapping[SpeakerId, str]) -> Iterator[Person]:
    invited = {participant.name: participant for participant in report.meeting.participants}
    for speaker in report.speakers:
        participant = invited.get(speaker.name or "")
        role = (participant.role, participant.company) if participant else ()
        yield Person(names[speaker.id], speaker.side, ", ".join(filter(None, role)), speaker.why)


def _not_heard(report: CallReport) -> Iterator[str]:
    """Those invited whom no voice was matched with, which does not prove they were away."""
    heard = {speaker.name for speaker in report.speakers}
    return (guest.name for guest in report.meeting.participants if guest.name not in heard)


def _lanes(report: CallReport, names: Mapping[SpeakerId, str]) -> Iterator[Lane]:
    whole = report.transcript.duration_s or 1.0
    for speaker in report.speakers:
        turns = (turn for turn in report.transcript.turns if turn.speaker == speaker.id)
        yield Lane(names[speaker.id], speaker.side, tuple(_bars(turns, whole)))


def _bars(turns: Iterable[Turn], whole_s: float) -> Iterator[tuple[float, float]]:
    for turn in turns:
        yield 100 * turn.span.start / whole_s, 100 * turn.span.seconds / whole_s


def _ticks(duration_s: float, *, hours: bool) -> Iterator[Tick]:
    """Round times, few enough to be read on a phone, none at the very end."""
    steps = (step for step in _TICK_STEPS_S if duration_s / step <= _MOST_TICKS)
    step = next(steps, _TICK_STEPS_S[-1])
    for at in range(0, int(duration_s * 0.96) + 1, step):
        yield Tick(100 * at / (duration_s or 1.0), clock(at, hours=hours))


def _talk(metric: Metric | None, cards: Mapping[str, Card], t: Wording) -> TalkSplit | None:
    """The split in whole percent that add up; None while the sides are not known."""
    if metric is None or metric.value is None:
        return None
    seller = round(metric.value, 2)
    certainty = t("talk.exact") if metric.source is Source.STEREO else None
    if metric.band:
        low, high = (t.percent(end, 0) for end in metric.band)
        certainty = t("talk.band", low=low, high=high)
    return TalkSplit(
        seller=100 * metric.value,
        seller_share=t("talk.share", side=t("side.seller"), share=t.percent(seller, 0)),
        buyer_share=t("talk.share", side=t("side.buyer"), share=t.percent(1 - seller, 0)),
        certainty=certainty,
        card=cards[metric.slug],
    )


def _card(metric: Metric, t: Wording, *, hours: bool) -> Card:
    return Card(
        name=t.metric_name(metric.slug),
        value=shown(metric, metric.value, t),
        means=t.metric_meaning(metric.slug),
        facts=tuple(_facts(metric, t)),
        band=_band(metric, t),
        why_hidden=why_hidden(metric, t),
        span=metric.span,
        hear=_hear(metric.span, t, hours=hours) if metric.span else None,
    )


def _band(metric: Metric, t: Wording) -> str | None:
    """How sure a number is, in words."""
    if metric.band is None:
        return None
    low, high = (shown(metric, end, t) for end in metric.band)
    return t("metrics.band", low=low, high=high)


def _hear(span: Span, t: Wording, *, hours: bool) -> str:
    return t("metrics.hear", start=clock(span.start, hours=hours), end=clock(span.end, hours=hours))


def _facts(metric: Metric, t: Wording) -> Iterator[tuple[str, str]]:
    """How a number came about, label by label."""
    yield t("metrics.formula"), formula_of(metric, t)
    yield t("metrics.source"), t(f"source.{metric.source}")
    if metric.n is not None:
        yield t("metrics.basis"), t.count("metrics.observations", metric.n)
    yield t("metrics.version"), str(metric.version)


def _blocks(report: CallReport, names: Mapping[SpeakerId, str], *, hours: bool) -> Iterator[Block]:
    """Utterances in order; a backchannel does not take the word from who is speaking."""
    sides = {speaker.id: speaker.side for speaker in report.speakers}
    holder = None
    for utterance in report.transcript.utterances:
        yield Block(
            index=utterance.index,
            name=names[utterance.speaker],
            side=sides[utterance.speaker],
            opens=utterance.is_backchannel or utterance.speaker != holder,
            is_backchannel=utterance.is_backchannel,
            paragraphs=tuple(_paragraphs(utterance, hours=hours)),
        )
        holder = holder if utterance.is_backchannel else utterance.speaker


def _paragraphs(utterance: Utterance, *, hours: bool) -> Iterator[Paragraph]:
    """A long speech, broken after the sentence that makes a paragraph full."""
    words: list[Word] = []
    for word in utterance.words:
        words.append(word)
        if len(words) >= _PARAGRAPH_WORDS and word.text.endswith((".", "?", "!", "…")):
            yield _paragraph(words, hours=hours)
            words = []
    if words:
        yield _paragraph(words, hours=hours)


def _paragraph(words: Sequence[Word], *, hours: bool) -> Paragraph:
    start = words[0].span.start
    marked = ((w.span.start, one_line(w.text), _is_doubtful(w)) for w in words)
    return Paragraph(start, clock(start, hours=hours), tuple(marked))


def _is_doubtful(word: Word) -> bool:
    return word.confidence < _DOUBTFUL
