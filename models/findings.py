"""What a report says as rows: one maker a table, so that all of it can be searched and counted."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from analyzer import CallReport, Side
from analyzer.coaching import Tip as CoachingTip
from analyzer.conversation import Quote
from analyzer.lexicon import fold
from analyzer.moments import Moment as Found
from analyzer.speech import Span
from models.tables import (
    AgendaItem,
    CallTopic,
    Moment,
    NextStep,
    ScorecardAnswer,
    Tip,
    Utterance,
)
from models.tables.columns import Json

Finding = (
    type[Utterance]
    | type[Moment]
    | type[NextStep]
    | type[AgendaItem]
    | type[CallTopic]
    | type[Tip]
    | type[ScorecardAnswer]
)
Maker = Callable[[CallReport], Iterator[Json]]
"""Makes the rows of a table, all but the call's id."""


def utterance_rows(report: CallReport) -> Iterator[Json]:
    """What was said, in order."""
    sides = {one.id: one.side for one in report.speakers}
    for said in report.transcript.utterances:
        yield {
            "position": said.index,
            "speaker": said.speaker,
            "side": sides.get(said.speaker, Side.UNKNOWN).value,
            **_times(said.span),
            "language": report.transcript.language,
            "text": said.text,
        }


def moment_rows(report: CallReport) -> Iterator[Json]:
    """What is worth hearing again."""
    for one in report.moments:
        yield {
            "kind": one.kind,
            "side": one.side.value,
            "speaker": one.speaker,
            "utterance": one.quote.utterance,
            **_times(one.quote.span),
            "quote": one.quote.text,
            "is_open": one.is_open,
            "about": one.about,
            "name": one.name,
            "amount": one.amount,
            "currency": one.currency,
            "what": one.what,
            "owner": one.owner,
            "due_on": one.due,
            "text": one.text,
        }


def next_step_rows(report: CallReport) -> Iterator[Json]:
    """What was agreed, each with its owner's name and side as far as they are known."""
    owners = _Owners(report)
    for one in report.moments:
        if one.kind == "next_step":
            yield {
                "text": one.text or one.quote.text,
                **owners.of(one),
                "due_on": one.due,
                "utterance": one.quote.utterance,
                "quote": one.quote.text,
                **_times(one.quote.span),
            }


def agenda_rows(report: CallReport) -> Iterator[Json]:
    """What became of each thing planned, in the planned order."""
    for position, one in enumerate(report.coverage.items):
        yield {
            "position": position,
            "ref": one.item.id,
            "title": one.item.title,
            "status": one.status,
            "share": None if one.share is None else round(one.share, 4),
            "first_at_s": None if one.first_at is None else round(one.first_at, 3),
        }


def topic_rows(report: CallReport) -> Iterator[Json]:
    """What the call was about, best first."""
    for position, one in enumerate(report.topics):
        yield {"position": position, "name": one.name, "share": round(one.share, 4)}


def tip_rows(report: CallReport) -> Iterator[Json]:
    """What was done best, then what to improve."""
    best = report.coaching.best
    if best:
        yield {"position": 0, "is_best": True, **_tip(best)}
    for position, one in enumerate(report.coaching.improve, start=1):
        yield {"position": position, "is_best": False, **_tip(one)}


def answer_rows(report: CallReport) -> Iterator[Json]:
    """What the call says on each question of each scorecard."""
    for filled in report.scorecards:
        for position, answer in enumerate(filled.answers):
            yield {
                "position": position,
                "scorecard": filled.scorecard.id,
                "criterion": answer.criterion.id,
                "is_found": bool(answer.quotes),
                **_first(answer.quotes),
            }


FINDINGS: Mapping[Finding, Maker] = MappingProxyType(
    {
        Utterance: utterance_rows,
        Moment: moment_rows,
        NextStep: next_step_rows,
        AgendaItem: agenda_rows,
        CallTopic: topic_rows,
        Tip: tip_rows,
        ScorecardAnswer: answer_rows,
    }
)
"""Every table that a report fills with rows; passages come from elsewhere."""


class _Owners:
    """Whose a next step is: someone heard, someone invited, or a name alone."""

    def __init__(self, report: CallReport) -> None:
        self._heard = {str(one.id): one for one in report.speakers}
        self._invited: dict[str, set[Side]] = {}
        for person in report.meeting.participants:
            name = fold(person.name).strip()
            for way in {name, *name.split()[:1]} - {""}:
                self._invited.setdefault(way, set()).add(person.side)

    def of(self, step: Found) -> Json:
        """The columns that tell the owner of a step."""
        speaker = self._heard.get(step.owner or "")
        if speaker:
            return _owner(speaker.name, str(speaker.id), speaker.side)
        sides = self._invited.get(fold(step.owner or "").strip(), set())
        # Two guests of one first name on different sides: nobody can tell which it is.
        return _owner(step.owner, None, next(iter(sides)) if len(sides) == 1 else Side.UNKNOWN)


def _owner(name: str | None, speaker: str | None, side: Side) -> Json:
    known = None if side is Side.UNKNOWN else side.value
    return {"owner": name, "owner_speaker": speaker, "owner_side": known}


def _tip(tip: CoachingTip) -> Json:
    return {
        "area": tip.area,
        "rule": tip.rule,
        "text": tip.finding,
        "try_next": tip.try_next,
        "metric": tip.metric,
        **_first(tip.quotes),
    }


def _first(quotes: tuple[Quote, ...]) -> Json:
    """The first quote, or none."""
    if not quotes:
        return {"quote": None, "start_s": None, "end_s": None}
    return {"quote": quotes[0].text, **_times(quotes[0].span)}


def _times(span: Span) -> Json:
    return {"start_s": round(span.start, 3), "end_s": round(span.end, 3)}
