"""What is known of the files of watched places: a row each, and a new one when a file changes."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, update
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.paging import Slice
from models.paging import take as take_page
from models.tables import ImportedFile
from models.tables.columns import now
from models.watched_names import Candidate, shortened
from models.watched_places import Place

_LONGEST_PLACE = 500
_LONGEST_FAILURE = 1000
HIDDEN = "sha256:"
_KNOWN: tuple[Any, ...] = (
    ImportedFile.id,
    ImportedFile.name,
    ImportedFile.mark,
    ImportedFile.state,
    ImportedFile.failure,
    ImportedFile.created_at,
)
"""Read every few seconds, of all files of a place."""


def place_name(place: Place) -> str:
    """What rows call a place."""
    return shortened(place.url, _LONGEST_PLACE)


def note_found(
    session: Session, place: Place, candidates: Sequence[Candidate], settle: timedelta
) -> list[Candidate]:
    """Take down what is at a place; returns what is to be taken now.

    Those are files that were the same so long ago; those that could not be read come last.
    """
    at_place = columns(*map(col, _KNOWN)).where(col(ImportedFile.place) == place_name(place))
    known = {(row.name, row.mark): row for row in session.execute(at_place)}
    here = {(one.name, one.mark): one for one in candidates}
    if any(name.startswith(HIDDEN) for name, _mark in known):
        here = {key: one for key, one in here.items() if (hidden(*key), key[1]) not in known}
    telling = {one.sidecar.name for one in candidates if one.sidecar is not None}
    _forget(session, (row for key, row in known.items() if key not in here), telling)
    _add(session, place_name(place), here.keys() - known.keys())
    settled = now() - settle
    ready = [
        (known[key].failure is not None, one)
        for key, one in here.items()
        if key in known and known[key].state == "waiting" and known[key].created_at <= settled
    ]
    return [one for _failed, one in sorted(ready, key=lambda item: item[0])]


def claim(session: Session, place: Place, one: Candidate) -> ImportedFile | None:
    """A file's row, locked, as long as it still waits: of two who take it only one is given it."""
    statement = select(ImportedFile).where(*_is(place, one), ImportedFile.state == "waiting")
    return session.exec(statement.with_for_update()).one_or_none()


def tell(session: Session, place: Place, one: Candidate, state: str, why: str) -> None:
    """Say of a file that waits why it failed, or why it still does."""
    waiting = (*_is(place, one), col(ImportedFile.state) == "waiting")
    values = {"state": state, "failure": why[:_LONGEST_FAILURE]}
    session.execute(update(ImportedFile).where(*waiting).values(**values))


def was_taken_before(session: Session, row: ImportedFile, call_id: UUID) -> bool:
    """Whether a call was made of the same file before, when something about it was another."""
    found = select(ImportedFile.id).where(
        ImportedFile.place == row.place,
        ImportedFile.name == row.name,
        ImportedFile.call_id == call_id,
    )
    return session.exec(found.limit(1)).first() is not None


def list_found(
    session: Session, state: str | None = None, *, limit: int, cursor: str | None = None
) -> Slice[ImportedFile]:
    """What was found at all places, the newest first."""
    statement = select(ImportedFile)
    if state is not None:
        statement = statement.where(ImportedFile.state == state)
    keys = [
        (ImportedFile.created_at, lambda one: one.created_at),
        (ImportedFile.id, lambda one: one.id),
    ]
    return take_page(session, statement, keys, limit=limit, cursor=cursor)


def hidden(name: str, mark: str) -> str:
    """What stands for the name of a file that named somebody whose data were erased."""
    return HIDDEN + sha256(f"{mark} {name}".encode()).hexdigest()


def _forget(session: Session, gone: Iterable[Row[Any]], telling: set[str]) -> None:
    """Forget what waits and is no more as it was, and what now tells of a file beside it."""
    over = [
        row.id
        for row in gone
        if row.state == "waiting" or (row.state == "failed" and row.name in telling)
    ]
    if over:
        session.execute(delete(ImportedFile).where(col(ImportedFile.id).in_(over)))


def _add(session: Session, place: str, new: Iterable[tuple[str, str]]) -> None:
    """Rows for what was not seen before; another worker may be adding the same."""
    rows = [
        ImportedFile(place=place, name=name, mark=mark).model_dump() for name, mark in sorted(new)
    ]
    if rows:
        session.execute(insert(ImportedFile).on_conflict_do_nothing(), rows)


def _is(place: Place, one: Candidate) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ImportedFile.place) == place_name(place),
        col(ImportedFile.name) == one.name,
        col(ImportedFile.mark) == one.mark,
    )
