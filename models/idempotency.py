"""Requests that may come twice: the second is told what the first was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import Session, col, delete

from models.errors import BadInput, Conflict
from models.tables import IdempotencyKey, User
from models.tables.columns import now

_KEPT = timedelta(hours=48)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Key:
    """A key that a user's program made for one request; `answer` is None the first time."""

    user: User
    key: str
    request_hash: str
    answer: Answer | None = None


def claim(session: Session, user: User, key: str, request_hash: str) -> Key:
    """Take a key, or learn what was answered under it.

    A second request with the same key waits for the first. Raises Conflict when the key was used
    for another request, BadInput when it cannot be one.
    """
    if not 0 < len(key) <= _LONGEST or not key.isprintable():
        raise BadInput(f"Idempotency-Key: use 1 to {_LONGEST} printable characters")
    lock = f"idempotency:{user.id}:{key}"
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": lock}
    )
    row = session.get(IdempotencyKey, (user.id, key))
    if row is None:
        return Key(user, key, request_hash)
    if row.request_hash != request_hash:
        raise Conflict("this Idempotency-Key was used for another request; make a new one")
    return Key(user, key, request_hash, Answer(row.status, row.headers, row.body))


def remember(session: Session, key: Key, answer: Answer) -> None:
    """Keep what was answered, with what it did."""
    session.add(
        IdempotencyKey(
            user_id=key.user.id,
            key=key.key,
            request_hash=key.request_hash,
            status=answer.status,
            headers=dict(answer.headers),
            body=answer.body,
        )
    )


def forget_old(session: Session) -> None:
    """Let go of answers nobody will ask for again."""
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now() - _KEPT))
