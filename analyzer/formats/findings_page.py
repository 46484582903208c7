"""What was understood of a call, ready to print: coaching first, then what was said."""

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.coaching import Coaching, Tip
from analyzer.formats.agenda_page import AgendaPart, agenda_part
from analyzer.formats.moments_page import (
    Mark,
    MomentGroup,
    moment_groups,
    timeline_marks,
)
from analyzer.formats.quoting import Quoted, Scribe
from analyzer.formats.rendering import one_line
from analyzer.formats.wording import Wording, typeset
from analyzer.moments import Moment
from analyzer.playbook import text_in
from analyzer.recording import Side
from analyzer.report import CallReport
from analyzer.scorecards import FilledScorecard
from analyzer.summary import Summary
from analyzer.topics import Topic

_QUOTES = 2


@dataclass(frozen=True, slots=True)
class TipCard:
    """One piece of coaching: what was found, what proves it, what to try next time."""

    heading: str
    area: str
    is_best: bool
    finding: str
    quotes: tuple[Quoted, ...]
    try_next: str | None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of the note; `text` is None where the quote says it all."""

    text: str | None
    quote: Quoted


@dataclass(frozen=True, slots=True)
class NoteSection:
    """A heading of the note with its lines."""

    heading: str
    lines: tuple[NoteLine, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """The call as a sales note; `source` names the model that rewrote it, if any did."""

    sections: tuple[NoteSection, ...]
    source: str | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """Who does what by when."""

    who: str
    side: Side
    what: str
    due: str
    is_dated: bool
    quote: Quoted


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic, how much of the talk it took and where, as (from, length) in percent."""

    name: str
    share: str
    split: str | None
    bars: tuple[tuple[float, float], ...]
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A question of a scorecard; without quotes it was not answered."""

    question: str
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class ScorecardPart:
    """A scorecard and how many of its questions were answered."""

    name: str
    count: str
    answers: tuple[AnswerLine, ...]


@dataclass(frozen=True, slots=True)
class CallKind:
    """What kind of call it was, and why we think so."""

    name: str
    why: str
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was understood, in the order it is read; empty parts are not printed."""

    tips: tuple[TipCard, ...]
    note: Note | None
    steps: tuple[StepLine, ...]
    agenda: AgendaPart
    topics: tuple[TopicLine, ...]
    groups: tuple[MomentGroup, ...]
    scorecards: tuple[ScorecardPart, ...]
    call_kind: CallKind | None
    marks: tuple[Mark, ...]


def findings_of(report: CallReport, t: Wording) -> Findings | None:
    """Lay the findings out for reading; None for a call in which nothing was said."""
    if not report.transcript.utterances:
        return None
    scribe = Scribe(report, t)
    steps = tuple(_step(one, scribe) for one in report.moments if one.kind == "next_step")
    return Findings(
        tips=tuple(_tips(report.coaching, scribe)),
        note=_note(report.summary, scribe, has_steps=bool(steps)),
        steps=steps,
        agenda=agenda_part(report.coverage, scribe),
        topics=tuple(_topic(one, scribe) for one in report.topics),
        groups=moment_groups(report.moments, scribe),
        scorecards=tuple(_scorecard(one, scribe) for one in report.scorecards),
        call_kind=_call_kind(report, scribe),
        marks=timeline_marks(report.moments, scribe),
    )


def _tips(coaching: Coaching, scribe: Scribe) -> Iterator[TipCard]:
    if coaching.best:
        yield _tip(coaching.best, scribe, is_best=True)
    for tip in coaching.improve:
        yield _tip(tip, scribe, is_best=False)


def _tip(tip: Tip, scribe: Scribe, *, is_best: bool) -> TipCard:
    t = scribe.t
    return TipCard(
        heading=t("coaching.best") if is_best else t("coaching.improve"),
        area=t.named("area", tip.area),
        is_best=is_best,
        finding=scribe.told(tip.finding),
        quotes=scribe.all_quoted(tip.quotes),
        try_next=scribe.told(tip.try_next) if tip.try_next else None,
    )


def _note(summary: Summary, scribe: Scribe, *, has_steps: bool) -> Note | None:
    """The note without its next steps where these are listed by themselves."""
    t = scribe.t
    sections = []
    for section in summary.sections:
        if section.key == "next_steps" and has_steps:
            continue
        lines = ((one_line(one.text), scribe.quoted(one.quote)) for one in section.statements)
        told = (NoteLine(None if text == quote.text else text, quote) for text, quote in lines)
        sections.append(NoteSection(t(f"note.{section.key}"), tuple(told)))
    is_extract = summary.source == "extract"
    source = None if is_extract else t("note.rewritten", name=one_line(summary.source))
    return Note(tuple(sections), source) if sections else None


def _step(one: Moment, scribe: Scribe) -> StepLine:
    t = scribe.t
    owner = one.owner or one.speaker
    return StepLine(
        who=scribe.name(owner),
        side=scribe.side(owner),
        what=one_line(one.text or one.quote.text),
        due=t.day(one.due) if one.due else t("steps.undated"),
        is_dated=one.due is not None,
        quote=scribe.quoted(one.quote),
    )


def _topic(one: Topic, scribe: Scribe) -> TopicLine:
    t = scribe.t
    split = None
    if one.seller_share is not None:
        split = t("talk.share", side=t("side.seller"), share=t.percent(one.seller_share, 0))
    return TopicLine(
        name=one_line(one.name),
        share=t.percent(one.share, 0),
        split=split,
        bars=tuple(scribe.bar(span) for span in one.spans),
        quotes=scribe.all_quoted(one.quotes, _QUOTES),
    )


def _scorecard(one: FilledScorecard, scribe: Scribe) -> ScorecardPart:
    language = scribe.t.language
    answers = tuple(
        AnswerLine(
            one_line(typeset(text_in(answer.criterion.question, language), language)),
            scribe.all_quoted(answer.quotes, _QUOTES),
        )
        for answer in one.answers
    )
    found = sum(bool(answer.quotes) for answer in answers)
    return ScorecardPart(
        name=one_line(text_in(one.scorecard.name, language)),
        count=scribe.t.count("scorecards.of", found, total=len(answers)),
        answers=answers,
    )


def _call_kind(report: CallReport, scribe: Scribe) -> CallKind | None:
    told = report.call_type
    if told.value is None:
        return None
    name = scribe.titled("call_type", told.value)
    return CallKind(name, scribe.told(told.why), scribe.all_quoted(told.quotes))
