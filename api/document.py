"""A document to print: parts with prose, tables and quotes, whatever it is written down as."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; small where it only explains."""

    text: str
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Cited:
    """Something to say with the words that show it: each quote, then where it plays."""

    text: str
    quotes: tuple[tuple[str, str], ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first `words` columns are words, the others figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


Block = Prose | Cited | Grid


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks under a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """All of it; `facts` are the lines under the title."""

    title: str
    facts: tuple[str, ...]
    parts: tuple[Part, ...]
    language: str
    made_at: datetime
