"""A call at CRMs: which deal and why, what would be written, and writing it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from markupsafe import Markup
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.errors import BadReport
from api.crm.match_codec import KeptCandidate, candidates_of, why_of
from api.crm.matching import found_text, reason_text
from api.crm.note_words import crm_words
from api.crm.port import CrmTask
from api.crm_choosing import LONGEST, choose_deal
from api.crm_connecting import vendor_name
from api.crm_preview import FieldChange, Preview, preview_of
from api.dependencies import SessionDep, SettingsDep
from api.pages.crm_phrases import (
    PUSH_ICONS,
    PUSH_STATES,
    PUSH_TONES,
    explained,
    is_live,
    web_link,
)
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words
from api.settings import Settings
from models.crm.connections import find_connection
from models.crm.push_lists import CallPush, call_pushes
from models.crm.pushes import ask, push_of
from models.currencies import minor_units
from models.errors import BadInput, Missing
from models.rights import change_call, find_call, may_change
from models.tables import Call, CrmConnection, CrmPush

router = page_router("crm_pushes")
CRM = "/calls/{call_id:uuid}/crm"
_ONE = f"{CRM}/{{connection_id:uuid}}"


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """A deal that may be the call's."""

    id: str
    name: str
    link: str
    score: int
    is_fit: bool
    about: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PushPart:
    """A call at one connection; `error` is in the CRM's or our own English words.

    `typed` and `problem` are of a deal that somebody named and that is none.
    """

    connection_id: UUID
    name: str
    crm: str
    state: str
    tone: str
    icon: str
    told: str
    error: str
    deal: str
    deal_link: str
    is_chosen: bool
    why: str
    reasons: tuple[str, ...]
    others: tuple[CandidateLine, ...]
    note_link: str
    is_pushed: bool
    needs_choice: bool
    typed: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CrmPart:
    """A call at every connection; `is_live` while something is on its way."""

    call_id: UUID
    title: str
    may_change: bool
    is_ready: bool
    pushes: tuple[PushPart, ...]
    is_live: bool


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """All that would be written; `problem` is why nothing can be shown."""

    call_id: UUID
    title: str
    connection_id: UUID
    name: str
    crm: str
    deal: str
    may_change: bool
    note_title: str
    html: Markup
    text: str
    tasks: tuple[tuple[CrmTask, str], ...]
    fields: tuple[FieldChange, ...]
    fields_problem: str
    problem: str


@router.get(CRM)
def show_crm(request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep) -> Response:
    """The part alone, for who has no scripts and for scripts that look again."""
    call = find_call(session, reader.user, call_id)
    return show(request, reader, "call_crm.html", crm_part(session, reader, call))


@router.post(_ONE)
def push_here(
    request: Request, call_id: UUID, connection_id: UUID, reader: ReaderDep, session: SessionDep
) -> Response:
    """Have the call written there, whatever the rule says."""
    call = change_call(session, reader.user, call_id)
    ask(session, reader.user, call, connection_id)
    return go(
        request, _back(reader, call_id), _unless_part(reader, reader.words("It is on its way."))
    )


@router.post(f"{_ONE}/deal")
def choose_here(  # noqa: PLR0913, PLR0917 (what FastAPI fills in)
    request: Request,
    call_id: UUID,
    connection_id: UUID,
    reader: ReaderDep,
    session: SessionDep,
    deal: Annotated[str, Form(max_length=LONGEST)] = "",
    candidate: Annotated[str, Form(max_length=200)] = "",
    again: Annotated[bool, Form()] = False,
) -> Response:
    """Say which deal the call belongs to, by a candidate, an id or an address; or look again."""
    call = change_call(session, reader.user, call_id)
    typed = candidate or deal
    try:
        choose_deal(session, reader.user, call, connection_id, None if again else typed)
    except BadInput:
        part = crm_part(session, reader, call, {connection_id: typed})
        return show(request, reader, "call_crm.html", part, 422)
    return go(
        request, _back(reader, call_id), _unless_part(reader, reader.words("The deal is noted."))
    )


@router.get(f"{_ONE}/preview")
def show_preview(
    request: Request,
    call_id: UUID,
    connection_id: UUID,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """What would be written now; nothing is."""
    call = find_call(session, reader.user, call_id)
    connection = find_connection(session, connection_id)
    engine: Engine = request.app.state.engine
    page = _preview(session, engine, reader, settings, call, connection)
    return show(request, reader, "call_crm_preview.html", page)


def crm_part(
    session: Session, reader: Reader, call: Call, typed: dict[UUID, str] | None = None
) -> CrmPart:
    """A call at every connection; `typed` is what was named as its deal and is none."""
    found = call_pushes(session, call.id)
    return CrmPart(
        call_id=call.id,
        title=call.title,
        may_change=may_change(reader.user, call),
        is_ready=call.state == "ready",
        pushes=tuple(_part(reader.words, one, typed or {}) for one in found),
        is_live=any(one.push is not None and is_live(one.push, one.connection) for one in found),
    )


def _part(words: Words, one: CallPush, typed: dict[UUID, str]) -> PushPart:
    connection, push = one.connection, one.push
    named = typed.get(connection.id, "")
    problem = ""
    if connection.id in typed:
        problem = words("Give the number of the deal, or the address of its page in the CRM.")
    if push is None:
        return PushPart(
            connection_id=connection.id,
            name=connection.name,
            crm=vendor_name(connection.kind),
            state=words("Not pushed"),
            tone="",
            icon="absent",
            told=words("Nothing was written yet. Look at the note, then push it."),
            error="",
            deal="",
            deal_link="",
            is_chosen=False,
            why="",
            reasons=(),
            others=(),
            note_link="",
            is_pushed=False,
            needs_choice=False,
            typed=named,
            problem=problem,
        )
    return _begun(words, connection, push, named, problem)


def _begun(
    words: Words, connection: CrmConnection, push: CrmPush, typed: str, problem: str
) -> PushPart:
    t, why = crm_words(words.language), why_of(push)
    lines = [_candidate(words, one) for one in candidates_of(push)]
    taken = next((one for one in lines if one.id == push.deal_ref), None)
    is_chosen = push.chosen_by_id is not None
    told_why = "" if is_chosen or why is None else found_text(why, t)
    return PushPart(
        connection_id=connection.id,
        name=connection.name,
        crm=vendor_name(connection.kind),
        state=words(PUSH_STATES[push.state]),
        tone=PUSH_TONES.get(push.state, ""),
        icon=PUSH_ICONS[push.state],
        told=explained(words, push, connection),
        error=push.last_error or "",
        deal=push.deal_name or (push.deal_ref or ""),
        deal_link=web_link(push.deal_url),
        is_chosen=is_chosen,
        why=told_why,
        reasons=taken.reasons if taken and not is_chosen else (),
        others=tuple(one for one in lines if one is not taken),
        note_link=web_link(push.note_url),
        is_pushed=push.note_id is not None,
        needs_choice=push.state in {"asking", "unmatched"},
        typed=typed,
        problem=problem,
    )


def _candidate(words: Words, one: KeptCandidate) -> CandidateLine:
    t = crm_words(words.language)
    amount = ""
    if one.amount is not None and one.currency:
        amount = words.money(float(one.amount * minor_units(one.currency)), one.currency)
    about = " · ".join(filter(None, (one.company, one.stage, amount, one.owner)))
    reasons = tuple(reason_text(reason, t) for reason in one.reasons)
    return CandidateLine(one.id, one.name, web_link(one.url), one.score, one.is_fit, about, reasons)


def _preview(
    session: Session,
    engine: Engine,
    reader: Reader,
    settings: Settings,
    call: Call,
    connection: CrmConnection,
) -> PreviewPage:
    found: Preview | None = None
    problem = ""
    try:
        found = preview_of(session, engine, call, connection, settings)
    except (BadInput, BadReport, Missing) as error:
        problem = str(error)
    push = push_of(session, connection.id, call.id)
    html = found.note.html if found and found.note_format == "html" else ""
    words = reader.words
    return PreviewPage(
        call_id=call.id,
        title=call.title,
        connection_id=connection.id,
        name=connection.name,
        crm=vendor_name(connection.kind),
        deal=(push.deal_name or push.deal_ref or "") if push else "",
        may_change=may_change(reader.user, call),
        note_title=found.note.title if found else "",
        html=Markup(html),  # noqa: S704 (note_rendering writes six tags, all else escaped)
        text=found.note.text if found else "",
        tasks=tuple(
            (one, words.day(one.due_on) if one.due_on else "")
            for one in (found.tasks if found else ())
        ),
        fields=found.fields if found else (),
        fields_problem=(found.problem or "") if found else "",
        problem=problem,
    )


def _back(reader: Reader, call_id: UUID) -> str:
    """Where to go on: a script wants the part alone."""
    return f"/calls/{call_id}/crm" if reader.is_part else f"/calls/{call_id}#crm"


def _unless_part(reader: Reader, said: str) -> str:
    """What was done, where the part itself does not show it at once."""
    return "" if reader.is_part else said
