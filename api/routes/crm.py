"""Connections to CRMs: an admin adds, tries, changes and looks after them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field, StringConstraints
from sqlalchemy import Engine
from sqlmodel import Session

from api.crm.note_template import LONGEST, read_template
from api.crm_connecting import (
    Typed,
    check_connection,
    deal_fields,
    new_connection,
    sound_secrets,
    way_of,
)
from api.crm_views import (
    AccountView,
    CheckView,
    ConnectionShown,
    ConnectionView,
    Kind,
    PushLine,
    PushState,
    PushWhen,
    connection_shown,
    connection_view,
    push_line,
)
from api.dependencies import (
    DEFAULT_LIMIT,
    AdminDep,
    CursorQuery,
    LimitQuery,
    SessionDep,
    SettingsDep,
)
from api.fields import Text100
from api.routing import signed_router
from api.views import Given, Page, View
from models.crm import connections as kept
from models.crm.push_lists import PushFilters, deals_from, list_pushes
from models.crm.pushes import counts_by_state, retry_failed
from models.errors import BadInput, Conflict
from models.queue import defer
from models.tables import CrmConnection

router = signed_router("crm_connections")
_MOST = 200
_Option = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
_Secret = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Secrets = Annotated[
    dict[Text100, _Secret],
    Field(
        max_length=10,
        description="By name, as the way wants them. They are sealed, and never shown again.",
        examples=[{"access_token": "..."}],
    ),
]
Written = Literal["next_step", "next_step_date", "competitor", "objection", "summary"]


class RuleGiven(Given):
    """What is pushed when that is by rule; an empty list lets everything through."""

    teams: list[UUID] = Field(default_factory=list, max_length=_MOST)
    stages: list[Text100] = Field(default_factory=list, max_length=_MOST)
    call_types: list[Text100] = Field(default_factory=list, max_length=_MOST)


class ConnectionGiven(Given):
    """A connection to be added."""

    kind: Kind
    way: Text100 = Field(
        examples=["token"],
        description="How it is let in: `token` of HubSpot and Pipedrive, `client` or `key` of "
        "Salesforce, `login` of Tryton, `app` for a sign-in on the vendor's own page.",
    )
    name: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    address: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""
    secrets: Secrets
    options: dict[Text100, _Option] = Field(default_factory=dict, max_length=10)
    origin: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")] | None = Field(
        default=None, description="Takes over deals that were imported under that origin."
    )


class ConnectionChange(Given):
    """What is to change of a connection; what is left out stays."""

    name: Text100 | None = None
    push_when: PushWhen | None = None
    rule: RuleGiven | None = None
    language: Literal["en", "fr"] | None = Field(default=None, description="null: the call's.")
    template: Annotated[str, StringConstraints(max_length=LONGEST)] | None = Field(
        default=None, description="null: the one that comes with Talktrack."
    )
    with_tasks: bool | None = None
    fields: Annotated[dict[Text100, Written], Field(max_length=20)] | None = Field(
        default=None, description="A field of the CRM's deals, and what is written to it."
    )
    is_synced: bool | None = None
    sync_every_min: Annotated[int, Field(ge=1, le=10_080)] | None = None
    is_on: bool | None = Field(default=None, description="false lets it rest.")


class SecretsGiven(Given):
    """New secrets, in place of all it had."""

    secrets: Secrets


class FieldView(View):
    """A text field of deals that may be written to."""

    name: str
    label: str
    longest: int | None


class Retried(View):
    """How many pushes are tried anew."""

    pushes: int


class Asked(View):
    """A sync that is on its way."""

    job_id: int


@router.get("/crm/connections")
def list_connections(session: SessionDep, _admin: AdminDep) -> list[ConnectionShown]:
    """Every connection with its counts, the oldest first."""
    return [_shown(session, one) for one in kept.list_connections(session)]


@router.post("/crm/connections", status_code=201)
def add_connection(
    given: ConnectionGiven,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    admin: AdminDep,
) -> ConnectionView:
    """Keep a connection; its host must be its vendor's or one the server may call."""
    typed = Typed(
        given.kind,
        given.way,
        given.name,
        given.address,
        given.secrets,
        given.options,
        given.origin,
    )
    made = kept.add_connection(session, admin, new_connection(typed, settings), settings.seal())
    request.state.made_id = made.id
    return connection_view(made)


@router.get("/crm/connections/{connection_id}")
def read_connection(connection_id: UUID, session: SessionDep, _admin: AdminDep) -> ConnectionShown:
    """One connection with its counts."""
    return _shown(session, kept.find_connection(session, connection_id))


@router.patch("/crm/connections/{connection_id}")
def change_connection(
    connection_id: UUID, given: ConnectionChange, session: SessionDep, admin: AdminDep
) -> ConnectionView:
    """Change what a connection does, or switch it on or off; its secrets and address stay."""
    values = given.model_dump(mode="json", exclude_unset=True)
    is_on = values.pop("is_on", None)
    nullable = {"language", "template"}
    for name, value in values.items():
        if value is None and name not in nullable:
            raise BadInput(f"{name}: cannot be taken away")
    if values.get("template") is not None:
        read_template(values["template"])
    connection = kept.change_connection(session, admin, connection_id, values)
    if is_on is not None and is_on != (connection.state != "off"):
        kept.switch(session, admin, connection, is_on=is_on)
    return connection_view(connection)


@router.delete("/crm/connections/{connection_id}", status_code=204)
def delete_connection(connection_id: UUID, session: SessionDep, admin: AdminDep) -> None:
    """Forget a connection, its secrets and what was to be pushed; deals copied from it stay."""
    kept.delete_connection(session, admin, connection_id)


@router.post("/crm/connections/{connection_id}/secrets")
def renew_secrets(
    connection_id: UUID,
    given: SecretsGiven,
    session: SessionDep,
    settings: SettingsDep,
    admin: AdminDep,
) -> ConnectionView:
    """Connect again with new secrets, of the way it was added by."""
    connection = kept.find_connection(session, connection_id, lock=True)
    way = way_of(connection)
    if way is None:
        raise Conflict(f"{connection.name}: it is not known how it is let in; add it anew")
    kept.let_in(session, admin, connection, sound_secrets(way, given.secrets), settings.seal())
    return connection_view(connection)


@router.post("/crm/connections/{connection_id}/test")
def try_connection(
    connection_id: UUID,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    _admin: AdminDep,
) -> CheckView:
    """Ask the CRM now who we are, what we may do and how much is left of it."""
    connection = kept.find_connection(session, connection_id)
    checked = check_connection(session, _engine(request), connection, settings)
    account = AccountView.model_validate(checked.account) if checked.account else None
    return CheckView(is_ok=account is not None, problem=checked.problem, account=account)


@router.get("/crm/connections/{connection_id}/fields")
def list_fields(
    connection_id: UUID,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    _admin: AdminDep,
) -> list[FieldView]:
    """The text fields of the CRM's deals that may be written to, as it tells them now."""
    connection = kept.find_connection(session, connection_id)
    found = deal_fields(_engine(request), connection, settings)
    return [FieldView.model_validate(one) for one in found]


@router.post("/crm/connections/{connection_id}/sync", status_code=202)
def sync_now(connection_id: UUID, session: SessionDep, _admin: AdminDep) -> Asked:
    """Have its deals read now, rather than when it is time."""
    connection = kept.find_connection(session, connection_id)
    if connection.state == "off":
        raise Conflict(f"{connection.name} is off; switch it on first")
    return Asked(job_id=defer(session, "sync_crm", connection_id=str(connection_id)))


@router.post("/crm/connections/{connection_id}/retry", status_code=202)
def retry_pushes(connection_id: UUID, session: SessionDep, _admin: AdminDep) -> Retried:
    """Try anew all that failed there."""
    kept.find_connection(session, connection_id)
    return Retried(pushes=retry_failed(session, connection_id))


@router.get("/crm/pushes")
def list_all_pushes(
    session: SessionDep,
    _admin: AdminDep,
    connection_id: Annotated[UUID | None, Query()] = None,
    state: Annotated[PushState | None, Query()] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[PushLine]:
    """What is to be written of calls at CRMs, and how far each is; the newest first."""
    filters = PushFilters(connection_id, state)
    found = list_pushes(session, filters, limit=limit, cursor=cursor)
    return Page(items=[push_line(one) for one in found.items], next=found.next)


def _shown(session: Session, one: CrmConnection) -> ConnectionShown:
    return connection_shown(one, deals_from(session, one), counts_by_state(session, one.id))


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine
