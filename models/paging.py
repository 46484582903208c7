"""Lists a page at a time: each page says where the next begins, whatever is added meanwhile."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

from models.errors import BadInput

LIMIT = 50
MOST = 200
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Slice(Generic[_Item]):
    """Some rows of a list; `next` is the cursor of the page after, None on the last."""

    items: Sequence[_Item]
    next: str | None


def take(
    session: Session,
    statement: SelectOfScalar[_Item],
    keys: Sequence[tuple[Any, Callable[[_Item], object]]],
    *,
    limit: int = LIMIT,
    cursor: str | None = None,
    descending: bool = True,
) -> Slice[_Item]:
    """The rows after a cursor, in the order of `keys`: columns, and how to read them off a row.

    The keys together must tell any two rows apart. Raises BadInput for a cursor that is not ours.
    """
    columns = [column for column, _read in keys]
    if cursor is not None:
        after = tuple_(*_decode(cursor, columns))
        place = tuple_(*columns)
        statement = statement.where(place < after if descending else place > after)
    ordered = statement.order_by(*(one.desc() if descending else one.asc() for one in columns))
    rows = list(session.exec(ordered.limit(limit + 1)))
    has_more = len(rows) > limit
    last = rows[limit - 1] if has_more else None
    following = None if last is None else encode([read(last) for _column, read in keys])
    return Slice(rows[:limit], following)


def encode(values: Sequence[object]) -> str:
    """Where a page ended, in letters that a URL takes."""
    plain = [one.isoformat() if isinstance(one, date) else one for one in values]
    text = json.dumps([str(one) if isinstance(one, UUID) else one for one in plain])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, columns: Sequence[Any]) -> list[object]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return [_read(value, column) for value, column in zip(values, columns, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadInput("cursor: take it from `next` of the page before") from None


def _read(value: object, column: Any) -> object:
    kind = column.type.python_type
    if kind is datetime:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError
        return moment
    if kind is date:
        return date.fromisoformat(str(value))
    if kind is UUID:
        return UUID(str(value))
    if kind is int and (
        isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63
    ):
        raise ValueError
    if kind is str and (not isinstance(value, str) or "\0" in value):
        raise ValueError
    return value
