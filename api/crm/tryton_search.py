"""How Tryton is asked for a call's deals, and by what a found one was meant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.crm.port import DealHint, Via
from api.crm.tryton_deals import CLOSED, PHONES, Opportunity, site

CLOSED_WITHIN = timedelta(days=14)
"""Before a call: a deal that closed earlier is not what it was about."""
_SHORTEST_PHONE = 6
Domain = list[Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to look for deals, by some of what is known."""

    via: Via
    known: tuple[str, ...]

    def domain(self, at: datetime) -> Domain:
        """What to search for, among the deals that may have been a call's."""
        return [_buyers(self.via, self.known), _alive(at)]

    def meant(self, row: Opportunity) -> tuple[str, ...]:
        """By which of what is known a deal was found; none when it only looked like it."""
        return tuple(one for one in self.known if _is_meant(self.via, one, row))


def ways(hint: DealHint) -> Iterator[Way]:
    """The ways to look, the surest first; the deal's own id is not among them."""
    found: tuple[tuple[Via, Sequence[str]], ...] = (
        ("email", hint.emails),
        ("phone", [one for one in hint.phones if len(digits(one)) >= _SHORTEST_PHONE]),
        ("company", hint.companies),
        ("domain", hint.domains),
    )
    for via, given in found:
        known = tuple(dict.fromkeys(one.strip() for one in given if one.strip()))
        if known:
            yield Way(via, known)


def is_timely(closed: datetime | None, at: datetime) -> bool:
    """Whether a deal that closed then may have been what a call was about."""
    return closed is None or closed >= at - CLOSED_WITHIN


def escaped(text: str) -> str:
    """A text in a pattern of Tryton's, standing for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _alike(text: str) -> str:
    """A pattern for a text in any case: SQLite knows that of plain letters only."""
    return re.sub(r"[^\x00-\x7f]", "_", escaped(text))


def digits(phone: str) -> str:
    """The digits of a number, as it is dialled from abroad."""
    return re.sub(r"[^0-9]", "", phone.replace("(0)", ""))


def _alive(at: datetime) -> Domain:
    """Open, or changed since: what closed in time was changed then at the latest."""
    since = at - CLOSED_WITHIN
    return ["OR", ["state", "not in", list(CLOSED)], ["last_modified_at", ">=", since]]


def _buyers(via: Via, known: Sequence[str]) -> Domain:
    if via == "company":
        return _any(["party.name", "ilike", _alike(one)] for one in known)
    where = _mechanisms(via, known)
    return ["OR", ["party.contact_mechanisms", "where", where], ["contact", "where", where]]


def _mechanisms(via: Via, known: Sequence[str]) -> Domain:
    if via == "phone":
        # Written with any signs between the digits; `meant` looks closer.
        patterns = [f"%{'%'.join(digits(one))}%" for one in known]
        return [["type", "in", list(PHONES)], _any(["value", "ilike", one] for one in patterns)]
    if via == "email":
        return [["type", "=", "email"], _any(["value", "ilike", _alike(one)] for one in known)]
    mails = _any(["value", "ilike", f"%@{escaped(one)}"] for one in known)
    sites = _any(["value", "ilike", f"%{escaped(one)}%"] for one in known)
    return ["OR", [["type", "=", "email"], mails], [["type", "=", "website"], sites]]


def _any(clauses: Iterator[Domain]) -> Domain:
    return ["OR", *clauses]


def _is_meant(via: Via, known: str, row: Opportunity) -> bool:
    match via:
        case "email":
            return _fold(known) in map(_fold, row.values("email"))
        case "phone":
            return digits(known) in map(digits, row.values(*PHONES))
        case "domain":
            hosts = {one.rpartition("@")[2].strip().lower() for one in row.values("email")}
            return _fold(known) in hosts.union(filter(None, map(site, row.values("website"))))
    return row.party is not None and _fold(known) == _fold(row.party.name or "")


def _fold(text: str) -> str:
    return text.strip().casefold()
