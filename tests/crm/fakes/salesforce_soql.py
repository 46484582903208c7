"""A small SOQL engine over rows in memory, as strict as Salesforce where that is known."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from tests.crm.fakes.salesforce_schema import PARENTS, SCHEMA, UNFILTERABLE

Row = dict[str, Any]
Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\\n\r]|\\.)*')"
    r"|(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)"
    r"|(?P<day>\d{4}-\d\d-\d\d)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|[=<>(),]))"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_REFERENCES = {"id", "reference"}


class SoqlError(Exception):
    """A query that Salesforce refuses, with its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Query:
    """A query that was understood."""

    fields: list[str]
    kind: str
    test: Test
    order: list[tuple[str, bool]]
    limit: int | None
    filtered: set[str]


class Parser:
    """Reads one query, and knows which fields there are."""

    def __init__(self, text: str, hidden: set[str], parent: Callable[[str, Any], Row | None]):
        self._tokens = list(_tokens(text))
        self._at = 0
        self._hidden, self._parent = hidden, parent
        self._kind = ""
        self._filtered: set[str] = set()

    def query(self) -> Query:
        self._expect("SELECT")
        fields = [self._word()]
        while self._take(","):
            fields.append(self._word())
        self._expect("FROM")
        self._kind = self._word()
        if self._kind not in SCHEMA or self._kind in self._hidden:
            raise SoqlError("INVALID_TYPE", f"sObject type '{self._kind}' is not supported.")
        for field in fields:
            self.what(field)
        test = self._either() if self._take("WHERE") else _always
        order = self._order() if self._take("ORDER") else []
        limit = int(self._next()[1]) if self._take("LIMIT") else None
        if self._at < len(self._tokens):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{self._tokens[self._at][1]}'")
        return Query(fields, self._kind, test, order, limit, self._filtered)

    def what(self, path: str) -> str:
        """The type of a field, through its parents."""
        kind, *steps = self._kind, *path.split(".")
        for step in steps[:-1]:
            if (kind, step) not in PARENTS:
                raise SoqlError("INVALID_FIELD", f"Didn't understand relationship '{step}'")
            kind = PARENTS[kind, step][1]
        name = steps[-1]
        if name not in SCHEMA[kind] or f"{kind}.{name}" in self._hidden:
            raise SoqlError("INVALID_FIELD", f"No such column '{name}' on entity '{kind}'.")
        return SCHEMA[kind][name]

    def value(self, row: Row, path: str) -> Any:
        """What a row holds, through its parents."""
        kind, *steps = self._kind, *path.split(".")
        found: Row | None = row
        for step in steps[:-1]:
            field, parent_kind = PARENTS[kind, step]
            found = None if found is None else self._parent(parent_kind, found.get(field))
            kind = parent_kind
        return None if found is None else found.get(steps[-1])

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("OR"):
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take("AND"):
            tests.append(self._one())
        if len(tests) > 1 and self._peek("OR"):
            raise SoqlError("MALFORMED_QUERY", "unexpected token: OR")  # AND and OR want brackets
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            test = self._either()
            self._expect(")")
            return test
        field = self._word()
        what = self.what(field)
        if what in UNFILTERABLE:
            raise SoqlError("INVALID_FIELD", f"field '{field}' can not be filtered in a query call")
        self._filtered.add(field)
        kind, sign = self._next()
        if sign.upper() == "IN":
            values = self._values(what)
            return lambda row: _folded(self.value(row, field), what) in values
        if sign.upper() == "LIKE":
            pattern = _pattern(self._literal("like"))
            return lambda row: pattern.fullmatch(str(self.value(row, field) or "")) is not None
        if kind != "sign":
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{sign}'")
        wanted = _folded(self._literal(what), what)
        return lambda row: _compared(_folded(self.value(row, field), what), sign, wanted)

    def _values(self, what: str) -> list[Any]:
        self._expect("(")
        values = [_folded(self._literal(what), what)]
        while self._take(","):
            values.append(_folded(self._literal(what), what))
        self._expect(")")
        return values

    def _literal(self, what: str) -> Any:
        kind, text = self._next()
        if kind == "text":
            if what in {"boolean", "datetime", "date", "currency"}:
                raise SoqlError("INVALID_FIELD", "value of filter criterion must not be in quotes")
            return unescaped(text[1:-1], keep_wild=what == "like")
        found = {"true": True, "false": False, "null": None}
        if kind == "word" and text.lower() in found:
            return found[text.lower()]
        if kind == "instant" and what == "datetime":
            return datetime.fromisoformat(text)
        if kind == "day" and what == "date":
            return date.fromisoformat(text)
        if kind == "number":
            return float(text)
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text}'")

    def _order(self) -> list[tuple[str, bool]]:
        self._expect("BY")
        order = []
        while True:
            field = self._word()
            self.what(field)
            order.append((field, self._take("DESC")))
            self._take("ASC")
            if not self._take(","):
                return order

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise SoqlError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self, word: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][1].upper() == word

    def _take(self, word: str) -> bool:
        found = self._peek(word)
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise SoqlError("MALFORMED_QUERY", f"expecting {word}")

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text}'")
        return text


def shown(parser: Parser, query: Query, row: Row, root: str) -> Row:
    """A row as an answer shows it: fields, parents within."""
    out: Row = {
        "attributes": {"type": query.kind, "url": f"{root}/sobjects/{query.kind}/{row['Id']}"}
    }
    for path in query.fields:
        *parents, name = path.split(".")
        if parents and parser.value(row, ".".join([*parents, "Id"])) is None:
            out[parents[0]] = None
            continue
        place = out
        for step in parents:
            place = place.setdefault(step, {"attributes": {"type": step}})
        place[name] = written(parser.value(row, path))
    return out


def written(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return value.isoformat() if isinstance(value, date) else value


def sorted_rows(parser: Parser, query: Query, rows: list[Row]) -> list[Row]:
    """Rows in the order that the query wants, nulls first."""
    for field, is_last_first in reversed(query.order):
        values = [(parser.value(row, field), row) for row in rows]
        empty = [row for value, row in values if value is None]
        full = sorted((one for one in values if one[0] is not None), key=lambda one: one[0])
        rows = [*empty, *(row for _, row in full)]
        rows = rows[::-1] if is_last_first else rows
    return rows


def _always(row: Mapping[str, Any]) -> bool:
    return True


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token at {at}")
        at = found.end()
        yield str(found.lastgroup), found[str(found.lastgroup)]


def unescaped(text: str, *, keep_wild: bool) -> str:
    """The text of a literal; for a pattern, what is escaped in it stays so."""
    out, at = [], 0
    while at < len(text):
        if text[at] != "\\":
            out.append(text[at])
            at += 1
            continue
        sign = text[at + 1]
        if sign == "u":
            out.append(chr(int(text[at + 2 : at + 6], 16)))
            at += 6
            continue
        if sign in _ESCAPES:
            out.append("\\\\" if keep_wild and sign == "\\" else _ESCAPES[sign])
        elif keep_wild and sign in "_%":
            out.append("\\" + sign)
        else:
            raise SoqlError("MALFORMED_QUERY", "Illegal string literal")
        at += 2
    return "".join(out)


def _pattern(text: Any) -> re.Pattern[str]:
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            out.append(re.escape(text[at + 1]))
            at += 2
            continue
        out.append({"%": ".*", "_": "."}.get(text[at]) or re.escape(text[at]))
        at += 1
    return re.compile("".join(out), re.IGNORECASE | re.DOTALL)


def _folded(value: Any, what: str) -> Any:
    """Texts are equal in any case, ids of 15 and 18 signs are equal too."""
    if not isinstance(value, str):
        return value
    return value[:15] if what in _REFERENCES else value.casefold()


def _compared(value: Any, sign: str, wanted: Any) -> bool:
    if sign in {"=", "!="}:
        return bool(value == wanted) == (sign == "=")
    if value is None or wanted is None:
        return False
    tests = {
        "<": value < wanted,
        ">": value > wanted,
        "<=": value <= wanted,
        ">=": value >= wanted,
    }
    return bool(tests[sign])
