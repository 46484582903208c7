"""What is known around a deal: who was on its calls, in which language, what was planned for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from api.pages.upload.deals import DealChoice
from api.pages.upload.invitations import Guest
from models.rights import heard_by, visible_calls, visible_contacts, visible_deals
from models.tables import Call, CallFacts, Contact, Deal, PlannedMeeting, User
from models.tables.columns import now

_MOST_PEOPLE = 30
_MOST_WINDOWS = 100


@dataclass(frozen=True, slots=True)
class History:
    """The customer's people of a deal and the language it is spoken of in, as far as is known."""

    people: tuple[Guest, ...]
    language: str
    is_from_call: bool
    """Whether the people are those of a call; else the account's contacts."""


def histories(
    session: Session, user: User, deals: Mapping[UUID, DealChoice]
) -> dict[UUID, History]:
    """What is known around some deals, in two queries."""
    if not deals:
        return {}
    contacts = _contacts(session, user, {one.account_id for one in deals.values()})
    last = {
        deal_id: (known, language) for deal_id, known, language in _last_calls(session, user, deals)
    }
    found = {}
    for deal_id, deal in deals.items():
        known, language = last.get(deal_id, ({}, ""))
        people = _buyers(known)
        others = contacts.get(deal.account_id, [])
        found[deal_id] = History(
            tuple((people or others)[:_MOST_PEOPLE]),
            known.get("language") or (language if language in {"en", "fr"} else ""),
            bool(people),
        )
    return found


def accounts_of_guests(session: Session, user: User, emails: Iterable[str]) -> dict[str, object]:
    """The account of everybody whose address is a contact's that the user may see."""
    asked = sorted({one for one in emails if one})
    if not asked:
        return {}
    address = func.lower(Contact.email)
    found = select(address, Contact.account_id).where(address.in_(asked), visible_contacts(user))
    return {email: account_id for email, account_id in session.exec(found).all() if account_id}


def planned_near(
    session: Session, user: User, times: Sequence[datetime], near: timedelta
) -> list[tuple[datetime, UUID]]:
    """Meetings of deals, planned for about one of these times, that the user may see."""
    if not times:
        return []
    at = col(PlannedMeeting.scheduled_at)
    windows = [at.between(one - near, one + near) for one in times[:_MOST_WINDOWS]]
    found = (
        select(PlannedMeeting.scheduled_at, Deal.id)
        .join(Deal, col(Deal.id) == PlannedMeeting.deal_id)
        .where(or_(*windows), visible_deals(user), PlannedMeeting.rep_id == user.id)
        .limit(500)
    )
    return [(moment, deal_id) for moment, deal_id in session.exec(found).all()]


def _contacts(
    session: Session, user: User, accounts: set[UUID | None]
) -> dict[UUID | None, list[Guest]]:
    asked = [one for one in accounts if one is not None]
    found = (
        select(Contact)
        .where(col(Contact.account_id).in_(asked), visible_contacts(user))
        .order_by(col(Contact.name), col(Contact.id))
        .limit(_MOST_PEOPLE * max(1, len(asked)))
    )
    people: dict[UUID | None, list[Guest]] = {}
    for one in session.exec(found).all() if asked else ():
        people.setdefault(one.account_id, []).append(Guest(one.name, one.email or ""))
    return people


def _last_calls(
    session: Session, user: User, deals: Mapping[UUID, DealChoice]
) -> Sequence[tuple[UUID, dict[str, Any], str]]:
    found = (
        select(Call.deal_id, Call.known, CallFacts.language)
        .join(CallFacts, col(CallFacts.call_id) == Call.id)
        .where(col(Call.deal_id).in_(list(deals)), visible_calls(user), heard_by(user, now()))
        .ext(distinct_on(col(Call.deal_id)))
        .order_by(col(Call.deal_id), col(Call.started_at).desc())
    )
    return session.exec(found).all()  # type: ignore[return-value]


def _buyers(known: Mapping[str, Any]) -> list[Guest]:
    people = known.get("participants") or []
    return [
        Guest(one["name"], one.get("email") or "") for one in people if one.get("side") == "buyer"
    ]
