"""The page of a call: its course while it is heard, then its recording, words and findings."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from sqlmodel import Session

from analyzer.errors import BadReport
from analyzer.formats.quoting import Scribe
from analyzer.formats.wording import wording
from analyzer.report import CallReport
from api.dependencies import FilesDep, SessionDep, SettingsDep
from api.edge import READ
from api.pages.calls.course import Course, CoursePart, course_of
from api.pages.calls.findings import FindingsPanel, findings_panel
from api.pages.calls.head import Change, Head, Voices, changes_of, head_of, voices_of
from api.pages.calls.keeping import Keeping, keeping_of
from api.pages.calls.tracks import Tracks, tracks_of
from api.pages.calls.transcript import Remark, TranscriptPart, transcript_part
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words
from api.settings import Settings
from models import lifecycle
from models.calls import CallRow, open_call
from models.comments import list_comments
from models.corrections import list_corrections
from models.errors import Missing
from models.new_calls import delete_call
from models.paging import MOST
from models.reports import load_report
from models.rights import change_call, find_call, may_change

router = page_router("calls")
CALL = "/calls/{call_id:uuid}"
_At = Annotated[float | None, Query(ge=0, le=1_000_000, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Playing:
    """The recording: whether it plays yet, else why not."""

    is_ready: bool
    why_not: str | None
    peaks: str
    sound: str
    original: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What is shown of a call that has a report."""

    voices: Voices
    tracks: Tracks
    transcript: TranscriptPart
    length_s: float


@dataclass(frozen=True, slots=True)
class CallPage:
    """The whole page; `understood` is None until there is a report that can be read.

    `at_s` is where to start, `is_outdated` when the report was made by another version.
    """

    head: Head
    course: Course
    playing: Playing | None
    understood: Understood | None
    findings: FindingsPanel | None
    changes: tuple[Change, ...]
    keeping: Keeping
    numbers: tuple[tuple[str, str], ...]
    """What is still known of a call whose words are not kept any more."""
    at_s: float | None
    is_outdated: bool


@router.get(CALL, tags=[READ])
def show_call(
    request: Request,
    call_id: UUID,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    at: _At = None,
) -> Response:
    """The page; `at` is the second to start at."""
    row = open_call(session, find_call(session, reader.user, call_id))
    return show(request, reader, "call.html", call_page(session, reader, row, settings, at))


@router.get(f"{CALL}/course")
def show_course(
    request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep
) -> Response:
    """How far a call is that is understood anew; a script is told when it is."""
    row = open_call(session, find_call(session, reader.user, call_id))
    changes = may_change(reader.user, row.call)
    course = course_of(row, reader.words, has_report=True, may_change=changes)
    response = show(request, reader, "_call_course.html", CoursePart(course))
    if not course.is_in_hand:
        response.headers["HX-Trigger"] = "understood"
    return response


@router.post(f"{CALL}/cancel")
def cancel_here(
    request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep
) -> Response:
    """Stop hearing or understanding the call."""
    lifecycle.cancel_call(session, change_call(session, reader.user, call_id))
    return go(request, f"/calls/{call_id}", reader.words("Stopped. You can try again any time."))


@router.post(f"{CALL}/retry")
def retry_here(
    request: Request,
    call_id: UUID,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """Try a failed or cancelled call again, from where it stopped."""
    call = change_call(session, reader.user, call_id)
    lifecycle.retry(session, call, shortest_first=settings.shortest_first)
    return go(request, f"/calls/{call_id}")


@router.post(f"{CALL}/understand")
def understand_here(
    request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep
) -> Response:
    """Understand the call again, under the playbook in force."""
    call = change_call(session, reader.user, call_id)
    lifecycle.understand(session, call, priority=lifecycle.CORRECTED_PRIORITY)
    return go(request, f"/calls/{call_id}")


@router.post(f"{CALL}/delete")
def delete_here(
    request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep, files: FilesDep
) -> Response:
    """Delete the call with everything of it."""
    call = change_call(session, reader.user, call_id)
    delete_call(session, files, call)
    return go(request, "/calls", reader.words("“%(title)s” was deleted.", title=call.title))


def call_page(
    session: Session, reader: Reader, row: CallRow, settings: Settings, at_s: float | None = None
) -> CallPage:
    """All that the page of a call shows."""
    call, words = row.call, reader.words
    report, is_outdated = _report(session, call.id)
    scribe = Scribe(report, wording(words.language)) if report else None
    head = head_of(session, reader, row, report, scribe)
    course = course_of(row, words, has_report=report is not None, may_change=head.may_change)
    understood = None
    if report is not None and scribe is not None:
        remarks = _remarks(session, reader, call.id)
        understood = Understood(
            voices_of(report, scribe, words),
            tracks_of(report, scribe, remarks),
            transcript_part(report, scribe, remarks),
            report.transcript.duration_s,
        )
    return CallPage(
        head=head,
        course=course,
        playing=_playing(row, words("It is being made ready to play.")),
        understood=understood,
        findings=findings_panel(session, reader, call, report, settings) if report else None,
        changes=changes_of(list_corrections(session, call.id), words) if report else (),
        keeping=keeping_of(session, reader, call, may_change=head.may_change),
        numbers=_numbers(row, words) if report is None else (),
        at_s=at_s,
        is_outdated=is_outdated and not course.is_in_hand,
    )


def _numbers(row: CallRow, words: Words) -> tuple[tuple[str, str], ...]:
    facts = row.facts
    if facts is None:
        return ()
    told = [(words("Length"), words.length(facts.duration_s))]
    if facts.talk_ratio is not None:
        told.append((words("Share of talk, seller"), words.percent(facts.talk_ratio)))
    counts = (
        (words("Questions, seller"), facts.seller_questions),
        (words("Objections"), facts.objections),
        (words("Next steps"), facts.next_steps),
    )
    told += [(name, words.number(count)) for name, count in counts if count is not None]
    return tuple(told)


def _report(session: Session, call_id: UUID) -> tuple[CallReport | None, bool]:
    """The report, and whether there is one that this version cannot read."""
    try:
        return load_report(session, call_id), False
    except Missing:
        return None, False
    except BadReport:
        return None, True


def _playing(row: CallRow, being_made: str) -> Playing | None:
    recording = row.recording
    if recording is None:
        return None
    base = f"/api/v1/calls/{row.call.id}/files"
    is_ready = recording.playable_key is not None and recording.peaks_key is not None
    why_not = None if is_ready else recording.unplayable or being_made
    return Playing(is_ready, why_not, f"{base}/peaks", f"{base}/playable", f"{base}/recording")


def _remarks(session: Session, reader: Reader, call_id: UUID) -> tuple[Remark, ...]:
    """Comments at a moment, those that start a thread."""
    found = list_comments(session, reader.user, call_id, limit=MOST).items
    return tuple(
        Remark(one.comment.id, one.comment.start_s, one.author.name)
        for one in found
        if one.comment.start_s is not None and one.comment.reply_to_id is None
    )
