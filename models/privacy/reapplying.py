"""Erasures made since a backup, made again in what was put back."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.database import session_scope
from models.files import Files
from models.privacy.erasing import Eraser
from models.privacy.orders import TASK
from models.privacy.proofs import is_signed, is_subject, read_proofs
from models.queue import defer
from models.sealing import Seal
from models.tables import (
    Account,
    Call,
    Contact,
    Erasure,
    ErasureProof,
    Invitation,
    Lead,
)

_Said = dict[str, set[str]]


def reapply(engine: Engine, files: Files, seal: Seal, key: str) -> int:
    """Erase again what the proofs beside the files tell of and the database does not.

    Returns how many erasures found something to erase. A line that was not signed with this key is
    passed over; `talktrack erasure verify` tells of it.
    """
    with session_scope(engine) as session:
        known = {*session.exec(select(ErasureProof.id))}
    new = [
        one for one in read_proofs(files.proofs()) if one.id not in known and is_signed(key, one)
    ]
    again = [_order(engine, seal, key, one) for one in sorted(new, key=lambda one: one.at)]
    eraser = Eraser(engine, files, seal, key)
    for erasure_id in filter(None, again):
        stage = eraser.run(erasure_id)
        with session_scope(engine) as session:
            if stage not in {"done", "notes"}:  # a call is to be heard first
                defer(session, TASK, erasure_id=str(erasure_id))
    return sum(1 for one in again if one is not None)


def _order(engine: Engine, seal: Seal, key: str, proof: ErasureProof) -> UUID | None:
    """Take a proof over, and order what it tells of once more if the subject is there."""
    with session_scope(engine) as session:
        found = {} if proof.kind == "crm_notes" else _subject(session, key, proof)
        session.add(proof)
        if not found:
            return None
        erasure = Erasure(
            kind=proof.kind,
            subject=seal.close({what: "\n".join(sorted(said)) for what, said in found.items()}),
            digests=proof.digests,
            wanted={**proof.wanted, "crm_notes": False},
            label=proof.label,
            stage="plan",
        )
        session.add(erasure)
        session.flush()
        return erasure.id


def _subject(session: Session, key: str, proof: ErasureProof) -> _Said:
    """Whom a proof is about, as far as they are in the database."""
    if proof.kind != "person":
        table: type[Call] | type[Account] = Call if proof.kind == "call" else Account
        ids = (str(one) for one in session.exec(select(table.id)))
        return _matching(key, proof, (("id", one) for one in ids))
    found = _matching(key, proof, _people(session))
    if "same" in proof.digests:
        found["same"] = {"same"} if found else set()
    return {what: said for what, said in found.items() if said}


def _matching(key: str, proof: ErasureProof, said: Iterable[tuple[str, str]]) -> _Said:
    found: _Said = {}
    for what, one in dict.fromkeys(said):
        if what in proof.digests and is_subject(key, proof.digests, what, one):
            found.setdefault(what, set()).add(one)
    return found


def _people(session: Session) -> Iterator[tuple[str, str]]:
    """Every address and name that stands for somebody on the other side."""
    yield from _told(session.exec(select(Contact.name, Contact.email)))
    yield from _told((None, one) for one in session.exec(select(Lead.email)))
    yield from _told((None, one) for one in session.exec(select(Invitation.email)))
    for known in session.exec(select(Call.known)):
        people = known.get("participants") or ()
        yield from _told((one.get("name"), one.get("email")) for one in people)


def _told(people: Iterable[tuple[str | None, str | None]]) -> Iterator[tuple[str, str]]:
    for name, email in people:
        if name:
            yield "name", name
        if email:
            yield "email", email
