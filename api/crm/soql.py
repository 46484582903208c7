"""Salesforce's query language: text that was never meant for it goes in escaped, or not at all."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

_NAMED = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}
_LAST_CONTROL = 0x1F
_ESCAPED = {0x7F, 0x2028, 0x2029}
"""More that ends lines or shows nothing."""
_RECORD = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MOST, _LONGEST = 200, 6000
"""Of a list: values, and signs in the URL, which may have some 16,000 in all."""


def quoted(text: str) -> str:
    """A text as a literal, which means exactly that text."""
    return f"'{_escaped(text)}'"


def like(text: str, *, before: str = "", after: str = "") -> str:
    """A pattern for LIKE: the text, whatever is in it, between two patterns."""
    inner = _escaped(text).replace("%", "\\%").replace("_", "\\_")
    return f"'{before}{inner}{after}'"


def listed(values: Iterable[str]) -> str:
    """Texts as what stands after IN; give at least one."""
    return f"({','.join(quoted(value) for value in values)})"


def instant(at: datetime) -> str:
    """An aware instant as a literal, to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def is_record(text: str) -> bool:
    """Whether a text has the shape of a record's id."""
    return _RECORD.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether a text has the shape of a field's name."""
    return _NAME.fullmatch(text) is not None


def select(
    fields: Sequence[str],
    source: str,
    where: Sequence[str],
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
) -> str:
    """A query of rows for which all of the conditions hold."""
    query = f"SELECT {', '.join(fields)} FROM {source}"  # noqa: S608 (all values are escaped)
    if where:
        query += f" WHERE {' AND '.join(where)}"
    if order:
        query += f" ORDER BY {', '.join(order)}"
    return query if limit is None else f"{query} LIMIT {limit}"


def either(*conditions: str) -> str:
    """A condition that holds when one of some does."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def batches(
    values: Iterable[str], most: int = _MOST, longest: int = _LONGEST
) -> Iterator[list[str]]:
    """The values, each once, in lists that fit into a URL."""
    batch: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        added = len(quote(quoted(value))) + 3
        if batch and (len(batch) == most or length + added > longest):
            yield batch
            batch, length = [], 0
        batch.append(value)
        length += added
    if batch:
        yield batch


def _escaped(text: str) -> str:
    return "".join(_sign(sign) for sign in text)


def _sign(sign: str) -> str:
    """One sign; NUL is nowhere in Salesforce, and half a surrogate pair cannot be sent."""
    code = ord(sign)
    if sign in _NAMED:
        return _NAMED[sign]
    if code == 0:
        return ""
    if code <= _LAST_CONTROL or code in _ESCAPED:
        return f"\\u{code:04X}"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else sign
