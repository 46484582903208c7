"""A playbook as a file: to read, to write, to take away and to bring back."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import File, Form, Request, Response, UploadFile

from api.dependencies import SessionDep
from api.pages.frame import ReaderDep
from api.pages.playbooks.mistakes import Told, mistakes
from api.pages.playbooks.shown import Book, book_of
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words
from models.errors import Conflict
from models.playbooks import change_playbook, change_text, find_playbook, standard_text

router = page_router("playbooks")
_LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class FilePage:
    """The text with what is wrong in it, each with its line."""

    book: Book
    text: str
    lines: int
    mistakes: tuple[Told, ...]


@router.get("/playbooks/{playbook_id}/file")
def show_file(
    request: Request, reader: ReaderDep, session: SessionDep, playbook_id: UUID
) -> Response:
    """The text of a version."""
    row = find_playbook(session, reader.user, playbook_id)
    page = FilePage(book_of(session, reader, row, "file"), row.text, row.text.count("\n") + 1, ())
    return show(request, reader, "playbook_file.html", page)


@router.post("/playbooks/{playbook_id}/file")
def keep_file(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    playbook_id: UUID,
    text: Annotated[str, Form(max_length=_LONGEST)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep a text, typed or brought as a file, as the next version; or tell what is wrong."""
    row, words = change_playbook(session, reader.user, playbook_id), reader.words
    given, wrong = text.replace("\r\n", "\n"), ""
    if file is not None and file.filename:
        given, wrong = _brought(words, file.file.read(_LONGEST + 1))
    found = (Told(None, "", wrong),) if wrong else mistakes(words, given)
    status = 422
    if not found:
        try:
            made = change_text(session, reader.user, row, given)
        except Conflict:
            told = words("Somebody kept a newer version meanwhile. Copy what you typed first.")
            found, status = (Told(None, "", told),), 409
        else:
            request.state.made_id = made.id
            said = words("Kept as version %(version)s.", version=made.version)
            return go(request, f"/playbooks/{made.id}/file", said, f"/playbooks/{row.id}/restore")
    book = book_of(session, reader, row, "file")
    page = FilePage(book, given, given.count("\n") + 1, found)
    return show(request, reader, "playbook_file.html", page, status)


def _brought(words: Words, raw: bytes) -> tuple[str, str]:
    """The text of a file, and what is wrong with it as a whole."""
    if len(raw) > _LONGEST:
        return "", words("This file is too large for a playbook.")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return "", words("This file is not UTF-8 text; save it as UTF-8.")
    return (
        (text, "") if "\0" not in text else ("", words("This file holds signs that are no text."))
    )


@router.get("/playbooks/{playbook_id}/download")
def download_file(reader: ReaderDep, session: SessionDep, playbook_id: UUID) -> Response:
    """The text of a version, as a file."""
    row = find_playbook(session, reader.user, playbook_id)
    return _attached(row.text, f"{row.name} {row.version}.toml")


@router.get("/playbooks/standard.toml")
def download_standard(_reader: ReaderDep) -> Response:
    """What every playbook is laid over, as a file."""
    return _attached(standard_text(), "standard.toml")


def _attached(text: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, media_type="application/toml", headers=headers)
