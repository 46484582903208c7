"""What HubSpot's answers hold: read with care, for any part may be missing."""

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from models.crm.deal import CrmCompany, CrmPerson, DealStatus

_LOG = logging.getLogger(__name__)
_HOST = re.compile(r"[a-z0-9.-]+", re.IGNORECASE)
_CLOSED: Mapping[float, DealStatus] = {1.0: "won", 0.0: "lost"}
_ID = re.compile(r"[0-9]{1,20}")


class _Read(BaseModel):
    """Keys that are not known are nobody's business; numbers stand for text where ids are asked."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


Model = TypeVar("Model", bound=BaseModel)


class Change(_Read):
    """A value that a property had, from an instant on."""

    value: str
    timestamp: AwareDatetime


class Record(_Read):
    """A deal, contact, company, note or task."""

    id: str
    properties: dict[str, Any] = Field(default_factory=dict)
    history: dict[str, list[Any]] = Field(default_factory=dict, alias="propertiesWithHistory")
    created_at: AwareDatetime | None = Field(default=None, alias="createdAt")
    updated_at: AwareDatetime | None = Field(default=None, alias="updatedAt")
    url: str | None = None

    @field_validator("properties", "history", mode="before")
    @classmethod
    def _none_is_empty(cls, value: object) -> object:
        return {} if value is None else value

    def text(self, name: str) -> str | None:
        """A property in words, None for an empty one."""
        value = self.properties.get(name)
        return str(value).strip() or None if value is not None else None

    def changes(self, name: str) -> list[Change]:
        """A property's values, the oldest first."""
        found = list(parsed(self.history.get(name), Change, "change"))
        return sorted(found, key=lambda change: change.timestamp)


class Stage(_Read):
    """A step of a pipeline."""

    id: str
    label: str
    metadata: dict[str, Any] = Field(default_factory=dict)

    @property
    def probability(self) -> float | None:
        """How likely a deal in it is won, in 0..1."""
        return share(self.metadata.get("probability"))

    @property
    def status(self) -> DealStatus:
        """What a deal in it is."""
        is_open = str(self.metadata.get("isClosed")).lower() == "false"
        if is_open or self.probability is None:
            return "open"
        return _CLOSED.get(self.probability, "open")


class Pipeline(_Read):
    """A way that deals go."""

    id: str
    label: str
    stages: list[Any] = Field(default_factory=list)


class Owner(_Read):
    """Somebody who sells."""

    id: str
    email: str | None = None
    first_name: str | None = Field(default=None, alias="firstName")
    last_name: str | None = Field(default=None, alias="lastName")

    def person(self) -> CrmPerson:
        """The owner as all CRMs tell it."""
        return CrmPerson(self.id, _joined(self.first_name, self.last_name), self.email)


class Portal(_Read):
    """The account itself; all None where nobody may ask."""

    portal_id: str | None = Field(default=None, alias="portalId")
    portal_name: str | None = Field(default=None, alias="portalName")
    time_zone: str | None = Field(default=None, alias="timeZone")
    currency: str | None = Field(default=None, alias="companyCurrency")
    ui_domain: str | None = Field(default=None, alias="uiDomain")

    @property
    def web_url(self) -> str | None:
        """Where people see the account."""
        host = self.ui_domain or ""
        if self.portal_id is None or not _HOST.fullmatch(host) or not is_id(self.portal_id):
            return None
        return f"https://{host}/contacts/{self.portal_id}"

    def deal_url(self, deal_id: str) -> str | None:
        """Where people see a deal."""
        if self.web_url is None or not is_id(deal_id):
            return None
        return f"{self.web_url}/record/0-3/{deal_id}"


class _Metadata(_Read):
    read_only: bool = Field(default=False, alias="readOnlyValue")


class Property(_Read):
    """A field of an object."""

    name: str
    label: str
    type: str
    field_type: str = Field(default="", alias="fieldType")
    calculated: bool | None = None
    hidden: bool | None = None
    archived: bool | None = None
    metadata: _Metadata | None = Field(default=None, alias="modificationMetadata")

    @property
    def is_writable_text(self) -> bool:
        """Whether words can be written to it."""
        is_shut = self.metadata is not None and self.metadata.read_only
        is_text = self.type == "string" and self.field_type in ("text", "textarea")
        return is_text and not (is_shut or self.calculated or self.hidden or self.archived)


class Associated(_Read):
    """What hangs on an object; `paging` leads to more of it."""

    origin: Mapping[str, Any] = Field(alias="from")
    to: list[Any] = Field(default_factory=list)
    paging: Any = None

    def ids(self) -> Iterator[str]:
        """The objects on the other side."""
        for one in self.to:
            found = one.get("toObjectId", one.get("id")) if isinstance(one, dict) else None
            if found is not None:
                yield str(found)


def is_id(text: str) -> bool:
    """Whether a text can be an object's id at all."""
    return _ID.fullmatch(text) is not None


def parsed(items: object, model: type[Model], what: str) -> Iterator[Model]:
    """Those of a list's items that can be read; the others are left out."""
    for item in items if isinstance(items, list) else ():
        try:
            yield model.model_validate(item)
        except ValidationError as error:
            wrong = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
            _LOG.warning("HubSpot: a %s is left out, for its %s", what, ", ".join(wrong)[:200])


def next_after(paging: object) -> str | None:
    """Where a list goes on, None at its end."""
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if after not in (None, "") else None


def instant_of(value: str | None) -> datetime | None:
    """An instant as HubSpot writes it: ISO 8601, or milliseconds since 1970."""
    try:
        if value is None:
            return None
        if re.fullmatch(r"-?\d{1,15}", value, re.ASCII):
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        at = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)


def day_of(value: str | None, zone: ZoneInfo | None) -> date | None:
    """The day of an instant where the account is."""
    at = instant_of(value)
    return None if at is None else at.astimezone(zone or UTC).date()


def money_of(value: str | None) -> Decimal | None:
    """An exact amount."""
    try:
        amount = Decimal(value) if value is not None else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None


def share(value: object) -> float | None:
    """A number in 0..1."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if 0.0 <= number <= 1.0 else None


def contact_of(record: Record) -> CrmPerson:
    """A contact as all CRMs tell it."""
    return CrmPerson(
        record.id,
        _joined(record.text("firstname"), record.text("lastname")),
        record.text("email"),
        record.text("phone") or record.text("mobilephone"),
        record.text("jobtitle"),
    )


def company_of(record: Record) -> CrmCompany:
    """A company as all CRMs tell it."""
    return CrmCompany(
        record.id,
        record.text("name") or record.text("domain") or record.id,
        record.text("domain"),
        record.text("industry"),
        record.text("country") or record.text("state"),
    )


def _joined(*names: str | None) -> str | None:
    return " ".join(name.strip() for name in names if name and name.strip()) or None
