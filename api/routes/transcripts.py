"""Transcripts in place of recordings: a call each, or the words of a call that is there."""

from collections.abc import Sequence
from contextlib import closing
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from analyzer import AnalyzerError
from api.call_views import new_call, view_of
from api.errors import status_of, told
from api.intake.streaming import CallerDep, stream_router, transact
from api.intake.taking import FileResult, keep_answer, take_key
from api.intake.transcript_form import MOST_FILES, Sheet, TranscriptForm
from models.calls import open_call
from models.errors import StoreError
from models.placing import Wanted, check_wanted
from models.rights import change_call
from models.tables import User
from models.trail import note
from models.transcripts import place_transcript, read_file

router = stream_router("transcripts")
NameQuery = Annotated[str, Query(max_length=1000, description="The file's name.")]
AgainQuery = Annotated[bool, Query(description="Make a new call even of a file you have.")]
ReplaceQuery = Annotated[
    bool, Query(description="In place of what was heard; corrections of that are taken back.")
]
_BYTES = {"type": "string", "format": "binary"}
_FORM: dict[str, Any] = {
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
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": _BYTES},
            "multipart/form-data": {"schema": _FORM},
        },
    }
}


class TranscriptResult(FileResult):
    """What became of one transcript."""

    notices: list[str] = Field(
        default_factory=list,
        description="What the file lacks: no_speakers, some_speakers, rough_times, mended_times.",
    )


class TranscriptResults(BaseModel):
    """What became of each file, in the order they came."""

    items: list[TranscriptResult]


_RESULTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Calls that were made of these very files", "model": TranscriptResults},
    207: {"description": "Some files were taken, some not", "model": TranscriptResults},
}


@router.post(
    "/transcripts",
    status_code=201,
    response_model=TranscriptResults,
    responses=_RESULTS,
    openapi_extra=_BODY,
)
async def upload_transcripts(
    request: Request, user: CallerDep, name: NameQuery = "", again: AgainQuery = False
) -> Response:
    """Add a call for each transcript: the file itself as the body, or a form with up to 100.

    WebVTT, SubRip, text and the JSON of common tools; the file is read and not kept. What it says
    of title, start and language is taken where `call` says nothing.
    """
    with closing(TranscriptForm()) as form:
        await form.read(request, name)
        wanted = Wanted(new_call(form.call), again=again)

        def place(session: Session) -> Response:
            take_key(request, session, form.digest.digest())
            check_wanted(session, user, wanted)
            one_by_one = _place if len(form.sheets) == 1 else _place_or_tell
            results = [one_by_one(session, user, one, wanted) for one in form.sheets]
            return _answer(request, session, results, is_list=True)

        return await transact(request, place)


@router.put(
    "/calls/{call_id}/transcript",
    status_code=201,
    response_model=TranscriptResult,
    responses={200: {"description": "The call has these very words", "model": TranscriptResult}},
    openapi_extra=_BODY,
)
async def give_call_transcript(
    call_id: UUID,
    request: Request,
    user: CallerDep,
    name: NameQuery = "",
    replace: ReplaceQuery = False,
) -> Response:
    """Give a call its words: a transcript as the body, or a form with one file.

    Title and start are taken from the file where nobody told them.
    """
    await transact(request, lambda session: change_call(session, user, call_id))
    with closing(TranscriptForm(most=1)) as form:
        await form.read(request, name)
        wanted = Wanted(call_id=call_id)

        def place(session: Session) -> Response:
            (sheet,) = form.sheets
            results = [_place(session, user, sheet, wanted, replaces=replace)]
            return _answer(request, session, results, is_list=False)

        return await transact(request, place)


def _place_or_tell(session: Session, user: User, sheet: Sheet, wanted: Wanted) -> TranscriptResult:
    """A file of several: what is wrong with it concerns it alone."""
    try:
        with session.begin_nested():
            return _place(session, user, sheet, wanted)
    except (AnalyzerError, StoreError) as error:
        status, said = status_of(error), " ".join(str(error).split())
        return TranscriptResult(name=sheet.name, status=status, problem=told(status, said))


def _place(
    session: Session, user: User, sheet: Sheet, wanted: Wanted, *, replaces: bool = False
) -> TranscriptResult:
    file = read_file(sheet.content(), sheet.name)
    placed = place_transcript(session, user, file, wanted, replaces=replaces)
    if placed.is_new:
        note(session, user, verb="upload_transcript", noun="calls", subject_id=str(placed.call.id))
    session.flush()
    return TranscriptResult(
        name=sheet.name,
        status=201 if placed.is_new else 200,
        call=view_of(open_call(session, placed.call)),
        same_as=None if placed.is_new else placed.call.id,
        notices=list(file.written.notices),
    )


def _answer(
    request: Request, session: Session, results: Sequence[TranscriptResult], *, is_list: bool
) -> Response:
    statuses = {one.status for one in results}
    status = statuses.pop() if len(statuses) == 1 else 207
    body = TranscriptResults(items=list(results)) if is_list else results[0]
    response = JSONResponse(body.model_dump(mode="json"), status)
    keep_answer(request, session, response)
    return response
