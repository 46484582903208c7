"""What was understood, as JSON; the names of its keys are a contract."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from analyzer.agenda import ItemCoverage
from analyzer.coaching import Tip
from analyzer.conversation import Quote
from analyzer.moments import Moment
from analyzer.report import CallReport
from analyzer.scorecards import FilledScorecard
from analyzer.topics import Topic

Json = dict[str, Any]
_RENAMED = {"is_open": "open"}
_ALWAYS = {"next_step": ("owner", "due", "text")}
"""Details a kind of moment shows even when they are not known."""


def findings_to_json(report: CallReport) -> Json:
    """Agenda, topics, moments, summary, scorecards, call type and tips."""
    coverage = report.coverage
    return {
        "agenda": [_item(one) for one in coverage.items],
        "agenda_coverage": coverage.share,
        "agenda_order": list(coverage.order),
        "unplanned": [
            {
                "name": one.name,
                "start": round(one.span.start, 3),
                "end": round(one.span.end, 3),
                "share": round(one.share, 4),
                "quote": _quote(one.quote),
            }
            for one in coverage.unplanned
        ],
        "topics": [_topic(one) for one in report.topics],
        "moments": [_moment(one) for one in report.moments],
        "summary": {
            "source": report.summary.source,
            "sections": [
                {
                    "key": section.key,
                    "statements": [
                        {"text": one.text, "quote": _quote(one.quote)} for one in section.statements
                    ],
                }
                for section in report.summary.sections
            ],
        },
        "scorecards": [_scorecard(one) for one in report.scorecards],
        "call_type": {
            "value": report.call_type.value,
            "why": report.call_type.why,
            "quotes": [_quote(one) for one in report.call_type.quotes],
        },
        "tips": {
            "best": _tip(report.coaching.best) if report.coaching.best else None,
            "improve": [_tip(one) for one in report.coaching.improve],
        },
    }


def _quote(quote: Quote) -> Json:
    return {
        "utterance": quote.utterance,
        "start": round(quote.span.start, 3),
        "end": round(quote.span.end, 3),
        "text": quote.text,
    }


def _item(one: ItemCoverage) -> Json:
    return {
        "id": one.item.id,
        "title": one.item.title,
        "status": one.status,
        "share": None if one.share is None else round(one.share, 4),
        "first_at": None if one.first_at is None else round(one.first_at, 3),
        "raised_by": one.raised_by,
        "quotes": [_quote(quote) for quote in one.quotes],
    }


def _topic(one: Topic) -> Json:
    return {
        "name": one.name,
        "share": round(one.share, 4),
        "seller_share": None if one.seller_share is None else round(one.seller_share, 4),
        "spans": [[round(span.start, 3), round(span.end, 3)] for span in one.spans],
        "quotes": [_quote(quote) for quote in one.quotes],
    }


def _moment(one: Moment) -> Json:
    span = one.quote.span
    return {
        "kind": one.kind,
        "speaker": one.speaker,
        "side": one.side.value,
        "start": round(span.start, 3),
        "end": round(span.end, 3),
        "quote": _quote(one.quote),
        **dict(_details(one)),
    }


def _details(one: Moment) -> Iterator[tuple[str, Any]]:
    """What the kind of moment has besides; a date as it is written."""
    told = {field.name for field in fields(Moment)} - {"kind", "speaker", "side", "quote"}
    for field in fields(Moment):
        value = getattr(one, field.name)
        if field.name in told and (value is not None or field.name in _ALWAYS.get(one.kind, ())):
            shown = value.isoformat() if field.name == "due" and value else value
            yield _RENAMED.get(field.name, field.name), shown


def _scorecard(one: FilledScorecard) -> Json:
    return {
        "id": one.scorecard.id,
        "name": dict(one.scorecard.name),
        "answers": [
            {
                "id": answer.criterion.id,
                "question": dict(answer.criterion.question),
                "found": bool(answer.quotes),
                "quotes": [_quote(quote) for quote in answer.quotes],
            }
            for answer in one.answers
        ],
    }


def _tip(one: Tip) -> Json:
    return {
        "rule": one.rule,
        "area": one.area,
        "finding": one.finding,
        "try_next": one.try_next,
        "metric": one.metric,
        "baseline": one.baseline,
        "quotes": [_quote(quote) for quote in one.quotes],
    }
