"""Resumable uploads, as tus 1.0 says: a dropped connection goes on where it stopped.

By hand, since a server library keeps parts on one machine's disk: ours lie in the store, and any
web process can go on. See docs/uploads.md.
"""

import hashlib
from contextlib import suppress
from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session
from starlette.exceptions import HTTPException

from api.dependencies import files_of, settings_of
from api.edge import once
from api.intake import tus
from api.intake.holding import Hold, lasts, own_upload
from api.intake.incoming import Checksum, Incoming, TooLarge, receive
from api.intake.streaming import (
    CallerDep,
    StreamRoute,
    chunks,
    declared_length,
    most_bytes,
    stream_router,
    too_large,
    transact,
)
from api.intake.tus_schema import answered, asked
from models.errors import NotRecording, StoreDown, StoreError, StoreFull
from models.files import StoredFile
from models.forgetting import drop_unused
from models.idempotency import Answer, remember
from models.tables import Upload, User
from models.trail import note
from models.uploads import (
    begin_finishing,
    begin_upload,
    check_stored,
    complete,
    forget_upload,
    reopen,
)


class TusRoute(StreamRoute):
    """A route of the protocol: every answer says which."""

    headers = tus.ALWAYS


_WHY = {
    410: "It was left for too long",
    423: "Another request is writing to it",
    460: "The bytes are not those of the checksum",
}
router = stream_router("uploads", TusRoute, _WHY)
door = APIRouter(tags=["uploads"])
_STATE = ("Upload-Offset", "Upload-Expires", "X-Call-Id", "X-Same-As")


@door.options("/uploads", status_code=204)
@door.options("/uploads/{upload_id}", status_code=204, include_in_schema=False)
def tell_options(request: Request) -> Response:
    """Tell what the server knows of tus."""
    return Response(status_code=204, headers=tus.options(most_bytes(request)))


@router.post(
    "/uploads",
    status_code=201,
    response_class=Response,
    responses=answered(201, "It is begun", "Location", *_STATE),
    openapi_extra=asked(
        "Upload-Length",
        "Upload-Defer-Length",
        "Upload-Metadata",
        "Upload-Checksum",
        "Idempotency-Key",
        body=True,
    ),
)
async def begin(request: Request, user: CallerDep) -> Response:
    """Begin an upload; its first bytes, or all of them, may come along.

    `Upload-Metadata` may hold, each in base64: `filename`, `filetype`, `call` (JSON, what is
    known of the call), `call_id` (the call that is to get this recording) and `again` (`true`: a
    new call even of a file you have a call with).
    """
    tus.check_version(request)
    new = tus.new_upload(request)
    if new.size is not None and new.size > most_bytes(request):
        raise too_large(request)
    has_body = tus.is_bytes(request)

    def make(session: Session) -> Upload:
        _take_key(request, session, f"{request.headers.get('upload-length')}\n{new.metadata}")
        upload = begin_upload(session, user, new, lasts=lasts(request))
        note(session, user, verb="begin", noun="uploads", subject_id=str(upload.id))
        key = getattr(request.state, "idempotency_key", None)
        if key is not None:
            remember(session, key, Answer(201, _location(upload), None))
        return upload

    upload = await transact(request, make)
    headers = _location(upload) | tus.state_headers(upload, 0)
    if has_body:
        async with await Hold.take(request, user, upload.id) as hold:
            headers |= await _go_on(request, hold, 0)
    return Response(status_code=201, headers=headers)


@router.head(
    "/uploads/{upload_id}",
    status_code=200,
    response_class=Response,
    responses=answered(200, "How far it is", "Upload-Length", *_STATE),
    openapi_extra=asked(),
)
async def look(upload_id: UUID, request: Request, user: CallerDep) -> Response:
    """Tell how far an upload is, and once it is there, the call it became (`X-Call-Id`)."""
    tus.check_version(request)
    upload = await own_upload(request, user, upload_id)
    offset = await _offset(request, upload)
    if upload.state != "done" and offset == upload.size:  # whoever was to finish it died
        async with await Hold.take(request, user, upload_id) as hold:
            upload = await _finish(request, hold)
    headers = tus.state_headers(upload, offset)
    if upload.size is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(upload.size)
    if upload.known.get("metadata"):
        headers["Upload-Metadata"] = upload.known["metadata"]
    return Response(status_code=200, headers=headers)


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    responses=answered(204, "The bytes are kept", *_STATE),
    openapi_extra=asked("Upload-Length", "Upload-Checksum", required=("Upload-Offset",), body=True),
)
async def go_on(upload_id: UUID, request: Request, user: CallerDep) -> Response:
    """Send more of an upload, from `Upload-Offset` on; with the last byte it becomes a call."""
    tus.check_version(request)
    if not tus.is_bytes(request):
        raise HTTPException(415, f"send the bytes as Content-Type: {tus.OFFSET_TYPE}")
    offset = tus.whole_number(request, "Upload-Offset")
    if offset is None:
        raise HTTPException(400, "Upload-Offset: say where these bytes begin")
    async with await Hold.take(request, user, upload_id) as hold:
        await _set_length(request, hold)
        return Response(status_code=204, headers=await _go_on(request, hold, offset))


@router.delete("/uploads/{upload_id}", status_code=204, openapi_extra=asked())
async def give_up(upload_id: UUID, request: Request, user: CallerDep) -> Response:
    """Give up an upload; a call it became stays."""
    tus.check_version(request)
    async with await Hold.take(request, user, upload_id) as hold:
        await _forget(request, hold.upload, user)
    return Response(status_code=204)


@router.post("/uploads/{upload_id}", status_code=204, include_in_schema=False)
async def go_on_otherwise(upload_id: UUID, request: Request, user: CallerDep) -> Response:
    """PATCH and DELETE for clients whose network lets neither pass."""
    meant = request.headers.get("x-http-method-override", "").upper()
    if meant == "PATCH":
        return await go_on(upload_id, request, user)
    if meant == "DELETE":
        return await give_up(upload_id, request, user)
    raise HTTPException(405, "send PATCH, or X-HTTP-Method-Override: PATCH")


async def _go_on(request: Request, hold: Hold, offset: int) -> dict[str, str]:
    """Take the body of a request; says where the upload stands then."""
    upload, files = hold.upload, files_of(request)
    hold.received = await _offset(request, upload)
    if hold.received != offset:
        here = {"Upload-Offset": str(hold.received)}
        raise HTTPException(409, f"{hold.received} bytes are here; send the rest", here)
    checksum = request.headers.get("upload-checksum")
    most = most_bytes(request) if upload.size is None else upload.size
    if (declared_length(request) or 0) > most - offset:
        raise too_large(request)
    # Of a request that died there may be parts after a gap, which nobody checked.
    await run_in_threadpool(files.drop_parts, str(upload.id), offset)
    incoming = Incoming(
        files,
        str(upload.id),
        upload.origin_name,
        most,
        offset,
        checksum=Checksum(checksum) if checksum is not None else None,
        watch=hold.check,
    )
    try:
        hold.received = await receive(incoming, chunks(request))
    except TooLarge:
        raise too_large(request) from None
    except NotRecording:
        await _forget(request, upload)
        raise
    finally:
        hold.received = incoming.at  # of a line that dropped too: people see how far it came
    if hold.received == upload.size:
        upload = await _finish(request, hold)
    return tus.state_headers(upload, hold.received)


async def _finish(request: Request, hold: Hold) -> Upload:
    """Make a call of an upload that is there whole; done twice, or by two, it is one call."""
    files, upload_id = files_of(request), hold.upload.id
    shortest_first = settings_of(request).shortest_first
    stored: StoredFile | None = None
    try:
        upload = await transact(request, lambda session: begin_finishing(session, upload_id))
        if upload.state != "done":
            stored = await run_in_threadpool(files.assemble, str(upload_id), upload.size)
            await run_in_threadpool(check_stored, files, stored, upload.origin_name)
            finish = partial(
                complete,
                files=files,
                upload_id=upload_id,
                stored=stored,
                shortest_first=shortest_first,
            )
            upload = await transact(request, lambda session: finish(session))
    except (StoreDown, StoreFull):
        raise  # it is tried again, by the client or by housekeeping
    except StoreError as error:
        await transact(request, lambda session: reopen(session, upload_id))
        await _drop_unused(request, stored)
        if isinstance(error, NotRecording):
            await _forget(request, hold.upload)
        raise
    with suppress(StoreError):  # they go with the upload's row
        await run_in_threadpool(files.drop_parts, str(upload_id))
    return upload


async def _drop_unused(request: Request, stored: StoredFile | None) -> None:
    if stored is not None:
        engine, files = request.app.state.engine, files_of(request)
        await run_in_threadpool(drop_unused, engine, files, [stored.key])


async def _offset(request: Request, upload: Upload) -> int:
    """How many bytes are there: what the store says, not the row."""
    if upload.state == "done":
        return upload.size or 0
    return await run_in_threadpool(files_of(request).received, str(upload.id))


async def _set_length(request: Request, hold: Hold) -> None:
    """Take down a length that was to be told later."""
    told, upload = tus.whole_number(request, "Upload-Length"), hold.upload
    if told is None or told == upload.size:
        return
    if upload.size is not None:
        raise HTTPException(400, f"Upload-Length: {upload.size} was said before")
    if told > most_bytes(request):
        raise too_large(request)
    if told < max(1, await _offset(request, upload)):
        raise HTTPException(400, "Upload-Length: more bytes than that are here")

    def keep(session: Session) -> Upload:
        row = session.get_one(Upload, upload.id)
        row.size = told
        return row

    hold.upload = await transact(request, keep)


async def _forget(request: Request, upload: Upload, user: User | None = None) -> None:
    """Delete the row first: parts without one are swept."""

    def forget(session: Session) -> None:
        forget_upload(session, upload.id)
        if user is not None:
            note(session, user, verb="give_up", noun="uploads", subject_id=str(upload.id))

    await transact(request, forget)
    with suppress(StoreError):
        await run_in_threadpool(files_of(request).drop_parts, str(upload.id))


def _take_key(request: Request, session: Session, said: str) -> None:
    """Have a repeated request answered as before."""
    if "idempotency-key" in request.headers:
        whole = f"{request.method} {request.url.path}\n{said}".encode()
        request.state.request_hash = hashlib.sha256(whole).hexdigest()
        once(request, session)


def _location(upload: Upload) -> dict[str, str]:
    return {"Location": f"/api/v1/uploads/{upload.id}"}
