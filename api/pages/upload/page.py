"""Adding calls: the page, what is guessed of the files somebody chose, and what is on its way."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse

from analyzer.transcripts import ENDINGS
from api.call_views import new_call
from api.dependencies import SessionDep, SettingsDep
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.upload.deals import deal_called, find_deals
from api.pages.upload.facts import Facts, read_facts, typed_facts
from api.pages.upload.guessing import Brought, guess, people_of
from api.pages.upload.history import histories
from api.pages.upload.invitations import Invited, read_invitations
from api.pages.upload.shown import Fields, added_page, choices_for, fields_for, upload_page
from models import lifecycle
from models.errors import BadInput
from models.new_calls import clean_name
from models.placing import Wanted, check_wanted
from models.rights import change_call

router: APIRouter = page_router("calls")
FactsDep = Annotated[Facts, Depends(typed_facts)]
_MOST_ROWS = 100
_LONGEST_MS = 4_102_444_800_000
"""The year 2100, in milliseconds."""


@dataclass(frozen=True, slots=True)
class RowsPage:
    """The rows of files that were just chosen, in their order; of `invitations`, what was read."""

    rows: tuple[Fields, ...]
    invitations: tuple[int, ...]


@router.get("/upload")
def show_upload(
    request: Request, reader: ReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """Where calls are added."""
    return show(request, reader, "upload.html", upload_page(session, reader, settings))


@router.get("/upload/added")
def show_added(request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """What is on its way, alone."""
    return show(request, reader, "_upload_added.html", added_page(session, reader))


@router.get("/upload/deals")
def search_deals(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    deal: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """The deals that what is being typed may mean, as options of a list."""
    found = find_deals(session, reader.user, reader.words, deal)
    return show(request, reader, "_upload_deals.html", tuple(one.label for one in found))


@router.post("/upload/guess", tags=["quiet"])
def guess_rows(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    name: Annotated[list[str], Form(max_length=_MOST_ROWS)],
    changed: Annotated[list[int] | None, Form()] = None,
    invitation: Annotated[list[str] | None, Form(max_length=_MOST_ROWS)] = None,
) -> Response:
    """A row for each file by its name, with what its invitation and its deal tell."""
    files = _brought(name, changed or [])
    read = [_read(reader, one) for one in invitation or []]
    invited = [one for events in read for one in events]
    choices = choices_for(session, reader)
    guesses = guess(session, reader.user, reader.words, files, invited)
    rows = [
        replace(
            fields_for(session, reader, secrets.token_hex(4), guessed, choices),
            name=file.name,
            is_transcript=file.name.lower().endswith(ENDINGS),
        )
        for file, guessed in zip(files, guesses, strict=True)
    ]
    page = RowsPage(tuple(rows), tuple(len(events) for events in read))
    return show(request, reader, "_upload_rows.html", page)


@router.post("/upload/facts", tags=["quiet"])
def check_facts(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    facts: FactsDep,
    key: Annotated[str, Form(max_length=40, pattern="^[a-z0-9]+$")],
) -> Response:
    """What is typed in a row as the intake takes it, or the row with what is wrong."""
    told = read_facts(session, reader.user, reader.words, facts)
    if told.call is None:
        fields = Fields(key, facts, choices_for(session, reader), problems=told.problems)
        return show(request, reader, "_upload_fields_alone.html", fields, 422)
    check_wanted(session, reader.user, Wanted(new_call(told.call)))
    return JSONResponse({"call": told.call.model_dump_json(exclude_none=True)})


@router.post("/upload/people", tags=["quiet"])
def guess_people(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    facts: FactsDep,
    key: Annotated[str, Form(max_length=40, pattern="^[a-z0-9]+$")],
    guessed: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """A row whose deal was just chosen: its people, unless somebody wrote them."""
    whys: dict[str, str] = {}
    found = deal_called(session, reader.user, reader.words, facts.deal) if facts.deal else []
    if len(found) == 1:
        facts = replace(facts, deal=found[0].label)
        if _lines(facts.theirs) in ([], _lines(guessed)):
            past = histories(session, reader.user, {found[0].id: found[0]})
            people, why = people_of(reader.words, found[0], past.get(found[0].id))
            facts, whys = replace(facts, theirs=people), {"theirs": why} if why else {}
    fields = Fields(key, facts, choices_for(session, reader), whys)
    return show(request, reader, "_upload_fields_alone.html", fields)


@router.post("/upload/calls/{call_id}/cancel")
def cancel_here(
    request: Request, reader: ReaderDep, session: SessionDep, call_id: UUID
) -> Response:
    """Stop hearing a call; it can be tried again."""
    call = change_call(session, reader.user, call_id)
    lifecycle.cancel_call(session, call)
    said = reader.words("%(title)s was cancelled.", title=call.title)
    return go(request, "/upload", said=said, undo=f"/upload/calls/{call_id}/retry")


@router.post("/upload/calls/{call_id}/retry")
def retry_here(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    call_id: UUID,
) -> Response:
    """Try a failed or cancelled call again."""
    call = change_call(session, reader.user, call_id)
    lifecycle.retry(session, call, shortest_first=settings.shortest_first)
    return go(request, "/upload", said=reader.words("%(title)s is tried again.", title=call.title))


def _brought(names: Sequence[str], changed: Sequence[int]) -> list[Brought]:
    times = [*changed, *[0] * len(names)]
    return [Brought(clean_name(name), _at(at)) for name, at in zip(names, times, strict=False)]


def _at(milliseconds: int) -> datetime | None:
    if not 0 < milliseconds < _LONGEST_MS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _read(reader: Reader, text: str) -> tuple[Invited, ...]:
    try:
        return read_invitations(text, reader.words.zone)
    except BadInput:  # the script says which one it was
        return ()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
