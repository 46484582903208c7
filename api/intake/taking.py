"""Files that came in one request get their calls: in one transaction, each answered on its own."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.exceptions import HTTPException

from api.call_views import CallView, view_of
from api.dependencies import files_of, settings_of
from api.edge import once
from api.errors import Problem, status_of, told
from api.intake.arrivals import Arrival
from api.intake.streaming import transact
from models.calls import open_call
from models.errors import BadInput, StoreError
from models.forgetting import drop_unused, hold_file
from models.idempotency import Answer, remember
from models.new_calls import File
from models.placing import Wanted, place
from models.tables import User
from models.trail import note


class FileResult(BaseModel):
    """What became of one file."""

    name: str = Field(description="What the file was called.", examples=["call.wav"])
    status: int = Field(
        description="201: a new call. 200: a call that has this very file.", examples=[201]
    )
    call: CallView | None = None
    same_as: UUID | None = Field(default=None, description="The call that had it already.")
    problem: Problem | None = None


class FileResults(BaseModel):
    """What became of each file, in the order they came."""

    items: list[FileResult]


def take_key(request: Request, session: Session, said: bytes = b"") -> None:
    """Have a repeated request answered as before."""
    if "idempotency-key" in request.headers:
        whole = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + said
        request.state.request_hash = hashlib.sha256(whole).hexdigest()
        once(request, session)


async def answer(
    request: Request, user: User, arrivals: Sequence[Arrival], wanted: Wanted, *, is_list: bool
) -> Response:
    """Give every file its call, in one transaction, and tell what became of each.

    A single file that cannot be taken is a problem of the request.
    """
    is_kept = False
    try:
        for one in arrivals:
            await one.assemble(request)
        response = await transact(
            request, lambda session: _place_all(request, session, user, arrivals, wanted, is_list)
        )
        is_kept = True
        return response
    finally:
        keys = [one.stored.key for one in arrivals if one.stored and not (is_kept and one.call_id)]
        with suppress(SQLAlchemyError, StoreError):
            engine, files = request.app.state.engine, files_of(request)
            await run_in_threadpool(drop_unused, engine, files, keys)


def _place_all(
    request: Request,
    session: Session,
    user: User,
    arrivals: Sequence[Arrival],
    wanted: Wanted,
    is_list: bool,
) -> Response:
    if hasattr(request.state, "request_hash"):
        once(request, session)
    for key in sorted({one.stored.key for one in arrivals if one.stored}):
        hold_file(session, key)  # in one order, so that no two requests wait for each other
    results = [_place_one(request, session, user, one, wanted) for one in arrivals]
    if len(arrivals) == 1 and arrivals[0].error is not None:
        raise arrivals[0].error
    statuses = {one.status for one in results}
    status = statuses.pop() if statuses in ({200}, {201}) else 207
    body = FileResults(items=results) if is_list else results[0]
    response = JSONResponse(body.model_dump(mode="json"), status)
    if not is_list and results[0].same_as:
        response.headers["X-Same-As"] = str(results[0].same_as)
    keep_answer(request, session, response)
    return response


def keep_answer(request: Request, session: Session, response: Response) -> None:
    """Keep what is answered under the request's key, in the transaction of what it tells."""
    key = getattr(request.state, "idempotency_key", None)
    if key is not None:
        kept = {name: value for name, value in response.headers.items() if name != "content-length"}
        remember(session, key, Answer(response.status_code, kept, bytes(response.body).decode()))


def _place_one(
    request: Request, session: Session, user: User, arrival: Arrival, wanted: Wanted
) -> FileResult:
    if arrival.error is None:
        try:
            with session.begin_nested():
                return _place(request, session, user, arrival, wanted)
        except StoreError as error:
            arrival.error = error
    status, said = _said(arrival.error)
    return FileResult(name=arrival.name, status=status, problem=told(status, said))


def _place(
    request: Request, session: Session, user: User, arrival: Arrival, wanted: Wanted
) -> FileResult:
    """Give one file its call. Raises what `models.placing.place` does."""
    if arrival.stored is None:
        raise BadInput(f"{arrival.name} is empty; send the recording itself")
    file = File(arrival.stored, arrival.name, arrival.media_type)
    shortest_first = settings_of(request).shortest_first
    placed = place(session, files_of(request), user, file, wanted, shortest_first=shortest_first)
    if placed.is_new:
        note(session, user, verb="upload", noun="calls", subject_id=str(placed.call.id))
    session.flush()
    arrival.call_id = placed.call.id
    return FileResult(
        name=arrival.name,
        status=201 if placed.is_new else 200,
        call=view_of(open_call(session, placed.call)),
        same_as=None if placed.is_new else placed.call.id,
    )


def _said(error: StoreError | HTTPException) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    return status_of(error), " ".join(str(error).split())
