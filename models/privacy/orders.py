"""Orders to erase: what may be chosen, and how each is told while it is under way."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from models.errors import Conflict, Missing
from models.holds import check_account_free, under_hold
from models.paging import Slice, take
from models.privacy.holdings import (
    Held,
    calls_of_account,
    held_of_account,
    held_of_call,
    held_of_person,
)
from models.privacy.person import Person, calls_with, read_person, recognise
from models.privacy.proofs import digests_of
from models.queue import defer
from models.sealing import Seal
from models.tables import Account, Call, Erasure, User
from models.tables.columns import Json
from models.trail import note

Kind = Literal["call", "person", "account"]
CallsOf = Literal["delete", "take_out"]
TASK = "erase"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be erased; the last three tell what else goes.

    `calls` is about those a person took part in: they go, or the person is taken out of them;
    then `recordings` says whether their sound goes. `crm_notes`: what was written at CRMs too.
    """

    kind: Kind
    email: str | None = None
    name: str | None = None
    subject_id: UUID | None = None
    calls: CallsOf = "delete"
    recordings: bool = False
    crm_notes: bool = False


def order_erasure(
    session: Session, seal: Seal, key: str, wanted: Wanted, asked_by: User
) -> Erasure:
    """Have it erased, by a job. Raises BadInput, Missing, Conflict."""
    subject = _subject(session, wanted)
    _check_holds(session, calls_meant(session, wanted.kind, subject))
    if wanted.kind == "account" and wanted.subject_id is not None:
        check_account_free(session, wanted.subject_id)
    erasure = Erasure(
        kind=wanted.kind,
        subject=seal.close({what: "\n".join(said) for what, said in subject.items()}),
        digests=digests_of(key, subject),
        wanted={
            "calls": wanted.calls,
            "recordings": wanted.recordings,
            "crm_notes": wanted.crm_notes,
        },
        label=f"Anon{token_hex(3).upper()}",
        stage="plan",
        asked_by_id=asked_by.id,
    )
    session.add(erasure)
    session.flush()
    defer(session, TASK, erasure_id=str(erasure.id))
    note(session, asked_by, verb="order_erasure", noun=wanted.kind, subject_id=str(erasure.id))
    return erasure


def held_of(session: Session, wanted: Wanted) -> Held:
    """What an erasure would take. Raises as `order_erasure` does."""
    if wanted.kind == "person":
        return held_of_person(session, recognise(session, read_person(wanted.email, wanted.name)))
    if wanted.subject_id is None:
        raise Missing(f"say which {wanted.kind} by its id")
    of = held_of_call if wanted.kind == "call" else held_of_account
    return of(session, wanted.subject_id)


def calls_meant(session: Session, kind: str, subject: Json) -> list[UUID]:
    """The calls that an erasure is about."""
    if kind == "person":
        return calls_with(session, person_of({what: tuple(one) for what, one in subject.items()}))
    one = UUID(subject["id"][0])
    return [one] if kind == "call" else calls_of_account(session, one)


def _check_holds(session: Session, call_ids: list[UUID]) -> None:
    held = select(Call.id).where(col(Call.id).in_(call_ids), under_hold())
    found = session.exec(held).first()
    if found is not None:
        raise Conflict(f"call {found} is under a legal hold: lift it first, or leave it be")


def find_erasure(session: Session, erasure_id: UUID) -> Erasure:
    """An order. Raises Missing."""
    found = session.get(Erasure, erasure_id)
    if found is None:
        raise Missing(f"there is no erasure {erasure_id}")
    return found


def list_erasures(session: Session, *, limit: int, cursor: str | None = None) -> Slice[Erasure]:
    """The orders, the newest first."""
    keys = [(Erasure.created_at, lambda one: one.created_at), (Erasure.id, lambda one: one.id)]
    return take(session, select(Erasure), keys, limit=limit, cursor=cursor)


def retry_erasure(session: Session, erasure_id: UUID) -> Erasure:
    """Go on with an order that failed. Raises Missing, Conflict."""
    found = find_erasure(session, erasure_id)
    if found.state != "failed":
        raise Conflict(f"the erasure is {found.state}; only a failed one is tried again")
    found.state, found.failure = "waiting", None
    found.plan = {**found.plan, "tries": 0}
    session.add(found)
    defer(session, TASK, erasure_id=str(found.id))
    return found


def unfinished(session: Session) -> list[UUID]:
    """Orders on their way."""
    asked = select(Erasure.id).where(col(Erasure.state).in_(("waiting", "running")))
    return [*session.exec(asked)]


def subject_of(seal: Seal, erasure: Erasure) -> dict[str, tuple[str, ...]]:
    """Whom an order is about, as long as it is not done."""
    if erasure.subject is None:
        return {}
    opened = seal.open(erasure.subject)
    return {what: tuple(said.split("\n")) for what, said in opened.items() if said}


def person_of(subject: dict[str, tuple[str, ...]]) -> Person:
    """The person that an order is about."""
    return Person(subject.get("email", ()), subject.get("name", ()), len(subject.get("same", ())))


def _subject(session: Session, wanted: Wanted) -> Json:
    if wanted.kind == "person":
        person = recognise(session, read_person(wanted.email, wanted.name))
        same = ["same"] * min(person.homonyms, 1)
        return {"email": [*person.emails], "name": [*person.names], "same": same}
    if wanted.subject_id is None:
        raise Missing(f"say which {wanted.kind} by its id")
    if session.get(Call if wanted.kind == "call" else Account, wanted.subject_id) is None:
        raise Missing(f"there is no {wanted.kind} {wanted.subject_id}")
    return {"id": [str(wanted.subject_id)]}
