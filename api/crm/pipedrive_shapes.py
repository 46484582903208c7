"""What is read from Pipedrive; what is broken is left out with a word in the log."""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from api.crm.errors import CrmUnavailable
from api.crm.pipedrive_manners import NAME
from api.crm.wire import Answer

_log = logging.getLogger(__name__)


def _instant(told: object) -> object:
    """Pipedrive writes instants in UTC, in v1 without saying so, and "" for none."""
    if not isinstance(told, str):
        return told
    if not told.strip():
        return None
    parsed = datetime.fromisoformat(told.strip())
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _some(told: object) -> object:
    return None if told == "" else told


Instant = Annotated[datetime | None, BeforeValidator(_instant)]
Day = Annotated[date | None, BeforeValidator(_some)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RawDeal(_Read):
    """A deal with the ids of what it belongs to."""

    id: int
    title: str | None = None
    owner_id: int | None = None
    person_id: int | None = None
    org_id: int | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    value: Decimal | None = None
    currency: str | None = None
    add_time: Instant = None
    update_time: Instant = None
    stage_change_time: Instant = None
    close_time: Instant = None
    won_time: Instant = None
    lost_time: Instant = None
    expected_close_date: Day = None
    is_deleted: bool | None = None
    status: Literal["open", "won", "lost", "deleted"] = "open"
    probability: float | None = None
    lost_reason: str | None = None
    participants_count: int | None = None
    custom_fields: dict[str, Any] | None = None

    @property
    def is_there(self) -> bool:
        """Whether it is neither deleted nor merged into another."""
        return not self.is_deleted and self.status != "deleted"

    @property
    def closed_at(self) -> datetime | None:
        """When it was won or lost."""
        if self.status == "won":
            return self.won_time or self.close_time
        return self.lost_time or self.close_time if self.status == "lost" else None


class RawChange(_Read):
    """A field of a deal that was changed."""

    field_key: str
    time: Instant
    old_value: str | None = None
    new_value: str | None = None


class RawPoint(_Read):
    """An address or number of a person."""

    value: str | None = None
    primary: bool | None = None


class RawPerson(_Read):
    """A contact."""

    id: int
    name: str | None = None
    emails: list[RawPoint] | None = None
    phones: list[RawPoint] | None = None
    job_title: str | None = None


class RawPlace(_Read):
    """Where an organization is."""

    country: str | None = None


class RawOrganization(_Read):
    """A company that buys."""

    id: int
    name: str = ""
    website: str | None = None
    address: RawPlace | None = None


class RawUser(_Read):
    """Somebody who sells."""

    id: int
    name: str | None = None
    email: str | None = None


class RawMe(RawUser):
    """Whom the credentials speak for."""

    company_name: str | None = None
    company_domain: str | None = None


class RawPipeline(_Read):
    """A pipeline."""

    id: int
    name: str
    is_deal_probability_enabled: bool | None = None


class RawStage(_Read):
    """A stage of a pipeline."""

    id: int
    name: str
    pipeline_id: int | None = None
    deal_probability: float | None = None


class RawNote(_Read):
    """A note, whose `add_time` is where it stands on the timeline."""

    id: int
    content: str | None = None
    active_flag: bool | None = None


class RawActivity(_Read):
    """A to-do."""

    id: int
    note: str | None = None
    is_deleted: bool | None = None


class RawField(_Read):
    """A field of deals."""

    field_code: str
    field_name: str
    field_type: str
    is_custom_field: bool | None = None


class RawNamed(_Read):
    """An organization in a search's answer."""

    id: int
    name: str | None = None


class RawHit(_Read):
    """A person that a search found."""

    id: int
    emails: list[str] = Field(default_factory=list)
    phones: list[str] = Field(default_factory=list)
    organization: RawNamed | None = None


Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Page(Generic[Shape]):
    """Some of a list; `cursor` or `start` ask for what follows."""

    items: list[Shape]
    cursor: str | None = None
    start: int | None = None


def read_page(answer: Answer, shape: type[Shape]) -> Page[Shape]:
    """What a list's answer holds. Raises CrmUnavailable when it is no list."""
    body = answer.body if isinstance(answer.body, dict) else {}
    listed = body.get("data", ())
    if isinstance(listed, dict):
        listed = [_item(one) for one in listed.get("items") or ()]
    if "data" not in body or not isinstance(listed, list | None):
        raise CrmUnavailable(f"{NAME} answered no list; it is tried again")
    items = [one for one in (_read(raw, shape) for raw in listed or ()) if one is not None]
    more = body.get("additional_data")
    more = more if isinstance(more, dict) else {}
    cursor = more.get("next_cursor")
    return Page(items, cursor if isinstance(cursor, str) and cursor else None, _start(more))


def read_one(answer: Answer, shape: type[Shape]) -> Shape | None:
    """What an answer for one thing holds, None when that is not what it should be."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return _read(body.get("data"), shape)


def _item(found: object) -> object:
    """A search's answer wraps what it found in how well it fits."""
    return found.get("item") if isinstance(found, dict) else None


def _start(more: dict[str, Any]) -> int | None:
    """Where the next page begins in the lists of v1."""
    paging = more.get("pagination")
    if not isinstance(paging, dict) or not paging.get("more_items_in_collection"):
        return None
    start = paging.get("next_start")
    return start if isinstance(start, int) else None


def _read(raw: object, shape: type[Shape]) -> Shape | None:
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        at = sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})
        _log.warning("%s: a %s is left out, broken at %s", NAME, shape.__name__, at or "all of it")
        return None
