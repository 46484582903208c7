"""The agenda in the text of an invitation, between the greeting and the dial-in details."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from analyzer.lexicon import Lexicon, languages, load_lexicon
from analyzer.recording import AgendaItem

_BULLET = re.compile(r"([-*•·▪◦‣\u2013]|\(?(?:\d{1,2}|[a-zA-Z])[.)])\s+")
_BOX = re.compile(r"^\[[ xX]?\]\s+")
_LINK = re.compile(r"https?://|www\.|\S@\S+\.\w|\+\d[\d ().-]{7,}")
_CLOCK = r"(\d{1,2})\s?[:hH]\s?(\d{2})(?:\s?[aApP]\.?[mM]\b\.?)?"
_DASH = r"[-\u2013\u2014]"
_CLOCKS = re.compile(rf"^{_CLOCK}(?:\s*{_DASH}>?\s*{_CLOCK})?\s*(?:{_DASH}|[:|])?\s+")
_INLINE = re.compile(r"\s*;\s*|\s+\(?\d{1,2}[.)]\s+|\s+[•·|]\s+")
_BLOCK = re.compile(r"</?(?:br|p|div|ul|ol|tr|h\d)\b[^<>]*>", re.IGNORECASE)
_MEMBER = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_DESCRIPTION = re.compile(r'^DESCRIPTION(?:;(?:[^":]|"[^"]*")*)?:(?P<text>.*)$', re.IGNORECASE)
_LONGEST_HEADING = 20
"""Words; what is longer and speaks of an agenda is a sentence."""


def agenda_in(text: str) -> tuple[AgendaItem, ...]:
    """What is listed under "Agenda", in any language that has a lexicon; nothing without one.

    What stands below an item becomes its keywords, and "(10 min)" its minutes.
    """
    lines = text.splitlines()
    for index, line in enumerate(lines):
        heading = _heading(line)
        if heading is None:
            continue
        listed = _listed(lines[index + 1 :])
        if heading and not (listed and listed[0].mark):
            listed = _inline(heading)
        if listed:
            return _agenda_of(listed)
    return ()


def agenda_lines(text: str) -> tuple[AgendaItem, ...]:
    """A bare agenda: one item a line. Bullets, numbers and blank lines do not count."""
    lines = (_Line.of(line) for line in text.splitlines())
    return _agenda_of([replace(line, indent=0, mark="") for line in lines if line.text])


def calendar_text(text: str) -> str:
    """What an .ics file says of its first event that says anything, without markup."""
    inside: list[str] = []
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name, _, value = line.strip().upper().partition(":")
        if name == "BEGIN":
            inside.append(value)
        elif name == "END" and inside:
            inside.pop()
        elif inside[-1:] == ["VEVENT"] and (found := _DESCRIPTION.match(line)):
            said = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], found["text"])
            if said.strip():
                return _without_markup(said)
    return ""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without its bullet; `mark` is what kind of bullet it was."""

    text: str
    indent: int = 0
    mark: str = ""

    @classmethod
    def of(cls, line: str) -> "_Line":
        line = line.expandtabs(4).rstrip()
        rest = line.lstrip()
        bullet = _BULLET.match(rest)
        mark = bullet[1].strip() if bullet else ""
        text = _BOX.sub("", rest[bullet.end() :] if bullet else rest)
        kind = "1" if mark[-1:] in {".", ")"} else mark
        return cls(" ".join(text.split()).rstrip(",;").strip("*_ "), len(line) - len(rest), kind)

    def is_below(self, top: "_Line") -> bool:
        """Whether it is further in than the first line of its list."""
        if self.indent > top.indent + 1:
            return True
        return bool(self.mark) and self.mark != top.mark and top.mark in {"1", ""}


def _agenda_of(lines: Sequence[_Line]) -> tuple[AgendaItem, ...]:
    """Items of the outermost lines; those further in are keywords of the item above."""
    items: list[AgendaItem] = []
    if len(lines) > 1 and not lines[0].mark and all(line.mark for line in lines[1:]):
        lines = lines[1:]  # a sentence that leads to the list
    for line in lines:
        if items and line.is_below(lines[0]):
            items[-1] = replace(items[-1], keywords=(*items[-1].keywords, line.text))
        else:
            title, minutes = _timed(line.text)
            items.append(AgendaItem(f"a{len(items) + 1}", title, minutes=minutes))
    return tuple(items)


def _heading(line: str) -> str | None:
    """What follows a heading on its own line, "" for nothing; None where a line is no heading."""
    one = _Line.of(line.replace("#", ""))
    before, colon, after = (part.strip(" *_") for part in one.text.partition(":"))
    if one.mark or len(before.split()) > _LONGEST_HEADING:
        return None
    cue = "invitation.announcement" if colon and not after else "invitation.heading"
    title, _ = _timed(before)
    return after if any(one.finds(cue, plain) for one, plain in _read(title)) else None


def _inline(text: str) -> list[_Line]:
    """A list on one line: a; b or 1) a 2) b or a, b."""
    parts = _INLINE.split(f" {text}")
    parts = [part.strip(" .") for part in (parts if len(parts) > 1 else text.split(","))]
    return [_Line(part) for part in parts if part] if len(parts) > 1 else []


def _listed(lines: Sequence[str]) -> list[_Line]:
    """The lines that belong to the list which starts here."""
    found: list[_Line] = []
    gaps: list[bool] = []
    is_gap = False
    for text in lines:
        line = _Line.of(text)
        if not text.strip():
            is_gap = True
            continue
        if _is_over(line, found, gaps, is_gap=is_gap):
            break
        if _belongs(line, found):
            found.append(line)
            gaps.append(is_gap)
        is_gap = False
    return found


def _belongs(line: _Line, found: Sequence[_Line]) -> bool:
    """Whether a line is an item, or below one: no rule, link, or rest of the line above."""
    is_rest = bool(found and found[0].mark) and not line.mark and line.indent <= found[0].indent
    return not is_rest and any(map(str.isalnum, line.text)) and not _LINK.search(line.text)


def _is_over(line: _Line, found: Sequence[_Line], gaps: Sequence[bool], *, is_gap: bool) -> bool:
    """Whether a list has ended before this line."""
    if not any(c.isalnum() for c in line.text):
        return bool(found)
    if line.mark:
        return bool(found) and not found[0].mark and is_gap and not all(gaps)
    if any(one.finds("invitation.end", plain) for one, plain in _read(line.text)):
        return True
    if not found or not is_gap:
        return False
    return bool(found[0].mark) or not all(gaps) or line.text[-1] in ".!"


def _read(text: str) -> Iterator[tuple[Lexicon, str]]:
    """A line as the phrases of each language see it."""
    for code in languages():
        lexicon = load_lexicon(code)
        yield lexicon, f" ^ {''.join(f'{token} ' for token in lexicon.tokens(text))}"


def _timed(title: str) -> tuple[str, float | None]:
    """A title without its minutes or its time of day, and the minutes."""
    if found := _CLOCKS.match(title):
        rest = title[found.end() :].strip()
        hour, minute, end_hour, end_minute = found.groups()
        if end_hour is None:
            return rest or title, None
        lasts = (int(end_hour) - int(hour)) * 60 + int(end_minute) - int(minute)
        return rest or title, float(lasts) if lasts > 0 else None
    for pattern in _durations():
        if found := pattern.search(title):
            rest = f"{title[: found.start()].rstrip()} {title[found.end() :].lstrip()}".strip()
            return rest or title, float(found["minutes"])
    return title, None


@cache
def _durations() -> tuple[re.Pattern[str], ...]:
    """Minutes as "(10 min)" anywhere, "10 min" at the end, or "10 min:" at the start."""
    words = [load_lexicon(code).words.get("invitation", {}) for code in languages()]
    units = "|".join(re.escape(unit) for one in words for unit in one.get("minutes", "").split())
    time = rf"[~≈]?\s*(?P<minutes>\d{{1,3}})\s*-?\s*(?:{units})\.?"
    shapes = (
        rf"\s*[(\[]\s*{time}\s*[)\]]",
        rf"(?:\s|[,:|]|{_DASH})\s*{time}$",
        rf"^{time}\s*(?:{_DASH}|[:|])\s+",
    )
    return tuple(re.compile(shape, re.IGNORECASE) for shape in shapes)


def _without_markup(text: str) -> str:
    """HTML, which some calendars write, as lines."""
    if not _BLOCK.search(text):
        return text
    lined = _BLOCK.sub("\n", _MEMBER.sub("\n- ", text))
    return html.unescape(_TAG.sub("", lined))
