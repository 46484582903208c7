"""What becomes of a call at CRMs: which deal and why, what would be written, and when it is."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import Field, StringConstraints

from analyzer.formats.wording import Wording
from api.crm.note_words import crm_words
from api.crm_choosing import LONGEST, choose_deal
from api.crm_preview import preview_of
from api.crm_views import PreviewView, PushView, preview_view, push_view
from api.dependencies import SessionDep, SettingsDep, UserDep
from api.routing import signed_router
from api.views import Given
from models.crm.connections import find_connection
from models.crm.push_lists import call_pushes
from models.crm.pushes import ask
from models.rights import change_call, find_call
from models.tables import User

router = signed_router("crm_pushes")


class DealChosen(Given):
    """Which deal of the CRM a call belongs to."""

    deal_id: (
        Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$")]
        | None
    ) = Field(
        description="The deal's id in the CRM, or the address of its page there. null: forget "
        "what was chosen, and look for it again."
    )


@router.get("/calls/{call_id}/pushes")
def list_pushes_of(call_id: UUID, session: SessionDep, user: UserDep) -> list[PushView]:
    """A call at every connection: its state, which deal was found and why, where the note is."""
    find_call(session, user, call_id)
    t = _words(user)
    return [push_view(one.connection, one.push, t) for one in call_pushes(session, call_id)]


@router.get("/calls/{call_id}/pushes/{connection_id}/preview")
def preview_push(
    call_id: UUID,
    connection_id: UUID,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    user: UserDep,
) -> PreviewView:
    """What a push would write now; nothing is written. Only fields are asked of the CRM."""
    call = find_call(session, user, call_id)
    connection = find_connection(session, connection_id)
    preview = preview_of(session, request.app.state.engine, call, connection, settings)
    return preview_view(preview)


@router.post("/calls/{call_id}/pushes/{connection_id}", status_code=202)
def push_call(call_id: UUID, connection_id: UUID, session: SessionDep, user: UserDep) -> PushView:
    """Have a call written at a CRM, whatever the rule says; ask again to try again."""
    call = change_call(session, user, call_id)
    push = ask(session, user, call, connection_id)
    return push_view(find_connection(session, connection_id), push, _words(user))


@router.put("/calls/{call_id}/pushes/{connection_id}/deal", status_code=202)
def choose_deal_of(
    call_id: UUID, connection_id: UUID, given: DealChosen, session: SessionDep, user: UserDep
) -> PushView:
    """Say which deal a call belongs to; it is remembered, whatever is found later."""
    call = change_call(session, user, call_id)
    push = choose_deal(session, user, call, connection_id, given.deal_id)
    return push_view(find_connection(session, connection_id), push, _words(user))


def _words(user: User) -> Wording:
    return crm_words(user.language)
