"""Lines that prove what was erased: signed, and kept in the database and beside the files.

Of whom they are is told by nobody: a keyed digest of the address, the name or the id stands there.
Whoever holds the signing key and a name can tell whether it is that one, as a restore does.
"""

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.database import session_scope
from models.files import Files
from models.privacy.matching import normalized
from models.tables import Erasure, ErasureProof
from models.tables.columns import Json, now

_SIGNING, _NAMING = b"talktrack erasure proof ", b"talktrack erasure subject "


@dataclass(frozen=True, slots=True)
class CheckedProofs:
    """What came of checking: `problem` says which line is not as it was signed."""

    count: int
    problem: str | None = None


def digests_of(key: str, subject: Json) -> Json:
    """Digests of whom an erasure is about: a fresh salt, and a list for each way to name them."""
    salt = token_hex(16)
    told = {what: [_digest(key, salt, what, one) for one in said] for what, said in subject.items()}
    return {"salt": salt, **{what: one for what, one in told.items() if one}}


def is_subject(key: str, digests: Json, what: str, said: str) -> bool:
    """Whether an address, a name or an id is one that a proof is about."""
    found = _digest(key, str(digests.get("salt")), what, said)
    return any(hmac.compare_digest(found, str(one)) for one in digests.get(what, ()))


def prove(session: Session, files: Files, key: str, erasure: Erasure, kind: str) -> ErasureProof:
    """Write and sign the line of what was done; the same once more when it was cut off.

    A file that was written before the transaction was lost is written over: the id is the same.
    """
    proof = ErasureProof(
        id=uuid5(erasure.id, kind),
        erasure_id=erasure.id,
        kind=kind,
        digests=erasure.digests,
        wanted=erasure.wanted,
        counts=erasure.counts,
        label=erasure.label,
        by=str(erasure.asked_by_id or "command line"),
        at=now(),
        signature="",
    )
    proof.signature = _sign(key, proof)
    session.add(proof)
    session.flush()
    files.keep_proof(str(proof.id), json.dumps(line_of(proof)).encode())
    return proof


def check_proofs(engine: Engine, files: Files, key: str) -> CheckedProofs:
    """Go through all lines, in the database and beside the files."""
    with session_scope(engine) as session:
        kept = {
            one.id: one for one in session.exec(select(ErasureProof).order_by(col(ErasureProof.at)))
        }
        for one in kept.values():
            if not is_signed(key, one):
                return CheckedProofs(0, f"the proof {one.id} is not as it was signed")
            session.expunge(one)
    for beside in read_proofs(files.proofs()):
        if not is_signed(key, beside):
            return CheckedProofs(0, f"the proof {beside.id} beside the files is not as signed")
        if beside.id not in kept:
            return CheckedProofs(0, f"the proof {beside.id} is not in the database")
        kept.pop(beside.id)
    if kept:
        return CheckedProofs(0, f"the proof {next(iter(kept))} is not beside the files")
    with session_scope(engine) as session:
        return CheckedProofs(len(session.exec(select(ErasureProof.id)).all()))


def is_signed(key: str, proof: ErasureProof) -> bool:
    """Whether a line is what was signed."""
    return hmac.compare_digest(_sign(key, proof), proof.signature)


def line_of(proof: ErasureProof) -> Json:
    """A line as it is kept beside the files."""
    return {**_signed_part(proof), "signature": proof.signature}


def read_proofs(lines: Iterable[bytes]) -> Iterator[ErasureProof]:
    """The lines of files; what is none is left out, as a signature that fits nothing."""
    for line in lines:
        try:
            told: dict[str, Any] = json.loads(line)
            yield ErasureProof(
                id=UUID(told["id"]),
                erasure_id=UUID(told["erasure_id"]),
                kind=told["kind"],
                digests=told["digests"],
                wanted=told["wanted"],
                counts=told["counts"],
                label=told["label"],
                by=told["by"],
                at=datetime.fromisoformat(told["at"]),
                signature=told["signature"],
            )
        except (ValueError, KeyError, TypeError):
            continue


def _signed_part(proof: ErasureProof) -> Json:
    return {
        "id": str(proof.id),
        "erasure_id": str(proof.erasure_id),
        "kind": proof.kind,
        "digests": proof.digests,
        "wanted": proof.wanted,
        "counts": proof.counts,
        "label": proof.label,
        "by": proof.by,
        "at": proof.at.astimezone(UTC).isoformat(),
    }


def _sign(key: str, proof: ErasureProof) -> str:
    written = json.dumps(_signed_part(proof), sort_keys=True, separators=(",", ":"))
    return hmac.digest(_SIGNING + key.encode(), written.encode(), sha256).hex()


def _digest(key: str, salt: str, what: str, said: str) -> str:
    told = f"{salt} {what} {normalized(said)}".encode()
    return hmac.digest(_NAMING + key.encode(), told, sha256).hex()
