"""From an error to what HTTP says of it: a problem document of RFC 9457, in one shape."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import DiskFull
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from analyzer import errors as heard
from models import errors as kept

_LOG = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one part of a request."""

    where: str = Field(examples=["body.started_at"])
    what: str = Field(examples=["Input should have timezone info"])


class Problem(BaseModel):
    """What went wrong, as RFC 9457 says it; `detail` says what to do next."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no such call that you may see"])
    errors: list[FieldProblem] | None = None


STATUS: Mapping[type[Exception], int] = {
    kept.Missing: 404,
    kept.Forbidden: 403,
    kept.Conflict: 409,
    kept.BadInput: 422,
    kept.NotRecording: 415,
    kept.BadImport: 422,
    kept.BadDatabase: 503,
    kept.StoreDown: 503,
    kept.StoreFull: 507,
    kept.Unreachable: 503,
    heard.BadRecording: 422,
    heard.BadCorrection: 422,
    heard.BadMeeting: 422,
    heard.BadPlaybook: 422,
    heard.BadReport: 409,
    heard.BadTranscript: 422,
    heard.EngineMissing: 503,
    heard.EngineFailed: 503,
    heard.OutOfRoom: 507,
}
"""A test sees that every error of the library and the store is here."""
Shown = Callable[[Request, Problem], Response]
Answering = Callable[[Request, Exception], Coroutine[Any, Any, Response]]
_API = "/api/"
_RETRY_AFTER_S = "5"
_OWN_TITLES = {460: "Checksum Mismatch"}
"""Of statuses that are not HTTP's own: 460 is tus'."""


def told(status: int, detail: str, errors: list[FieldProblem] | None = None) -> Problem:
    """What went wrong, in words."""
    title = _OWN_TITLES.get(status) or HTTPStatus(status).phrase
    return Problem(title=title, status=status, detail=detail, errors=errors)


def problem(
    status: int,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer to a request that went wrong."""
    retry = {"Retry-After": _RETRY_AFTER_S} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(
        told(status, detail, errors).model_dump(exclude_none=True),
        status,
        media_type=PROBLEM,
        headers={**retry, **(headers or {})},
    )


def install(app: FastAPI, shown: Shown) -> None:
    """Have every error of the app answered as a problem; `shown` makes a page of it for people."""
    answers: dict[type[Exception], Answering] = {
        HTTPException: _http,
        RequestValidationError: _invalid,
        heard.AnalyzerError: _told,
        kept.StoreError: _told,
        DBAPIError: _database,
        PoolTimeout: _busy,
        Exception: _unforeseen,
    }
    for kind, answer in answers.items():
        app.add_exception_handler(kind, _to_people(answer, shown))


def _to_people(answer: Answering, shown: Shown) -> Answering:
    async def answered(request: Request, error: Exception) -> Response:
        told_by_api = await answer(request, error)
        if request.url.path.startswith(_API):
            return told_by_api
        found = Problem.model_validate_json(bytes(told_by_api.body))
        return await run_in_threadpool(shown, request, found)

    return answered


def status_of(error: Exception) -> int:
    """The status for an error, by the nearest class of its that is listed."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


async def _told(_request: Request, error: Exception) -> JSONResponse:
    return problem(status_of(error), " ".join(str(error).split()))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for it alone)
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = [
        FieldProblem(where=".".join(str(part) for part in one["loc"]), what=one["msg"])
        for one in error.errors()
    ]
    first = f"{found[0].where}: {found[0].what}" if found else "the request cannot be read"
    return problem(422, first, errors=found)


async def _database(_request: Request, error: Exception) -> JSONResponse:
    """A rule of the database is the caller's; a lost connection is nobody's fault."""
    if isinstance(error, IntegrityError):
        return problem(409, f"this contradicts what is kept: {_rule(error)}")
    if isinstance(getattr(error, "orig", None), DiskFull):
        return problem(507, "the database has no room left; free some, then try again")
    if isinstance(error, OperationalError) or getattr(error, "connection_invalidated", False):
        return problem(503, "the database cannot be reached now; try again in some seconds")
    if isinstance(error, DataError):  # a value that PostgreSQL cannot hold, such as NUL in text
        return problem(422, "a value cannot be kept: it is too large or holds forbidden signs")
    _LOG.error("the database refused a statement", exc_info=error)
    return problem(500, "something went wrong here; it was logged")


async def _busy(_request: Request, _error: Exception) -> JSONResponse:
    return problem(503, "too many requests at once; try again in some seconds")


async def _unforeseen(_request: Request, error: Exception) -> JSONResponse:
    _LOG.error("a request failed", exc_info=error)
    return problem(500, "something went wrong here; it was logged")


def _rule(error: IntegrityError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or "a rule of the database"
