"""What was understood of a call, in every format."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from api.dependencies import SessionDep, UserDep
from api.edge import READ
from api.routing import signed_router
from models.report_files import render
from models.rights import find_call

router = signed_router("reports")
Format = Literal["json", "html", "md", "txt", "srt", "vtt", "hearing"]
_FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
            "text/markdown": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}},
            "text/vtt": {"schema": {"type": "string"}},
            "application/x-subrip": {"schema": {"type": "string"}},
        },
    }
}


@router.get("/calls/{call_id}/report", tags=[READ], responses=_FORMATS, response_class=Response)
def read_report(
    call_id: UUID,
    session: SessionDep,
    user: UserDep,
    format: Annotated[
        Format, Query(description="json: by the keys of the report contract.")
    ] = "json",
    language: Annotated[Literal["en", "fr"] | None, Query(description="The reader's.")] = None,
) -> Response:
    """The report: json, html, md; the transcript: txt, srt, vtt; what was heard: hearing."""
    find_call(session, user, call_id)
    media_type, text = render(session, call_id, format, language=language)
    # A report is a document of its own: opened in a browser it may run and fetch nothing.
    headers = {
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text.encode(errors="replace"), media_type=media_type, headers=headers)
