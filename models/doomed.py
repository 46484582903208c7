"""The names of files that are to go: written with the deletion of their rows, struck out at last.

Whoever dies in between, or finds the store away, leaves the names to others.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine, delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from models.database import session_scope
from models.tables import DoomedFile
from models.tables.columns import now


def doom(session: Session, keys: Iterable[str]) -> datetime:
    """Have files deleted once this transaction is done, whoever does it; returns since when."""
    since = now()
    rows = [{"key": one, "since": since} for one in sorted(set(keys))]
    if rows:
        new = insert(DoomedFile).values(rows)
        # One that is doomed anew is not to be struck out by who saw it before.
        session.execute(new.on_conflict_do_update(index_elements=["key"], set_={"since": since}))
    return since


def forget_doomed(engine: Engine, gone: Iterable[tuple[str, datetime]]) -> None:
    """Forget the names of files that are gone, by when they were doomed."""
    named = tuple_(col(DoomedFile.key), col(DoomedFile.since)).in_(list(gone))
    with session_scope(engine) as session:
        session.execute(delete(DoomedFile).where(named))
