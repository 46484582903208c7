"""What a connection to Salesforce can do, what it lacks, and how much it may still ask."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.crm import salesforce_queries as queries
from api.crm.errors import CrmRejected
from api.crm.port import CrmAccount
from api.crm.salesforce_api import SalesforceApi, read
from api.crm.salesforce_deals import SalesforceDeals
from api.crm.wire import Asked

_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")


class _Version(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: str


class _Kind(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str
    queryable: bool = False
    createable: bool = False
    updateable: bool = False


class _UserSettings(BaseModel):
    model_config = ConfigDict(extra="ignore")

    userId: str | None = None  # noqa: N815 (Salesforce's own word)


class _Organisation(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str | None = None
    userSettings: _UserSettings = Field(default_factory=_UserSettings)  # noqa: N815


def account(api: SalesforceApi, deals: SalesforceDeals, *, with_notes: bool) -> CrmAccount:
    """Whom the credentials speak for; `with_notes` when notes are kept as ContentNote."""
    answer = api.call(Asked("GET", f"{api.root}/sobjects"))
    kinds = _kinds(answer.body)
    versions = [
        one.version for one in read(_Version, api.call(Asked("GET", "/services/data")).body)
    ]
    name, user = _who(api)
    lacks = [*_missing(kinds, with_notes=with_notes), *_hidden(deals)]
    if not lacks and not _has_currency(deals):
        lacks.append("the organisation's currency is not known: write it on the connection")
    if versions and api.version not in versions:
        lacks.append(f"API version {api.version} is not offered; set one up to {versions[-1]}")
    scope = api.wire.grant.current().get("scope") or ""
    return CrmAccount(
        name=name or api.base_url,
        user=user,
        scopes=tuple(scope.split()),
        lacks=tuple(lacks),
        limits=tuple(_limits(answer.headers)),
        api_version=api.version,
        web_url=api.base_url,
    )


def _kinds(body: Any) -> dict[str, _Kind]:
    found = body.get("sobjects") if isinstance(body, dict) else None
    return {one.name: one for one in read(_Kind, found)}


def _who(api: SalesforceApi) -> tuple[str | None, str | None]:
    """The organisation's name and the user's."""
    try:
        found = read(_Organisation, [api.get("/connect/organization")])
    except CrmRejected:
        found = []
    organisation = found[0] if found else _Organisation()
    name = organisation.name or _first(api, queries.organisation(), "Name")
    user_id = organisation.userSettings.userId or api.user_id
    return name, None if user_id is None else _first(api, queries.user(user_id), "Username")


def _first(api: SalesforceApi, query: str, field: str) -> str | None:
    try:
        rows = api.rows(query)
    except CrmRejected:
        return None
    value = rows[0].get(field) if rows else None
    return value if isinstance(value, str) else None


def _missing(kinds: Mapping[str, _Kind], *, with_notes: bool) -> Iterator[str]:
    """The objects that the user may not use as it must."""

    def may(kind: str, *what: str) -> bool:
        return kind in kinds and all(getattr(kinds[kind], one) for one in what)

    for kind in (queries.DEAL, "Account", "Contact", "OpportunityContactRole"):
        if not may(kind, "queryable"):
            yield f"{kind}: the user may not read it; give it a permission set that may"
    if not may("OpportunityHistory", "queryable"):
        yield "OpportunityHistory: no access, so deals come without the stages they went through"
    if with_notes and not may("ContentNote", "createable", "updateable"):
        yield "ContentNote: switch on Notes (Setup, Notes Settings), or write notes as tasks"
    elif with_notes and not may("ContentDocumentLink", "createable", "queryable"):
        yield "ContentDocumentLink: the user may not link notes to deals"
    if not may("Task", "createable", "updateable", "queryable"):
        yield "Task: the user may not write tasks; give it the permission Edit Tasks"


def _hidden(deals: SalesforceDeals) -> Iterator[str]:
    """Fields that are hidden from the user."""
    wanted = (
        (queries.DEAL, [*queries.DEAL_FIELDS]),
        ("Account", [*queries.ACCOUNT_FIELDS]),
        ("Contact", [*queries.CONTACT_FIELDS]),
    )
    for kind, fields in wanted:
        visible = deals.visible(kind)
        if not visible:
            continue
        for field in fields:
            if field not in visible and field not in queries.OPTIONAL_DEAL_FIELDS:
                yield f"{kind}.{field}: hidden from the user by field-level security"


def _has_currency(deals: SalesforceDeals) -> bool:
    has_many = "CurrencyIsoCode" in deals.visible(queries.DEAL)
    return has_many or deals.organisation().currency is not None


def _limits(headers: Mapping[str, str]) -> Iterator[str]:
    """What is left, as each answer's header tells."""
    found = _USAGE.search(headers.get("sforce-limit-info", ""))
    if found is not None:
        used, most = int(found[1]), int(found[2])
        yield f"{max(most - used, 0):,} of {most:,} calls left today"
