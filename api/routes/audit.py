"""The trail, for admins: who did what to which, and when."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field, StringConstraints

from analyzer.formats.rendering import harmless
from api.dependencies import DEFAULT_LIMIT, AdminDep, CursorQuery, LimitQuery, SessionDep
from api.edge import READ
from api.routing import signed_router
from api.views import Page, View
from models.audit import AuditFilters, all_entries, list_entries
from models.tables import AuditEntry

router = signed_router("audit")
_MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
_CONTENT = {kind: {"schema": {"type": "string"}} for kind in _MEDIA.values()}
_COLUMNS = ("id", "at", "actor_id", "actor", "verb", "noun", "subject_id", "detail")
Word = Annotated[str, StringConstraints(max_length=320, pattern=r"^[^\x00]*$")]


class AuditView(View):
    """A line of the trail."""

    id: int
    at: datetime
    actor_id: UUID | None
    actor: str = Field(description="The actor's e-mail then, or a program's name.")
    verb: str = Field(examples=["make_team"])
    noun: str = Field(examples=["teams"])
    subject_id: str | None
    detail: dict[str, Any]


def _filters(
    actor: Annotated[Word | None, Query(description="E-mail, id, or a program's name.")] = None,
    verb: Word | None = None,
    noun: Word | None = None,
    subject: Annotated[Word | None, Query(description="The id of what it was done to.")] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> AuditFilters:
    return AuditFilters(actor, verb, noun, subject, since, until)


FiltersDep = Annotated[AuditFilters, Depends(_filters)]


@router.get("/audit")
def list_audit(
    session: SessionDep,
    _admin: AdminDep,
    filters: FiltersDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[AuditView]:
    """The trail, the newest first."""
    found = list_entries(session, filters, limit=limit, cursor=cursor)
    return Page(items=[AuditView.model_validate(one) for one in found.items], next=found.next)


@router.get(
    "/audit/export",
    tags=[READ],
    response_class=StreamingResponse,
    responses={200: {"content": _CONTENT}},
)
def export_audit(
    request: Request,
    _admin: AdminDep,
    filters: FiltersDep,
    form: Annotated[Literal["csv", "jsonl"], Query(alias="format")] = "csv",
) -> StreamingResponse:
    """The whole trail as a file, the newest first; what a spreadsheet would run is quoted."""
    entries = all_entries(request.app.state.engine, filters)
    lines = _csv(entries) if form == "csv" else _jsonl(entries)
    name = f'attachment; filename="audit.{form}"'
    return StreamingResponse(
        lines,
        media_type=_MEDIA[form],
        headers={"content-disposition": name, "cache-control": "private, no-store"},
    )


def _csv(entries: Iterator[AuditEntry]) -> Iterator[str]:
    yield _row(_COLUMNS)
    for one in entries:
        shown = AuditView.model_validate(one).model_dump(mode="json")
        shown["detail"] = json.dumps(shown["detail"], ensure_ascii=False)
        yield _row([harmless(shown[name]) for name in _COLUMNS])


def _jsonl(entries: Iterator[AuditEntry]) -> Iterator[str]:
    for one in entries:
        yield AuditView.model_validate(one).model_dump_json() + "\n"


def _row(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
