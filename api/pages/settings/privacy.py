"""Privacy: what is held about somebody, given to them or erased for good."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.dependencies import FilesDep, SessionDep, SettingsDep
from api.pages.frame import Reader
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep, CursorQuery, address
from api.pages.words import marked
from models.errors import BadInput, Conflict, Missing
from models.privacy.archive import archive_of_person, archive_of_user
from models.privacy.holdings import Held
from models.privacy.orders import (
    CallsOf,
    Kind,
    Wanted,
    held_of,
    list_erasures,
    order_erasure,
    retry_erasure,
)
from models.privacy.person import read_person, recognise
from models.rights import find_account, find_call
from models.tables import Account, Call, Erasure
from models.trail import note

router = page_router("privacy")
_HERE = "/settings/privacy"
_AT_ONCE = 20
KINDS = {"call": marked("A call"), "person": marked("A person"), "account": marked("A company")}
STATES = {
    "waiting": marked("Waiting"),
    "running": marked("Under way"),
    "done": marked("Done"),
    "failed": marked("Failed"),
}
COUNTS = {
    "calls": marked("Calls"),
    "recordings": marked("Recordings"),
    "utterances": marked("Things said on them"),
    "comments": marked("Comments on them"),
    "clips": marked("Clips of them"),
    "share_links": marked("Links to clips"),
    "crm_notes": marked("Notes written at CRMs"),
    "watched_files": marked("Files in watched folders, which stay there"),
    "accounts": marked("Companies"),
    "contacts": marked("Contacts"),
    "deals": marked("Deals"),
    "leads": marked("Leads"),
    "invitations": marked("Invitations"),
    "homonyms": marked("Others of the same name, who stay"),
}


class PrivacyForm(BaseModel):
    """Who or what is asked for, and what is to become of it."""

    kind: Kind = "person"
    email: str = Field(default="", max_length=320)
    name: str = Field(default="", max_length=200)
    id: UUID | None = None
    calls: CallsOf = "delete"
    recordings: bool = False
    crm_notes: bool = False
    with_recordings: bool = False

    def wanted(self) -> Wanted:
        """The same as the store reads it."""
        return Wanted(
            self.kind,
            self.email,
            self.name,
            self.id,
            self.calls,
            self.recordings,
            self.crm_notes,
        )


@dataclass(frozen=True, slots=True)
class PrivacyPage:
    """Who was asked for, what is held, and every erasure so far."""

    form: PrivacyForm
    erasures: list[Erasure]
    next_path: str
    first_path: str
    held: Held | None = None
    title: str = ""
    """Of the call or the company that is asked for."""
    problem: str = ""
    kinds: dict[str, str] = field(default_factory=lambda: KINDS)
    states: dict[str, str] = field(default_factory=lambda: STATES)
    names: dict[str, str] = field(default_factory=lambda: COUNTS)


FormDep = Annotated[PrivacyForm, Form()]


@router.get(_HERE)
def show_privacy(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    call: UUID | None = None,
    account: UUID | None = None,
    cursor: CursorQuery = None,
) -> Response:
    """The page; with what is held of a call or a company, if one is asked for."""
    form = PrivacyForm()
    if call:
        find_call(session, reader.user, call)
    elif account:
        find_account(session, reader.user, account)
    if call or account:
        form = PrivacyForm(kind="call" if call else "account", id=call or account)
    return _shown(request, reader, session, form, cursor=cursor)


@router.post(_HERE)
def search_here(
    request: Request, reader: AdminReaderDep, session: SessionDep, form: FormDep
) -> Response:
    """What is held about a person. A POST, so that no log of addresses names them."""
    return _shown(request, reader, session, form, is_asked=True)


@router.post(f"{_HERE}/export")
def export_here(
    request: Request, reader: AdminReaderDep, session: SessionDep, files: FilesDep, form: FormDep
) -> Response:
    """Everything held about a person, or a user, as one archive."""
    engine = request.app.state.engine
    try:
        if form.id is not None:
            chunks = archive_of_user(engine, files, session, form.id, form.with_recordings)
        else:
            person = recognise(session, read_person(form.email, form.name))
            chunks = archive_of_person(engine, files, session, person, form.with_recordings)
    except (BadInput, Conflict) as error:
        return _shown(request, reader, session, form, problem=str(error))
    return StreamingResponse(
        chunks,
        media_type="application/zip",
        headers={
            "content-disposition": 'attachment; filename="held-about-a-person.zip"',
            "cache-control": "private, no-store",
        },
    )


@router.post(f"{_HERE}/erase")
def erase_here(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: FormDep,
) -> Response:
    """Erase for good what was looked at before."""
    try:
        key = settings.signing_key()
        made = order_erasure(session, settings.seal(), key, form.wanted(), reader.user)
    except (BadInput, Conflict) as error:
        return _shown(request, reader, session, form, problem=str(error))
    request.state.made_id = made.id
    return go(request, _HERE, reader.words("It is being erased. How far it is stands below."))


@router.post(f"{_HERE}/erasures/{{erasure_id:uuid}}/retry")
def retry_here(
    erasure_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Go on with an erasure that failed."""
    retry_erasure(session, erasure_id)
    note(session, reader.user, verb="retry_erasure", noun="privacy", subject_id=str(erasure_id))
    return go(request, _HERE, reader.words("It goes on."))


@dataclass(frozen=True, slots=True)
class _Asked:
    """How the page is asked for."""

    cursor: str | None = None
    problem: str = ""
    is_asked: bool = False


def _shown(
    request: Request,
    reader: Reader,
    session: Session,
    form: PrivacyForm,
    **more: Any,
) -> Response:
    asked = _Asked(**more)
    problem = asked.problem
    held, title = None, ""
    if not problem and (asked.is_asked or form.id is not None):
        try:
            held, title = held_of(session, form.wanted()), _title(session, form)
        except (BadInput, Conflict, Missing) as error:
            problem = str(error)
    found = list_erasures(session, limit=_AT_ONCE, cursor=asked.cursor)
    following = address(_HERE, {"cursor": found.next}) if found.next else ""
    first = _HERE if asked.cursor else ""
    page = PrivacyPage(form, [*found.items], following, first, held, title, problem)
    response = show(request, reader, "settings_privacy.html", page, 422 if problem else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _title(session: Session, form: PrivacyForm) -> str:
    if form.kind == "call":
        return session.get_one(Call, form.id).title
    return session.get_one(Account, form.id).name if form.kind == "account" else ""
