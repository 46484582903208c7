"""Selections put together of columns, whose types cannot be told from the tables' own."""

from typing import Any

from sqlalchemy import Select, select


def pick(*columns: Any) -> Select[Any]:
    """A selection of columns, expressions or whole tables, as `sqlalchemy.select` makes it."""
    return select(*columns)
