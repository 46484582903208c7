"""What PostgreSQL can hold: text without NUL and half signs, JSON whose numbers are numbers."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import insert, inspect
from sqlmodel import Session, SQLModel

from analyzer.speech import UNREADABLE
from models.errors import BadInput
from models.tables.columns import Json

Value = TypeVar("Value")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SUSPECT = re.compile(r"\\u0000|[\ud800-\udfff]")
"""How they look in JSON; a backslash said aloud is taken for one, which does no harm."""


def storable(document: Json, what: str) -> Json:
    """The document with U+FFFD for each sign that cannot be stored, itself where there is none.

    Raises BadInput when it holds a number that is none; `what` names the document then.
    """
    try:
        written = json.dumps(document, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise BadInput(f"{what} holds NaN or infinity, which cannot be kept: renew it") from None
    return readable(document) if _SUSPECT.search(written) else document


def readable(value: Value) -> Value:
    """The value, and all inside it, with U+FFFD for each sign that cannot be stored."""
    return _readable(value)  # type: ignore[no-any-return]


def put_rows(session: Session, table: type[SQLModel], rows: Iterable[Json]) -> None:
    """Add many rows at once; text is made storable, and cut to the length of its column."""
    lengths = _lengths(table)
    fitting = [
        {name: _fit(value, lengths.get(name)) for name, value in row.items()} for row in rows
    ]
    if fitting:
        session.execute(insert(table), fitting)


@cache
def _lengths(table: type[SQLModel]) -> Mapping[str, int | None]:
    """The longest text of each column that sets a bound."""
    columns = inspect(table).columns
    return {column.key: getattr(column.type, "length", None) for column in columns}


def _fit(value: Any, length: int | None) -> Any:
    return _UNSTORABLE.sub(UNREADABLE, value)[:length] if isinstance(value, str) else value


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub(UNREADABLE, value)
    if isinstance(value, Mapping):
        return {_readable(key): _readable(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_readable(one) for one in value]
    return value
