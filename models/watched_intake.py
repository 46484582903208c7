"""A file of a watched place becomes a call, once, whoever dies or works beside it.

A worker that dies between the store and the database leaves a row that waits: the next one puts
the same bytes under the same key. Of two workers that take one file, the second finds its row
taken. The file is left where it is.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from analyzer import AnalyzerError, BadTranscript, Meeting
from models.database import session_scope
from models.errors import BadInput, StoreDown, StoreError, StoreFull
from models.files import Files
from models.forgetting import drop_unused
from models.known import known_of, read_known
from models.new_calls import File, NewCall, change_known
from models.placing import Placed, Wanted, place
from models.rights import change_call
from models.sniffing import HEAD, check_head
from models.tables import User
from models.tables.columns import now
from models.trail import note
from models.transcripts import place_transcript, read_file
from models.watched_names import Candidate, Found
from models.watched_places import Moved, Place
from models.watching import claim, tell, was_taken_before

_LARGEST_SIDECAR = 1 << 20
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ANY_TYPE = "application/octet-stream"


class Interrupted(Exception):
    """The worker is to end; what it was at stays where it is."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A place whose files become calls of a rep, and what that needs; sizes in bytes."""

    engine: Engine
    files: Files
    place: Place
    rep_id: UUID
    largest_recording: int
    largest_transcript: int
    shortest_first: bool = True
    should_stop: Callable[[], bool] = lambda: False


def take(intake: Intake, one: Candidate) -> None:
    """Make a call of a file, or say in its row what is wrong with it.

    Raises StoreDown and StoreFull when that may pass, which its row says too, and Interrupted.
    """
    try:
        if one.is_transcript:
            _take_transcript(intake, one)
        else:
            _take_recording(intake, one)
    except Moved:
        return  # the next round sees what it is now
    except (StoreDown, StoreFull) as error:
        _tell(intake, one, "waiting", error)
        raise
    except (StoreError, AnalyzerError) as error:
        _tell(intake, one, "failed", error)


def _take_recording(intake: Intake, one: Candidate) -> None:
    known = _known(intake, one)
    _check_size(one.file, intake.largest_recording)
    stored = intake.files.put(_sniffed(_chunks(intake, one.file), _short(one.file)))

    def work(session: Session, rep: User) -> Placed:
        file = File(stored, _short(one.file), _ANY_TYPE)
        wanted = Wanted(_new_call(one.file, known))
        first = intake.shortest_first
        return place(session, intake.files, rep, file, wanted, shortest_first=first)

    try:
        _keep(intake, one, known, work)
    finally:
        drop_unused(intake.engine, intake.files, [stored.key])


def _take_transcript(intake: Intake, one: Candidate) -> None:
    known = _known(intake, one)
    _check_size(one.file, intake.largest_transcript)
    content = b"".join(_chunks(intake, one.file))
    try:
        file = read_file(content, _short(one.file))
    except BadTranscript:
        if one.name.lower().endswith(".json") and _tells_of_a_call(content):
            message = "tells of a call whose file is not here; put that beside it, of the same name"
            raise BadInput(f"{_short(one.file)} {message}") from None
        raise

    def work(session: Session, rep: User) -> Placed:
        new = _new_call(one.file, known, file.written.started_at)
        return place_transcript(session, rep, file, Wanted(new))

    _keep(intake, one, known, work)


def _keep(
    intake: Intake, one: Candidate, known: Meeting, work: Callable[[Session, User], Placed]
) -> None:
    """Make the call in one transaction with its row, unless somebody else has."""
    with session_scope(intake.engine) as session:
        row = claim(session, intake.place, one)
        if row is None:
            return
        rep = session.get(User, intake.rep_id)
        if rep is None:
            raise StoreDown("the rep of the watched places was just deleted; name another")
        placed = work(session, rep)
        call_id = placed.call.id
        if not placed.is_new and one.sidecar and was_taken_before(session, row, call_id):
            _tell_again(session, rep, call_id, known)
        row.state, row.call_id, row.failure = "taken", call_id, None
        session.add(row)
        note(
            session,
            "watched place",
            verb="import",
            noun="calls",
            subject_id=str(call_id),
            detail={"place": row.place, "file": str(row.id)},
        )


def _tell_again(session: Session, rep: User, call_id: UUID, known: Meeting) -> None:
    """What tells of a file came, or changed, after the file was taken."""
    told = {"title": known.title, "started_at": known.started_at}
    columns = {name: value for name, value in told.items() if value is not None}
    change_known(session, rep, change_call(session, rep, call_id), known_of(known), columns)


def _new_call(found: Found, known: Meeting, started_at: datetime | None = None) -> NewCall:
    """What is said of a call; where nobody says when it was, the file was written then."""
    written_at = found.modified_at if _EARLIEST < found.modified_at <= now() else None
    return NewCall(started_at=known.started_at or started_at or written_at, known=known_of(known))


def _known(intake: Intake, one: Candidate) -> Meeting:
    """What the file beside it tells. Raises BadInput."""
    if one.sidecar is None:
        return Meeting()
    _check_size(one.sidecar, _LARGEST_SIDECAR)
    return _meeting(b"".join(_chunks(intake, one.sidecar)), _short(one.sidecar))


def _meeting(content: bytes, name: str) -> Meeting:
    try:
        told = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"{name}: is no JSON that can be read ({reason})") from None
    return read_known(told, name)


def _tells_of_a_call(content: bytes) -> bool:
    try:
        return _meeting(content, "") != Meeting()
    except BadInput:
        return False


def _check_size(found: Found, most: int) -> None:
    if found.size > most:
        megabytes = f"{most / 1_000_000:.3g} MB"
        raise BadInput(f"{_short(found)} is larger than what is taken, {megabytes}")


def _chunks(intake: Intake, found: Found) -> Iterator[bytes]:
    for chunk in intake.place.read(found):
        if intake.should_stop():
            raise Interrupted
        yield chunk


def _sniffed(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The same chunks. Raises NotRecording, BadInput for none."""
    head = next(chunks, b"")
    check_head(head, name, is_whole=len(head) < HEAD)
    yield head
    yield from chunks


def _short(found: Found) -> str:
    """The file's name without its folders."""
    return found.name.rpartition("/")[2]


def _tell(intake: Intake, one: Candidate, state: str, error: Exception) -> None:
    with session_scope(intake.engine) as session:
        tell(session, intake.place, one, state, " ".join(str(error).split()))
