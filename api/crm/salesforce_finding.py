"""Finding a call's deal in Salesforce: by its id, its people, their accounts, their domain.

The strongest way comes first, and nothing weaker is asked once an open deal was found.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.crm import salesforce_queries as queries
from api.crm import soql
from api.crm.port import DealHint, Found, Via
from api.crm.salesforce_api import SalesforceApi
from api.crm.salesforce_deals import SalesforceDeals
from api.crm.salesforce_rows import domain_of
from models.crm.deal import CrmDeal

_LONGEST = 255
"""No name or address there is longer, so a longer one is not there."""
_MOST_DOMAINS = 5

Hits = dict[str, set[str]]
"""What was found, and by which words of the hint."""


class SalesforceFinding:
    """The ways from what is known of a call to deals."""

    def __init__(self, api: SalesforceApi, deals: SalesforceDeals) -> None:
        self._api, self._deals = api, deals

    def find(self, hint: DealHint) -> list[Found]:
        """Deals that may be the call's, each by the strongest way it was found."""
        ways: tuple[tuple[Via, Callable[[DealHint], Hits]], ...] = (
            ("id", self._by_id),
            ("email", self._by_emails),
            ("phone", self._by_phones),
            ("company", self._by_companies),
            ("domain", self._by_domains),
        )
        found: dict[str, Found] = {}
        for via, way in ways:
            hits = way(hint)
            for deal in self._deals.load(one for one in hits if one not in found):
                if via == "id" or _may_be(deal, hint.at):
                    by = hits.get(deal.id) or {hint.deal_id or ""}
                    found[deal.id] = Found(deal, via, tuple(sorted(by)))
            if any(one.deal.status == "open" for one in found.values()):
                break
        return list(found.values())

    def _by_id(self, hint: DealHint) -> Hits:
        return {hint.deal_id: {hint.deal_id}} if hint.deal_id else {}

    def _by_emails(self, hint: DealHint) -> Hits:
        if "Email" not in self._people():
            return {}
        return self._deals_of(
            hint,
            ["Contact.Email"],
            (queries.of_emails(batch, "Contact.") for batch in soql.batches(_known(hint.emails))),
        )

    def _by_phones(self, hint: DealHint) -> Hits:
        fields = queries.readable(queries.PHONE_FIELDS, self._people())
        if not fields:
            return {}
        named = [f"Contact.{field}" for field in fields]
        return self._deals_of(
            hint,
            named,
            (
                queries.of_phones(batch, fields, "Contact.")
                for batch in soql.batches(_known(hint.phones), 50)
            ),
        )

    def _by_companies(self, hint: DealHint) -> Hits:
        """By the accounts of the call's people, and those of its companies' names."""
        accounts: Hits = defaultdict(set)
        for condition, named in self._people_conditions(hint):
            self._note_accounts(accounts, queries.contacts(condition, named), "AccountId", named)
        if "Name" in self._deals.visible("Account"):
            for batch in soql.batches(_known(hint.companies), 20, 2000):
                query = queries.accounts(queries.of_company(batch), ["Name"])
                self._note_accounts(accounts, query, "Id", ["Name"])
        return self._deals_at(hint, accounts)

    def _by_domains(self, hint: DealHint) -> Hits:
        """By people and accounts of a domain, whoever they are."""
        accounts: Hits = defaultdict(set)
        found: Hits = defaultdict(set)
        for domain in _known(hint.domains)[:_MOST_DOMAINS]:
            if "Email" in self._people():
                of_domain = queries.of_mail_domain(domain, "Contact.")
                for deal_id in self._deals_of(hint, [], [of_domain]):
                    found[deal_id].add(domain)
            for account_id in self._accounts_at(domain):
                accounts[account_id].add(domain)
        for deal_id, by in self._deals_at(hint, accounts).items():
            found[deal_id] |= by
        return found

    def _accounts_at(self, domain: str) -> Iterator[str]:
        """Accounts with somebody who has an address at a domain, or with a website there."""
        if {"Email", "AccountId"} <= {*self._deals.visible("Contact")}:
            query = queries.contacts(queries.of_mail_domain(domain), ["Email"])
            for row in self._api.rows(query):
                yield str(row.get("AccountId"))
        if "Website" in self._deals.visible("Account"):
            query = queries.accounts(queries.of_website(domain), ["Website"])
            for row in self._api.rows(query):
                if domain_of(_text(row.get("Website"))) == domain:
                    yield str(row.get("Id"))

    def _people(self) -> Sequence[str]:
        """The fields of contacts to be asked for; none where their parts in deals are hidden."""
        has_roles = self._deals.visible("OpportunityContactRole")
        return self._deals.visible("Contact") if has_roles else ()

    def _people_conditions(self, hint: DealHint) -> Iterator[tuple[str, list[str]]]:
        visible = self._deals.visible("Contact")
        if "AccountId" not in visible:
            return
        if "Email" in visible:
            for batch in soql.batches(_known(hint.emails)):
                yield queries.of_emails(batch), ["Email"]
        fields = queries.readable(queries.PHONE_FIELDS, visible)
        if fields:
            for batch in soql.batches(_known(hint.phones), 50):
                yield queries.of_phones(batch, fields), fields

    def _deals_of(self, hint: DealHint, named: Sequence[str], conditions: Iterable[str]) -> Hits:
        """Deals that people have a part in, and what these people were known by."""
        hits: Hits = defaultdict(set)
        known = {*hint.emails, *hint.phones}
        for condition in conditions:
            for row in self._api.rows(queries.deals_by_people(condition, named, hint.at)):
                contact = row.get("Contact")
                words = _words(contact if isinstance(contact, dict) else {}, named)
                hits[str(row.get("OpportunityId"))] |= words & known or words
        return hits

    def _deals_at(self, hint: DealHint, accounts: Mapping[str, set[str]]) -> Hits:
        """Deals of accounts, and what these accounts were known by."""
        hits: Hits = defaultdict(set)
        for batch in soql.batches(one for one in accounts if soql.is_record(one)):
            for row in self._api.rows(queries.deals_by_accounts(batch, hint.at)):
                hits[str(row.get("Id"))] |= accounts.get(str(row.get("AccountId")), set())
        return hits

    def _note_accounts(self, accounts: Hits, query: str, field: str, named: Sequence[str]) -> None:
        for row in self._api.rows(query):
            accounts[str(row.get(field))] |= _words(row, named)


def _may_be(deal: CrmDeal, at: datetime) -> bool:
    """Whether a deal was open at an instant, or closed not long before."""
    if deal.status == "open":
        return True
    earliest = at - queries.CLOSED_WITHIN
    if deal.closed_at is not None:
        return deal.closed_at >= earliest
    return deal.closes_on is not None and deal.closes_on >= earliest.date()


def _known(words: Iterable[str]) -> list[str]:
    return [word for word in words if word.strip() and len(word) <= _LONGEST]


def _words(row: Mapping[str, Any], named: Sequence[str]) -> set[str]:
    """What a row says in some fields; addresses in lower case, as hints have them."""
    values = ((name, _text(row.get(name.rpartition(".")[2]))) for name in named)
    return {value.lower() if name.endswith("Email") else value for name, value in values if value}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
