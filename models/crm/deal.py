"""A deal as a CRM tells it, whichever CRM that is.

Ids are the CRM's own and text. Money is exact and never without its currency where the CRM has
one; instants are aware. None is what the CRM does not say.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

DealStatus = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class CrmPerson:
    """A contact, or somebody who sells."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class CrmCompany:
    """Who buys."""

    id: str
    name: str
    domain: str | None = None
    industry: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class StageEntered:
    """A deal entering a stage, by the name people read."""

    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CrmDeal:
    """A deal with the names of its pipeline and stage, never their ids.

    `closes_on` is the day it is expected to close, or closed; `probability` lies in 0..1;
    `history` is in order of time and ends with the present stage, empty where the CRM was not
    asked; `merged` are ids of deals that became part of it.
    """

    id: str
    name: str
    status: DealStatus
    stage: str
    url: str | None = None
    pipeline: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    probability: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    closes_on: date | None = None
    lost_reason: str | None = None
    owner: CrmPerson | None = None
    company: CrmCompany | None = None
    contacts: tuple[CrmPerson, ...] = ()
    history: tuple[StageEntered, ...] = ()
    merged: tuple[str, ...] = ()
