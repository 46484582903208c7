"""Files that people write in TOML or JSON, read strictly: a mistake is named, never passed over."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from analyzer.errors import AnalyzerError
from analyzer.line_numbers import Place

T = TypeVar("T")
Table = Mapping[str, object]
_CLEARER = {
    "dict_type": 'expected a table, such as {en = "..."}',
    "json_invalid": "holds text that is none, or too many brackets inside brackets",
}
_MOST_PARTS = 50
_ENDLESS_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS - 1}}}"""
)
_LISTED = 12
"""Known names that a hint lists at most."""


class Misfit(Exception):
    """A value that does not fit: the keys that lead to it, and what is wrong."""

    def __init__(self, place: Place, what: str) -> None:
        super().__init__(place, what)
        self.place = place
        self.what = what

    def __str__(self) -> str:
        """The keys with dots between them, then what is wrong."""
        return ": ".join(filter(None, (".".join(map(str, self.place)), self.what)))


def read_text(path: Path, bad: type[AnalyzerError]) -> str:
    """The text of a file; raises `bad` when there is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise bad(f"{path.name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise bad(f"{path.name}: is not UTF-8 text; save it as UTF-8") from None


def parse(path: Path, text: str, bad: type[AnalyzerError]) -> object:
    """What a text holds, as TOML or JSON by the file's ending; raises `bad` when it is broken."""
    try:
        if path.suffix.lower() == ".toml":
            if _ENDLESS_KEY.search(text):  # which takes the parser minutes
                raise bad(
                    f"{path.name}: holds a key of {_MOST_PARTS} parts or more; nest no deeper"
                )
            return tomllib.loads(text)
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except ValueError as error:  # of both parsers
        raise bad(f"{path.name}: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise bad(f"{path.name}: {_CLEARER['json_invalid']}") from None


def fit(kind: type[T], table: Table, hidden: frozenset[str] = frozenset()) -> T:
    """A parsed table as a dataclass; raises `Misfit` for an unknown key or a wrong kind of value.

    Fields in `hidden` are not for files.
    """
    for misfit in _unknown_keys(table, kind, (), hidden):
        raise misfit
    try:
        # By way of JSON, where "2026-09-03" may be a date but "4" is no number.
        return _adapter(kind).validate_json(json.dumps(table, default=_instant), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise Misfit(first["loc"], _CLEARER.get(first["type"], first["msg"].lower())) from None
    except RecursionError:
        raise Misfit((), _CLEARER["json_invalid"]) from None


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """Made once: making it takes much longer than using it."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def numbered(items: Sequence[object]) -> list[object]:
    """Agenda items as tables: titles alone will do, and those without an id become a1, a2..."""
    tables = [{"title": item} if isinstance(item, str) else item for item in items]
    return [
        {"id": f"a{n}", **item} if isinstance(item, dict) else item
        for n, item in enumerate(tables, start=1)
    ]


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A hint: the known name that is meant, or what is known."""
    if close := get_close_matches(name, known, n=1):
        return f"did you mean {close[0]!r}?"
    more = ["..."] if len(known) > _LISTED else []
    return f"known: {', '.join([*known[:_LISTED], *more])}" if known else "none is known"


def _unknown_keys(
    value: object, kind: object, place: Place, hidden: frozenset[str]
) -> Iterator[Misfit]:
    """Every key of a value, and inside it, that its dataclass does not have."""
    if isinstance(value, list) and get_origin(kind) is tuple:
        for index, part in enumerate(value):
            yield from _unknown_keys(part, get_args(kind)[0], (*place, index), hidden)
    elif isinstance(kind, UnionType):
        for one in get_args(kind):
            yield from _unknown_keys(value, one, place, hidden)
    elif isinstance(value, dict) and is_dataclass(kind) and isinstance(kind, type):
        kinds = {key: one for key, one in get_type_hints(kind).items() if key not in hidden}
        for key, part in value.items():
            if key in kinds:
                yield from _unknown_keys(part, kinds[key], (*place, key), hidden)
            else:
                hint = did_you_mean(key, tuple(kinds))
                yield Misfit((*place, key), f"there is no such key; {hint}")


def _once(pairs: Sequence[tuple[str, object]]) -> Table:
    """An object of JSON, in which TOML's rule holds: a key stands once."""
    table = dict(pairs)
    if len(table) < len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice!r} stands twice in one table")
    return table


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")


def _instant(value: object) -> str:
    """TOML's own dates, as JSON writes them."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")
