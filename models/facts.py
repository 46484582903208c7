"""The numbers of a report, flat: what lists show and KPIs count."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from analyzer import CallReport, Side
from analyzer.lexicon import load_lexicon
from analyzer.metrics import Metric, Source
from analyzer.moments import Kind, Moment
from analyzer.speech import Span
from analyzer.timeline import intersection, total_s
from models.findings import next_step_rows
from models.tables import CallFacts
from models.tables.columns import Json

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "talk_ratio": "talk_ratio",
        "talk_share_of_call": "talk_share_of_call",
        "silence_share": "silence_share",
        "overlap_share": "overlap_share",
        "longest_monologue": "longest_monologue_s",
        "longest_customer_story": "longest_customer_story_s",
        "switches_per_min": "switches_per_min",
        "patience_s": "patience_s",
        "overlapping_replies": "overlapping_replies",
        "wait_after_question_s": "wait_after_question_s",
        "words_per_min": "words_per_min",
        "buyer_words_per_min": "buyer_words_per_min",
        "questions": "seller_questions",
        "open_question_share": "open_question_share",
        "fillers_per_min": "fillers_per_min",
    }
)
"""The column of each metric; see docs/metrics.md."""

_COUNTED: Mapping[Kind, str] = MappingProxyType(
    {
        "objection": "objections",
        "pricing": "prices",
        "decision": "decisions",
        "commitment": "commitments",
        "positive": "positives",
        "negative": "negatives",
    }
)
_WORDED = ("seller_questions", "words_per_min", "buyer_words_per_min", "fillers_per_min")
"""Metrics that say nothing where there are no words."""


def facts_of(report: CallReport, call_id: UUID) -> CallFacts:
    """The facts of a call, rounded as the report rounds them."""
    sides = [one.side for one in report.speakers]
    return CallFacts(
        call_id=call_id,
        duration_s=round(report.transcript.duration_s, 3),
        language=report.transcript.language,
        call_type=report.call_type.value,
        people=len(sides),
        sellers=sides.count(Side.SELLER),
        buyers=sides.count(Side.BUYER),
        buyer_names=[one.name for one in report.speakers if one.side is Side.BUYER and one.name],
        source=_source(report),
        has_reckoned_times="times_reckoned" in report.notices,
        **_measured(report),
        **_talked(report),
        **_counted(report),
        **_steps(report),
        **_planned(report),
    )


def has_words(report: CallReport) -> bool:
    """Whether what was said is known; where nobody speaks, it is: nothing."""
    return "no_words" not in report.notices


def knows_phrases(report: CallReport) -> bool:
    """Whether what was looked for can be missed: not in a language without phrases of its own."""
    return bool(load_lexicon(report.transcript.language).cues)


def _source(report: CallReport) -> str:
    metric = next(iter(report.metrics.values()), None)
    if metric is None:
        return (Source.STEREO if report.channels > 1 else Source.DIARIZED).value
    return metric.source.value


def _measured(report: CallReport) -> Json:
    """The metrics, each in its column."""
    found = {COLUMNS[slug]: one for slug, one in report.metrics.items() if slug in COLUMNS}
    hidden = () if has_words(report) else _WORDED
    return {column: _value(one) for column, one in found.items() if column not in hidden}


def _value(metric: Metric) -> float | None:
    if metric.value is None:
        return None
    return int(metric.value) if metric.unit == "count" else round(metric.value, 4)


def _talked(report: CallReport) -> Json:
    """Seconds in which anyone of a side talks, None where nobody is known to be on it."""
    whole = (Span(0.0, report.transcript.duration_s),)
    talked: Json = {}
    for side in (Side.SELLER, Side.BUYER):
        own = {one.id for one in report.speakers if one.side is side}
        spans = (turn.span for turn in report.transcript.turns if turn.speaker in own)
        seconds = round(total_s(intersection(spans, whole)), 3)
        talked[f"{side.value}_speech_s"] = seconds if own else None
    return talked


def _counted(report: CallReport) -> Json:
    """How often what was found was found."""
    found = report.moments
    counts = {
        column: _count(report, [one for one in found if one.kind == kind])
        for kind, column in _COUNTED.items()
    }
    buyers = any(one.side is Side.BUYER for one in report.speakers)
    asked = [one for one in found if one.kind == "question" and one.side is Side.BUYER]
    rivals = {one.name for one in found if one.kind == "competitor"}
    return {
        **counts,
        "buyer_questions": len(asked) if buyers and has_words(report) else None,
        "competitors": len(rivals) if has_words(report) else None,
        "first_price_s": _first_s(found, "pricing"),
        "first_competitor_s": _first_s(found, "competitor"),
    }


def _count(report: CallReport, found: Sequence[object]) -> int | None:
    """How many were found; that there are none must be known."""
    if not has_words(report) or not (found or knows_phrases(report)):
        return None
    return len(found)


def _first_s(moments: Sequence[Moment], kind: Kind) -> float | None:
    starts = [one.quote.span.start for one in moments if one.kind == kind]
    return round(min(starts), 3) if starts else None


def _steps(report: CallReport) -> Json:
    steps = list(next_step_rows(report))
    total = _count(report, steps)
    if total is None:
        return {}
    sides = [one["owner_side"] for one in steps]
    return {
        "next_steps": total,
        "next_steps_dated": sum(one["due_on"] is not None for one in steps),
        "next_steps_seller": sides.count(Side.SELLER.value),
        "next_steps_buyer": sides.count(Side.BUYER.value),
    }


def _planned(report: CallReport) -> Json:
    statuses = [one.status for one in report.coverage.items]
    return {
        "agenda_items": len(statuses),
        "agenda_covered": statuses.count("covered"),
        "agenda_touched": statuses.count("touched"),
        "agenda_coverage": report.coverage.share,
    }
