"""Salesforce's rows as deals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_pascal

from api.crm.salesforce_api import read
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson, DealStatus, StageEntered

_DOMAIN_AT_MOST = 253

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_pascal, populate_by_name=True)


class PersonRow(_Row):
    """A user or a contact."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile_phone: str | None = None
    title: str | None = None


class AccountRow(_Row):
    """Who buys."""

    name: str
    website: str | None = None
    industry: str | None = None
    billing_country: str | None = None


class DealRow(_Row):
    """A deal; `owner` and `account` are read on their own, so that neither spoils it."""

    id: str
    name: str | None = None
    stage_name: str | None = None
    is_closed: bool = False
    is_won: bool = False
    amount: Decimal | None = None
    currency_iso_code: str | None = None
    probability: float | None = None
    close_date: date | None = None
    created_date: Instant | None = None
    system_modstamp: Instant | None = None
    last_stage_change_date: Instant | None = None
    owner_id: str | None = None
    account_id: str | None = None
    record_type_id: str | None = None
    owner: Any = None
    account: Any = None


class HistoryRow(_Row):
    """A change of a deal."""

    opportunity_id: str
    stage_name: str
    created_date: Instant


class RoleRow(_Row):
    """Somebody's part in a deal."""

    opportunity_id: str
    contact_id: str
    contact: Any = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """What its deals are read with: names of stages and pipelines by id, and its one currency."""

    url: str
    stages: Mapping[str, str]
    pipelines: Mapping[str, str]
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What belongs to a deal besides its row."""

    history: Sequence[HistoryRow] = ()
    roles: Sequence[RoleRow] = ()


def deal_url(base_url: str, deal_id: str) -> str:
    """The page of a deal."""
    return f"{base_url}/lightning/r/Opportunity/{deal_id}/view"


def task_url(base_url: str, task_id: str) -> str:
    """The page of a task."""
    return f"{base_url}/lightning/r/Task/{task_id}/view"


def deal_of(row: DealRow, course: Course, organisation: Organisation) -> CrmDeal:
    """A deal with its history, people and names."""
    stage = row.stage_name or ""
    history = _stages(course.history, row)
    probability = None if row.probability is None else min(max(row.probability / 100, 0.0), 1.0)
    return CrmDeal(
        id=row.id,
        name=row.name or row.id,
        status=_status(row),
        stage=organisation.stages.get(stage, stage),
        url=deal_url(organisation.url, row.id),
        pipeline=organisation.pipelines.get(row.record_type_id or ""),
        amount=row.amount,
        currency=(row.currency_iso_code or organisation.currency)
        if row.amount is not None
        else None,
        probability=probability,
        created_at=row.created_date,
        updated_at=row.system_modstamp,
        closed_at=_closed_at(row, history),
        closes_on=row.close_date,
        owner=_person(row.owner_id, row.owner),
        company=_company(row.account_id, row.account),
        contacts=tuple(_contacts(course.roles)),
        history=tuple(
            StageEntered(organisation.stages.get(name, name), at) for name, at in history
        ),
    )


def domain_of(website: str | None) -> str | None:
    """The domain of a website, however it is written; None when it is none."""
    text = (website or "").strip().lower()
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return None
    host = host.removeprefix("www.").rstrip(".")
    return host if "." in host and len(host) <= _DOMAIN_AT_MOST else None


def _status(row: DealRow) -> DealStatus:
    if row.is_won:
        return "won"
    return "lost" if row.is_closed else "open"


def _stages(rows: Iterable[HistoryRow], row: DealRow) -> list[tuple[str, datetime]]:
    """When each stage was entered: rows that changed something else are no entry."""
    entered: list[tuple[str, datetime]] = []
    for one in sorted(rows, key=lambda one: one.created_date):
        if not entered or entered[-1][0] != one.stage_name:
            entered.append((one.stage_name, one.created_date))
    at = row.last_stage_change_date or row.system_modstamp
    if entered and row.stage_name and entered[-1][0] != row.stage_name and at is not None:
        entered.append((row.stage_name, max(at, entered[-1][1])))
    return entered


def _closed_at(row: DealRow, history: Sequence[tuple[str, datetime]]) -> datetime | None:
    """When the deal came into the closed stage that it is in."""
    if not row.is_closed:
        return None
    return history[-1][1] if history else row.last_stage_change_date


def _person(person_id: str | None, row: Any) -> CrmPerson | None:
    if not person_id:
        return None
    try:
        one = PersonRow.model_validate(row or {})
    except ValidationError:
        return CrmPerson(person_id)
    return CrmPerson(
        person_id,
        one.name,
        (one.email or "").lower() or None,
        one.phone or one.mobile_phone,
        one.title,
    )


def _company(account_id: str | None, row: Any) -> CrmCompany | None:
    if not account_id or not isinstance(row, dict):
        return None
    for one in read(AccountRow, [row]):
        return CrmCompany(
            account_id, one.name, domain_of(one.website), one.industry, one.billing_country
        )
    return None


def _contacts(roles: Iterable[RoleRow]) -> Iterable[CrmPerson]:
    """Each person once, whatever parts they have."""
    seen = set()
    for role in roles:
        person = _person(role.contact_id, role.contact)
        if person is not None and person.id not in seen:
            seen.add(person.id)
            yield person
