"""A note in neutral blocks, and as HTML or plain text no longer than a CRM takes.

The HTML has p, br, strong, ul, li and a only, and a leads to the link that was given, nowhere else.
Whatever came from outside is escaped, on one line, and cannot pass for the mark of another note.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate
from typing import Literal
from uuid import UUID

from analyzer.formats.rendering import one_line
from analyzer.speech import UNREADABLE
from models.errors import BadInput

BlockKind = Literal["heading", "label", "paragraph", "items"]
_UNDERLINE = 40
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Signs that turn the order of others around."""
_CONTROL = re.compile("[\x80-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_LIKE_MARK = re.compile(r"tt-(?=[0-9a-f]{8}-[0-9a-f]{4}-)", re.IGNORECASE)
_HYPHEN = "\N{NON-BREAKING HYPHEN}"


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a line; `href` makes them a link."""

    text: str
    is_bold: bool = False
    href: str | None = None


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a label of what follows, a paragraph of lines, or a list of items."""

    kind: BlockKind
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What is written of a call; `shortened` is what it says when it does not fit whole."""

    title: str
    blocks: tuple[Block, ...]
    mark: str
    shortened: str


def mark_of(call_id: UUID) -> str:
    """The last line of a call's note, by which it is found again."""
    return f"Ref TT-{call_id}"


def clean(text: str) -> str:
    """A text from outside on one line: nothing unseen or unwritable, no mark of another note."""
    line = one_line(_CONTROL.sub(UNREADABLE, _UNSEEN.sub("", text)))
    return _LIKE_MARK.sub(lambda found: f"{found.group()[:-1]}{_HYPHEN}", line)


def clipped(text: str, most: int) -> str:
    """A text no longer than `most` signs, cut between words and saying so by three dots."""
    if signs(text) <= most:
        return text
    lengths = accumulate(map(signs, text))
    cut = text[: next(at for at, length in enumerate(lengths) if length >= most)]
    begun, space, _ = cut.rpartition(" ")
    return f"{(begun if space and len(begun) > len(cut) // 2 else cut).rstrip()}…"


def signs(text: str) -> int:
    """How long a text is where an emoji counts as two, as most CRMs count."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def to_html(note: Note, limit: int) -> str:
    """The note as HTML. Raises BadInput when not even its mark fits."""
    return _within(note, limit, _html)


def to_text(note: Note, limit: int) -> str:
    """The note as plain text. Raises BadInput when not even its mark fits."""
    return _within(note, limit, _text)


def _html(note: Note) -> str:
    return "".join(_html_block(one) for one in _ending(note))


def _html_block(block: Block) -> str:
    lines = [_html_line(one) for one in block.lines]
    match block.kind:
        case "heading" | "label":
            return f"<p><strong>{' '.join(lines)}</strong></p>"
        case "paragraph":
            return f"<p>{'<br>'.join(lines)}</p>"
        case "items":
            return f"<ul>{''.join(f'<li>{one}</li>' for one in lines)}</ul>"


def _html_line(line: Line) -> str:
    return "".join(_html_span(one) for one in line)


def _html_span(span: Span) -> str:
    text = escape(span.text, quote=False)
    if span.href is not None:
        text = f'<a href="{escape(span.href)}">{text}</a>'
    return f"<strong>{text}</strong>" if span.is_bold else text


def _text(note: Note) -> str:
    written: list[str] = []
    for block in _ending(note):
        lines = [_text_line(one) for one in block.lines]
        match block.kind:
            case "heading":
                told = " ".join(lines)
                written += ["", told, "-" * min(len(told), _UNDERLINE)]
            case "paragraph":
                written += ["", *lines] if _begins(written) else lines
            case "label":
                written += lines
            case "items":
                written += [f"- {one}" for one in lines]
    return "\n".join(written).strip("\n")


def _begins(written: Sequence[str]) -> bool:
    """Whether a paragraph needs an empty line before it: not under its heading."""
    return bool(written) and not (written[-1] and set(written[-1]) == {"-"})


def _text_line(line: Line) -> str:
    return "".join(one.href or one.text for one in line)


def _ending(note: Note) -> Iterator[Block]:
    """The blocks with the mark as the last line, which nothing else looks like."""
    for block in note.blocks:
        yield replace(block, lines=tuple(_unlike_mark(one) for one in block.lines))
    yield Block("paragraph", ((Span(note.mark),),))


def _unlike_mark(line: Line) -> Line:
    """The line with another hyphen where it reads like a mark, were it from several spans."""
    whole = "".join(one.text for one in line)
    places = {found.end() - 1 for found in _LIKE_MARK.finditer(whole)}
    if not places:
        return line
    told = "".join(_HYPHEN if at in places else sign for at, sign in enumerate(whole))
    ends = list(accumulate(len(one.text) for one in line))
    return tuple(
        replace(one, text=told[end - len(one.text) : end])
        for one, end in zip(line, ends, strict=True)
    )


def _within(note: Note, limit: int, write: Callable[[Note], str]) -> str:
    """The note as it is written, without what does not fit: the link and the mark stay."""
    told = write(note)
    over = signs(told) - limit
    draft = _Draft(note, write) if over > 0 else None
    while draft is not None and over > 0:
        draft.drop(over)
        told = write(draft.note())
        over = signs(told) - limit
        if draft.is_bare:
            break
    for rest in (_links(note), ()):
        if over > 0:
            told = write(replace(note, blocks=rest))
            over = signs(told) - limit
    if over > 0:
        raise BadInput(f"note: its mark alone has {len(note.mark)} signs; {limit} are allowed")
    return told


def _links(note: Note) -> tuple[Block, ...]:
    """The first link alone."""
    links = [one for block in note.blocks for line in block.lines for one in line if one.href]
    return (Block("paragraph", ((links[0],),)),) if links else ()


@dataclass(slots=True)
class _Unit:
    """A line of a block, which stays or goes; `size` is what it adds."""

    block: Block
    line: Line
    size: int
    is_kept: bool = True


class _Draft:
    """A note that is being shortened, from the end of whichever section is longest then."""

    def __init__(self, note: Note, write: Callable[[Note], str]) -> None:
        self._note = note
        self._units = [list(_units(block, note, write)) for block in note.blocks]
        self._loose: list[list[_Unit]] = [[]]
        for block, units in zip(note.blocks, self._units, strict=True):
            if block.kind == "heading":
                self._loose.append([])
            else:
                self._loose[-1] += [one for one in units if not any(s.href for s in one.line)]
        self._sizes = [sum(one.size for one in loose) for loose in self._loose]

    @property
    def is_bare(self) -> bool:
        """Whether nothing is left that may go."""
        return not any(self._loose)

    def drop(self, over: int) -> None:
        """Leave out about as much as is too much, and something at least."""
        while over > 0 and not self.is_bare:
            longest = max(range(len(self._loose)), key=self._rank)
            last = self._loose[longest].pop()
            last.is_kept = False
            self._sizes[longest] -= last.size
            over -= last.size

    def note(self) -> Note:
        """What is left, and that it is not all."""
        left = (
            replace(block, lines=tuple(one.line for one in units if one.is_kept))
            for block, units in zip(self._note.blocks, self._units, strict=True)
        )
        blocks = with_something([one for one in left if one.lines])
        told = Block("paragraph", ((Span(self._note.shortened),),))
        return replace(self._note, blocks=(*blocks, told))

    def _rank(self, section: int) -> tuple[bool, int]:
        return bool(self._loose[section]), self._sizes[section]


def _units(block: Block, note: Note, write: Callable[[Note], str]) -> Iterator[_Unit]:
    for line in block.lines:
        once, twice = (
            replace(note, blocks=(replace(block, lines=lines),))
            for lines in ((line,), (line, line))
        )
        yield _Unit(block, line, max(1, signs(write(twice)) - signs(write(once))))


def with_something(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks without headings and labels under which nothing stands."""
    left: list[Block] = []
    for block in reversed(blocks):
        under = left[-1].kind if left else "heading"
        is_bare = under == "heading" or (block.kind == "label" and under == "label")
        if block.kind in {"paragraph", "items"} or not is_bare:
            left.append(block)
    return tuple(reversed(left))
