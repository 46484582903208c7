"""Files taken by forms alone, without scripts: many at once, one by URL; and what was broken off.

Bodies are read as they come, so no transaction is open meanwhile: each step has its own.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from threading import BoundedSemaphore
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session
from starlette.exceptions import HTTPException

from analyzer import AnalyzerError
from api.call_views import CallGiven, new_call
from api.dependencies import files_of, settings_of
from api.intake.arrivals import Arrival
from api.intake.fetching import TooMuch, fetch
from api.intake.holding import Hold
from api.intake.streaming import (
    CallerDep,
    StreamRoute,
    caller,
    most_bytes,
    too_large,
    transact,
)
from api.intake.taking import FileResults, answer
from api.intake.tus import media_type
from api.pages.frame import Reader, signed_frame
from api.pages.rendering import go, show
from api.pages.upload.facts import Facts, Told, facts_from, read_facts
from api.pages.upload.form import FilesForm, Text
from api.pages.upload.guessing import Brought, Guess, guess
from api.pages.upload.invitations import Invited, read_invitations
from api.pages.upload.shown import Failed, Fields, choices_for, upload_page
from models.errors import BadInput, StoreError
from models.placing import Wanted, check_wanted
from models.trail import note
from models.transcripts import place_transcript, read_file
from models.uploads import forget_upload

router = APIRouter(
    tags=["calls"],
    route_class=StreamRoute,
    dependencies=[Depends(caller)],
    include_in_schema=False,
)
_FETCHES = BoundedSemaphore(4)
"""Fetches take a thread each, for as long as they last."""
_REFUSED = (StoreError, AnalyzerError, HTTPException)


@router.post("/upload")
async def add_files(request: Request, _user: CallerDep) -> Response:
    """Add a call for each file of a form, with the same facts and its own title and time."""
    reader = await _reader(request)
    form = FilesForm(request)
    try:
        await form.read()
        facts = facts_from(form.fields)
        told = await transact(request, lambda session: _told(session, reader, facts))
        if not form.files:
            told.problems["files"] = reader.words("Choose at least one recording or transcript.")
        if told.call is None or told.problems:
            return await _again(request, reader, facts, told, ())
        return await _take(request, reader, form, facts, told.call)
    finally:
        await asyncio.shield(form.drop())


@router.post("/upload/by-url")
async def add_by_url(request: Request, _user: CallerDep) -> Response:
    """Fetch a recording from one of the hosts that the settings list."""
    reader = await _reader(request)
    form = FilesForm(request)
    await form.read()
    facts, url = facts_from(form.fields), form.fields.get("url", "").strip()[:2000]
    told = await transact(request, lambda session: _told(session, reader, facts))
    if told.call is None:
        return await _again(request, reader, facts, told, (), url)
    try:
        arrival = await _fetched(request, url)
        found = await _answered(request, reader, arrival, Wanted(new_call(told.call)))
    except _REFUSED as error:
        return await _again(request, reader, facts, told, (Failed(url, _why(error)),), url)
    return _done(request, reader, [found])


@router.post("/upload/left/{upload_id}/give-up")
async def give_up(request: Request, user: CallerDep, upload_id: UUID) -> Response:
    """Let go of an upload that was broken off, with what came of it."""
    reader = await _reader(request)

    def forget(session: Session) -> None:
        forget_upload(session, upload_id)
        note(session, user, verb="give_up", noun="uploads", subject_id=str(upload_id))

    async with await Hold.take(request, user, upload_id) as hold:
        name = hold.upload.origin_name
        await transact(request, forget)
        with suppress(StoreError):  # parts without a row are swept
            await run_in_threadpool(files_of(request).drop_parts, str(upload_id))
    return go(request, "/upload", said=reader.words("%(name)s was given up.", name=name))


async def _reader(request: Request) -> Reader:
    settings = settings_of(request)
    return await transact(request, lambda session: signed_frame(request, session, settings))


def _told(session: Session, reader: Reader, facts: Facts) -> Told:
    told = read_facts(session, reader.user, reader.words, facts)
    if told.call is not None:
        check_wanted(session, reader.user, Wanted(new_call(told.call)))
    return told


async def _take(
    request: Request, reader: Reader, form: FilesForm, facts: Facts, call: CallGiven
) -> Response:
    """Give every file its call; what is wrong with one concerns it alone."""
    guesses = await transact(request, lambda session: _guesses(session, reader, form))
    found: list[tuple[UUID, bool]] = []
    failed: list[Failed] = []
    for one, guessed in zip(form.files, guesses, strict=True):
        wanted = Wanted(new_call(_own(reader, call, guessed)))
        try:
            found.append(await _answered(request, reader, one, wanted))
        except _REFUSED as error:
            failed.append(Failed(one.name, _why(error)))
    if failed:
        return await _again(request, reader, facts, Told(call), tuple(failed))
    return _done(request, reader, found)


def _guesses(session: Session, reader: Reader, form: FilesForm) -> list[Guess]:
    invited: list[Invited] = []
    for text in form.calendars:
        with suppress(BadInput):
            invited += read_invitations(text, reader.words.zone)
    brought = [Brought(one.name) for one in form.files]
    return guess(session, reader.user, reader.words, brought, invited)


def _own(reader: Reader, call: CallGiven, guessed: Guess) -> CallGiven:
    """What was told of all files, and of one what its name and its invitation add."""
    added: dict[str, object] = {}
    if call.title is None and guessed.facts.title:
        added["title"] = guessed.facts.title
    if call.started_at is None and guessed.facts.started:
        at = datetime.fromisoformat(guessed.facts.started)
        added["started_at"] = at.replace(tzinfo=reader.words.zone)
    return call.model_copy(update=added)


async def _answered(
    request: Request, reader: Reader, file: Arrival | Text, wanted: Wanted
) -> tuple[UUID, bool]:
    """The call of one file, and whether it is new. Raises what is wrong with the file."""
    if isinstance(file, Arrival):
        said = await answer(request, reader.user, [file], wanted, is_list=True)
        result = FileResults.model_validate_json(bytes(said.body)).items[0]
        assert result.call is not None  # noqa: S101 (a single file that fails is raised)
        call_id, is_new = result.call.id, result.same_as is None
    else:
        content, name = bytes(file.content), file.name

        def place(session: Session) -> tuple[UUID, bool]:
            placed = place_transcript(session, reader.user, read_file(content, name), wanted)
            return placed.call.id, placed.is_new

        call_id, is_new = await transact(request, place)
    return call_id, is_new


async def _fetched(request: Request, url: str) -> Arrival:
    if not _FETCHES.acquire(blocking=False):
        raise HTTPException(503, "too many recordings are being fetched; try again in a minute")
    try:
        hosts, most = settings_of(request).url_hosts, most_bytes(request)
        fetched = await run_in_threadpool(fetch, files_of(request), url, hosts, most)
    except TooMuch:
        raise too_large(request) from None
    finally:
        _FETCHES.release()
    return Arrival(fetched.name, media_type(fetched.media_type), stored=fetched.stored)


async def _again(
    request: Request,
    reader: Reader,
    facts: Facts,
    told: Told,
    failed: tuple[Failed, ...],
    url: str = "",
) -> Response:
    """The page once more, with what was typed and what became of it."""

    def make(session: Session) -> Response:
        choices = choices_for(session, reader)
        fields = Fields("all", facts, choices, problems=told.problems)
        settings = settings_of(request)
        page = upload_page(session, reader, settings, typed=fields, url=url, failed=failed)
        return show(request, reader, "upload.html", page, 422)

    return await transact(request, make)


def _done(request: Request, reader: Reader, found: Sequence[tuple[UUID, bool]]) -> Response:
    """On to the list; to the call itself when its only file was there before."""
    words, known = reader.words, [call_id for call_id, is_new in found if not is_new]
    if len(found) == 1 and known:
        return go(request, f"/calls/{known[0]}", words("This file was there already: this call."))
    new = len(found) - len(known)
    said = words.plural("One call was added.", "%(count)s calls were added.", new) if new else ""
    if known:
        was = words.plural(
            "One file was there already.", "%(count)s files were there already.", len(known)
        )
        said = f"{said} {was}".strip()
    return go(request, "/upload", said=said)


def _why(error: Exception) -> str:
    detail = error.detail if isinstance(error, HTTPException) else error
    return " ".join(str(detail).split())
