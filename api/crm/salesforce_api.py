"""Salesforce's REST API as far as it is needed: rows, records, descriptions, calls in one call."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from api.crm.errors import CrmUnavailable, CrmUncertain
from api.crm.salesforce_errors import NAME
from api.crm.wire import Answer, Asked, Wire

API_VERSION = "65.0"
"""Winter '26; Salesforce keeps a version for three years at least."""
_log = logging.getLogger(__name__)
_MOST_PAGES = 1000

Model = TypeVar("Model", bound=BaseModel)


class PicklistValue(BaseModel):
    """One of the values that a field may have."""

    model_config = ConfigDict(extra="ignore")

    value: str
    label: str | None = None


class DescribedField(BaseModel):
    """A field of an object, as the user may see it."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    name: str
    label: str = ""
    type: str = ""
    length: int = 0
    updateable: bool = False
    html_formatted: bool = False
    picklist_values: list[Any] = Field(default_factory=list)


class RecordType(BaseModel):
    """A kind of records of an object; the `master` one stands for having none."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    record_type_id: str
    name: str
    master: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """What the user may see of an object; no fields at all where it is hidden."""

    fields: Mapping[str, DescribedField]
    record_types: tuple[RecordType, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to a part of a composite call."""

    status: int
    body: Any

    @property
    def is_good(self) -> bool:
        """Whether this part went well."""
        return 200 <= self.status < 300


class SalesforceApi:
    """Calls of one version of the API."""

    def __init__(self, wire: Wire, version: str = API_VERSION) -> None:
        self.wire, self.version = wire, version
        self.root = f"/services/data/v{version}"
        self._described: dict[str, Described] = {}

    @property
    def base_url(self) -> str:
        """Where the organisation's pages are."""
        return self.wire.manners.base_url(self.wire.grant.current())

    @property
    def user_id(self) -> str | None:
        """The user that the token is for, if the token said so."""
        identity = self.wire.grant.current().get("identity") or ""
        return identity.rstrip("/").rpartition("/")[2] or None

    def call(self, asked: Asked) -> Answer:
        """The good answer to a call, asking for a first token before."""
        grant = self.wire.grant
        credentials = grant.current()
        if not credentials.get("access_token"):
            grant.renewed(credentials, lambda old: self.wire.manners.renew(old, self.wire))
        return self.wire.call(asked)

    def get(self, path: str, **params: str) -> Any:
        """What a resource of this version holds."""
        return self.call(Asked("GET", self.root + path, params=params or None)).body

    def rows(self, query: str) -> list[dict[str, Any]]:
        """All rows of a query."""
        body = self.get("/query", q=query)
        rows: list[dict[str, Any]] = []
        for _ in range(_MOST_PAGES):
            page = body if isinstance(body, dict) else {}
            rows += [row for row in page.get("records") or () if isinstance(row, dict)]
            more = page.get("nextRecordsUrl")
            if page.get("done", True) or not isinstance(more, str):
                break
            if not more.startswith("/services/data/"):
                raise CrmUnavailable(f"{NAME} names no next page; it is tried again")
            body = self.call(Asked("GET", more)).body
        return rows

    def create(self, kind: str, values: Mapping[str, Any]) -> str:
        """The id of a new record. Raises CrmUncertain when nobody knows whether it is there."""
        path = f"{self.root}/sobjects/{kind}"
        answer = self.call(Asked("POST", path, body=dict(values), may_repeat=False))
        return created_id(answer.body)

    def update(self, kind: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Put values in place of a record's. Raises CrmGone."""
        self.call(Asked("PATCH", f"{self.root}/sobjects/{kind}/{record_id}", body=dict(values)))

    def delete(self, kind: str, record_id: str) -> None:
        """Take a record away. Raises CrmGone."""
        self.call(Asked("DELETE", f"{self.root}/sobjects/{kind}/{record_id}"))

    def composite(
        self, parts: Sequence[Mapping[str, Any]], *, all_or_none: bool, may_repeat: bool
    ) -> list[Part]:
        """The answers to several calls in one; the whole is good even when each of them failed."""
        body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
        answer = self.call(
            Asked("POST", f"{self.root}/composite", body=body, may_repeat=may_repeat)
        )
        found = answer.body.get("compositeResponse") if isinstance(answer.body, dict) else None
        answers = [
            Part(int(one.get("httpStatusCode") or 0), one.get("body"))
            for one in found or ()
            if isinstance(one, dict)
        ]
        if len(answers) != len(parts):
            raise CrmUncertain(f"{NAME} left calls unanswered; it is looked at, and tried again")
        return answers

    def describe(self, *kinds: str) -> list[Described]:
        """What the user may see of some objects, asked for once."""
        missing = [kind for kind in kinds if kind not in self._described]
        if missing:
            parts = [
                {
                    "method": "GET",
                    "url": f"{self.root}/sobjects/{kind}/describe",
                    "referenceId": kind,
                }
                for kind in missing
            ]
            answers = self.composite(parts, all_or_none=False, may_repeat=True)
            for kind, part in zip(missing, answers, strict=True):
                if part.status >= 500:
                    raise CrmUnavailable(f"{NAME} does not describe {kind}; it is tried again")
                self._described[kind] = _described(part)
        return [self._described[kind] for kind in kinds]


def read(model: type[Model], rows: Any) -> list[Model]:
    """Rows as a model; one that cannot be read is left out."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        try:
            found.append(model.model_validate(row))
        except ValidationError as error:
            places = {".".join(str(part) for part in one["loc"]) for one in error.errors()}
            _log.warning("salesforce: a %s is left out: %s", model.__name__, sorted(places))
    return found


def created_id(body: Any) -> str:
    """The id that the answer to a create names. Raises CrmUncertain when it names none."""
    found = body.get("id") if isinstance(body, dict) else None
    if not isinstance(found, str):
        raise CrmUncertain(f"{NAME} did not say what it made; it is looked at, and tried again")
    return found


def _described(part: Part) -> Described:
    body = part.body if part.is_good and isinstance(part.body, dict) else {}
    fields = read(DescribedField, body.get("fields"))
    return Described(
        {one.name: one for one in fields}, tuple(read(RecordType, body.get("recordTypeInfos")))
    )
