"""One at a time: whoever works at a CRM, wherever, while a connection's turn is theirs."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from models.database import is_away


class Turn:
    """Somebody's turn at a connection, true if it is ours."""

    def __init__(self, held: Connection, *, is_mine: bool) -> None:
        self._held, self._is_mine = held, is_mine

    def __bool__(self) -> bool:
        return self._is_mine

    def is_kept(self) -> bool:
        """Whether it is ours still: where the database went away meanwhile, it may be another's."""
        if self._is_mine:
            try:
                self._held.execute(text("SELECT 1"))
            except DBAPIError:
                self._is_mine = False
        return self._is_mine


@contextmanager
def turn_of(engine: Engine, connection_id: UUID, what: str) -> Iterator[Turn]:
    """Whether it is our turn at a connection; nobody else's then, until the block ends.

    It is a lock of the database session: it ends with the process that holds it.
    """
    key = f"{what}:{connection_id}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as held:
        asked = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 7))")
        turn = Turn(held, is_mine=bool(held.execute(asked, {"key": key}).scalar()))
        try:
            yield turn
        finally:
            if turn:
                _give_back(held, key)


def _give_back(held: Connection, key: str) -> None:
    """What died with the database session need not be given back."""
    if held.invalidated:
        return
    try:
        held.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 7))"), {"key": key})
    except DBAPIError as error:
        if not is_away(error):
            raise
