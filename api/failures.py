"""What cannot be mended by trying again is said where people look: on the call."""

import logging
from uuid import UUID

from sqlmodel import Session

from analyzer import AnalyzerError
from api.workshop import Workshop
from models import lifecycle
from models.errors import StoreError
from models.events import tell_call
from models.tables import Call

_LOG = logging.getLogger(__name__)
COPY = "make_playable"
OF_CALLS = frozenset({"hear_call", "understand_call", COPY})
"""Jobs whose argument is a call."""


def give_up(workshop: Workshop, task: str, call_id: UUID, error: Exception) -> None:
    """Say on the call what went wrong, unless it is only about its playable copy."""
    _LOG.error("%s of call %s failed", task, call_id, exc_info=error)
    if task == COPY:
        why = "the copy could not be made; download the recording"
        workshop.keep(lambda session: unplayable(session, call_id, why))
        return
    is_told = isinstance(error, AnalyzerError | StoreError)
    message = (
        str(error) if is_told else f"something went wrong here ({type(error).__name__}); retry"
    )

    def save(session: Session) -> None:
        call = session.get(Call, call_id, with_for_update=True)
        if call is not None and call.state in lifecycle.IN_HAND:
            lifecycle.fail(session, call, type(error).__name__, " ".join(message.split()))
            tell_call(session, "call.failed", call)

    workshop.keep(save)


def unplayable(session: Session, call_id: UUID, why: str) -> None:
    """Say on a recording why browsers cannot play it."""
    recording = lifecycle.recording_of(session, call_id)
    if recording is not None:
        recording.unplayable = why
        session.add(recording)
