"""Deals of a CRM, copied: the CRM owns them, ours is dated by when it last changed them there.

The rows go the way of imports, so that whatever follows from a row follows here too. A person's
own word for something (`models/crm/overrides.py`) is put back on top.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, tuple_, update
from sqlmodel import Session, col, select

from models.crm.deal import CrmCompany, CrmDeal, CrmPerson
from models.crm.overrides import ours_on_top
from models.importing import ImportOptions, ImportReport, import_rows
from models.tables import (
    Activity,
    Call,
    CrmConnection,
    Deal,
    DealOverride,
    LegalHold,
    StageChange,
    User,
)
from models.trail import note

Row = dict[str, object]
_SHORT, _NAME, _LONG = 100, 300, 2000


@dataclass(frozen=True, slots=True)
class Copied:
    """How many deals came, how many of them were new or different; `refused` could not be kept."""

    deals: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    refused: int = 0

    def __add__(self, other: "Copied") -> "Copied":
        return Copied(
            self.deals + other.deals,
            self.new + other.new,
            self.changed + other.changed,
            self.gone + other.gone,
            self.refused + other.refused,
        )


def copy_deals(
    session: Session, connection: CrmConnection, deals: Sequence[CrmDeal], *, currency: str
) -> Copied:
    """Keep some deals with whom they are between, their stages, and what became of them.

    `currency` is for amounts without one. Deals that were merged into one of them give it their
    calls and activities, and go.
    """
    if not deals:
        return Copied()
    for deal in deals:
        _merge(session, connection, deal)
    options = ImportOptions(origin=connection.origin, currency=currency, most_told=20)
    emails = _known_emails(session, deals)
    companies = {one.company.id: one.company for one in deals if one.company}
    people = {(one.id): (one, deal.company) for deal in deals for one in deal.contacts}
    _take(session, "accounts", [_account(one) for one in companies.values()], options)
    _take(session, "contacts", [_contact(*pair) for pair in people.values()], options)
    told = _take(session, "deals", [_deal(one, emails) for one in deals], options)
    _take(session, "stage_history", _stages(deals), options)
    _cut_histories(session, connection.origin, deals)
    ours_on_top(session, connection.origin, [one.id for one in deals])
    session.flush()
    if told is None:
        return Copied(len(deals))
    return Copied(len(deals), told.new, told.changed, 0, told.refused)


def known_refs(session: Session, connection: CrmConnection, *, after: str, most: int) -> list[str]:
    """Ids of copied deals in order, some at a time, after one of them."""
    mine = select(Deal.ref).where(Deal.origin == connection.origin, col(Deal.ref) > after)
    return [one for one in session.exec(mine.order_by(col(Deal.ref)).limit(most)) if one]


def forget_deals(session: Session, connection: CrmConnection, refs: Iterable[str]) -> int:
    """Deals that are not in the CRM any more go, with their history; their calls stay.

    Those under a legal hold stay too.
    """
    held = select(LegalHold.deal_id).where(
        col(LegalHold.lifted_at).is_(None), col(LegalHold.deal_id).is_not(None)
    )
    mine = select(Deal).where(
        Deal.origin == connection.origin,
        col(Deal.ref).in_(list(refs)),
        col(Deal.id).not_in(held),
    )
    found = session.exec(mine.with_for_update()).all()
    for deal in found:
        told = {"ref": deal.ref, "connection": connection.name}
        note(
            session,
            connection.name,
            verb="gone",
            noun="deals",
            subject_id=str(deal.id),
            detail=told,
        )
        session.delete(deal)
    session.flush()
    return len(found)


def copied_deal(session: Session, connection: CrmConnection, ref: str) -> Deal | None:
    """Our copy of a deal."""
    mine = select(Deal).where(Deal.origin == connection.origin, Deal.ref == ref)
    return session.exec(mine).one_or_none()


def _merge(session: Session, connection: CrmConnection, deal: CrmDeal) -> None:
    """What was of merged deals is of the one they became part of, once it is here."""
    losers = session.exec(
        select(Deal).where(Deal.origin == connection.origin, col(Deal.ref).in_(deal.merged))
    ).all()
    if not losers:
        return
    winner = copied_deal(session, connection, deal.id)
    if winner is None:  # the copy goes on under the new id
        losers[0].ref, losers = deal.id, losers[1:]
        session.flush()
        return
    for loser in losers:
        for table in (Call, Activity):
            moved = update(table).where(col(table.deal_id) == loser.id)
            session.execute(moved.values(deal_id=winner.id))
        told = {"into": deal.id, "ref": loser.ref, "connection": connection.name}
        note(
            session,
            connection.name,
            verb="merged",
            noun="deals",
            subject_id=str(loser.id),
            detail=told,
        )
        session.delete(loser)
    session.flush()


def _take(
    session: Session, kind: str, rows: Sequence[Row], options: ImportOptions
) -> ImportReport | None:
    return import_rows(session, kind, rows, options) if rows else None


def _known_emails(session: Session, deals: Sequence[CrmDeal]) -> frozenset[str]:
    """Addresses of owners who are users here."""
    asked = {one.owner.email.lower() for one in deals if one.owner and one.owner.email}
    address = func.lower(User.email)
    return frozenset(session.exec(select(address).where(address.in_(asked))))


def _account(company: CrmCompany) -> Row:
    return _told(
        id=company.id,
        name=_cut(company.name, _NAME) or company.id,
        domain=_cut(company.domain, 253),
        region=_cut(company.region, 200),
        industry=_cut(company.industry, 200),
    )


def _contact(person: CrmPerson, company: CrmCompany | None) -> Row:
    return _told(
        id=person.id,
        name=_cut(person.name or person.email or person.id, 200),
        account_id=company.id if company else None,
        email=person.email,
        phone=_cut(person.phone, 64),
        title=_cut(person.title, 200),
    )


def _deal(deal: CrmDeal, emails: frozenset[str]) -> Row:
    """A row of the import; a rep nobody knows here is not told, so that ours stays."""
    row: Row = {
        "id": deal.id,
        "name": _cut(deal.name, _NAME) or deal.id,
        "account_id": deal.company.id if deal.company else None,
        "amount": deal.amount,
        "currency": deal.currency,
        "created_at": _iso(deal.created_at),
        "pipeline": _cut(deal.pipeline, _SHORT),
        "stage": _cut(deal.stage, _SHORT),
        "probability": None if deal.probability is None else min(max(deal.probability, 0.0), 1.0),
        "expected_at": deal.closes_on.isoformat() if deal.closes_on else None,
        "closed_at": _iso(deal.closed_at),
        "outcome": deal.status,
        "lost_reason": _cut(deal.lost_reason, _NAME),
        "url": _cut(deal.url, _LONG),
        "updated_at": _iso(deal.updated_at),
    }
    if deal.owner and deal.owner.email and deal.owner.email.lower() in emails:
        row["rep_id"] = deal.owner.email.lower()
    return row


def _stages(deals: Sequence[CrmDeal]) -> list[Row]:
    rows: list[Row] = []
    for deal in deals:
        before: str | None = None
        for seq, entered in enumerate(deal.history, 1):
            stage = _cut(entered.stage, _SHORT)
            rows.append(
                {
                    "deal_id": deal.id,
                    "seq": seq,
                    "from_stage": before,
                    "stage": stage,
                    "entered_at": _iso(entered.at),
                }
            )
            before = stage
    return rows


def _cut_histories(session: Session, origin: str, deals: Sequence[CrmDeal]) -> None:
    """Histories that became shorter, as when the CRM forgot or merged, lose what is too much.

    Where a person moved a deal here, their last stage is not the CRM's, and stays.
    """
    lengths = {one.id: len(one.history) for one in deals if one.history}
    own = select(DealOverride.deal_id).where(DealOverride.field == "stage")
    counted = (
        select(Deal.id, Deal.ref, func.max(StageChange.position))
        .join(StageChange, col(StageChange.deal_id) == col(Deal.id))
        .where(Deal.origin == origin, col(Deal.ref).in_(lengths), col(Deal.id).not_in(own))
        .group_by(col(Deal.id), col(Deal.ref))
    )
    longer = [
        (deal_id, position)
        for deal_id, ref, last in session.exec(counted)
        for position in range(lengths[str(ref)] + 1, last + 1)
    ]
    if longer:
        place = tuple_(col(StageChange.deal_id), col(StageChange.position))
        session.execute(delete(StageChange).where(place.in_(longer)))


def _told(**row: object) -> Row:
    """A row without what the CRM does not say, so that what is known here stays."""
    return {name: value for name, value in row.items() if value is not None}


def _cut(text: str | None, most: int) -> str | None:
    """A text as a column takes it."""
    if text is None:
        return None
    plain = "".join(" " if one in "\0\r\n\t" else one for one in text)
    return plain.strip()[:most] or None


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
