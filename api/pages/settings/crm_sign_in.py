"""A sign-in on the CRM's own page: there and back with a state that is for one admin, once."""

import base64
import hashlib
import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from api.crm.credentials import Credentials, HeldGrant
from api.crm.errors import CrmError
from api.crm.pace import Waits
from api.crm.stored import opened, sealable
from api.crm.vendors import Vendor, open_wire, vendor_of
from api.crm_connecting import PATIENCE_S, note_account, try_out, vendor_name, way_of
from api.dependencies import SessionDep, SettingsDep
from api.pages.frame import Reader
from api.pages.rendering import go
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import marked
from api.settings import Settings
from api.signing import (
    CrmSignIn,
    crm_verifier,
    is_first_sign_in,
    read_crm_sign_in,
    sign_crm_sign_in,
)
from models.crm.connections import NewConnection, find_connection, let_in, note_trouble
from models.errors import BadInput, Conflict, Missing
from models.tables import CrmConnection

router = page_router("crm_connections")
HERE = "/settings/crm"
MINUTES = 10
"""How long a sign-in may take."""
_KEPT = ("client_id", "client_secret")
_WITH_PROOF = frozenset({"salesforce"})
"""CRMs whose sign-in takes PKCE."""
_WORD = re.compile(r"[a-z_]{1,60}", re.ASCII)
_STALE = marked("This sign-in is over, or not yours. Open the connection and begin it again.")


@router.get(f"{HERE}/callback")
def come_back(  # noqa: PLR0913, PLR0917 (what the CRM sends)
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    state: Annotated[str, Query(max_length=2000)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Let a connection in with what its CRM sent. Raises Conflict for a state that is over."""
    sign_in = read_crm_sign_in(settings.signing_key(), state, MINUTES)
    if sign_in is None or sign_in.user_id != reader.user.id:
        raise Conflict(_STALE)
    connection = _begun(session, sign_in)
    there = f"{HERE}/{connection.id}"
    name = vendor_name(connection.kind)
    if error or not code:
        why = error if _WORD.fullmatch(error) else ""
        said = reader.words("%(crm)s did not let Talktrack in. %(why)s", crm=name, why=why)
        return go(request, there, said.strip())
    try:
        verifier = crm_verifier(settings.signing_key(), state)
        fresh = _exchanged(connection, settings, code, callback_url(request, settings), verifier)
    except (CrmError, BadInput) as refused:
        note_trouble(session, connection.id, str(refused))
        return go(request, there, reader.words("%(crm)s did not let Talktrack in.", crm=name))
    return _kept(request, reader, session, settings, connection, fresh)


@router.get(f"{HERE}/{{connection_id:uuid}}/sign-in")
def go_there(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    connection_id: UUID,
) -> Response:
    """Lead to the CRM's own page. Raises Conflict for a connection that is let in otherwise."""
    connection = find_connection(session, connection_id)
    vendor, way = vendor_of(connection.kind), way_of(connection)
    if way is None or not way.is_web:
        raise Conflict("this connection is let in by what is typed; give new access to it instead")
    key = settings.signing_key()
    state = sign_crm_sign_in(key, reader.user.id, connection.id, connection.secrets)
    client_id = opened(settings.seal(), connection.secrets)["client_id"]
    where = vendor.web.authorize_url(
        connection.address,
        connection.options,
        client_id,
        state,
        callback_url(request, settings),
        **_challenge(vendor, crm_verifier(key, state)),
    )
    return RedirectResponse(where, 303, headers={"Cache-Control": "no-store"})


def callback_url(request: Request, settings: Settings) -> str:
    """Where a CRM sends people back; it must be registered with the app there."""
    base = (settings.public_url or str(request.base_url)).rstrip("/")
    return f"{base}{HERE}/callback"


def renewed_secrets(
    session: Session,
    reader: Reader,
    settings: Settings,
    connection: CrmConnection,
    credentials: Credentials,
) -> str:
    """Try new credentials, and keep them unless the CRM refuses; returns what it said then."""
    new = NewConnection(
        connection.name, connection.kind, connection.address, {}, connection.options
    )
    checked, tried = try_out(new, credentials, settings)
    if checked.is_refused:
        return checked.problem or ""
    let_in(session, reader.user, connection, tried, settings.seal())
    if checked.account is not None:
        note_account(session, connection, checked.account)
    else:
        note_trouble(session, connection.id, checked.problem or "")
    return ""


def _begun(session: Session, sign_in: CrmSignIn) -> CrmConnection:
    """The connection as it was when the sign-in began. Raises Conflict."""
    try:
        connection = find_connection(session, sign_in.connection_id, lock=True)
    except Missing:
        raise Conflict(_STALE) from None
    if not is_first_sign_in(sign_in, connection.secrets):
        raise Conflict(_STALE)
    return connection


def _exchanged(
    connection: CrmConnection, settings: Settings, code: str, back: str, verifier: str
) -> Credentials:
    """Credentials for a code. Raises CrmError, BadInput."""
    vendor = vendor_of(connection.kind)
    there = opened(settings.seal(), connection.secrets)
    grant = HeldGrant(Credentials({name: there[name] for name in _KEPT}))
    more = {"verifier": verifier} if vendor.kind in _WITH_PROOF else {}
    with open_wire(
        vendor,
        connection.address,
        connection.options,
        grant,
        settings.crm_hosts,
        Waits(PATIENCE_S),
    ) as wire:
        found: Credentials = vendor.web.exchange(wire, code, back, **more)
        return found


def _kept(
    request: Request,
    reader: Reader,
    session: Session,
    settings: Settings,
    connection: CrmConnection,
    fresh: Credentials,
) -> Response:
    there, words = f"{HERE}/{connection.id}", reader.words
    problem = renewed_secrets(session, reader, settings, connection, fresh)
    if problem:
        let_in(session, reader.user, connection, sealable(fresh), settings.seal())
        note_trouble(session, connection.id, problem)
        return go(request, there, words("It is let in, but not all is well; see below."))
    return go(request, there, words("Connected. Below is what would be found for your last calls."))


def _challenge(vendor: Vendor, verifier: str) -> dict[str, Any]:
    if vendor.kind not in _WITH_PROOF:
        return {}
    digest = hashlib.sha256(verifier.encode()).digest()
    return {"challenge": base64.urlsafe_b64encode(digest).decode().rstrip("=")}
