"""What was understood of a call, part by part, as the page beside its transcript prints it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.coaching import Tip
from analyzer.conversation import Quote
from analyzer.formats.findings_page import Findings, TipCard
from analyzer.formats.moments_page import MomentGroup
from analyzer.formats.quoting import Quoted, Scribe
from analyzer.formats.rendering import formula_of, shown, why_hidden
from analyzer.formats.wording import Wording
from analyzer.metrics import Metric
from analyzer.moments import Kind, Moment
from analyzer.recording import Side
from analyzer.report import CallReport
from analyzer.speech import Span
from analyzer.transcript import Utterance
from models.open_objections import SETTLED_S

_ANSWER_WORDS = 45
APART: tuple[Kind, ...] = ("question", "objection", "pricing", "competitor")
"""Kinds with a part of their own."""


@dataclass(frozen=True, slots=True)
class TipLine:
    """A piece of coaching with the rule that gave it, by which it is set aside."""

    rule: str
    card: TipCard


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """An objection, what was answered, and whether it was settled as far as was said."""

    about: str | None
    quote: Quoted
    answer: Quoted | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class TalkBar:
    """Who talked how much: both shares in words, the seller's from 0 to 1."""

    seller: float
    seller_share: str
    buyer_share: str


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A number with how it is made; `why_hidden` says why there is none."""

    slug: str
    name: str
    value: str
    band: str | None
    means: str | None
    facts: tuple[tuple[str, str], ...]
    why_hidden: str | None
    span: Span | None
    hear: str | None


def tip_lines(
    report: CallReport, findings: Findings, set_aside: frozenset[str]
) -> tuple[TipLine, ...]:
    """What to improve, then what was best; without what somebody set aside."""
    best, improve = report.coaching.best, report.coaching.improve
    told: Sequence[Tip] = (*((best,) if best else ()), *improve)
    lines = [TipLine(tip.rule, card) for tip, card in zip(told, findings.tips, strict=True)]
    kept = [one for one in lines if one.rule not in set_aside]
    return tuple(sorted(kept, key=lambda one: one.card.is_best))


def group_of(findings: Findings, kind: Kind) -> MomentGroup | None:
    """The moments of a kind, None when there are none."""
    return next((one for one in findings.groups if one.kind == kind), None)


def other_groups(findings: Findings) -> tuple[MomentGroup, ...]:
    """The moments of kinds that have no part of their own."""
    return tuple(one for one in findings.groups if one.kind not in APART)


def objection_lines(report: CallReport, t: Wording) -> tuple[ObjectionLine, ...]:
    """Every objection with what the seller said next."""
    scribe = Scribe(report, t)
    raised = [one for one in report.moments if one.kind == "objection"]
    return tuple(_objection(one, report, scribe) for one in raised)


def talk_bar(report: CallReport, t: Wording) -> TalkBar | None:
    """The split in whole percent that add up; None while the sides are not known."""
    metric = report.metrics.get("talk_ratio")
    if metric is None or metric.value is None:
        return None
    seller = round(metric.value, 2)
    return TalkBar(metric.value, t.percent(seller, 0), t.percent(1 - seller, 0))


def metric_lines(report: CallReport, t: Wording) -> tuple[MetricLine, ...]:
    """Every number, in the order they are shown."""
    scribe = Scribe(report, t)
    return tuple(_metric(one, scribe) for one in report.metrics.values())


def _objection(one: Moment, report: CallReport, scribe: Scribe) -> ObjectionLine:
    answer = _answer(one, report)
    return ObjectionLine(
        scribe.t.named("about.objection", one.about) if one.about else None,
        scribe.quoted(one.quote),
        scribe.quoted(answer) if answer else None,
        not _is_settled(one, report.moments),
    )


def _is_settled(objection: Moment, moments: Sequence[Moment]) -> bool:
    """Whether the buyer agreed or was pleased soon after."""
    end_s = objection.quote.span.end
    return any(
        one.kind in {"positive", "commitment"}
        and one.side is Side.BUYER
        and end_s < one.quote.span.start <= end_s + SETTLED_S
        for one in moments
    )


def _answer(objection: Moment, report: CallReport) -> Quote | None:
    """The beginning of what the seller says after an objection."""
    sides = {one.id: one.side for one in report.speakers}
    later = report.transcript.utterances[objection.quote.utterance + 1 :]
    for said in later:
        if said.is_backchannel:
            continue
        if sides[said.speaker] is Side.SELLER:
            return _beginning(said)
        if said.speaker != objection.speaker:
            return None
    return None


def _beginning(said: Utterance) -> Quote:
    words = said.words[:_ANSWER_WORDS]
    text = " ".join(one.text for one in words)
    more = "\N{HORIZONTAL ELLIPSIS}" if len(words) < len(said.words) else ""
    return Quote(said.index, Span(words[0].span.start, words[-1].span.end), text + more)


def _metric(metric: Metric, scribe: Scribe) -> MetricLine:
    t, span = scribe.t, metric.span
    hear = None
    if span is not None:
        hear = t("metrics.hear", start=scribe.clock(span.start), end=scribe.clock(span.end))
    return MetricLine(
        metric.slug,
        t.metric_name(metric.slug),
        shown(metric, metric.value, t),
        _band(metric, t),
        t.metric_meaning(metric.slug),
        tuple(_facts(metric, t)),
        why_hidden(metric, t),
        span,
        hear,
    )


def _band(metric: Metric, t: Wording) -> str | None:
    if metric.band is None or metric.value is None:
        return None
    low, high = (shown(metric, end, t) for end in metric.band)
    return None if low == high else f"{low}\N{EN DASH}{high}"


def _facts(metric: Metric, t: Wording) -> Iterator[tuple[str, str]]:
    """How a number came about, label by label."""
    yield t("metrics.formula"), formula_of(metric, t)
    yield t("metrics.source"), t(f"source.{metric.source}")
    if metric.n is not None:
        yield t("metrics.basis"), t.count("metrics.observations", metric.n)
    yield t("metrics.version"), str(metric.version)
