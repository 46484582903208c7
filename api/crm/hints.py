"""What is known of a call's deal: who was there for the buyer, and how a CRM may know them.

Only rows that are given are read. Nobody of ours is in it: neither users by their addresses nor
anyone at a domain of theirs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import phonenumbers

from analyzer.lexicon import fold
from analyzer.recording import Meeting, Participant, Side
from analyzer.report import CallReport
from analyzer.speech import UNREADABLE
from api.crm.port import DealHint
from models.known import read_known
from models.tables import Account, Call, Contact, Deal

MOST_EMAILS, MOST_PHONES = 50, 5
"""A town hall meeting tells nothing more after these."""
_LONGEST_EMAIL = 320
_NEVER = frozenset(f' <>",;{UNREADABLE}')
"""Signs of no address that a CRM could have."""
_SHORTEST_SUFFIX = 3
"""Letters of the first part of a suffix such as co.uk, com.br."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Rows around a call.

    `our_emails` are of every user of ours, `contacts` those that may have been on the call,
    `origin` that of the connection: only deals from there bear ids that its CRM knows. Where there
    are several CRMs nobody can tell whose id a meeting file says: then not `takes_told_id`.
    `region` is the country whose phone numbers are written without a prefix.
    """

    origin: str
    our_emails: Sequence[str] = ()
    account: Account | None = None
    contacts: Sequence[Contact] = ()
    deal: Deal | None = None
    takes_told_id: bool = True
    region: str = "FR"


def deal_hint(call: Call, around: Surroundings, report: CallReport | None = None) -> DealHint:
    """What a CRM may find the deal of a call by; with a report also who was heard.

    Raises BadInput when what was kept of the call fits no more.
    """
    meeting = read_known(call.known, f"what is known of call {call.id}")
    ours = _Ours.of(around.our_emails)
    guests = [one for one in meeting.participants if ours.is_guest(one)]
    others = [one for one in around.contacts if not one.email or ours.is_outside(one.email)]
    met = _met(guests, others, report)
    addresses = [*(one.email for one in guests), *(one.email for one in met)]
    emails = [one for one in _clean(addresses) if ours.is_outside(one)][:MOST_EMAILS]
    numbers = [one.phone for one in met if one.phone]
    domains = [*(domain_of(one) for one in emails), _web_domain(around.account)]
    return DealHint(
        at=call.started_at,
        deal_id=_deal_id(call, meeting, around),
        emails=tuple(emails),
        phones=_phones(numbers, around.region),
        companies=tuple(_companies(meeting, guests, around.account)),
        domains=tuple(dict.fromkeys(one for one in domains if one and ours.tells(one))),
    )


def domain_of(email: str) -> str:
    """What stands after the last @, lower case; empty where there is none."""
    _, at, domain = email.strip().lower().rpartition("@")
    return domain.rstrip(".") if at else ""


def is_free_mail(domain: str) -> bool:
    """Whether anybody may have an address there."""
    names, everywhere = _free_mail()
    name, _, suffix = domain.lower().partition(".")
    return domain.lower() in names or (name in everywhere and _is_suffix(suffix))


def phone_variants(number: str, region: str = "FR") -> tuple[str, ...]:
    """The ways a number is written: +33612345678, 0033612345678, 0612345678, and with spaces.

    Empty for what is no number of any country; `region` is for those without a prefix.
    """
    try:
        parsed = phonenumbers.parse(number[:100], region)
    except phonenumbers.NumberParseException:
        return ()
    if not phonenumbers.is_possible_number(parsed):
        return ()
    plain, spaced, national = (
        phonenumbers.format_number(parsed, style)
        for style in (
            phonenumbers.PhoneNumberFormat.E164,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.NATIONAL,
        )
    )
    digits = "".join(sign for sign in national if sign.isdigit())
    return tuple(dict.fromkeys((plain, f"00{plain[1:]}", digits, spaced, national)))


@dataclass(frozen=True, slots=True)
class _Ours:
    """Whose addresses are not a buyer's."""

    emails: frozenset[str]
    domains: frozenset[str]

    @classmethod
    def of(cls, emails: Iterable[str]) -> "_Ours":
        known = frozenset(_clean(emails))
        domains = {domain_of(one) for one in known}
        # A colleague with an address at a free provider does not make all its customers ours.
        return cls(known, frozenset(one for one in domains if not is_free_mail(one)))

    def is_guest(self, one: Participant) -> bool:
        """Whether somebody invited is on the buyer's side, or at least not on ours."""
        if one.side is Side.SELLER:
            return False
        return one.email is None or self.is_outside(one.email)

    def is_outside(self, email: str) -> bool:
        """Whether an address is neither a user's nor at a domain of theirs."""
        domain = domain_of(email)
        return email.strip().lower() not in self.emails and not any(
            domain == own or domain.endswith(f".{own}") for own in self.domains
        )

    def tells(self, domain: str) -> bool:
        """Whether a domain tells which company somebody is at."""
        return not is_free_mail(domain) and self.is_outside(f"@{domain}")


def _met(
    guests: Sequence[Participant], contacts: Sequence[Contact], report: CallReport | None
) -> list[Contact]:
    """The contacts on the call: invited by address, or invited or heard by their full name."""
    addresses = set(_clean(one.email for one in guests))
    heard = [one.name for one in (report.speakers if report else ()) if one.side is Side.BUYER]
    names = {_name(one) for one in (*(guest.name for guest in guests), *heard) if one}
    full = {one for one in names if " " in one}
    return [
        one
        for one in contacts
        if (one.email or "").strip().lower() in addresses or _name(one.name) in full
    ]


def _name(name: str) -> str:
    return " ".join(fold(name).split())


def _clean(emails: Iterable[str | None]) -> Iterator[str]:
    """Addresses as CRMs compare them, each once; what is none is left out."""
    seen = set()
    for told in emails:
        email = (told or "").strip().lower()
        name, _, domain = email.rpartition("@")
        is_one = name and "." in domain and email.isprintable() and not _NEVER & set(email)
        if is_one and len(email) <= _LONGEST_EMAIL and email not in seen:
            seen.add(email)
            yield email


def _deal_id(call: Call, meeting: Meeting, around: Surroundings) -> str | None:
    """The CRM's id of the call's deal, where it is sure that it is this CRM's."""
    if call.deal_id is not None:
        deal = around.deal
        is_theirs = deal is not None and deal.id == call.deal_id and deal.origin == around.origin
        return deal.ref if deal is not None and is_theirs else None
    told = meeting.deal.id if meeting.deal else None
    return told.strip() or None if told and around.takes_told_id else None


def _companies(
    meeting: Meeting, guests: Sequence[Participant], account: Account | None
) -> Iterator[str]:
    """Names of the buyer's company, lower case, each once; never the seller's own."""
    own = {_name(one.company) for one in meeting.participants if _is_seller(one) and one.company}
    seen = set(own)
    for told in (account.name if account else None, *(one.company for one in guests)):
        name = " ".join((told or "").lower().split())
        if name and _name(name) not in seen:
            seen.add(_name(name))
            yield name


def _is_seller(one: Participant) -> bool:
    return one.side is Side.SELLER


def _phones(numbers: Iterable[str], region: str) -> tuple[str, ...]:
    known = [ways for one in numbers if (ways := phone_variants(one, region))]
    different = list({ways[0]: ways for ways in known}.values())[:MOST_PHONES]
    return tuple(way for ways in different for way in ways)


def _web_domain(account: Account | None) -> str:
    told = (account.domain or "") if account else ""
    return told.strip().lower().removeprefix("www.").rstrip(".")


def _is_suffix(suffix: str) -> bool:
    """Whether a domain ends there: fr, co.uk; "shop.fr" is part of a company's."""
    first, _, country = suffix.partition(".")
    if not country:
        return bool(first)
    return len(first) <= _SHORTEST_SUFFIX and len(country) == 2


@cache
def _free_mail() -> tuple[frozenset[str], frozenset[str]]:
    """Domains, and names that are free mail in every country."""
    text = (files(__package__) / "free_mail.txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    told = [line for line in lines if line and not line.startswith("#")]
    everywhere = frozenset(one.removesuffix(".*") for one in told if one.endswith(".*"))
    return frozenset(told), everywhere
