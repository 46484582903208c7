"""The deals that may be a call's, the surest way first."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from api.crm.hubspot_deals import CONTACT_PROPERTIES, Deals
from api.crm.hubspot_objects import (
    COMPANIES,
    CONTACTS,
    DEALS,
    Filter,
    Objects,
    equals,
    one_of,
    portions,
)
from api.crm.hubspot_reading import Record
from api.crm.port import DealHint, Found, Via
from models.crm.deal import CrmDeal

_LATELY = timedelta(days=30)
"""How long before the call a deal may have been closed and still be its own."""
_MOST_DEALS = 300
"""Of a contact or company, the newest."""
# HubSpot takes five groups of filters in a search, and as many values as this in one of them.
_EMAILS_AT_ONCE = 4
_VALUES_AT_ONCE = 100
_PHONES = ("phone", "mobilephone")
_NATIONAL_PHONE = "hs_searchable_calculated_phone_number"

By = dict[str, set[str]]
"""Ids, and what of the hint led to each."""


class Finding:
    """One search for a call's deals; what it learns of contacts serves the weaker ways too."""

    def __init__(self, objects: Objects, deals: Deals, hint: DealHint) -> None:
        self._objects, self._deals, self._hint = objects, deals, hint
        self._contacts: list[str] = []

    def found(self) -> list[Found]:
        """Deals by the strongest way each; weaker ways rest once an open deal is there."""
        found: dict[str, Found] = {}
        for via, by in self._ways():
            for deal in self._deals.read(_newest(by, found)):
                if deal.id not in found and self._is_near(deal):
                    what = by.get(deal.id) or set().union(*(by.get(i, ()) for i in deal.merged))
                    found[deal.id] = Found(deal, via, tuple(sorted(what)))
            if any(one.deal.status == "open" for one in found.values()):
                break
        return list(found.values())

    def _ways(self) -> Iterator[tuple[Via, By]]:
        """Deal ids by each way in turn; one is gone only when the next is asked for."""
        hint = self._hint
        if hint.deal_id:
            yield "id", {hint.deal_id: {hint.deal_id}}
        if hint.emails:
            yield "email", self._of(CONTACTS, self._by_email(hint.emails))
        if hint.phones:
            yield "phone", self._of(CONTACTS, self._by_phone(hint.phones))
        if hint.companies or self._contacts:
            yield "company", self._of(COMPANIES, self._by_company(hint.companies))
        if hint.domains:
            yield "domain", self._of(COMPANIES, self._by_domain(hint.domains))

    def _of(self, kind: str, by: By) -> By:
        """The deals of some contacts or companies."""
        if not by:
            return {}
        if kind == CONTACTS:
            self._contacts += by
        deals: By = {}
        for one, deal_ids in self._objects.associated(kind, DEALS, by).items():
            for deal_id in deal_ids:
                deals.setdefault(deal_id, set()).update(by.get(one, ()))
        return deals

    def _by_email(self, emails: Iterable[str]) -> By:
        """Contacts with an address, be it their first or another."""
        found: By = {}
        for some in portions(dict.fromkeys(emails), _EMAILS_AT_ONCE):
            groups = [[one_of("email", some)]]
            groups += [[equals("hs_additional_emails", email)] for email in some]
            for contact in self._search(CONTACTS, groups, CONTACT_PROPERTIES):
                has = {(contact.text("email") or "").lower()}
                has |= set((contact.text("hs_additional_emails") or "").lower().split(";"))
                found.setdefault(contact.id, set()).update(has & set(some))
        return found

    def _by_phone(self, phones: Iterable[str]) -> By:
        """Contacts with a number, as it was typed or as HubSpot understood it."""
        found: By = {}
        for some in portions(dict.fromkeys(phones), _VALUES_AT_ONCE):
            national = {"".join(filter(str.isdigit, one)).lstrip("0") for one in some} - {""}
            groups = [[one_of(name, some)] for name in _PHONES]
            groups += [[one_of(_NATIONAL_PHONE, sorted(national))]] if national else []
            for contact in self._search(CONTACTS, groups, CONTACT_PROPERTIES):
                has = {contact.text(name) for name in _PHONES}
                found.setdefault(contact.id, set()).update(set(some) & has or {some[0]})
        return found

    def _by_company(self, names: Iterable[str]) -> By:
        """Companies with a name, and those that the contacts work for."""
        found: By = {}
        for some in portions(dict.fromkeys(names), _VALUES_AT_ONCE):
            for company in self._search(COMPANIES, [[one_of("name", some)]], ("name",)):
                found[company.id] = {company.text("name") or company.id}
        if self._contacts:
            works = self._objects.associated(CONTACTS, COMPANIES, self._contacts)
            ids = {one for some in works.values() for one in some} - set(found)
            for company in self._objects.read(COMPANIES, sorted(ids), ("name",)):
                found[company.id] = {company.text("name") or company.id}
        return found

    def _by_domain(self, domains: Iterable[str]) -> By:
        found: By = {}
        for some in portions(dict.fromkeys(domains), _VALUES_AT_ONCE):
            for company in self._search(COMPANIES, [[one_of("domain", some)]], ("domain",)):
                found[company.id] = {(company.text("domain") or "").lower()} - {""}
        return found

    def _search(
        self, kind: str, groups: list[list[Filter]], properties: tuple[str, ...]
    ) -> list[Record]:
        return self._objects.search(kind, groups, properties)[0]

    def _is_near(self, deal: CrmDeal) -> bool:
        """Whether it is open, or was when the call took place or shortly before."""
        at = deal.closed_at
        is_named = deal.id == self._hint.deal_id or self._hint.deal_id in deal.merged
        return deal.status == "open" or is_named or at is None or at >= self._hint.at - _LATELY


def _newest(by: By, known: Mapping[str, Found]) -> list[str]:
    """The newest of some deals, as far as HubSpot counts upwards."""
    ids = sorted(set(by) - set(known), key=lambda one: (len(one), one), reverse=True)
    return ids[:_MOST_DEALS]
