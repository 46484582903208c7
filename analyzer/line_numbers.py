"""On which line of a TOML or JSON text each key stands: their parsers do not tell.

The text has been parsed before, so it is taken to be right: keys, values and brackets are all
that is looked at. After more brackets inside brackets than can be followed nothing has a line.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

Place = tuple[str | int, ...]
"""The keys and places in lists that lead to a value: ("tips", 0, "finding", "en")."""

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|\'[^\']*\''
    r"|[][{}=:,.\n]|[^\s\"'#\][{}=:,.]+|(?P<space>[^\S\n]+|#[^\n]*)",
    re.DOTALL,
)


def toml_lines(text: str) -> Mapping[Place, int]:
    """The line, from 1, of every key, table and member of a list in a TOML text."""
    scan = _Scan(tuple(_tokens(text)))
    table: Place = ()
    with suppress(RecursionError):
        while scan.skip_lines():
            if scan.next_is("["):
                table = scan.header()
            else:
                scan.pair(table)
    return scan.lines


def json_lines(text: str) -> Mapping[Place, int]:
    """The line, from 1, of every key and member of a list in a JSON text."""
    scan = _Scan(tuple(_tokens(text)), is_json=True)
    scan.skip_lines()
    with suppress(RecursionError):
        scan.value(())
    return scan.lines


def line_of(lines: Mapping[Place, int], place: Place) -> int:
    """The line of a place, or of the nearest around it where it is missing; 1 at the least."""
    around = (place[:length] for length in range(len(place), -1, -1))
    return next((lines[part] for part in around if part in lines), 1)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int

    @property
    def is_string(self) -> bool:
        return self.text[0] in "\"'"


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text.replace("\r\n", "\n")):
        if match.lastgroup != "space":
            yield _Token(match.group(), line)
        line += match.group().count("\n")
    yield _Token("\n", line)


@dataclass(slots=True)
class _Scan:
    """Reads token after token, and notes the line of each place it passes."""

    tokens: tuple[_Token, ...]
    is_json: bool = False
    at: int = 0
    lines: dict[Place, int] = field(default_factory=dict)
    last: dict[Place, int] = field(default_factory=dict)
    """The place of the last table of each array of tables."""

    def next_is(self, mark: str) -> bool:
        return self.tokens[self.at].text == mark

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def skip_lines(self) -> bool:
        """Go to the next token that is no line end; whether there is one."""
        while self.at < len(self.tokens) and self.next_is("\n"):
            self.at += 1
        return self.at < len(self.tokens)

    def header(self) -> Place:
        """[table] or [[array of tables]]: the place it opens."""
        line = self.take().line
        is_array = self.next_is("[")
        self.at += is_array
        *parents, name = self.key()
        self.at += 1 + is_array
        place = self.note((*self.inside(parents, line), name), line)
        if not is_array:
            return place
        self.last[place] = self.last.get(place, -1) + 1
        return self.note((*place, self.last[place]), line)

    def inside(self, parents: list[str], line: int) -> Place:
        """Where the first keys of a header lead: to the last table of an array of tables."""
        place: Place = ()
        for key in parents:
            place = self.note((*place, key), line)
            place = (*place, self.last[place]) if place in self.last else place
        return place

    def pair(self, table: Place) -> None:
        """A key with its value."""
        line = self.tokens[self.at].line
        for key in self.key():
            table = self.note((*table, key), line)
        self.at += 1  # = or :
        self.skip_lines()
        self.value(table)

    def key(self) -> list[str]:
        """The parts of a key: a."b c".d has three."""
        parts = [self.name()]
        while self.next_is("."):
            self.at += 1
            parts.append(self.name())
        return parts

    def name(self) -> str:
        token = self.take()
        if not token.is_string:
            return token.text
        if self.is_json:
            return str(json.loads(token.text))
        return str(tomllib.loads(f"key = {token.text}")["key"])

    def value(self, place: Place) -> None:
        if self.next_is("{"):
            self.members(place, "}")
        elif self.next_is("["):
            self.members(place, "]")
        elif self.take().is_string:
            return
        else:
            while self.tokens[self.at].text not in {",", "]", "}", "\n"}:
                self.at += 1

    def members(self, place: Place, end: str) -> None:
        """What stands between two brackets, and the brackets."""
        self.at += 1
        count = 0
        while self.skip_lines() and not self.next_is(end):
            if end == "}":
                self.pair(place)
            else:
                self.value(self.note((*place, count), self.tokens[self.at].line))
            count += 1
            self.skip_lines()
            self.at += self.next_is(",")
        self.at += 1

    def note(self, place: Place, line: int) -> Place:
        """Keep the first line of a place."""
        self.lines.setdefault(place, line)
        return place
