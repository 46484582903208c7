"""What becomes of a file that came in: a new call, the recording of one that waits, or neither."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from pydantic import TypeAdapter
from sqlmodel import Session

from models import lifecycle
from models.calls import same_recording
from models.consent import check_consent
from models.errors import Conflict
from models.files import Files
from models.forgetting import hold_file
from models.new_calls import File, NewCall, add_call, give_recording
from models.rights import change_call
from models.tables import Call, User
from models.tables.columns import Json


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to become of a file: a new call, or the recording of the call named.

    `again` makes a new call even of a file that the user has a call with already.
    """

    call: NewCall = field(default_factory=NewCall)
    call_id: UUID | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """The call that has the file now; not `is_new` when it had it before."""

    call: Call
    is_new: bool


_WANTED = TypeAdapter(Wanted)


def wanted_json(wanted: Wanted) -> Json:
    """What is wanted as a row keeps it."""
    kept: Json = _WANTED.dump_python(wanted, mode="json")
    return kept


def wanted_of(kept: Json) -> Wanted:
    """What a row says is wanted."""
    return _WANTED.validate_python(kept)


def check_wanted(session: Session, user: User, wanted: Wanted) -> None:
    """Find out before the bytes come whether they would have a place; nothing is changed.

    What another program calls the call is not looked at: the file may be the one it has.
    Raises what `place` would.
    """
    if wanted.call_id is not None:
        call = change_call(session, user, wanted.call_id)
        if lifecycle.recording_of(session, call.id) is not None:
            raise Conflict(f"call {call.id} has a recording already; upload without call_id")
        check_consent(session, call)
        return
    with session.no_autoflush:
        trial = session.begin_nested()
        try:
            check_consent(session, add_call(session, user, replace(wanted.call, ref=None)))
        finally:
            trial.rollback()


def place(
    session: Session,
    files: Files,
    user: User,
    file: File,
    wanted: Wanted,
    *,
    shortest_first: bool = True,
) -> Placed:
    """Give a file that lies in the store its call, and have it heard.

    A file that a call of the user's has already makes no new one. Of two that come at once, the
    second waits for the first and finds it. Raises Missing, Forbidden, Conflict, BadInput, and
    StoreDown when the file was deleted meanwhile.
    """
    hold_file(session, file.stored.key)
    if wanted.call_id is not None:
        call = change_call(session, user, wanted.call_id)
        has = lifecycle.recording_of(session, call.id)
        if has is not None and has.sha256 == file.stored.sha256:
            return Placed(call, is_new=False)
    else:
        same = None if wanted.again else same_recording(session, user, file.stored.sha256)
        if same is not None:
            return Placed(same, is_new=False)
        call = add_call(session, user, wanted.call, name=file.name)
    give_recording(session, files, call, file, shortest_first=shortest_first)
    return Placed(call, is_new=True)
