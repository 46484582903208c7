"""Tryton's opportunities as deals."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from api.crm.tryton_history import Course
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson, DealStatus, StageEntered

_log = logging.getLogger(__name__)

CLOSED: Mapping[str, DealStatus] = {"won": "won", "lost": "lost", "cancelled": "lost"}
PHONES = ("phone", "mobile")
FIELDS = (
    "number",
    "description",
    "state",
    "amount",
    "currency.code",
    "conversion_probability",
    "end_date",
    "lost_reason",
    "create_date",
    "last_modified_at",
    "contact.type",
    "contact.value",
    "contact.name",
    "party.name",
    "party.contact_mechanisms.type",
    "party.contact_mechanisms.value",
    "party.contact_mechanisms.name",
    "employee.party.name",
    "employee.party.contact_mechanisms.type",
    "employee.party.contact_mechanisms.value",
)


class Mechanism(BaseModel):
    """A way to reach somebody; `name` is whose it is."""

    id: int
    type: str | None = None
    value: str | None = None
    name: str | None = None


class Party(BaseModel):
    """A person or an organization."""

    id: int
    name: str | None = None
    mechanisms: list[Mechanism] = Field(default=[], alias="contact_mechanisms.")

    def values(self, *kinds: str) -> list[str]:
        """What its mechanisms of some kinds hold."""
        return [one.value for one in self.mechanisms if one.type in kinds and one.value]


class Employee(BaseModel):
    """Somebody who sells."""

    id: int
    party: Party | None = Field(default=None, alias="party.")


class Currency(BaseModel):
    """A currency's ISO code."""

    code: str | None = None


class Opportunity(BaseModel):
    """A row as Tryton gives it."""

    id: int
    state: str
    number: str | None = None
    description: str | None = None
    amount: Decimal | None = None
    currency: Currency | None = Field(default=None, alias="currency.")
    probability: float | None = Field(default=None, alias="conversion_probability")
    end_date: date | None = None
    lost_reason: str | None = None
    created_at: AwareDatetime | None = Field(default=None, alias="create_date")
    changed_at: AwareDatetime = Field(alias="last_modified_at")
    contact: Mechanism | None = Field(default=None, alias="contact.")
    party: Party | None = Field(default=None, alias="party.")
    employee: Employee | None = Field(default=None, alias="employee.")

    @property
    def mechanisms(self) -> list[Mechanism]:
        """All ways to reach the buyers, that of the deal's own contact first."""
        others = self.party.mechanisms if self.party else []
        first = [self.contact] if self.contact else []
        return first + [one for one in others if not first or one.id != first[0].id]

    def values(self, *kinds: str) -> list[str]:
        """What the buyers' mechanisms of some kinds hold."""
        return [one.value for one in self.mechanisms if one.type in kinds and one.value]


@dataclass(frozen=True, slots=True)
class Around:
    """What is said the same way for all deals: the states' names, users' addresses, the pages."""

    labels: Mapping[str, str]
    user_emails: Mapping[int, str]
    """By employee."""
    pages: str | None = None
    """The address of an opportunity's page, without its id."""


def opportunities(rows: Iterable[Any]) -> list[Opportunity]:
    """The rows that can be read."""
    found = []
    for row in rows:
        try:
            found.append(Opportunity.model_validate(row))
        except ValidationError as error:
            places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
            _log.warning("An opportunity of Tryton cannot be read and is left out: %s", places)
    return found


def deal(row: Opportunity, around: Around, course: Course = ()) -> CrmDeal:
    """An opportunity as a deal, with the states it went through."""
    return CrmDeal(
        id=str(row.id),
        name=_name(row),
        status=status(row.state),
        stage=around.labels.get(row.state, row.state),
        url=None if around.pages is None else f"{around.pages}{row.id}",
        amount=row.amount,
        currency=row.currency.code if row.currency else None,
        probability=_share(row.probability),
        created_at=row.created_at,
        updated_at=row.changed_at,
        closed_at=closed_at(course),
        closes_on=row.end_date,
        lost_reason=row.lost_reason or None,
        owner=_owner(row.employee, around.user_emails),
        company=_company(row.party),
        contacts=_people(row.mechanisms),
        history=tuple(StageEntered(around.labels.get(one, one), at) for one, at in course),
    )


def status(state: str) -> DealStatus:
    """What a state comes to; those that other modules add are open."""
    return CLOSED.get(state, "open")


def closed_at(course: Course) -> datetime | None:
    """When a deal came to the end it has now; None while it is open."""
    found = None
    for state, at in reversed(course):
        if status(state) == "open" or status(state) != status(course[-1][0]):
            break
        found = at
    return found


def ownerless(rows: Sequence[Opportunity]) -> set[int]:
    """The employees whose own party tells no e-mail address."""
    employees = [row.employee for row in rows if row.employee]
    return {one.id for one in employees if not (one.party and one.party.values("email"))}


def site(address: str) -> str | None:
    """The domain of a website, without www."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") or None if host else None


def pages(web: str, database: str) -> str:
    """The address of opportunities in Tryton's web client, but for their ids."""
    return f"{web.rstrip('/')}/#{quote(database, safe='')}/model/sale.opportunity/"


def _name(row: Opportunity) -> str:
    """What people wrote, else whose and which it is."""
    party = row.party.name if row.party else None
    return (row.description or "").strip() or " ".join(
        filter(None, (party, row.number or str(row.id)))
    )


def _share(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= 1 else None


def _owner(employee: Employee | None, user_emails: Mapping[int, str]) -> CrmPerson | None:
    if employee is None:
        return None
    party = employee.party
    emails = party.values("email") if party else []
    return CrmPerson(
        id=str(employee.id),
        name=party.name if party else None,
        email=emails[0] if emails else user_emails.get(employee.id),
    )


def _company(party: Party | None) -> CrmCompany | None:
    if party is None or not party.name:
        return None
    sites = filter(None, map(site, party.values("website")))
    return CrmCompany(id=str(party.id), name=party.name, domain=next(sites, None))


def _people(mechanisms: Sequence[Mechanism]) -> tuple[CrmPerson, ...]:
    """Who can be reached: what bears the same name is one person's, the rest each one's own."""
    ways: dict[object, list[Mechanism]] = {}
    for one in mechanisms:
        if one.value and one.type in {"email", *PHONES}:
            key = one.name.strip().casefold() if one.name and one.name.strip() else one.id
            ways.setdefault(key, []).append(one)
    return tuple(_person(of_one) for of_one in ways.values())


def _person(ways: Sequence[Mechanism]) -> CrmPerson:
    emails = [one.value for one in ways if one.type == "email"]
    phones = [one.value for one in ways if one.type in PHONES]
    return CrmPerson(
        id=str(ways[0].id),
        name=(ways[0].name or "").strip() or None,
        email=emails[0] if emails else None,
        phone=phones[0] if phones else None,
    )
