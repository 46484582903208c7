"""How far a call is: waiting, being heard, failed, and what can be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from api.pages.words import Words, marked
from models.calls import CallRow
from models.lifecycle import IN_HAND

_STAGES = {
    "waiting": marked("Waiting for its turn"),
    "decoding": marked("Opening the recording"),
    "diarizing": marked("Telling the voices apart"),
    "transcribing": marked("Writing down what is said"),
    "understanding": marked("Finding what matters"),
    "hearing": marked("Listening to the recording"),
}
_WRONG = {
    "BadRecording": marked("The recording cannot be heard"),
    "EngineMissing": marked("A part that listens is missing here"),
    "EngineFailed": marked("Listening stopped halfway"),
    "OutOfRoom": marked("There was no room left on the server"),
    "StoreFull": marked("There was no room left on the server"),
    "StoreDown": marked("The recordings could not be reached"),
    "Missing": marked("The recording is gone"),
}
_NEXT = {
    "BadRecording": marked(
        "Play the file on your own device. If it plays there, save it as MP3 or M4A and add it "
        "again; if it does not, it is damaged."
    ),
    "EngineMissing": marked("Ask an admin to run “talktrack doctor”, then try again."),
    "OutOfRoom": marked("Ask an admin to free some space, then try again. Nothing is lost."),
    "StoreFull": marked("Ask an admin to free some space, then try again. Nothing is lost."),
    "Missing": marked("Add the recording again."),
}


@dataclass(frozen=True, slots=True)
class Course:
    """Where a call stands. `is_renewed` when there is a report already, and a new one to come."""

    call_id: UUID
    state: str
    is_in_hand: bool
    is_renewed: bool
    stage: str
    percent: int
    left: str | None
    wrong: str
    detail: str
    next: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class CoursePart:
    """The part of the page that is asked for again and again meanwhile."""

    course: Course


def course_of(row: CallRow, words: Words, *, has_report: bool, may_change: bool) -> Course:
    """Say how far a call is."""
    call, progress = row.call, row.progress
    is_in_hand = call.state in IN_HAND
    told = progress if progress is not None and call.state != "waiting" else None
    stage = told.stage if told else call.state
    left_s = told.left_s if told else None
    kind, detail = call.failure_kind or "", call.failure or ""
    return Course(
        call_id=call.id,
        state=call.state,
        is_in_hand=is_in_hand,
        is_renewed=is_in_hand and has_report,
        stage=_worded(_STAGES, stage, "", words),
        percent=round(100 * told.fraction) if told else 0,
        left=words.length(left_s) if left_s is not None else None,
        wrong=_worded(_WRONG, kind, marked("Something went wrong with this call"), words),
        detail=words.reason(words(detail)),
        next=_worded(_NEXT, kind, marked("Try again. If it fails once more, ask an admin."), words),
        may_change=may_change,
    )


def _worded(known: Mapping[str, str], key: str, other: str, words: Words) -> str:
    return words(known.get(key, other))
