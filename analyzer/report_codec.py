"""A report to be kept and read back exactly, so that it is shown again without understanding it.

`analyzer.codec.report_to_json` is the contract with whoever reads files; this is for the store.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from analyzer.errors import BadReport
from analyzer.metrics import Metric
from analyzer.report import CallReport
from analyzer.transcript import Transcript

KEPT_SCHEMA = "talktrack/kept-report/1"

Json = dict[str, Any]

_REPORT = TypeAdapter(CallReport)
_AGAIN = "understand the call again"


def report_to_kept(report: CallReport) -> Json:
    """All of the report but its transcript, which `assemble` makes of the hearing as put right.

    Voices known from other calls are not kept either: they stay in one place, where they can be
    deleted. What is as it is by default is left out.
    """
    lean = replace(report, meeting=replace(report.meeting, voices=()))
    kept = _REPORT.dump_python(lean, mode="json", exclude={"transcript"}, exclude_defaults=True)
    for slug, metric in report.metrics.items():
        kept["metrics"][slug]["value"] = metric.value  # a count stays a whole number
    if "scorecards" in kept:
        kept["scorecards"] = [_numbered(filled) for filled in kept["scorecards"]]
    return {"schema": KEPT_SCHEMA, "transcript": _size(report.transcript), "report": kept}


def report_from_kept(stored: object, transcript: Transcript) -> CallReport:
    """The report that `report_to_kept` took, but for voices known from other calls.

    Raises `BadReport` when it is damaged, of another version, or of another transcript: the call
    must be understood again.
    """
    schema = stored.get("schema") if isinstance(stored, dict) else None
    if not isinstance(stored, dict) or schema != KEPT_SCHEMA:
        raise BadReport(f"the stored report is {schema!r}, not {KEPT_SCHEMA!r}: {_AGAIN}")
    if stored.get("transcript") != _size(transcript):
        raise BadReport(f"the stored report is of another transcript: {_AGAIN}")
    try:
        report = _REPORT.validate_python(_whole(stored["report"], transcript))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        message = f"the stored report is damaged at {place} ({first['msg']}): {_AGAIN}"
        raise BadReport(message) from None
    except (AttributeError, LookupError, TypeError, ValueError):
        raise BadReport(f"the stored report is damaged: {_AGAIN}") from None
    return replace(
        report,
        meeting=replace(report.meeting, started_at=_plain(report)),
        metrics=_with_counts(report.metrics, stored["report"]["metrics"]),
    )


def _size(transcript: Transcript) -> list[int]:
    """Tells one transcript from another: utterances, words, speakers."""
    words = sum(len(said.words) for said in transcript.utterances)
    return [len(transcript.utterances), words, len(transcript.speakers)]


def _whole(kept: Json, transcript: Transcript) -> Json:
    """What is kept of a report with what can be made again."""
    cards = [_unnumbered(filled) for filled in kept.get("scorecards", ())]
    return {**kept, "scorecards": cards, "transcript": transcript}


def _numbered(filled: Json) -> Json:
    """A scorecard whose answers name their criterion by its place instead of repeating it."""
    criteria = filled["scorecard"]["criteria"]
    answers = [
        {**one, "criterion": criteria.index(one["criterion"])}
        if one["criterion"] in criteria
        else one
        for one in filled["answers"]
    ]
    return {**filled, "answers": answers}


def _unnumbered(filled: Json) -> Json:
    criteria = dict(enumerate(filled["scorecard"]["criteria"]))
    answers = [
        {**one, "criterion": criteria[one["criterion"]]}
        if isinstance(one["criterion"], int)
        else one
        for one in filled["answers"]
    ]
    return {**filled, "answers": answers}


def _with_counts(metrics: Mapping[str, Metric], kept: Json) -> Mapping[str, Metric]:
    """The metrics, of which counts are whole numbers again."""
    return {
        slug: replace(one, value=kept[slug]["value"])
        if isinstance(kept[slug]["value"], int)
        else one
        for slug, one in metrics.items()
    }


def _plain(report: CallReport) -> datetime | None:
    """The report's start in a plain zone; pydantic's own go no further than here."""
    instant = report.meeting.started_at
    return datetime.fromisoformat(instant.isoformat()) if instant else None
