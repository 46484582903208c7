"""Calls from transcripts: what was written down elsewhere is kept as if it had been heard here.

Nothing but the hearing is kept of a file. Its speakers bear their names in it, so who they are is
told each time the call is understood, from the people that are known then.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from sqlmodel import Session, col, select

from analyzer import Hearing, Meeting, Participant, Side, WrittenCall, read_transcript
from analyzer.names import plain, whose_name
from analyzer.transcripts.signing import is_anyone
from models import lifecycle, tables
from models.calls import same_transcript
from models.consent import check_consent
from models.corrections import undo_all
from models.errors import Conflict
from models.forgetting import hold_file
from models.hearings import forget_stages, has_hearing, keep_hearing
from models.holds import check_free
from models.known import load_meeting, read_known
from models.new_calls import NewCall, add_call, tell_untold
from models.placing import Placed, Wanted
from models.rights import change_call
from models.tables import Call, User


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A transcript that was read; `name` is what the file was called."""

    name: str
    sha256: str
    written: WrittenCall


def read_file(content: bytes, name: str) -> TranscriptFile:
    """Read a transcript, whatever kind it is. Raises BadTranscript."""
    return TranscriptFile(name, sha256(content).hexdigest(), read_transcript(content, name))


def place_transcript(
    session: Session, user: User, file: TranscriptFile, wanted: Wanted, *, replaces: bool = False
) -> Placed:
    """Give a transcript its call, and have it understood.

    A file that a call of the user's was made of makes no new one. What a call had before goes when
    the transcript `replaces` it, corrections too. Raises Missing, Forbidden, Conflict, BadInput.
    """
    hold_file(session, f"transcript:{file.sha256}")  # of two at once, the second finds the first
    written = file.written
    if wanted.call_id is not None:
        call = change_call(session, user, wanted.call_id)
        if _source_of(session, call) == file.sha256:
            return Placed(call, is_new=False)
        _make_room(session, user, call, replaces)
        tell_untold(call, written.title, written.started_at)
    else:
        same = None if wanted.again else same_transcript(session, user, file.sha256)
        if same is not None:
            return Placed(same, is_new=False)
        call = add_call(session, user, _told(wanted.call, written), name=file.name)
    check_consent(session, call)
    call.transcript_deleted_at = None
    keep_hearing(session, call, written.hearing, written.source, file.sha256)
    lifecycle.understand(session, call)
    return Placed(call, is_new=True)


def as_known(session: Session, call: Call, hearing: Hearing) -> tuple[Hearing, Meeting]:
    """What is to be understood, with all that is known of the call.

    A transcript's speakers join the people of the call: its rep as a seller, everybody else who is
    not among them on a side that the talk tells. The language somebody told goes before the one
    that was read. Raises BadInput as `load_meeting` does.
    """
    known = load_meeting(session, call)
    if not hearing.is_written:
        return hearing, known
    labels = dict.fromkeys(turn.speaker for turn in hearing.diarization.turns)
    names = {label: str(label) for label in labels if not is_anyone(label)}
    written = WrittenCall(hearing, names, "json")
    rep = session.get_one(User, call.rep_id)
    return written.hearing_in(known.language), written.meeting(_with_rep(known, rep, [*labels]))


def _with_rep(known: Meeting, rep: User, labels: list[str]) -> Meeting:
    """The meeting with the call's rep on the selling side, if a speaker goes by their name."""
    place = whose_name(rep.name, labels)
    if place is None or not _is_surely(rep.name, labels[place]):
        return known
    people = list(known.participants)
    seat = whose_name(rep.name, [one.name for one in people])
    if seat is None:
        people.append(Participant(rep.name, Side.SELLER, rep.email))
    elif people[seat].side is Side.UNKNOWN:
        people[seat] = replace(people[seat], side=Side.SELLER)
    return replace(known, participants=tuple(people))


def _is_surely(name: str, label: str) -> bool:
    """Whether a label is a name and not only its first one, which others may have."""
    one, other = {*plain(name)}, {*plain(label)}
    return one == other or len(one & other) > 1


def _told(new: NewCall, written: WrittenCall) -> NewCall:
    """What is said of a new call, and what only its file says."""
    told = read_known(new.known)
    return replace(
        new,
        title=new.title or told.title or written.title,
        started_at=new.started_at or told.started_at or written.started_at,
    )


def _source_of(session: Session, call: Call) -> str | None:
    """The SHA-256 of the transcript that a call was made of."""
    hearing = tables.Hearing
    return session.exec(select(hearing.sha256).where(col(hearing.call_id) == call.id)).one_or_none()


def _make_room(session: Session, user: User, call: Call, replaces: bool) -> None:
    """See that a transcript does not come in place of something unless it is to."""
    if not replaces:
        if has_hearing(session, call.id):
            why = "has its words already"
        elif call.state in lifecycle.IN_HAND:
            why = "is being heard"
        else:
            return
        raise Conflict(f"call {call.id} {why}; with replace=true the transcript takes their place")
    check_free(session, call.id)
    lifecycle.stop_jobs(session, call)
    forget_stages(session, call.id)
    undo_all(session, user, call)
