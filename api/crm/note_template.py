"""The template of a note: plain text, a line at a time, with placeholders in braces.

`# ` begins a heading; `{summary}` and its like stand alone on a line and become a list; `{title}`
and its like stand anywhere. `{{` and `}}` are braces. docs/crm-notes.md has it for admins.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from api.crm.note_words import crm_words
from models.errors import BadInput

INLINE = (
    "title",
    "date",
    "rep",
    "buyers",
    "duration",
    "talk_ratio",
    "agenda_coverage",
    "link",
)
"""What may stand inside a line."""
LISTS = (
    "summary",
    "context",
    "needs",
    "decisions",
    "next_steps",
    "objections",
    "competitors",
    "prices",
    "agenda",
    "metrics",
    "tips",
)
"""What stands alone on a line and becomes a list."""
LONGEST, MOST_LINES = 10_000, 300
"""Signs and lines of a template."""

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_HEADING = re.compile(r"#{1,6}\s+")
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Blank:
    """A placeholder to be filled."""

    name: str


Piece = str | Blank
Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, None before the first, and the lines under it; an empty line parts paragraphs."""

    heading: Line | None
    lines: tuple[Line, ...]

    @property
    def blanks(self) -> frozenset[str]:
        """The placeholders under the heading."""
        return frozenset(one.name for line in self.lines for one in line if isinstance(one, Blank))


@dataclass(frozen=True, slots=True)
class Template:
    """A template that is sound."""

    sections: tuple[Section, ...]

    @property
    def blanks(self) -> frozenset[str]:
        """All placeholders under headings."""
        return frozenset().union(*(one.blanks for one in self.sections))


def read_template(text: str) -> Template:
    """A template as it was written.

    Raises BadInput with the line where something is wrong: a placeholder that does not exist, a
    lone brace, a list amid a line.
    """
    lines = _BREAK.split(text)
    if not text.strip():
        raise BadInput("template: is empty; leave it out to have the one that comes with Talktrack")
    if len(text) > LONGEST or len(lines) > MOST_LINES:
        raise BadInput(f"template: at most {LONGEST} signs in {MOST_LINES} lines")
    return Template(tuple(_sections(lines)))


def default_text(language: str) -> str:
    """The template that comes with Talktrack, in a language."""
    return crm_words(language).phrases["crm_template.default"].strip() + "\n"


@cache
def default_template(language: str) -> Template:
    """The same, read."""
    return read_template(default_text(language))


def is_list(line: Line) -> bool:
    """Whether a line is a placeholder of a list."""
    return len(line) == 1 and isinstance(line[0], Blank) and line[0].name in LISTS


def _sections(lines: list[str]) -> Iterator[Section]:
    heading: Line | None = None
    under: list[Line] = []
    for number, text in enumerate(lines, start=1):
        told = text.strip()
        marked = _HEADING.match(told)
        if marked is None:
            under.append(_line(told, number))
            continue
        if heading is not None or any(under):
            yield Section(heading, tuple(under))
        heading, under = _line(told[marked.end() :], number), []
        if is_list(heading):
            raise BadInput(f"template, line {number}: {told} cannot be a heading; put it below one")
    yield Section(heading, tuple(under))


def _line(text: str, number: int) -> Line:
    """A line in its pieces; none for an empty one."""
    pieces = tuple(_joined(_pieces(text, number)))
    for one in pieces:
        if isinstance(one, Blank) and one.name in LISTS and len(pieces) > 1:
            raise BadInput(f"template, line {number}: {{{one.name}}} must stand alone on its line")
    return pieces


def _pieces(text: str, number: int) -> Iterator[Piece]:
    at = 0
    for found in _PIECE.finditer(text):
        yield text[at : found.start()]
        at = found.end()
        match found.group():
            case "{{" | "}}" as both:
                yield both[0]
            case "{" | "}" as lone:
                raise BadInput(f"template, line {number}: a lone {lone}; write {lone * 2} for one")
            case _:
                yield _blank(found.group(1), number)
    yield text[at:]


def _blank(name: str, number: int) -> Blank:
    if name.strip() in {*INLINE, *LISTS}:
        return Blank(name.strip())
    there = ", ".join(f"{{{one}}}" for one in (*INLINE, *LISTS))
    told = " ".join(name.split())[:40]
    raise BadInput(f"template, line {number}: there is no {{{told}}}; there are {there}")


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces with texts put together, and no empty one."""
    text = ""
    for one in pieces:
        if isinstance(one, str):
            text += one
            continue
        if text:
            yield text
        text = ""
        yield one
    if text:
        yield text
