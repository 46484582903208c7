"""A call as it was before something was struck out, for whom the rule lets see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response

from analyzer.transcript import Utterance, assemble
from api.dependencies import SessionDep, SettingsDep
from api.pages.frame import ReaderDep
from api.pages.rendering import show
from api.pages.routing import page_router
from models.originals import find_original, read_words
from models.rights import find_call
from models.tables import Call
from models.trail import note

router = page_router("calls")


@dataclass(frozen=True, slots=True)
class OriginalPage:
    """What was said, and whether the recording without a tone is there too."""

    call: Call
    said: Sequence[Utterance]
    has_recording: bool


@router.get("/calls/{call_id:uuid}/original")
def show_original(
    request: Request,
    call_id: UUID,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """What was said before anything was struck out; whoever looks is in the trail."""
    call = find_call(session, reader.user, call_id)
    original = find_original(session, reader.user, call)
    said = assemble(read_words(settings.seal(), original)).utterances
    note(session, reader.user, verb="read_original", noun="calls", subject_id=str(call_id))
    page = OriginalPage(call, said, original.key is not None)
    answer = show(request, reader, "call_original.html", page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
