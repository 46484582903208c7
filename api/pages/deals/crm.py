"""A deal that a CRM owns: where it comes from, what we say otherwise, and notes that are on it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep
from api.pages.crm_phrases import PUSH_STATES, PUSH_TONES, web_link
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go
from api.pages.routing import page_router
from api.pages.words import marked
from models.crm.overrides import OWNED, clear_override, overrides_of, owner_of
from models.crm.push_lists import deal_notes
from models.errors import Missing
from models.rights import find_deal
from models.tables import Deal

router = page_router("deals")
_FIELDS = {
    "name": marked("Name of the deal"),
    "account_id": marked("Account"),
    "rep_id": marked("Rep"),
    "stage": marked("Stage"),
    "pipeline": marked("Pipeline"),
    "probability": marked("Probability"),
    "expected_on": marked("Expected to close"),
    "outcome": marked("State"),
    "lost_reason": marked("Why it was lost"),
    "amount_minor": marked("Amount a year"),
    "currency": marked("Currency"),
    "opened_at": marked("Opened on"),
    "closed_at": marked("Won or lost on"),
}


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A call's note on the deal."""

    call_id: UUID
    title: str
    crm: str
    state: str
    tone: str
    when: str
    link: str


@dataclass(frozen=True, slots=True)
class DealCrm:
    """What a deal has to do with CRMs; `name` is empty for a deal of our own."""

    name: str
    when: str
    link: str
    ours: tuple[tuple[str, str], ...]
    """What somebody here says otherwise: the field and what it is called."""
    notes: tuple[NoteLine, ...]


def deal_crm(session: Session, reader: Reader, deal: Deal) -> DealCrm:
    """Where a deal comes from, and its notes there."""
    words, owner = reader.words, owner_of(session, deal)
    read_at = owner.synced_at or deal.updated_at if owner else None
    ours = overrides_of(session, deal.id) if owner else ()
    notes = deal_notes(session, reader.user, deal) if owner else ()
    return DealCrm(
        name=owner.name if owner else "",
        when=words.moment(read_at) if read_at else "",
        link=web_link(deal.url),
        ours=tuple((one.field, words(_FIELDS.get(one.field, one.field))) for one in ours),
        notes=tuple(
            NoteLine(
                one.call_id,
                one.title,
                one.connection_name,
                words(PUSH_STATES[one.push.state]),
                PUSH_TONES.get(one.push.state, ""),
                words.day(one.push.pushed_at) if one.push.pushed_at else "",
                web_link(one.push.note_url),
            )
            for one in notes
        ),
    )


@router.post("/deals/{deal_id}/theirs")
def put_back(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    deal_id: UUID,
    field: Annotated[str, Form(max_length=40)],
) -> Response:
    """Let the CRM have its word again on one thing. Raises Missing where it has it already."""
    deal = find_deal(session, reader.user, deal_id, lock=True)
    if field not in OWNED:
        raise Missing("a CRM says no such thing of a deal")
    clear_override(session, deal, field)
    return go(request, f"/deals/{deal_id}", reader.words("The CRM has its word again."))
