"""Privacy, for admins: what is held about somebody, given to them or erased.

Whom one asks for goes in bodies: addresses of requests end up in logs.
"""

from uuid import UUID

from fastapi import Request
from fastapi.responses import StreamingResponse

from api.dependencies import (
    DEFAULT_LIMIT,
    AdminDep,
    CursorQuery,
    FilesDep,
    LimitQuery,
    SessionDep,
    SettingsDep,
)
from api.privacy_views import (
    ErasureAsked,
    ErasureView,
    ExportAsked,
    HeldView,
    PersonAsked,
    erasure_view,
    held_view,
)
from api.routing import signed_router
from api.views import Page
from models.privacy.archive import archive_of_person, archive_of_user
from models.privacy.holdings import held_of_person
from models.privacy.orders import (
    find_erasure,
    held_of,
    list_erasures,
    order_erasure,
    retry_erasure,
)
from models.privacy.person import read_person, recognise

router = signed_router("privacy")
_ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


@router.post("/privacy/people")
def search_person(asked: PersonAsked, session: SessionDep, _admin: AdminDep) -> HeldView:
    """What is held about a person, counted. A POST, so that no log of addresses names them."""
    person = recognise(session, read_person(asked.email, asked.name))
    return held_view(held_of_person(session, person))


@router.post(
    "/privacy/exports", response_class=StreamingResponse, responses={200: {"content": _ZIP}}
)
def export_person(
    asked: ExportAsked,
    request: Request,
    session: SessionDep,
    files: FilesDep,
    _admin: AdminDep,
) -> StreamingResponse:
    """Everything held about a person, or a user, as one ZIP archive."""
    engine = request.app.state.engine
    if asked.user_id is not None:
        chunks = archive_of_user(engine, files, session, asked.user_id, asked.with_recordings)
    else:
        person = recognise(session, read_person(asked.email, asked.name))
        chunks = archive_of_person(engine, files, session, person, asked.with_recordings)
    headers = {
        "content-disposition": 'attachment; filename="held-about-a-person.zip"',
        "cache-control": "private, no-store",
    }
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@router.post("/privacy/erasures/preview")
def preview_erasure(asked: ErasureAsked, session: SessionDep, _admin: AdminDep) -> HeldView:
    """What an erasure would take, counted; nothing is changed."""
    return held_view(held_of(session, asked.wanted()))


@router.post("/privacy/erasures", status_code=202)
def erase_for_good(
    asked: ErasureAsked,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    admin: AdminDep,
) -> ErasureView:
    """Erase a call, a person or an account for good; a job does it."""
    key = settings.signing_key()
    made = order_erasure(session, settings.seal(), key, asked.wanted(), admin)
    request.state.made_id = made.id
    return erasure_view(made)


@router.get("/privacy/erasures")
def list_erased(
    session: SessionDep,
    _admin: AdminDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[ErasureView]:
    """The erasures, the newest first."""
    found = list_erasures(session, limit=limit, cursor=cursor)
    return Page(items=[erasure_view(one) for one in found.items], next=found.next)


@router.get("/privacy/erasures/{erasure_id}")
def show_erasure(erasure_id: UUID, session: SessionDep, _admin: AdminDep) -> ErasureView:
    """An erasure and how far it is."""
    return erasure_view(find_erasure(session, erasure_id))


@router.post("/privacy/erasures/{erasure_id}/retry", status_code=202)
def retry_erasing(erasure_id: UUID, session: SessionDep, _admin: AdminDep) -> ErasureView:
    """Go on with an erasure that failed."""
    return erasure_view(retry_erasure(session, erasure_id))
