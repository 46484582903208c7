"""Who is meant by an address or a name, and which rows and calls are theirs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, text
from sqlmodel import Session, col, select

from models.errors import BadInput, Conflict
from models.privacy.matching import Mentions, hint_of, normalized, parts_of, words_of
from models.storable import readable
from models.tables import Call, Contact, Correction, Invitation, Lead, Report, User

_LONGEST_EMAIL, _LONGEST_NAME = 320, 200
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the other side; `homonyms` are others of the same name who are to stay."""

    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    homonyms: int = 0

    @property
    def everywhere(self) -> Mentions:
        """What means them wherever it stands: not a name that others have, nor a single word."""
        whole = tuple(one for one in self.names if len(one.split()) > 1)
        return Mentions(self.emails, () if self.homonyms else whole)

    def on_call(self, others: Iterable[str]) -> Mentions:
        """What means them on a call they took part in."""
        others = [*others]
        parts = tuple(part for name in self.names for part in parts_of(name, others))
        return Mentions(self.emails, self.names, parts)


def read_person(email: str | None, name: str | None) -> Person:
    """A person as they were asked for. Raises BadInput."""
    address = readable((email or "").strip())
    called = " ".join(readable(name or "").split())
    if not address and not called:
        raise BadInput("give an e-mail address or a name")
    if address and ("@" not in address[1:] or len(address) > _LONGEST_EMAIL):
        raise BadInput("email: this is no e-mail address")
    if called and not _SHORTEST <= len(called) <= _LONGEST_NAME:
        raise BadInput(f"name: use {_SHORTEST} to {_LONGEST_NAME} signs")
    return Person((address,) if address else (), (called,) if called else ())


def recognise(session: Session, asked: Person) -> Person:
    """The person with the names that go with their address, or the address with their name.

    Raises Conflict when a name alone could mean several people, or a user of ours.
    """
    _refuse_users(session, asked)
    known = [*_contacts(session, asked), *_participants(session, asked)]
    mine = {normalized(one) for one in asked.emails}
    called = {normalized(one) for one in asked.names}
    if not mine:
        found = {
            normalized(email): email
            for name, email in known
            if email and normalized(name) in called
        }
        if len(found) > 1:
            raise Conflict(f"{len(found)} people of that name are known; give the e-mail address")
        return Person(tuple(found.values()), asked.names, _users_called(session, called))
    names = {normalized(name): name for name, email in known if normalized(email or "") in mine}
    names |= {normalized(one): one for one in asked.names}
    others = {
        normalized(email)
        for name, email in known
        if email and normalized(email) not in mine and normalized(name) in names
    }
    homonyms = len(others) + _users_called(session, set(names))
    return Person(asked.emails, tuple(one for one in names.values() if one), homonyms)


def contact_rows(session: Session, person: Person) -> list[Contact]:
    """Their rows among the people of accounts."""
    found = session.exec(select(Contact).where(_hinted(Contact.name, Contact.email, person)))
    return [one for one in found if _is(person, one.name, one.email)]


def lead_rows(session: Session, person: Person) -> list[Lead]:
    """Their leads."""
    return [*session.exec(select(Lead).where(_by(Lead.email, person)))]


def invitation_rows(session: Session, person: Person) -> list[Invitation]:
    """What they were invited to."""
    return [*session.exec(select(Invitation).where(_by(Invitation.email, person)))]


def calls_with(session: Session, person: Person) -> list[UUID]:
    """The calls they took part in, as far as is known, said or put right; the oldest first."""
    found = {
        one.id
        for one in session.exec(select(Call).where(_json(Call.known, person)))
        if any(_is(person, *who) for who in _told(one.known))
    }
    reports = select(Report.call_id, Report.report["speakers"]).where(
        _json(Report.report["speakers"], person)
    )
    corrected = select(Correction).where(
        Correction.kind == "name_speaker", _json(Correction.what, person)
    )
    for call_id, speakers in session.exec(reports):
        if any(_is(person, one.get("name") or "", None) for one in speakers):
            found.add(call_id)
    for one in session.exec(corrected):
        if any(_is(person, str(said), None) for said in one.what.values()):
            found.add(one.call_id)
    kept = [one for one in found if not _is_of_homonym(session, person, one)]
    ordered = (
        select(Call.id).where(col(Call.id).in_(kept)).order_by(col(Call.started_at), col(Call.id))
    )
    return [*session.exec(ordered)]


def others_on(session: Session, call: Call, person: Person) -> list[str]:
    """The names of everybody else on a call."""
    told = [name for name, email in _told(call.known) if not _is(person, name, email)]
    report = session.exec(
        select(Report.report["speakers"]).where(Report.call_id == call.id)
    ).first()
    spoke = [one.get("name") or "" for one in report or []]
    rep = session.get_one(User, call.rep_id).name
    return [rep, *told, *(one for one in spoke if one and not _goes_by(person, one))]


def _is_of_homonym(session: Session, person: Person, call_id: UUID) -> bool:
    """Whether the one of that name on a call has another address."""
    if not person.homonyms or not person.emails:
        return False
    called = {normalized(one) for one in person.names}
    mine = {normalized(one) for one in person.emails}
    told = [
        (normalized(n), normalized(e or "")) for n, e in _told(session.get_one(Call, call_id).known)
    ]
    same = Counter(bool(email) and email not in mine for name, email in told if name in called)
    return same[True] > 0 and same[False] == 0


def _is(person: Person, name: str, email: str | None) -> bool:
    if email and person.emails:
        return normalized(email) in map(normalized, person.emails)
    return normalized(name) in map(normalized, person.names)


def _goes_by(person: Person, spoken: str) -> bool:
    """Whether a voice's name is theirs, or a part of it: Ann for Ann Lee-Moore."""
    words = set(words_of(spoken))
    return any(words and words <= set(words_of(name)) for name in person.names)


def _told(known: Any) -> list[tuple[str, str | None]]:
    people = known.get("participants") or [] if isinstance(known, dict) else []
    return [(str(one.get("name") or ""), one.get("email")) for one in people]


def _contacts(session: Session, person: Person) -> list[tuple[str, str | None]]:
    found = select(Contact).where(_hinted(Contact.name, Contact.email, person))
    return [(one.name, one.email) for one in session.exec(found)]


def _participants(session: Session, person: Person) -> list[tuple[str, str | None]]:
    found = session.exec(select(Call.known).where(_json(Call.known, person)))
    return [who for known in found for who in _told(known)]


def _refuse_users(session: Session, person: Person) -> None:
    addresses = [one.lower() for one in person.emails]
    if (
        addresses
        and session.exec(select(User.id).where(func.lower(User.email).in_(addresses))).first()
    ):
        raise Conflict("this is the address of a user here: deactivate them under Settings, People")


def _users_called(session: Session, names: Iterable[str]) -> int:
    wanted = {*names}
    return sum(normalized(one) in wanted for one in session.exec(select(User.name)))


def _by(column: Any, person: Person) -> ColumnElement[bool]:
    addresses = [normalized(one) for one in person.emails]
    lowered = func.lower(func.btrim(column))
    return or_(lowered.in_(addresses), lowered.in_([one.strip().lower() for one in person.emails]))


def _hinted(name: Any, email: Any, person: Person) -> ColumnElement[bool]:
    """Rows that may be theirs, by letters that every way to write them has."""
    hints = [hint_of(one) for one in (*person.names, *person.emails)]
    if None in hints:
        return text("true")  # type: ignore[return-value]
    return or_(*(func.lower(column).contains(hint) for column in (name, email) for hint in hints))


def _json(document: Any, person: Person) -> ColumnElement[bool]:
    from sqlalchemy import Text, cast

    hints = [hint_of(one) for one in (*person.names, *person.emails)]
    if None in hints:
        return text("true")  # type: ignore[return-value]
    return or_(*(func.lower(cast(document, Text)).contains(hint) for hint in hints))
