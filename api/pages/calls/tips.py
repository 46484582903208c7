"""Setting a tip aside that does not fit, and taking it up again."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Path, Request, Response

from api.dependencies import SessionDep
from api.pages.frame import ReaderDep
from api.pages.rendering import go
from api.pages.routing import page_router
from models.corrections import correct, undo
from models.rights import change_call

router = page_router("corrections")


@router.post("/calls/{call_id}/tips/set-aside")
def set_tip_aside(
    call_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    rule: Annotated[str, Form(min_length=1, max_length=100)],
) -> Response:
    """Set a tip aside; the call is coached anew without it."""
    call = change_call(session, reader.user, call_id)
    row = correct(session, reader.user, call, "dismiss_tip", {"rule": rule})
    request.state.made_id = row.id
    return go(
        request,
        f"/calls/{call.id}#tips",
        reader.words("The tip was set aside."),
        f"/calls/{call.id}/tips/{row.id}/restore",
    )


@router.post("/calls/{call_id}/tips/{correction_id}/restore")
def restore_tip(
    call_id: UUID,
    correction_id: Annotated[int, Path(ge=1, lt=2**63)],
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
) -> Response:
    """Take a tip up again that was set aside."""
    call = change_call(session, reader.user, call_id)
    undo(session, reader.user, call, correction_id)
    return go(request, f"/calls/{call.id}#tips", reader.words("The tip is back."))
