"""What a recording is of, guessed from its name, from invitations and from the deal it belongs to.

Every guess says why, and is only what a field holds until somebody writes something else.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from sqlmodel import Session

from api.pages.upload.deals import DealChoice, known_deals
from api.pages.upload.facts import Facts, as_typed
from api.pages.upload.history import (
    History,
    accounts_of_guests,
    histories,
    planned_near,
)
from api.pages.upload.invitations import Guest, Invited
from api.pages.upload.names import NamedFile, read_name
from api.pages.words import Words
from models.tables import User

_NEAR = timedelta(minutes=20)
_SHORTEST_WORD = 5
_FORMS = {"inc", "ltd", "llc", "sa", "sas", "sarl", "gmbh", "plc", "bv", "ag", "corp", "group"}
_KINDS = {"upsell", "renewal", "new", "cross", "sell", "deal", "business", "opportunity"}
_FREE = {"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "orange.fr"}


@dataclass(frozen=True, slots=True)
class Brought:
    """A file somebody chose; `changed_at` is when it was last written, None if nobody knows."""

    name: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """What the fields of a row begin with, and why each."""

    facts: Facts
    whys: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Row:
    """A file on its way to a guess."""

    brought: Brought
    named: NamedFile
    at: datetime | None = None
    at_why: str = ""
    invited: Invited | None = None
    deal: DealChoice | None = None
    deal_why: str = ""


def guess(
    session: Session,
    user: User,
    words: Words,
    files: Sequence[Brought],
    invitations: Sequence[Invited] = (),
) -> list[Guess]:
    """A guess for each file, in as many queries for all of them as for one."""
    rows = [_Row(one, read_name(one.name, words.zone)) for one in files]
    for row in rows:
        row.invited = _invitation_of(row, invitations, is_only=len(rows) == 1)
        _date(row, words)
    _find_deals(session, user, words, rows)
    past = histories(session, user, {row.deal.id: row.deal for row in rows if row.deal})
    return [_guessed(user, words, row, past.get(row.deal.id) if row.deal else None) for row in rows]


def people_of(words: Words, deal: DealChoice, past: History | None) -> tuple[str, str]:
    """Who of the customer's side a deal's calls have had, and why: for a deal chosen by hand."""
    if past is None or not past.people:
        return "", ""
    why = (
        words("From the last call of this deal.")
        if past.is_from_call
        else words("The contacts of %(account)s.", account=deal.account)
    )
    return "\n".join(_line(one) for one in past.people), why


def _invitation_of(row: _Row, invitations: Sequence[Invited], *, is_only: bool) -> Invited | None:
    """The invitation of a file: by its hour, then its day or title; the only one for the only."""
    if is_only and len(invitations) == 1:
        return invitations[0]
    named = row.named
    for one in invitations:
        if named.at and one.starts_at and abs(one.starts_at - named.at) <= _NEAR:
            return one
    title = set(_tokens(named.title))
    for one in invitations:
        if title and len(title & set(_tokens(one.title))) >= min(2, len(title)):
            return one
    days = [one for one in invitations if one.starts_at and one.starts_at.date() == named.on]
    return days[0] if len(days) == 1 else None


def _date(row: _Row, words: Words) -> None:
    """When the call was: by the name, the invitation, or the file."""
    named, invited = row.named, row.invited
    if named.at is not None:
        row.at, row.at_why = named.at, words("From the name of the file.")
    elif invited is not None and invited.starts_at is not None:
        row.at, row.at_why = invited.starts_at, words("From the invitation.")
    elif named.on is not None:
        row.at = datetime.combine(named.on, time(12), words.zone)
        row.at_why = words("The day is from the name of the file; set the time.")
    elif row.brought.changed_at is not None:
        row.at = row.brought.changed_at
        row.at_why = words("When the file was last written; the call began before.")


def _find_deals(session: Session, user: User, words: Words, rows: list[_Row]) -> None:
    deals = known_deals(session, user, words)
    emails = {guest.email for row in rows if row.invited for guest in _theirs(user, row.invited)}
    accounts = accounts_of_guests(session, user, emails)
    planned = planned_near(session, user, [row.at for row in rows if row.at], _NEAR)
    for row in rows:
        found = _by_guests(row, user, deals, accounts)
        if found is not None:
            row.deal, row.deal_why = found, words("By who is invited.")
            continue
        title = f"{row.named.title} {row.invited.title if row.invited else ''}"
        found = _by_name(title, deals)
        if found is not None:
            row.deal, row.deal_why = found, words("Its name is in the name of the file.")
            continue
        ids = {deal_id for at, deal_id in planned if row.at and abs(at - row.at) <= _NEAR}
        near = [one for one in deals if one.id in ids]
        if len(near) == 1:
            row.deal, row.deal_why = near[0], words("A meeting of it was planned for then.")


def _by_guests(
    row: _Row, user: User, deals: Sequence[DealChoice], accounts: dict[str, object]
) -> DealChoice | None:
    """The first deal of whom an invitation names: by their address, or by its domain."""
    for guest in _theirs(user, row.invited) if row.invited else ():
        domain = guest.email.partition("@")[2]
        account_id = accounts.get(guest.email)
        for deal in deals:
            if account_id is not None and deal.account_id == account_id:
                return deal
            if domain and domain not in _FREE and deal.domain == domain:
                return deal
    return None


def _by_name(title: str, deals: Sequence[DealChoice]) -> DealChoice | None:
    """The deal of which a name says most; none when two accounts are named as well."""
    said = _tokens(title)
    if not said:
        return None
    scored = [(_score(said, deal), deal) for deal in deals]
    best = max((score for score, _ in scored), default=0)
    first = [deal for score, deal in scored if score == best]
    if best == 0 or (best < 2 and len({one.account_id for one in first}) > 1):
        return None
    return first[0]


def _score(said: list[str], deal: DealChoice) -> int:
    """How many words of an account's name, or of the deal's own, are said."""
    own = [one for one in _tokens(deal.account or deal.name) if one not in _FORMS | _KINDS]
    if not own or own[0] not in said:
        return 0
    if len(own[0]) < _SHORTEST_WORD and not set(own) <= set(said):
        return 0
    return len(set(own) & set(said)) + len(set(_tokens(deal.name)) & set(said) & _KINDS)


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(one if one.isalnum() else " " for one in plain if not unicodedata.combining(one))
    return kept.split()


def _theirs(user: User, invited: Invited) -> list[Guest]:
    home = user.email.partition("@")[2].lower()
    return [one for one in invited.guests if one.email.partition("@")[2] != home or not one.email]


def _guessed(user: User, words: Words, row: _Row, past: History | None) -> Guess:
    facts, whys = Facts(), {}
    named = row.named.title
    title = named or (row.invited.title if row.invited else "")
    if title:
        why = words("From the name of the file.") if named else words("From the invitation.")
        facts, whys["title"] = replace(facts, title=title[:300]), why
    if row.at is not None:
        facts, whys["started"] = replace(facts, started=as_typed(words, row.at)), row.at_why
    if row.deal is not None:
        facts, whys["deal"] = replace(facts, deal=row.deal.label), row.deal_why
        if not title:
            facts = replace(facts, title=row.deal.name)
            whys["title"] = words("The name of the deal.")
    if past is not None and past.language:
        facts = replace(facts, language=past.language)
        whys["language"] = words("As on the last call of this deal.")
    return _with_people(user, words, row, past, Guess(facts, whys))


def _with_people(
    user: User, words: Words, row: _Row, past: History | None, guessed: Guess
) -> Guess:
    facts, whys, invited = guessed.facts, guessed.whys, row.invited
    ours = [Guest(user.name, user.email)]
    if invited is not None and invited.guests:
        theirs = _theirs(user, invited)
        ours = [one for one in invited.guests if one not in theirs] or ours
        facts = replace(facts, theirs="\n".join(_line(one) for one in theirs))
        whys["theirs"] = whys["ours"] = words("From the invitation.")
    elif row.deal is not None:
        people, why = people_of(words, row.deal, past)
        facts = replace(facts, theirs=people)
        whys |= {"theirs": why} if why else {}
    if invited is not None and invited.agenda:
        facts = replace(facts, agenda="\n".join(invited.agenda))
        whys["agenda"] = words("From the invitation.")
    return Guess(replace(facts, ours="\n".join(_line(one) for one in ours)), whys)


def _line(guest: Guest) -> str:
    if guest.name and guest.email:
        return f"{guest.name} <{guest.email}>"
    return guest.name or guest.email
