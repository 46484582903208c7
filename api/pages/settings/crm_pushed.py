"""Calls at a CRM connection: how far each is, and trying again."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import SessionDep
from api.pages.crm_phrases import (
    PUSH_ICONS,
    PUSH_STATES,
    PUSH_TONES,
    explained,
    is_live,
    web_link,
)
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.crm import HERE, Count, state_counts
from api.pages.settings.shared import AdminReaderDep, address
from api.pages.words import Words
from models.crm.connections import find_connection
from models.crm.push_lists import PushFilters, PushRow, list_pushes
from models.crm.pushes import ask, retry_failed
from models.rights import change_call
from models.tables import CrmConnection

router = page_router("crm_pushes")
_PUSHES = f"{HERE}/{{connection_id:uuid}}/pushes"
_LIMIT = 40


class PushesAsked(BaseModel):
    """What the list is narrowed to."""

    state: str = Field(default="", max_length=20)
    cursor: str | None = Field(default=None, max_length=1000)


@dataclass(frozen=True, slots=True)
class PushLine:
    """A call on the list; `error` is in the CRM's or our own English words."""

    call_id: UUID
    title: str
    state: str
    tone: str
    icon: str
    when: str
    deal: str
    link: str
    told: str
    error: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class PushesPage:
    """A page of calls at a connection."""

    id: UUID
    name: str
    lines: tuple[PushLine, ...]
    counts: tuple[Count, ...]
    state: str
    has_failed: bool
    is_live: bool
    next_path: str
    first_path: str


@router.get(_PUSHES)
def show_pushes(
    connection_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    asked: Annotated[PushesAsked, Query()],
) -> Response:
    """Calls at a connection, the newest first."""
    connection, words = find_connection(session, connection_id), reader.words
    state = asked.state if asked.state in PUSH_STATES else ""
    filters = PushFilters(connection_id, state or None)
    found = list_pushes(session, filters, limit=_LIMIT, cursor=asked.cursor)
    counts = state_counts(session, words, connection)
    here, kept = f"{HERE}/{connection_id}/pushes", {"state": state}
    page = PushesPage(
        id=connection_id,
        name=connection.name,
        lines=tuple(_line(words, one, connection) for one in found.items),
        counts=counts,
        state=state,
        has_failed=any(one.state == "failed" for one in counts),
        is_live=any(is_live(one.push, connection) for one in found.items),
        next_path=address(here, {**kept, "cursor": found.next}) if found.next else "",
        first_path=address(here, kept) if asked.cursor else "",
    )
    return show(request, reader, "settings_crm_pushes.html", page)


@router.post(f"{_PUSHES}/retry")
def retry_all(
    connection_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Try anew all that failed."""
    find_connection(session, connection_id)
    count = retry_failed(session, connection_id)
    said = reader.words.plural(
        "%(count)s call is tried again.", "%(count)s calls are tried again.", count
    )
    return go(request, f"{HERE}/{connection_id}/pushes", said)


@router.post(f"{_PUSHES}/{{call_id:uuid}}")
def retry_one(
    connection_id: UUID,
    call_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
) -> Response:
    """Push one call, whatever the rule says."""
    ask(session, reader.user, change_call(session, reader.user, call_id), connection_id)
    return go(request, f"{HERE}/{connection_id}/pushes", reader.words("It is on its way."))


def _line(words: Words, row: PushRow, connection: CrmConnection) -> PushLine:
    push = row.push
    return PushLine(
        call_id=push.call_id,
        title=row.title,
        state=words(PUSH_STATES[push.state]),
        tone=PUSH_TONES.get(push.state, ""),
        icon=PUSH_ICONS[push.state],
        when=words.moment(push.updated_at),
        deal=push.deal_name or push.deal_ref or "",
        link=web_link(push.note_url or push.deal_url),
        told="" if push.state == "pushed" else explained(words, push, connection),
        error=push.last_error or "",
        may_retry=push.state in {"failed", "held", "skipped", "waiting"},
    )
