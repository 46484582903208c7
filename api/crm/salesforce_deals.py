"""Deals out of Salesforce: some of them, those that changed, and those a call may be about."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from api.crm import salesforce_queries as queries
from api.crm import soql
from api.crm.errors import CrmRejected
from api.crm.port import DealPage
from api.crm.salesforce_api import PicklistValue, SalesforceApi, read
from api.crm.salesforce_errors import NAME
from api.crm.salesforce_rows import (
    Course,
    DealRow,
    HistoryRow,
    Organisation,
    RoleRow,
    deal_of,
)
from models.crm.deal import CrmDeal

PAGE = 200
_CURSOR = TypeAdapter(tuple[AwareDatetime, str])
_ISO = 3


class SalesforceDeals:
    """Deals as one user may see them; what the organisation looks like is asked for once."""

    def __init__(self, api: SalesforceApi, options: Mapping[str, Any]) -> None:
        self._api = api
        self._currency = _currency(options.get("currency"))
        self._organisation: Organisation | None = None

    def load(self, deal_ids: Iterable[str]) -> list[CrmDeal]:
        """Those of the deals that are there."""
        wanted = list(dict.fromkeys(one for one in deal_ids if soql.is_record(one)))
        found: dict[str, CrmDeal] = {}
        for batch in soql.batches(wanted):
            rows = self._api.rows(queries.deals(batch, self._fields()))
            for deal in self._deals(read(DealRow, rows)):
                found[deal.id] = deal
        shorter = {deal_id[:15]: deal_id for deal_id in found}
        return [found[shorter[one[:15]]] for one in wanted if one[:15] in shorter]

    def changed(self, since: datetime | None, cursor: str | None) -> DealPage:
        """A page of deals that changed, by the instant of the change and then by id."""
        after = None if cursor is None else _after(cursor)
        query = queries.changed_deals(since, after, self._fields(), PAGE)
        rows = self._api.rows(query)
        following = None
        if len(rows) >= PAGE:
            last = rows[-1]
            following = json.dumps([last.get("SystemModstamp"), last.get("Id")])
            if _after(following) == after:
                raise CrmRejected(f"{NAME} gives the same page again; start the sync anew")
        return DealPage(tuple(self._deals(read(DealRow, rows))), following)

    def organisation(self) -> Organisation:
        """The names of stages and pipelines, and the currency."""
        if self._organisation is None:
            self._organisation = self._described()
        return self._organisation

    def visible(self, kind: str) -> Sequence[str]:
        """The fields of an object that the user may see."""
        described = self._api.describe(*queries.KINDS)
        return list(described[queries.KINDS.index(kind)].fields)

    def _fields(self) -> list[str]:
        visible = self.visible(queries.DEAL)
        if "Id" not in visible:
            raise CrmRejected(
                f"{NAME}: the user may not read opportunities; give it that permission"
            )
        fields = ["Id", *queries.readable(queries.DEAL_FIELDS, visible)]
        if "OwnerId" in fields:
            fields += ["Owner.Name", "Owner.Email"]
        if "AccountId" in fields:
            fields += queries.readable(queries.ACCOUNT_FIELDS, self.visible("Account"), "Account.")
        return fields

    def _deals(self, rows: Sequence[DealRow]) -> list[CrmDeal]:
        if not rows:
            return []
        courses = self._courses([row.id for row in rows])
        organisation = self.organisation()
        return [deal_of(row, courses[row.id], organisation) for row in rows]

    def _courses(self, deal_ids: Sequence[str]) -> Mapping[str, Course]:
        """Histories and people of deals, as far as the user may see them."""
        history: dict[str, list[HistoryRow]] = defaultdict(list)
        roles: dict[str, list[RoleRow]] = defaultdict(list)
        contact = queries.readable(queries.CONTACT_FIELDS, self.visible("Contact"), "Contact.")
        for batch in soql.batches(deal_ids):
            if self.visible("OpportunityHistory"):
                for entry in read(HistoryRow, self._api.rows(queries.history(batch))):
                    history[entry.opportunity_id].append(entry)
            if self.visible("OpportunityContactRole"):
                for role in read(RoleRow, self._api.rows(queries.roles(batch, contact))):
                    roles[role.opportunity_id].append(role)
        return {one: Course(history[one], roles[one]) for one in deal_ids}

    def _described(self) -> Organisation:
        described = self._api.describe(*queries.KINDS)[queries.KINDS.index(queries.DEAL)]
        stage = described.fields.get("StageName")
        values = read(PicklistValue, stage.picklist_values if stage else None)
        return Organisation(
            url=self._api.base_url,
            stages={one.value: one.label or one.value for one in values},
            pipelines={
                one.record_type_id: one.name for one in described.record_types if not one.master
            },
            currency=self._own_currency("CurrencyIsoCode" in described.fields),
        )

    def _own_currency(self, has_many: bool) -> str | None:
        """The one currency of an organisation that has no more: each amount is in it."""
        if has_many or self._currency is not None:
            return None if has_many else self._currency
        try:
            body = self._api.get("/connect/organization")
        except CrmRejected:
            return None
        features = body.get("features") if isinstance(body, dict) else None
        return _currency(features.get("defaultCurrencyIsoCode") if features else None)


def _currency(code: Any) -> str | None:
    is_code = isinstance(code, str) and len(code) == _ISO and code.isascii() and code.isalpha()
    return code.upper() if is_code else None


def _after(cursor: str) -> tuple[datetime, str]:
    """Where a page ended. Raises CrmRejected for what is no cursor."""
    try:
        at, deal_id = _CURSOR.validate_json(cursor)
    except ValidationError:
        raise CrmRejected(f"{NAME}: the sync lost its place; start it anew") from None
    if not soql.is_record(deal_id):
        raise CrmRejected(f"{NAME}: the sync lost its place; start it anew")
    return at, deal_id
