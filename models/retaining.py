"""Retention that happens: what is over its days is deleted, rows and files, batch by batch.

A batch's rows go in one transaction with the names of their files, which are deleted once that is
certain. Whoever dies in between leaves the names: the next run begins with them, and goes on with
what is left. Nobody else runs meanwhile.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, delete, text
from sqlmodel import Session, col, select

from models.clips import sound_key
from models.database import session_scope
from models.doomed import doom
from models.errors import Conflict, StoreDown
from models.files import Files
from models.forgetting import drop_doomed, forget_recordings
from models.holds import await_holds
from models.queue import defer, is_queued
from models.reports import forget_findings, forget_words
from models.retention import BUCKET_SQL, KINDS, Days, Kind, is_on, rules, seen_mark
from models.tables import Clip, Comment, RetentionRun, User
from models.tables.columns import now
from models.trail import note

_LOG = logging.getLogger(__name__)
AT_ONCE = 50
ACTOR = "retention"
TASK = "enforce_retention"
_LOCK = 7_411_704
_FIRST = 20
_GRACE_DAYS = 7
"""Days count from the call; one that was added late stays so long at least, to be looked at."""


@dataclass(frozen=True, slots=True)
class GoingCall:
    """A call of which something would be deleted."""

    id: UUID
    title: str
    started_at: datetime
    rep: str


@dataclass(frozen=True, slots=True)
class Going:
    """What the next run would delete of a kind; `size` in bytes, of recordings alone."""

    kind: Kind
    calls: int
    size: int
    first: tuple[GoingCall, ...]


def what_would_go(session: Session, first: int = _FIRST) -> list[Going]:
    """What a run would delete now, on or off; nothing is changed."""
    values = _defaults(session)
    found = []
    for kind in KINDS:
        due = _due(kind)
        count = session.execute(text(f"SELECT count(*) {due}"), values).scalar_one()
        shown = session.execute(
            text(f"SELECT call.id, call.title, call.started_at, rep.name {due}{_ORDER}"),
            {**values, "most": first},
        )
        size = session.execute(text(_SIZE.format(due=due)), values).scalar_one()
        calls = tuple(GoingCall(*row) for row in shown)
        found.append(Going(kind, count, size if kind == "recording" else 0, calls))
    return found


def ask_run(session: Session, admin: User, seen: str) -> None:
    """Have what is over its days deleted now, not within the hour, by an admin who saw what.

    Raises Conflict as long as that is off, or when a rule changed since `seen`.
    """
    if not is_on(session):
        raise Conflict("nothing is deleted by rule: switch it on first")
    if seen != seen_mark(session):
        raise Conflict("the rules changed since that dry run: look at what would be deleted now")
    if not is_queued(session, TASK):
        defer(session, TASK, timestamp=0)
    note(session, admin, verb="ask_run", noun="retention")


def enforce(
    engine: Engine,
    files: Files,
    *,
    at_once: int = AT_ONCE,
    should_stop: Callable[[], bool] = lambda: False,
) -> RetentionRun | None:
    """Delete what is over its days; None when that is off, or somebody else is at it.

    A run that was broken off goes on. When the files cannot be reached, the rows go all the same;
    the run says so, and the names of the files wait.
    """
    with _alone(engine) as is_mine:
        if not is_mine:
            return None
        with session_scope(engine) as session:
            run_id = _begin(session) if is_on(session) else None
        failure = _drop_files(engine, files)
        if run_id is not None:
            for kind in KINDS:
                while _batch(engine, run_id, kind, at_once) and not should_stop():
                    failure = failure or _drop_files(engine, files)
        if run_id is None or should_stop():
            return None
        with session_scope(engine) as session:
            return _finish(session, run_id, failure)


def _drop_files(engine: Engine, files: Files) -> str | None:
    """Delete the files whose rows are gone; returns why that cannot be done now."""
    try:
        drop_doomed(engine, files)
    except StoreDown as error:
        _LOG.warning("files are left for later: %s", error)
        return str(error)
    return None


def delete_some(session: Session, run: RetentionRun, kind: Kind, most: int) -> int:
    """Delete a kind of some calls, with a line in the trail; returns of how many calls."""
    await_holds(session)
    statement = text(f"SELECT call.id {_due(kind)}{_ORDER} FOR UPDATE OF call SKIP LOCKED")
    found = session.execute(statement, {**_defaults(session), "most": most})
    ids = list(found.scalars())
    if not ids:
        return 0
    keys = _DELETE[kind](session, ids)
    doom(session, keys)
    session.execute(
        text(
            f"UPDATE call SET {kind}_deleted_at = now(), updated_at = now(), "  # noqa: S608
            "version = version + 1 WHERE id = ANY(:ids)"
        ),
        {"ids": ids},
    )
    _count(session, run, kind, len(ids), len(keys))
    detail = {"count": len(ids), "files": len(keys), "calls": [str(one) for one in ids]}
    verb = f"delete_{kind}"
    note(session, ACTOR, verb=verb, noun="retention", subject_id=str(run.id), detail=detail)
    return len(ids)


def _batch(engine: Engine, run_id: int, kind: Kind, most: int) -> int:
    with session_scope(engine) as session:
        if not is_on(session):  # switched off meanwhile
            return 0
        run = session.get_one(RetentionRun, run_id, with_for_update=True)
        return delete_some(session, run, kind, most)


def _begin(session: Session) -> int:
    """A new run, or the one that was broken off."""
    left = select(RetentionRun).where(col(RetentionRun.finished_at).is_(None))
    run = session.exec(left.order_by(col(RetentionRun.id).desc()).limit(1)).first()
    run = run or RetentionRun()
    run.beat_at = now()
    session.add(run)
    session.flush()
    assert run.id is not None  # noqa: S101 (the database counts it)
    return run.id


def _finish(session: Session, run_id: int, failure: str | None) -> RetentionRun:
    run = session.get_one(RetentionRun, run_id)
    run.finished_at = run.beat_at = now()
    run.failure = failure
    session.add(run)
    detail = {**run.counts, **({"failure": failure} if failure else {})}
    note(session, ACTOR, verb="run", noun="retention", subject_id=str(run.id), detail=detail)
    return run


def _count(session: Session, run: RetentionRun, kind: Kind, calls: int, files: int) -> None:
    counts = {**run.counts}
    counts[kind] = counts.get(kind, 0) + calls
    counts["files"] = counts.get("files", 0) + files
    run.counts, run.beat_at = counts, now()
    session.add(run)
    session.flush()


@contextmanager
def _alone(engine: Engine) -> Iterator[bool]:
    """Whether nobody else is at it; whoever dies lets go with their connection."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        lock = {"lock": _LOCK}
        mine = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), lock).scalar_one()
        try:
            yield bool(mine)
        finally:
            if mine and not connection.closed and not connection.invalidated:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), lock)


def _transcripts(session: Session, ids: list[UUID]) -> set[str]:
    for call_id in ids:
        forget_words(session, call_id)
    return set()


def _analyses(session: Session, ids: list[UUID]) -> set[str]:
    for call_id in ids:
        forget_findings(session, call_id)
    return set()


def _notes(session: Session, ids: list[UUID]) -> set[str]:
    clips = session.exec(select(Clip).where(col(Clip.call_id).in_(ids)).with_for_update()).all()
    keys = {sound_key(one) for one in clips}
    session.execute(delete(Comment).where(col(Comment.call_id).in_(ids)))
    session.execute(delete(Clip).where(col(Clip.call_id).in_(ids)))
    return keys


_DELETE: dict[Kind, Callable[[Session, list[UUID]], Collection[str]]] = {
    "recording": forget_recordings,  # clips stay as notes
    "transcript": _transcripts,
    "analysis": _analyses,
    "notes": _notes,
}
_THERE: dict[Kind, tuple[str, ...]] = {
    "recording": ("recording",),
    "transcript": ("hearing", "stage_result", "utterance", "report"),
    "analysis": ("call_facts", "moment"),
    "notes": ("comment", "clip"),
}
_ORDER = " ORDER BY least(call.started_at, call.created_at), call.id LIMIT :most"
_SIZE = (
    "SELECT coalesce(sum(size), 0)::bigint FROM (SELECT max(size) AS size FROM recording "
    "WHERE call_id IN (SELECT call.id {due}) GROUP BY key) file"
)
_DUE = """
FROM call
JOIN "user" rep ON rep.id = call.rep_id
LEFT JOIN retention_rule own ON own.team_id = rep.team_id
LEFT JOIN retention_rule every ON every.team_id IS NULL
WHERE call.state NOT IN ('waiting', 'hearing', 'understanding')
AND ({there})
AND ({over})
AND NOT EXISTS (
    SELECT 1 FROM legal_hold hold LEFT JOIN deal ON deal.id = call.deal_id
    WHERE hold.lifted_at IS NULL AND (
        hold.call_id = call.id OR hold.deal_id = call.deal_id
        OR hold.account_id = call.account_id OR hold.account_id = deal.account_id
    )
)
"""


def _due(kind: Kind) -> str:
    """Which calls have something of a kind that is over its days, as the end of a selection."""
    there = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {table}.call_id = call.id)"  # noqa: S608
        for table in _THERE[kind]
    )
    days = _ruled(f"{kind}_days")
    over = (
        f"least(call.started_at, call.created_at) < now() - make_interval(days => {days}) "
        f"AND call.created_at < now() - make_interval(days => least({days}, {_GRACE_DAYS}))"
    )
    if kind == "recording":
        over = f"({over}) OR (call.state = 'ready' AND {BUCKET_SQL} >= {_ruled('keep_percent')})"
    return _DUE.format(there=there, over=over)


def _ruled(column: str) -> str:
    """What the rule of the rep's team says, else everybody's, else what is default."""
    return (
        f"(CASE WHEN own.id IS NOT NULL THEN own.{column} "
        f"WHEN every.id IS NOT NULL THEN every.{column} ELSE CAST(:{column} AS integer) END)"
    )


def _defaults(session: Session) -> dict[str, int | None]:
    every: Days = rules(session)[0].days
    named = {f"{kind}_days": getattr(every, kind) for kind in KINDS}
    return {**named, "keep_percent": every.keep_percent}
