"""How much is held about somebody, counted before anything is done."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from models.errors import Missing
from models.privacy.matching import Mentions
from models.privacy.person import (
    Person,
    calls_with,
    contact_rows,
    invitation_rows,
    lead_rows,
)
from models.privacy.scanning import HEAVY, Hit, scan
from models.tables import (
    Account,
    Call,
    Clip,
    Comment,
    Contact,
    CrmPush,
    Deal,
    ImportedFile,
    Lead,
    Recording,
    ShareLink,
    Utterance,
)

_OF_CALLS: dict[str, Any] = {
    "recordings": Recording,
    "utterances": Utterance,
    "comments": Comment,
    "clips": Clip,
}


@dataclass(frozen=True, slots=True)
class Held:
    """What is held, by kind; `elsewhere` by table: rows that name them outside their calls."""

    counts: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)
    call_ids: tuple[UUID, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing at all."""
        return not any(self.counts.values()) and not self.elsewhere


def held_of_person(session: Session, person: Person) -> Held:
    """What is held of a person."""
    call_ids = calls_with(session, person)
    rows = {
        "contacts": len(contact_rows(session, person)),
        "leads": len(lead_rows(session, person)),
        "invitations": len(invitation_rows(session, person)),
    }
    counts = {"calls": len(call_ids), **_of_calls(session, call_ids), **rows}
    elsewhere = Counter[str]()
    own = {*call_ids}
    counted = {"contact", "lead", "invitation", *HEAVY}
    for hit in scan(session, person.everywhere, tables=lambda table: table not in counted):
        if hit.call_id not in own:
            elsewhere[hit.table] += 1
    counts["homonyms"] = person.homonyms
    return Held(counts, dict(elsewhere), tuple(call_ids))


def held_of_call(session: Session, call_id: UUID) -> Held:
    """What is held of a call. Raises Missing."""
    if session.get(Call, call_id) is None:
        raise Missing(f"there is no call {call_id}")
    return Held(
        {"calls": 1, **_of_calls(session, [call_id])}, naming(session, [call_id]), (call_id,)
    )


def held_of_account(session: Session, account_id: UUID) -> Held:
    """What is held of a company. Raises Missing."""
    if session.get(Account, account_id) is None:
        raise Missing(f"there is no account {account_id}")
    call_ids = calls_of_account(session, account_id)
    deals, leads, contacts = held_by_account(session, account_id)
    counts = {
        "accounts": 1,
        "calls": len(call_ids),
        **_of_calls(session, call_ids),
        "contacts": len(contacts),
        "deals": len(deals),
        "leads": len(leads),
    }
    named = naming(session, [*call_ids, account_id, *deals, *leads, *contacts])
    return Held(counts, named, tuple(call_ids))


def held_by_account(
    session: Session, account_id: UUID
) -> tuple[list[UUID], list[UUID], list[UUID]]:
    """The deals, the leads and the contacts of a company."""
    deals = [*session.exec(select(Deal.id).where(Deal.account_id == account_id))]
    whose = or_(col(Lead.account_id) == account_id, col(Lead.deal_id).in_(deals))
    leads = [*session.exec(select(Lead.id).where(whose))]
    contacts = [*session.exec(select(Contact.id).where(Contact.account_id == account_id))]
    return deals, leads, contacts


def calls_of_account(session: Session, account_id: UUID) -> list[UUID]:
    """The calls with a company, or about a deal with it."""
    deals = select(Deal.id).where(Deal.account_id == account_id)
    mine = select(Call.id).where(
        or_(col(Call.account_id) == account_id, col(Call.deal_id).in_(deals))
    )
    return [*session.exec(mine.order_by(col(Call.started_at), col(Call.id)))]


_NAMING = frozenset({"webhook_delivery", "idempotency_key", "procrastinate_jobs", "saved_view"})
"""Tables that tell of others' rows by their ids, besides those that hang on them."""
_AT_ONCE = 50


def naming(session: Session, ids: list[UUID]) -> dict[str, int]:
    """Rows that tell of others by their ids, by table."""
    return dict(Counter(hit.table for hit in rows_naming(session, ids)))


def rows_naming(session: Session, ids: list[UUID]) -> Iterator[Hit]:
    """Those rows: what was told of them elsewhere, answered to programs, saved, or to be done."""
    for start in range(0, len(ids), _AT_ONCE):
        some = Mentions((), tuple(map(str, ids[start : start + _AT_ONCE])))
        yield from scan(session, some, tables=_NAMING.__contains__)


def _of_calls(session: Session, call_ids: list[UUID]) -> dict[str, int]:
    mine = {
        name: _count(session, table, col(table.call_id).in_(call_ids))
        for name, table in _OF_CALLS.items()
    }
    clips = select(Clip.id).where(col(Clip.call_id).in_(call_ids))
    pushed = col(CrmPush.call_id).in_(call_ids) & col(CrmPush.note_id).is_not(None)
    return {
        **mine,
        "share_links": _count(session, ShareLink, col(ShareLink.clip_id).in_(clips)),
        "crm_notes": _count(session, CrmPush, pushed),
        "watched_files": _count(session, ImportedFile, col(ImportedFile.call_id).in_(call_ids)),
    }


def _count(session: Session, table: Any, where: Any) -> int:
    return session.exec(select(func.count()).select_from(table).where(where)).one()
