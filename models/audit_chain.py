"""The chain of the trail: each entry's digest holds that of the one before it.

Entries are linked a moment after they are written, by one process at a time, so that nobody who
writes an entry waits for another. They are linked as they come to be seen, which is not always in
the order of their ids: an entry's transaction may end late.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from hashlib import sha256

from sqlalchemy import Engine, func, text
from sqlmodel import Session, col, select

from models.database import session_scope
from models.tables import AuditEntry, AuditLink
from models.tables.columns import now

_AT_ONCE = 1000
_START = "0" * 64
_LATE = timedelta(minutes=10)
"""Older entries without a link were put in behind the chain's back, or nobody links any more."""
_BEHIND = 50_000
"""So many entries later at most, an entry whose transaction took long is still looked for."""
_LOCK = 7_411_702


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking: `head` is the digest that stands for all that is linked.

    `problem` says where the trail is not what was written; None when it is.
    """

    linked: int
    head: str
    waiting: int
    problem: str | None = None


def link_entries(session: Session, most: int = 10 * _AT_ONCE) -> int:
    """Link entries that have no link yet; returns how many, 0 while another process is at it."""
    if not session.execute(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")).scalar_one():
        return 0
    last = session.exec(select(AuditLink).order_by(col(AuditLink.seq).desc()).limit(1)).first()
    seq, digest = (last.seq, last.digest) if last else (0, _START)
    loose = (
        select(AuditEntry)
        .outerjoin(AuditLink, col(AuditLink.entry_id) == col(AuditEntry.id))
        .where(col(AuditLink.seq).is_(None), col(AuditEntry.id) > _newest(session) - _BEHIND)
        .order_by(col(AuditEntry.id))
        .limit(most)
    )
    count = 0
    for entry in session.exec(loose).all():
        count += 1
        digest = digest_of(digest, entry)
        session.add(AuditLink(seq=seq + count, entry_id=entry.id or 0, digest=digest))
    session.flush()
    return count


def check_chain(engine: Engine, head: str | None = None) -> Checked:
    """Go through the whole chain and all it holds.

    `head` is one that was noted down before: it must still be in the chain, so that nobody can have
    written the trail anew since.
    """
    seq, digest, is_head_seen = 0, _START, head is None
    for link, entry in _links(engine):
        seq += 1
        problem = _wrong(seq, digest, link, entry)
        if problem:
            return Checked(seq - 1, digest, 0, problem)
        digest = link.digest
        is_head_seen = is_head_seen or digest == head
    with session_scope(engine) as session:
        waiting, late = _unlinked(session)
    problem = None
    if late:
        problem = f"{late} entries older than ten minutes are not in the chain"
    elif not is_head_seen:
        problem = "the head that was noted down is not in the chain: it was written anew"
    return Checked(seq, digest, waiting, problem)


def late_entries(session: Session) -> int:
    """How many of the newest entries should have been linked long ago."""
    newest = select(AuditEntry.id).order_by(col(AuditEntry.id).desc()).limit(_AT_ONCE).subquery()
    late = (
        select(func.count())
        .select_from(AuditEntry)
        .join(newest, newest.c.id == AuditEntry.id)
        .outerjoin(AuditLink, col(AuditLink.entry_id) == col(AuditEntry.id))
        .where(col(AuditLink.seq).is_(None), col(AuditEntry.at) < now() - _LATE)
    )
    return session.exec(late).one()


def digest_of(before: str, entry: AuditEntry) -> str:
    """The digest of an entry in a chain: 64 hex digits, the same on every machine."""
    told = [
        before,
        entry.id,
        entry.at.astimezone(UTC).isoformat(),
        None if entry.actor_id is None else str(entry.actor_id),
        entry.actor,
        entry.verb,
        entry.noun,
        entry.subject_id,
        entry.detail,
    ]
    written = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(written.encode()).hexdigest()


def _wrong(seq: int, before: str, link: AuditLink, entry: AuditEntry | None) -> str | None:
    if link.seq != seq:
        return f"link {seq} of the chain is missing"
    if entry is None:
        return f"entry {link.entry_id} was deleted"
    if digest_of(before, entry) != link.digest:
        return f"entry {link.entry_id}, or the link before it, was changed"
    return None


def _links(engine: Engine) -> Iterator[tuple[AuditLink, AuditEntry | None]]:
    """Every link with its entry, in order; no transaction is open between two batches."""
    after = 0
    while True:
        with session_scope(engine) as session:
            found = session.exec(
                select(AuditLink, AuditEntry)
                .outerjoin(AuditEntry, col(AuditEntry.id) == col(AuditLink.entry_id))
                .where(col(AuditLink.seq) > after)
                .order_by(col(AuditLink.seq))
                .limit(_AT_ONCE)
            ).all()
            session.expunge_all()
        if not found:
            return
        yield from found
        after = found[-1][0].seq


def _newest(session: Session) -> int:
    """The highest id that is linked."""
    return session.exec(select(func.coalesce(func.max(AuditLink.entry_id), 0))).one()


def _unlinked(session: Session) -> tuple[int, int]:
    """How many entries have no link, and how many of them should have had one long ago."""
    loose = (
        select(func.count(), func.count().filter(col(AuditEntry.at) < now() - _LATE))
        .select_from(AuditEntry)
        .outerjoin(AuditLink, col(AuditLink.entry_id) == col(AuditEntry.id))
        .where(col(AuditLink.seq).is_(None))
    )
    waiting, late = session.exec(loose).one()
    return waiting, late
