"""CRM connections: how each stands, and a new one in under a minute."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, Request, Response
from sqlmodel import Session

from api.crm.credentials import Credentials
from api.crm.hubspot_access import NEEDED_SCOPES
from api.crm.vendors import VENDORS, Vendor, Way, vendor_of
from api.crm_connecting import (
    Checked,
    Typed,
    new_connection,
    note_account,
    try_out,
    vendor_name,
)
from api.dependencies import SessionDep, SettingsDep
from api.pages.crm_phrases import PUSH_STATES, PUSH_TONES, advice, standing
from api.pages.frame import Reader
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.crm_forms import (
    Card,
    ConnectionForm,
    Typing,
    WayTab,
    address_field,
    cards,
    chosen_way,
    option_fields,
    secret_fields,
    way_tabs,
)
from api.pages.settings.crm_sign_in import callback_url
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import Words
from api.settings import Settings
from models.crm.connections import NewConnection, add_connection, list_connections, note_trouble
from models.crm.push_lists import deals_from
from models.crm.pushes import counts_by_state
from models.errors import BadInput, Conflict
from models.tables import CrmConnection

router = page_router("crm_connections")
HERE = "/settings/crm"


@dataclass(frozen=True, slots=True)
class Count:
    """How many calls are in a state."""

    state: str
    name: str
    tone: str
    number: str


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A connection on the list, in words."""

    id: UUID
    name: str
    crm: str
    standing: str
    tone: str
    advice: str
    account: str
    synced: str
    deals: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class ConnectionsPage:
    """Every connection, and the CRMs there are."""

    lines: tuple[ConnectionLine, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class NewPage:
    """A connection being typed; `problem` is of the CRM, `problems` of the fields."""

    kind: str
    crm: str
    form: ConnectionForm
    ways: tuple[WayTab, ...]
    is_web: bool
    secrets: tuple[Typing, ...]
    address: Typing
    first_options: tuple[Typing, ...]
    options: tuple[Typing, ...]
    redirect_url: str
    hosts: tuple[str, ...]
    scopes: tuple[str, ...]
    problems: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@router.get(HERE)
def show_connections(request: Request, reader: AdminReaderDep, session: SessionDep) -> Response:
    """Every connection."""
    words = reader.words
    lines = tuple(connection_line(session, words, one) for one in list_connections(session))
    return show(request, reader, "settings_crm.html", ConnectionsPage(lines, cards(words)))


@router.get(f"{HERE}/new")
def show_new_connection(
    request: Request,
    reader: AdminReaderDep,
    settings: SettingsDep,
    kind: Annotated[str, Query(max_length=20)] = "hubspot",
    way: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The form of a connection to be added."""
    vendor = vendor_of(kind)
    form = ConnectionForm(kind=kind, way=way)
    page = _new_page(request, reader.words, settings, vendor, form)
    return show(request, reader, "settings_crm_new.html", page)


@router.post(f"{HERE}/new")
def make_connection(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[ConnectionForm, Form()],
) -> Response:
    """Test a connection and keep it; one that the CRM refuses is not kept."""
    vendor = vendor_of(form.kind)
    way = chosen_way(vendor, form.way)
    problems, problem = dict[str, str](), ""
    made: CrmConnection | None = None
    try:
        made, problem = _made(session, reader, settings, _typed(vendor, way, form))
    except (BadInput, Conflict) as error:
        problems = beside(reader.words.reason(str(error)))
    if made is None:
        page = _new_page(request, reader.words, settings, vendor, form, problems, problem)
        return show(request, reader, "settings_crm_new.html", page, 422)
    request.state.made_id = made.id
    return go(request, f"{HERE}/{made.id}", _said(reader.words, made, way))


def connection_line(session: Session, words: Words, one: CrmConnection) -> ConnectionLine:
    """A connection in words."""
    told, tone = standing(words, one)
    account = one.account or {}
    return ConnectionLine(
        id=one.id,
        name=one.name,
        crm=vendor_name(one.kind),
        standing=told,
        tone=tone,
        advice=advice(words, one),
        account=", ".join(filter(None, (account.get("name"), account.get("user")))),
        synced=words.ago(one.synced_at) if one.synced_at else "",
        deals=words.plural("%(count)s deal", "%(count)s deals", deals_from(session, one)),
        counts=state_counts(session, words, one),
    )


def state_counts(session: Session, words: Words, one: CrmConnection) -> tuple[Count, ...]:
    """How many calls are in each state, in the order of the states."""
    counted = counts_by_state(session, one.id)
    return tuple(
        Count(state, words(name), PUSH_TONES.get(state, ""), words.number(counted[state]))
        for state, name in PUSH_STATES.items()
        if counted.get(state)
    )


def beside(said: str) -> dict[str, str]:
    """What was refused, by the field it is about; of no field it is about the name."""
    where, _, what = said.partition(": ")
    field_name = where.rpartition(".")[2]
    known = field_name in ConnectionForm.model_fields
    return {field_name: what} if known and what else {"name": said}


def _typed(vendor: Vendor, way: Way, form: ConnectionForm) -> Typed:
    return Typed(
        vendor.kind,
        way.name,
        form.name,
        form.address,
        form.secrets_of(way),
        form.options_of(vendor),
    )


def _made(
    session: Session, reader: Reader, settings: Settings, typed: Typed
) -> tuple[CrmConnection | None, str]:
    """The connection unless its CRM says no, and what that said. Raises BadInput, Conflict."""
    new = new_connection(typed, settings)
    if vendor_of(new.kind).way(typed.way).is_web:
        return add_connection(session, reader.user, new, settings.seal()), ""
    checked, secrets = try_out(new, Credentials(new.secrets), settings)
    if checked.is_refused:
        return None, checked.problem or ""
    return _kept(session, reader, settings, new, secrets, checked), checked.problem or ""


def _kept(
    session: Session,
    reader: Reader,
    settings: Settings,
    new: NewConnection,
    secrets: dict[str, str],
    checked: Checked,
) -> CrmConnection:
    kept = NewConnection(new.name, new.kind, new.address, secrets, new.options, new.origin)
    made = add_connection(session, reader.user, kept, settings.seal())
    if checked.account is not None:
        note_account(session, made, checked.account)
    else:
        note_trouble(session, made.id, checked.problem or "")
    return made


def _said(words: Words, made: CrmConnection, way: Way) -> str:
    if way.is_web:
        return words("It is kept. One step is left: let Talktrack in, below.")
    if made.state == "ready":
        return words("Connected. Below is what would be found for your last calls.")
    return words("It is kept, but could not be tested now; try again below.")


def _new_page(  # noqa: PLR0913, PLR0917 (a form, and what is wrong with it)
    request: Request,
    words: Words,
    settings: Settings,
    vendor: Vendor,
    form: ConnectionForm,
    problems: dict[str, str] | None = None,
    problem: str = "",
) -> NewPage:
    way = chosen_way(vendor, form.way)
    first, rest = option_fields(words, vendor, form)
    scopes: Sequence[str] = tuple(NEEDED_SCOPES) if vendor.kind == "hubspot" else ()
    return NewPage(
        kind=vendor.kind,
        crm=VENDORS[vendor.kind].name,
        form=form,
        ways=way_tabs(words, vendor, way),
        is_web=way.is_web,
        secrets=secret_fields(words, vendor, way),
        address=address_field(words, vendor, form),
        first_options=first,
        options=rest,
        redirect_url=callback_url(request, settings),
        hosts=(*vendor.hosts, *settings.crm_hosts),
        scopes=tuple(scopes),
        problems=problems or {},
        problem=problem,
    )
