"""A call as lists of calls show it: what happened, how far it is, in the reader's words."""

from dataclasses import dataclass
from datetime import datetime

from api.pages.library.choices import type_name
from api.pages.words import Words, marked
from models.calls import CallRow
from models.lifecycle import IN_HAND

STATES = {
    "empty": marked("No recording yet"),
    "waiting": marked("Waiting its turn"),
    "hearing": marked("Being transcribed"),
    "understanding": marked("Being analysed"),
    "ready": marked("Ready"),
    "failed": marked("Failed"),
    "cancelled": marked("Cancelled"),
    "held": marked("Left alone"),
}
_STAGES = {
    "decoding": marked("Opening the recording"),
    "diarizing": marked("Telling voices apart"),
    "transcribing": marked("Writing down the words"),
    "understanding": marked("Finding what matters"),
}
_SIGNS = {
    "failed": "warn",
    "cancelled": "close",
    "held": "notice",
    "empty": "notice",
    "ready": "check",
}


@dataclass(frozen=True, slots=True)
class Hearing:
    """How far a call is: `share` is 0 to 1, `left` in words, both None where nobody knows."""

    stage: str
    share: float | None
    left: str | None


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call on one line; what is not known is None."""

    path: str
    title: str
    is_private: bool
    deal_name: str | None
    deal_path: str | None
    rep_name: str
    day: str
    time: str
    at: datetime
    length: str | None
    call_type: str
    talk_ratio: float | None
    coverage: str | None
    agenda: str | None
    """How many planned items were covered, of how many."""
    objections: int | None
    next_steps: int | None
    state: str
    state_name: str
    sign: str
    failure: str | None
    hearing: Hearing | None


def line_of(row: CallRow, words: Words) -> CallLine:
    """The line of a call."""
    call, facts = row.call, row.facts
    coverage = facts.agenda_coverage if facts else None
    planned = facts.agenda_items if facts else 0
    return CallLine(
        path=f"/calls/{call.id}",
        title=call.title,
        is_private=call.is_private,
        deal_name=row.deal.name if row.deal else None,
        deal_path=f"/deals/{row.deal.id}" if row.deal else None,
        rep_name=row.rep.name,
        day=words.day(call.started_at),
        time=words.time(call.started_at),
        at=call.started_at,
        length=_length(row, words),
        call_type=type_name(words, facts.call_type if facts else None),
        talk_ratio=facts.talk_ratio if facts and not facts.has_reckoned_times else None,
        coverage=words.percent(coverage) if coverage is not None else None,
        agenda=f"{facts.agenda_covered}/{planned}" if facts and planned else None,
        objections=facts.objections if facts else None,
        next_steps=facts.next_steps if facts else None,
        state=call.state,
        state_name=words(STATES[call.state]),
        sign=_SIGNS.get(call.state, "half"),
        failure=call.failure,
        hearing=_hearing(row, words) if call.state in IN_HAND else None,
    )


def _length(row: CallRow, words: Words) -> str | None:
    duration_s = row.facts.duration_s if row.facts else None
    if duration_s is None and row.recording:
        duration_s = row.recording.duration_s
    return words.clock(duration_s) if duration_s is not None else None


def _hearing(row: CallRow, words: Words) -> Hearing:
    progress = row.progress
    if progress is None or row.call.state == "waiting":
        return Hearing(words(STATES[row.call.state]), None, None)
    stage = _STAGES.get(progress.stage, STATES[row.call.state])
    left = words.length(progress.left_s) if progress.left_s is not None else None
    return Hearing(words(stage), progress.fraction, left)
