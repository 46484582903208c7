"""Plain text as a transcript: who speaks and when, in the ways that tools write it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analyzer.transcripts.clock import STAMP, seconds_of
from analyzer.transcripts.signing import clean, is_label, signed, told_names
from analyzer.transcripts.written import Piece, Script, Unfit

_RANGE = rf"({STAMP})(?:\s*(?:-->|[-\u2013\u2014]|to)\s*({STAMP}))?"
_BOXED = rf"(?:\[{_RANGE}\]|\({_RANGE}\)|{_RANGE})"
_FIRST = re.compile(rf"{_BOXED}(?:\s*[-\u2013\u2014|]\s+|\s*:\s+|\s+)(.*)$")
_LAST = re.compile(rf"(.{{1,80}}?)\s*[-\u2013\u2014|,]?\s*{_BOXED}\s*(:?)(.*)$")
_ALONE = re.compile(rf"{_BOXED}\s*:?$")
_COLOPHON = re.compile(r"\s+(?:Transcribed|Generated|Exported|Created) (?:by|with) \S+$")
_LEAST_SHARE = 0.05
"""Of the lines that must say who speaks or when, in a file that has lines of other kinds."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a line opens what someone says; `text` may follow on the next lines."""

    name: str | None
    start: float | None
    end: float | None
    text: str


_Form = Callable[[str, str], Opening | None]


def read_text(text: str) -> Script:
    """Text in one of the known forms: whichever opens the most lines. Raises Unfit when none does.

    What stands before the first opening is no part of the talk; its first line is the title.
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    opened = [_openings(form, lines) for form in (_stamp_first, _name_first, _heading, _name_only)]
    best = max(opened, key=len)
    filled = sum(1 for line in lines if line)
    if not best or (len(best) < 2 and best is opened[3]) or len(best) < _LEAST_SHARE * filled:
        raise Unfit(
            "no line says who speaks or when; expected lines such as "
            "'[00:01:02] Ann: ...', 'Ann (00:01:02): ...' or 'Ann: ...'"
        )
    above = [line for line in lines[: min(best)] if line]
    title = clean(above[0]) if above and not _ALONE.match(above[0]) else None
    return Script("txt", "plain text", tuple(_pieces(lines, best)), title=title or None)


def _openings(form: _Form, lines: Sequence[str]) -> dict[int, Opening]:
    """The lines that a form opens; what has no time must be a name for sure."""
    following = [*lines[1:], ""]
    found = {
        n: opening
        for n, (line, after) in enumerate(zip(lines, following, strict=True))
        if line and (opening := form(line, after))
    }
    if form is not _name_only:
        return found
    is_talk = next((n for n, line in enumerate(lines) if line), None) in found
    is_talk = is_talk or any(map(_ALONE.match, lines))
    firsts = [found[n].name if n in found else None for n, line in enumerate(lines) if line]
    names = told_names(firsts, is_talk=is_talk)
    return {n: one for n, one in found.items() if one.name in names}


def _stamp_first(line: str, _after: str) -> Opening | None:
    """[00:01:02] Ann: text, 0:01 - Ann: text, [00:01] text."""
    match = _FIRST.match(line)
    if match is None or not match[7]:
        return None
    found = signed(match[7]) if ":" in match[7] or match[7][0] in "[(" else None
    if found is None and is_label(match[7]) and len(match[7].split()) <= 3:
        return None  # a heading, or a word or two: the form of headings decides
    name, said = found or (None, match[7])
    return Opening(name, *_span(match), said)


def _name_first(line: str, _after: str) -> Opening | None:
    """Ann (00:01:02): text, Ann [00:01]: text, Ann 00:01:02: text."""
    match = _LAST.match(line)
    if match is None or not (match[8] or match[9]) or not is_label(clean(match[1])):
        return None
    is_set_off = match[8] or line[match.end(1) :].lstrip(" -\u2013\u2014|,")[:1] in ("[", "(")
    return Opening(clean(match[1]), *_span(match, 2), match[9].strip()) if is_set_off else None


def _heading(line: str, after: str) -> Opening | None:
    """Ann  0:01, or 0:01 Ann, alone on a line over what she says."""
    if not after or _ALONE.match(after):
        return None
    if (match := _LAST.match(line)) and not match[9].strip() and is_label(clean(match[1])):
        return Opening(clean(match[1]), *_span(match, 2), "")
    if (match := _FIRST.match(line)) and is_label(clean(match[7])):
        return Opening(clean(match[7]), *_span(match), "")
    return None


def _name_only(line: str, _after: str) -> Opening | None:
    """Ann: text."""
    found = signed(line) if not _FIRST.match(line) else None
    return Opening(found[0], None, None, found[1]) if found else None


def _span(match: re.Match[str], first: int = 1) -> tuple[float | None, float | None]:
    """The times of the first box that is there, of the three forms of one."""
    for n in (first, first + 2, first + 4):
        if match[n]:
            return seconds_of(match[n]), seconds_of(match[n + 1] or "")
    return None, None


def _pieces(lines: Sequence[str], opened: dict[int, Opening]) -> Iterator[Piece]:
    """What is said; other lines go on with it, a time alone says when the next one starts."""
    at: float | None = None
    for n, following in pairwise([*sorted(opened), len(lines)]):
        opening = opened[n]
        said = [opening.text]
        start = opening.start if opening.start is not None else at
        at = None
        for line in lines[n + 1 : following]:
            if match := _ALONE.match(line):
                at = _span(match)[0]
            else:
                said.append(line)
        text = " ".join(filter(None, said))
        if following == len(lines):
            text = _COLOPHON.sub("", text)
        yield Piece(text, opening.name, start, opening.end, (), f"line {n + 1}")
