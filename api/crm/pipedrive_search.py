"""Finding the deals that a call may belong to, the strongest way first."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from api.crm.errors import CrmGone
from api.crm.pipedrive_api import PipedriveApi, number
from api.crm.pipedrive_manners import SEARCH
from api.crm.pipedrive_shapes import RawDeal, RawHit, RawNamed
from api.crm.port import DealHint, Via

CLOSED_OF_LATE = timedelta(days=14)
WITH = {"include_fields": "participants_count"}
"""So that a deal says whether there are more persons to ask for."""

_MOST_PERSONS = 20
"""Asked for by one hint; who knows more of them by one domain has an organization for them."""
_DIGITS = 9
"""Those at the end of a number that are the same however it is written."""
_LEGAL_FORM = re.compile(
    "ab|ag|bv|co|company|corp|corporation|eurl|gmbh|inc|kg|limited|ll[cp]|ltd|nv|oy|plc|pty|"
    "sa|sarl|sas|sasu|sl|spa|srl"
)


@dataclass(slots=True)
class Hit:
    """A deal that was found, how, and by what."""

    deal: RawDeal
    via: Via
    by: list[str] = field(default_factory=list)


class DealSearch:
    """One search for one hint."""

    def __init__(self, api: PipedriveApi, hint: DealHint) -> None:
        self._api, self._hint = api, hint
        self._hits: dict[int, Hit] = {}
        self._organizations: dict[int, list[str]] = {}
        """Those of the persons found so far, by what these were found."""

    def run(self) -> list[Hit]:
        """What is found; nothing weaker is asked for once there is an open deal."""
        ways: tuple[Callable[[], None], ...] = (
            self._by_id,
            self._by_email,
            self._by_phone,
            self._by_company,
            self._by_domain,
        )
        for way in ways:
            way()
            if any(one.deal.status == "open" for one in self._hits.values()):
                break
        return list(self._hits.values())

    def _by_id(self) -> None:
        if self._hint.deal_id is None:
            return
        try:
            deal_id = number(self._hint.deal_id, "deal")
            found = self._api.one(f"deals/{deal_id}", RawDeal, WITH)
        except CrmGone:
            return
        if found.is_there:
            self._hits[found.id] = Hit(found, "id", [self._hint.deal_id])

    def _by_email(self) -> None:
        persons: dict[int, list[str]] = {}
        for email in self._hint.emails:
            for one in self._people(email, "email", is_exact=True):
                if email.casefold() in (told.casefold() for told in one.emails):
                    self._meet(one, email, persons)
        self._deals_of_persons(persons, "email")

    def _by_phone(self) -> None:
        """One way of writing a number after another, until one of them is known."""
        persons: dict[int, list[str]] = {}
        met: set[str] = set()
        for phone in self._hint.phones:
            end = _end(phone)
            if len(end) < 6 or end in met:
                continue
            for one in self._people(phone, "phone"):
                if any(_end(told) == end for told in one.phones):
                    self._meet(one, phone, persons)
                    met.add(end)
        self._deals_of_persons(persons, "phone")

    def _by_company(self) -> None:
        """Of the organizations of persons that were found, and of those that are called so."""
        organizations = {one: list(by) for one, by in self._organizations.items()}
        for company in self._hint.companies:
            for one in self._called(company):
                organizations.setdefault(one.id, []).append(company)
        self._deals_of_organizations(organizations, "company")

    def _by_domain(self) -> None:
        persons: dict[int, list[str]] = {}
        organizations: dict[int, list[str]] = {}
        for domain in self._hint.domains:
            ending = f"@{domain.casefold()}"
            for one in self._people(ending, "email"):
                if any(told.casefold().endswith(ending) for told in one.emails):
                    known = organizations if one.organization else persons
                    by = known.setdefault(one.organization.id if one.organization else one.id, [])
                    by.extend({domain} - set(by))
        self._deals_of_organizations(organizations, "domain")
        self._deals_of_persons(persons, "domain")

    def _people(self, term: str, among: str, is_exact: bool = False) -> list[RawHit]:
        asked = {"term": term, "fields": among, "limit": 100}
        if is_exact:
            asked["exact_match"] = "true"
        return self._api.page("persons/search", RawHit, asked, SEARCH).items

    def _meet(self, person: RawHit, by: str, persons: dict[int, list[str]]) -> None:
        persons.setdefault(person.id, []).append(by)
        if person.organization is not None:
            self._organizations.setdefault(person.organization.id, []).append(by)

    def _called(self, company: str) -> list[RawNamed]:
        """Organizations of that name, whatever their legal form."""
        wanted = _core(company)
        if len(wanted) < 2:
            return []
        asked = {"term": _term(company), "fields": "name", "limit": 100}
        found = self._api.page("organizations/search", RawNamed, asked, SEARCH).items
        return [one for one in found if _core(one.name or "") == wanted]

    def _deals_of_persons(self, persons: dict[int, list[str]], via: Via) -> None:
        for person_id, by in list(persons.items())[:_MOST_PERSONS]:
            self._take({"person_id": person_id}, via, by)

    def _deals_of_organizations(self, organizations: dict[int, list[str]], via: Via) -> None:
        for organization_id, by in list(organizations.items())[:_MOST_PERSONS]:
            self._take({"org_id": organization_id}, via, by)

    def _take(self, whose: dict[str, int], via: Via, by: Iterable[str]) -> None:
        """Keep the deals that are open, or were closed shortly before the call or after it."""
        asked = {**whose, **WITH, "sort_by": "update_time", "sort_direction": "desc", "limit": 500}
        since = self._hint.at - CLOSED_OF_LATE
        for deal in self._api.page("deals", RawDeal, asked).items:
            is_late = deal.closed_at is not None and deal.closed_at >= since
            if not deal.is_there or not (deal.status == "open" or is_late):
                continue
            hit = self._hits.setdefault(deal.id, Hit(deal, via))
            if hit.via == via:
                hit.by.extend(one for one in by if one not in hit.by)


def _end(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isascii() and sign.isdigit())[-_DIGITS:]


def _words(company: str) -> list[str]:
    plain = "".join(sign if sign.isalnum() else " " for sign in company.replace(".", ""))
    return plain.casefold().split()


def _core(company: str) -> str:
    """A company's name without signs and legal form, for comparing."""
    words = _words(company)
    while len(words) > 1 and _LEGAL_FORM.fullmatch(words[-1]):
        words.pop()
    return " ".join(words)


def _term(company: str) -> str:
    """What to search for: the name as it is written, without its legal form."""
    words = company.split()
    while len(words) > 1 and _LEGAL_FORM.fullmatch("".join(_words(words[-1]))):
        words.pop()
    return " ".join(words).rstrip(" ,")
