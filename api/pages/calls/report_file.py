"""The report of a call as a PDF, to print or to send."""

from uuid import UUID

from fastapi import Response

from api.call_paper import call_pdf
from api.dependencies import SessionDep
from api.edge import READ
from api.pages.frame import ReaderDep
from api.pages.routing import page_router
from models.reports import load_report
from models.rights import find_call

router = page_router("reports")


@router.get("/calls/{call_id}/report.pdf", tags=[READ], response_class=Response)
def read_report_pdf(call_id: UUID, reader: ReaderDep, session: SessionDep) -> Response:
    """The report in the reader's language; it leaves a line in the trail, as the others do."""
    call = find_call(session, reader.user, call_id)
    words = reader.words
    report = load_report(session, call.id)
    content = call_pdf(report, call.title, words.language, words.local(words.now))
    headers = {
        "Content-Disposition": 'inline; filename="call.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="application/pdf", headers=headers)
