"""Recordings in one request: many files as a form, one for a call that waits, one by URL."""

import asyncio
from threading import BoundedSemaphore
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from sqlmodel import Session
from starlette.exceptions import HTTPException

from api.call_views import CallGiven, new_call
from api.dependencies import files_of, settings_of
from api.intake.arrivals import MOST_FILES, Arrival, Form
from api.intake.fetching import TooMuch, fetch
from api.intake.forms import FormReader
from api.intake.streaming import (
    CallerDep,
    declared_length,
    most_bytes,
    stream_router,
    too_large,
    transact,
)
from api.intake.taking import FileResult, FileResults, answer, take_key
from api.intake.tus import media_type
from api.views import Given
from models.placing import Wanted, check_wanted
from models.rights import change_call

router = stream_router("recordings")
_FETCHES = BoundedSemaphore(8)
"""Fetches take a thread each, for as long as they last."""
AgainQuery = Annotated[bool, Query(description="Make a new call even of a file you have.")]
_BYTES = {"type": "string", "format": "binary"}
_FORM: dict[str, Any] = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {"type": "array", "items": _BYTES, "maxItems": MOST_FILES},
                    "call": {
                        "type": "string",
                        "description": "JSON, as `POST /calls` takes it; for all the files.",
                    },
                },
            }
        }
    }
}
_RAW: dict[str, Any] = {
    "content": {"application/octet-stream": {"schema": _BYTES}, **_FORM["content"]}
}


class UrlGiven(Given):
    """A recording that lies elsewhere."""

    url: str = Field(max_length=2000, examples=["https://recordings.example.com/call.mp3"])
    call: CallGiven = Field(default_factory=CallGiven)
    call_id: UUID | None = Field(default=None, description="The call that is to get it.")
    again: bool = Field(default=False, description="Make a new call even of a file you have.")


_RESULTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Calls that have these very files", "model": FileResults},
    207: {"description": "Some files were taken, some not", "model": FileResults},
}


@router.post(
    "/recordings",
    status_code=201,
    response_model=FileResults,
    responses=_RESULTS,
    openapi_extra={"requestBody": {**_FORM, "required": True}},
)
async def upload_recordings(
    request: Request, user: CallerDep, again: AgainQuery = False
) -> Response:
    """Add a call for each of up to 100 files; each is answered on its own."""
    reader = FormReader(request.headers.get("content-type", ""))
    await transact(request, lambda session: take_key(request, session))
    form = Form(request)
    try:
        await form.read(reader)
        wanted = Wanted(new_call(form.call), again=again)
        await transact(request, lambda session: check_wanted(session, user, wanted))
        return await answer(request, user, form.arrivals, wanted, is_list=True)
    finally:
        await asyncio.shield(form.drop())


@router.put(
    "/calls/{call_id}/recording",
    status_code=201,
    response_model=FileResult,
    responses={200: {"description": "The call has this very file", "model": FileResult}},
    openapi_extra={"requestBody": {**_RAW, "required": True}},
)
async def give_call_recording(
    call_id: UUID,
    request: Request,
    user: CallerDep,
    name: Annotated[str, Query(max_length=1000, description="The file's name.")] = "",
) -> Response:
    """Give a call its recording: the file itself as the body, or a form with one file."""
    await transact(request, lambda session: change_call(session, user, call_id))
    kind = request.headers.get("content-type", "")
    form = Form(request, most=1)
    try:
        if kind.lower().startswith("multipart/"):
            await form.read(FormReader(kind))
        else:
            _check_length(request)
            await form.read_raw(name, media_type(kind))
        wanted = Wanted(call_id=call_id)
        return await answer(request, user, form.arrivals, wanted, is_list=False)
    finally:
        await asyncio.shield(form.drop())


@router.post(
    "/recordings/by-url",
    status_code=201,
    response_model=FileResult,
    responses={200: {"description": "A call has this very file", "model": FileResult}},
)
async def fetch_recording(given: UrlGiven, request: Request, user: CallerDep) -> Response:
    """Add a call for a recording on one of the hosts that the settings list.

    It is fetched at once, within ten minutes; redirects are not followed.
    """
    said = given.model_dump_json().encode()
    wanted = Wanted(new_call(given.call), given.call_id, given.again)

    def begin(session: Session) -> None:
        take_key(request, session, said)
        check_wanted(session, user, wanted)

    await transact(request, begin)
    if not _FETCHES.acquire(blocking=False):
        raise HTTPException(503, "too many recordings are being fetched; try again in a minute")
    try:
        hosts, most = settings_of(request).url_hosts, most_bytes(request)
        fetched = await run_in_threadpool(fetch, files_of(request), given.url, hosts, most)
    except TooMuch:
        raise too_large(request) from None
    finally:
        _FETCHES.release()
    arrival = Arrival(fetched.name, media_type(fetched.media_type), stored=fetched.stored)
    return await answer(request, user, [arrival], wanted, is_list=False)


def _check_length(request: Request) -> None:
    """Raise 413 before a body is read that says that it is too large."""
    if (declared_length(request) or 0) > most_bytes(request):
        raise too_large(request)
