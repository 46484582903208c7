"""Imports of sales rows, for admins: CSV files as a form, or rows of one kind as JSON."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api.import_views import ImportView, OptionsDep, import_view
from api.intake.import_form import MOST_FILES, MOST_JSON_MB, ImportForm, read_rows
from api.intake.streaming import CallerDep, stream_router, transact
from api.intake.taking import keep_answer, take_key
from models.importing import SHAPES, ImportOptions, ImportReport, import_files, import_rows
from models.rights import require
from models.tables import User
from models.trail import note

router = stream_router("imports")
_BYTES = {"type": "string", "format": "binary"}
_FILES = {"type": "array", "items": _BYTES, "maxItems": MOST_FILES}
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": _FILES, **dict.fromkeys(SHAPES, _BYTES)},
                }
            }
        },
    }
}
_CELL = {"type": ["string", "number", "boolean", "null"]}
_ROWS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "items": {"type": "object", "additionalProperties": _CELL},
                },
                "example": [{"id": "acc_1", "name": "Saffron Clinics", "region": "France"}],
            }
        },
    }
}
KindPath = Annotated[
    str, Path(max_length=40, json_schema_extra={"enum": list(SHAPES)}, examples=["accounts"])
]


def _admin(user: CallerDep) -> User:
    require(user, "admin")
    return user


AdminCallerDep = Annotated[User, Depends(_admin)]


@router.post("/imports", response_model=ImportView, openapi_extra=_FORM)
async def import_sales(request: Request, user: AdminCallerDep, options: OptionsDep) -> Response:
    """Import CSV files in one transaction, in the order in which they need each other.

    What kind a file is, is told by its columns; or call the part by its kind instead of `files`.
    A line that cannot be used is refused and told, the others are kept, unless it is `strict`.
    """
    form = ImportForm()
    try:
        await form.read(request)

        def work(session: Session) -> tuple[ImportReport, ...]:
            return import_files(session, form.files, options)

        return await _run(request, user, options, form.digest.digest(), work)
    finally:
        await asyncio.to_thread(form.close)


@router.post(
    "/imports/rows/{kind}",
    response_model=ImportView,
    openapi_extra=_ROWS,
    description=f"Import rows of one kind, each an object with the columns of its CSV file; at "
    f"most {MOST_JSON_MB} MB at once. `null` empties a cell, what is left out stays.",
)
async def import_sales_rows(
    kind: KindPath, request: Request, user: AdminCallerDep, options: OptionsDep
) -> Response:
    """Import rows of one kind."""
    body, rows = await read_rows(request)

    def work(session: Session) -> tuple[ImportReport, ...]:
        return (import_rows(session, kind, rows, options),)

    return await _run(request, user, options, body, work)


async def _run(
    request: Request,
    user: User,
    options: ImportOptions,
    said: bytes,
    work: Callable[[Session], tuple[ImportReport, ...]],
) -> Response:
    """Import in one transaction; a request that came before gets its first answer."""

    def run(session: Session) -> Response:
        take_key(request, session, said)
        told = import_view(work(session), options)
        if told.is_kept:
            counts = {one.name: [one.new, one.changed, one.refused] for one in told.files}
            note(session, user, verb="import_sales", noun="imports", detail={"files": counts})
        response = JSONResponse(told.model_dump(mode="json"))
        keep_answer(request, session, response)
        return response

    return await transact(request, run)
