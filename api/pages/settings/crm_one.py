"""One CRM connection: how it stands, whom it speaks for, and what may be done with it."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request, Response
from sqlalchemy import Engine
from sqlmodel import Session

from api.crm.credentials import Credentials
from api.crm.errors import CrmError
from api.crm.matching import found_text, reason_text
from api.crm.note_words import crm_words
from api.crm.vendors import vendor_of
from api.crm_access import open_connection
from api.crm_connecting import (
    PATIENCE_S,
    check_connection,
    sound_secrets,
    vendor_name,
    way_of,
)
from api.dependencies import SessionDep, SettingsDep
from api.finding_deals import find_match, hint_of
from api.pages.crm_phrases import web_link
from api.pages.frame import Reader
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.crm import HERE, ConnectionLine, beside, connection_line
from api.pages.settings.crm_forms import ConnectionForm, Typing, secret_fields
from api.pages.settings.crm_rules import RuleForm, RulePart, rule_part, rule_values
from api.pages.settings.crm_sign_in import callback_url, renewed_secrets
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import Words
from api.settings import Settings
from models.crm.connections import (
    change_connection,
    delete_connection,
    find_connection,
    switch,
)
from models.crm.push_lists import last_heard
from models.crm.pushes import wake
from models.errors import BadInput, Conflict
from models.queue import defer
from models.tables import CrmConnection, User

router = page_router("crm_connections")
ONE = f"{HERE}/{{connection_id:uuid}}"
_CALLS = 5


@dataclass(frozen=True, slots=True)
class AccountShown:
    """Whom a connection speaks for; lines of the CRM's own are in English."""

    name: str
    user: str
    scopes: tuple[str, ...]
    lacks: tuple[str, ...]
    limits: tuple[str, ...]
    version: str
    link: str
    checked: str


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """A connection with all that may be done with it; `problem` is why new access was refused."""

    line: ConnectionLine
    is_off: bool
    is_web: bool
    needs_sign_in: bool
    error: str
    sync_error: str
    account: AccountShown | None
    rule: RulePart
    secrets: tuple[Typing, ...]
    redirect_url: str
    is_ready: bool
    problem: str = ""
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guess:
    """The deal that would be found for a call, and why."""

    call_id: UUID
    title: str
    when: str
    deal: str
    link: str
    why: str
    reasons: tuple[str, ...]
    others: str


@dataclass(frozen=True, slots=True)
class GuessesPage:
    """What would be found for the last calls; `problem` is what the CRM said instead."""

    id: UUID
    name: str
    crm: str
    guesses: tuple[Guess, ...]
    problem: str = ""


@router.get(ONE)
def show_connection(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """One connection."""
    connection = find_connection(session, connection_id)
    page = connection_page(request, session, reader.words, settings, connection)
    return show(request, reader, "settings_crm_one.html", page)


@router.post(ONE)
def change_rule(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[RuleForm, Form()],
) -> Response:
    """Change what a connection does."""
    words, problems = reader.words, dict[str, str]()
    if not form.name.strip():
        problems = {"name": words("Give it a name to tell it by.")}
    try:
        values = rule_values(form)
        if not problems:
            with session.begin_nested():
                change_connection(session, reader.user, connection_id, values)
    except (BadInput, Conflict) as error:
        problems = beside(reader.words.reason(str(error)))
    if problems:
        found = find_connection(session, connection_id)
        page = connection_page(
            request, session, words, settings, found, form=form, problems=problems
        )
        return show(request, reader, "settings_crm_one.html", page, 422)
    return go(request, f"{HERE}/{connection_id}", words("The connection is changed."))


@router.get(f"{ONE}/deals")
def show_guesses(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """Look for the deals of the last calls; nothing is written, here or there."""
    connection = find_connection(session, connection_id)
    engine: Engine = request.app.state.engine
    name, crm = connection.name, vendor_name(connection.kind)
    guesses: tuple[Guess, ...] = ()
    problem = ""
    try:
        guesses = _guesses(session, engine, reader.words, settings, connection)
    except (CrmError, BadInput) as error:
        problem = str(error)
    page = GuessesPage(connection_id, name, crm, guesses, problem)
    return show(request, reader, "settings_crm_deals.html", page)


@router.post(f"{ONE}/test")
def try_connection(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """Ask the CRM who we are."""
    connection = find_connection(session, connection_id)
    checked = check_connection(session, request.app.state.engine, connection, settings)
    words = reader.words
    said = words("All is well.") if checked.account else words("It did not work; see below.")
    return go(request, f"{HERE}/{connection_id}", said)


@router.post(f"{ONE}/sync")
def sync_now(
    connection_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Have its deals read now."""
    connection = find_connection(session, connection_id)
    if connection.state == "off":
        raise Conflict("the connection is off; switch it on first")
    defer(session, "sync_crm", connection_id=str(connection_id))
    said = reader.words("Its deals are being read; look again in a minute.")
    return go(request, f"{HERE}/{connection_id}", said)


@router.post(f"{ONE}/switch")
def switch_connection(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    is_on: Annotated[bool, Form()] = False,
) -> Response:
    """Let a connection rest, or work again; what waits goes on then."""
    connection = find_connection(session, connection_id, lock=True)
    if is_on != (connection.state != "off"):
        switch(session, reader.user, connection, is_on=is_on)
    if is_on:
        wake(session, connection_id)
    words = reader.words
    said = words("It works again.") if is_on else words("It rests: nothing is pushed or read.")
    return go(request, f"{HERE}/{connection_id}", said)


@router.post(f"{ONE}/secrets")
def renew_secrets(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[ConnectionForm, Form()],
) -> Response:
    """Connect again with what is typed; kept only if the CRM takes it."""
    connection = find_connection(session, connection_id, lock=True)
    problem, problems = "", dict[str, str]()
    try:
        problem = _renewed(session, reader, settings, connection, form)
    except BadInput as error:
        problems = beside(reader.words.reason(str(error)))
    if problem or problems:
        page = connection_page(
            request,
            session,
            reader.words,
            settings,
            connection,
            problem=problem,
            problems=problems,
        )
        return show(request, reader, "settings_crm_one.html", page, 422)
    return go(request, f"{HERE}/{connection_id}", reader.words("Its access is renewed."))


@router.post(f"{ONE}/delete")
def remove_connection(
    connection_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Forget a connection with its secrets and pushes; copied deals stay."""
    name = find_connection(session, connection_id).name
    delete_connection(session, reader.user, connection_id)
    return go(request, HERE, reader.words("%(name)s was deleted.", name=name))


def connection_page(
    request: Request,
    session: Session,
    words: Words,
    settings: Settings,
    connection: CrmConnection,
    *,
    form: RuleForm | None = None,
    **more: Any,
) -> ConnectionPage:
    """The page as things are."""
    way = way_of(connection)
    is_web = way is not None and way.is_web
    fields = secret_fields(words, vendor_of(connection.kind), way) if way else ()
    return ConnectionPage(
        line=connection_line(session, words, connection),
        is_off=connection.state == "off",
        is_web=is_web,
        needs_sign_in=is_web and connection.state in {"new", "needs_login"},
        error=connection.last_error or "",
        sync_error=connection.sync_error or "",
        account=_account(words, connection),
        rule=rule_part(session, words, connection, form),
        secrets=() if is_web else fields,
        redirect_url=callback_url(request, settings),
        is_ready=connection.state == "ready",
        **more,
    )


def _account(words: Words, connection: CrmConnection) -> AccountShown | None:
    told = connection.account
    if not told:
        return None
    return AccountShown(
        name=str(told.get("name") or ""),
        user=str(told.get("user") or ""),
        scopes=tuple(told.get("scopes") or ()),
        lacks=tuple(told.get("lacks") or ()),
        limits=tuple(told.get("limits") or ()),
        version=str(told.get("api_version") or ""),
        link=web_link(told.get("web_url")),
        checked=words.ago(connection.checked_at) if connection.checked_at else "",
    )


def _renewed(
    session: Session,
    reader: Reader,
    settings: Settings,
    connection: CrmConnection,
    form: ConnectionForm,
) -> str:
    """What the CRM said to new access, nothing when it takes it. Raises BadInput, Conflict."""
    way = way_of(connection)
    if way is None or way.is_web:
        raise Conflict("this connection is not let in by what is typed")
    credentials = Credentials(sound_secrets(way, form.secrets_of(way)))
    return renewed_secrets(session, reader, settings, connection, credentials)


def _guesses(
    session: Session, engine: Engine, words: Words, settings: Settings, connection: CrmConnection
) -> tuple[Guess, ...]:
    """Raises CrmError, BadInput."""
    t, found = crm_words(words.language), []
    with open_connection(engine, settings, connection, PATIENCE_S) as crm:
        for call in last_heard(session, limit=_CALLS):
            rep = session.get(User, call.rep_id)
            match = find_match(crm, hint_of(session, call, connection), rep.email if rep else None)
            first = match.candidates[0] if match.candidates else None
            is_sure = match.chosen is not None and first is not None
            rest = len(match.candidates) - is_sure
            found.append(
                Guess(
                    call.id,
                    call.title,
                    words.day(call.started_at),
                    match.chosen.name if match.chosen else "",
                    web_link(match.chosen.url) if match.chosen else "",
                    found_text(match.why, t),
                    tuple(reason_text(one, t) for one in first.reasons) if first else (),
                    words.plural("%(count)s other deal", "%(count)s other deals", rest)
                    if rest
                    else "",
                )
            )
    return tuple(found)
