"""What a CRM connection writes: the note's template with a preview, and fields of the deal."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from markupsafe import Markup
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.errors import BadReport
from api.crm.note_template import INLINE, LISTS, LONGEST, default_text, read_template
from api.crm.note_writing import write_note
from api.crm_connecting import deal_fields, vendor_name
from api.crm_notes import writing_of
from api.dependencies import SessionDep, SettingsDep
from api.pages.crm_phrases import VALUES
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.crm import HERE
from api.pages.settings.crm_rules import Choice
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import Words
from api.settings import Settings
from models.crm.connections import change_connection, find_connection
from models.crm.push_lists import last_heard
from models.errors import BadInput, Conflict, Missing, Unreachable
from models.tables import CrmConnection

router = page_router("crm_connections")
_NOTE = f"{HERE}/{{connection_id:uuid}}/note"
_FIELDS = f"{HERE}/{{connection_id:uuid}}/fields"
_CALLS = 10
_LIMIT = 60_000


class NoteForm(BaseModel):
    """A template as it was typed, and the call it is tried on."""

    template: str = Field(default="", max_length=2 * LONGEST)
    call_id: str = Field(default="", max_length=40)


@dataclass(frozen=True, slots=True)
class NotePage:
    """The template and what becomes of it; `preview` is HTML of a small safe set."""

    id: UUID
    name: str
    template: str
    is_own: bool
    inline: tuple[str, ...]
    lists: tuple[str, ...]
    calls: tuple[Choice, ...]
    title: str
    preview: Markup
    problem: str
    preview_problem: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """Something that may be written, and the fields it may be written to."""

    what: str
    name: str
    fields: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class FieldsPage:
    """What goes to fields of the deal; `problem` is why the fields are not known now."""

    id: UUID
    name: str
    crm: str
    rows: tuple[FieldRow, ...]
    problem: str


class FieldsForm(BaseModel):
    """The field for each value, empty for none."""

    next_step: str = Field(default="", max_length=100)
    next_step_date: str = Field(default="", max_length=100)
    competitor: str = Field(default="", max_length=100)
    objection: str = Field(default="", max_length=100)
    summary: str = Field(default="", max_length=100)


@router.get(_NOTE)
def show_note(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """The template of a connection's notes, on the last call."""
    connection = find_connection(session, connection_id)
    page = _note_page(session, reader.words, settings, connection, None)
    return show(request, reader, "settings_crm_note.html", page)


@router.post(f"{_NOTE}/preview")
def preview_note(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[NoteForm, Form()],
) -> Response:
    """What a template makes of a call; nothing is kept."""
    connection = find_connection(session, connection_id)
    page = _note_page(session, reader.words, settings, connection, form)
    return show(request, reader, "settings_crm_note.html", page)


@router.post(_NOTE)
def change_note(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[NoteForm, Form()],
) -> Response:
    """Keep a template; an empty one, or ours, is the one that comes with Talktrack."""
    connection = find_connection(session, connection_id)
    page = _note_page(session, reader.words, settings, connection, form)
    if page.problem:
        return show(request, reader, "settings_crm_note.html", page, 422)
    template = page.template if page.is_own else None
    change_connection(session, reader.user, connection_id, {"template": template})
    said = reader.words(
        "The note is changed. What is pushed already follows when its call changes."
    )
    return go(request, f"{HERE}/{connection_id}/note", said)


@router.get(_FIELDS)
def show_fields(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """Which fields of the deal are written, with those its CRM has."""
    connection = find_connection(session, connection_id)
    page = _fields_page(request.app.state.engine, reader.words, settings, connection)
    return show(request, reader, "settings_crm_fields.html", page)


@router.post(_FIELDS)
def change_fields(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    form: Annotated[FieldsForm, Form()],
) -> Response:
    """Change which fields are written. Raises BadInput for a field with two values."""
    chosen = {what: getattr(form, what) for what in VALUES}
    mapping = {name: what for what, name in chosen.items() if name}
    if len(mapping) < sum(1 for name in chosen.values() if name):
        raise BadInput(reader.words("Two values go to the same field; choose another for one."))
    change_connection(session, reader.user, connection_id, {"fields": mapping})
    said = reader.words("From the next push on these fields are written.")
    return go(request, f"{HERE}/{connection_id}/fields", said)


def _note_page(
    session: Session,
    words: Words,
    settings: Settings,
    connection: CrmConnection,
    form: NoteForm | None,
) -> NotePage:
    ours = default_text(connection.language or words.language)
    typed = (connection.template or ours) if form is None else form.template.replace("\r\n", "\n")
    template = typed if typed.strip() else ours
    calls = last_heard(session, limit=_CALLS)
    tried = next((one for one in calls if form and str(one.id) == form.call_id), None)
    tried = tried or next(iter(calls), None)
    problem, why_not, title, preview = "", "", "", Markup()
    try:
        read = read_template(template)
        if tried is not None:
            writing = writing_of(session, tried, connection, settings)
            is_own = template.strip() != ours.strip()
            used, language = read if is_own else None, connection.language
            note = write_note(writing.report, writing.told, used, language, _LIMIT)
            title, preview = note.title, Markup(note.html)  # noqa: S704 (of a safe set, see there)
    except BadInput as error:
        problem = str(error)
    except (Missing, BadReport) as error:
        why_not = str(error)
    return NotePage(
        id=connection.id,
        name=connection.name,
        template=template,
        is_own=template.strip() != ours.strip(),
        inline=INLINE,
        lists=LISTS,
        calls=tuple(
            Choice(str(one.id), f"{one.title}, {words.day(one.started_at)}", one is tried)
            for one in calls
        ),
        title=title,
        preview=preview,
        problem=problem,
        preview_problem=why_not,
    )


def _fields_page(
    engine: Engine, words: Words, settings: Settings, connection: CrmConnection
) -> FieldsPage:
    problem = ""
    named = {name: name for name in connection.fields}
    try:
        found = deal_fields(engine, connection, settings)
        named |= {one.name: one.label for one in found}
    except (Conflict, Unreachable, BadInput) as error:
        problem = str(error)
    held = {what: name for name, what in connection.fields.items()}
    rows = tuple(
        FieldRow(what, words(title), _to_choose(words, named, held.get(what, "")))
        for what, title in VALUES.items()
    )
    return FieldsPage(connection.id, connection.name, vendor_name(connection.kind), rows, problem)


def _to_choose(words: Words, named: dict[str, str], chosen: str) -> tuple[Choice, ...]:
    listed = sorted(named.items(), key=lambda one: one[1].casefold())
    return (
        Choice("", words("not written"), not chosen),
        *(Choice(name, label, name == chosen) for name, label in listed),
    )
