"""Subtitles as transcripts: WebVTT and SubRip."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.transcripts.clock import seconds_of
from analyzer.transcripts.signing import clean, signed, told_names
from analyzer.transcripts.written import FileKind, Piece, Script, Unfit

_TIMING = re.compile(r"\s*([-+\d]\S*)\s*-->\s*(\S*)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>\n]*)>")
_TAG = re.compile(
    r"</?(?:v|c|i|b|u|s|lang|ruby|rt|font)(?:[.\s][^<>\n]*)?>|<[\d:.]+>", re.IGNORECASE
)
_STYLING = re.compile(r"\{\\[^{}\n]*\}")
_DASH = re.compile(r"^[-\u2013\u2014]\s+")
"""Of dialogue, where one cue has two people."""
_ASIDE = ("NOTE", "STYLE", "REGION")
_LANGUAGE = re.compile(
    r"^(?:NOTE\s+)?language\s*:\s*\"?([\w-]{2,20})", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on screen at once, and on which line of the file its time stands."""

    start: float
    end: float
    lines: tuple[str, ...]
    line: int


def read_vtt(text: str) -> Script:
    """WebVTT: speakers by voice tags or by the names that lines start with. Raises Unfit."""
    cues: list[Cue] = []
    language = title = None
    for first, block in _blocks(text.splitlines()):
        head = block[0].strip()
        is_header = first == 1 and head.startswith("WEBVTT")
        is_aside = head.split(" ", 1)[0] in _ASIDE and not any(map(_TIMING.match, block))
        if is_header or is_aside:
            found = _LANGUAGE.search("\n".join(block))
            language = found[1] if found else language
        if is_header:
            title = clean(head.removeprefix("WEBVTT").strip(" -")) or None
        if not is_aside:
            cues += _cues(block, first)
    return Script("vtt", "WebVTT", tuple(_pieces(cues)), language, title)


def read_srt(text: str) -> Script:
    """SubRip, also without numbers or blank lines. Raises Unfit."""
    return Script("srt", "SubRip", tuple(_pieces(list(_cues(text.splitlines(), 1)))))


def has_cues(text: str) -> FileKind | None:
    """Which kind of subtitles a text is, by its header or its first times; None for neither."""
    if text.startswith("WEBVTT"):
        return "vtt"
    arrow = text.find("-->")
    line = text[text.rfind("\n", 0, max(arrow, 0)) + 1 : arrow + 40] if arrow >= 0 else ""
    return "srt" if _TIMING.match(line) else None


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between blank ones, with the number of their first line."""
    block: list[str] = []
    for number, line in enumerate((*lines, ""), start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cues(lines: Sequence[str], first: int) -> Iterator[Cue]:
    """Every cue of some lines, whose first has the number `first` in the file."""
    timings = [n for n, line in enumerate(lines) if "-->" in line and _TIMING.match(line)]
    told = next((line.strip() for line in lines if line.strip()), "")
    is_numbered = told.isdigit()
    for at, following in zip(timings, [*timings[1:], None], strict=False):
        said = [line.strip() for line in lines[at + 1 : following]]
        while said and not said[-1]:
            said.pop()
        if following is not None and is_numbered and said and said[-1].isdigit():
            said.pop()
        start, end = _times(lines[at], first + at)
        yield Cue(start, end, tuple(filter(None, said)), first + at)


def _times(line: str, number: int) -> tuple[float, float]:
    match = _TIMING.match(line)
    told = match.groups() if match else ("", "")
    for time in told:
        if time.startswith("-"):
            raise Unfit(f"line {number}: the time {time[:20]!r} is before the start; mend the line")
    start, end = (seconds_of(time) for time in told)
    if start is None or end is None:
        wrong = told[0] if start is None else told[1]
        like = "00:01:02.500 --> 00:01:04.000"
        raise Unfit(f"line {number}: {wrong[:20]!r} is no time; expected a line like {like}")
    return start, end


def _pieces(cues: Sequence[Cue]) -> Iterator[Piece]:
    """What is said, by speaker; voices count alone where there are any."""
    if any(_VOICE.search(line) for cue in cues for line in cue.lines):
        told = ((cue, _by_voice(cue)) for cue in cues)
    else:
        plain = [[_plain(line) for line in cue.lines] for cue in cues]
        names = _names(plain)
        plain = [[_DASH.sub("", line) for line in said] for said in plain]
        told = ((cue, _by_name(said, names)) for cue, said in zip(cues, plain, strict=True))
    for cue, parts in told:
        yield from _timed(cue, [(name, text) for name, text in parts if text])


def _timed(cue: Cue, parts: Sequence[tuple[str | None, str]]) -> Iterator[Piece]:
    """The parts of a cue, its time shared by length; a cue whose end comes first has no end."""
    total = sum(len(text) for _, text in parts)
    seconds, at = cue.end - cue.start, cue.start
    for name, text in parts:
        end = at + seconds * len(text) / total
        yield Piece(text, name, at, end if len(parts) > 1 else cue.end, (), f"line {cue.line}")
        at = end


def _by_voice(cue: Cue) -> list[tuple[str | None, str]]:
    before, *rest = _VOICE.split(" ".join(cue.lines))
    parts: list[tuple[str | None, str]] = [(None, _plain(before))]
    for name, text in zip(rest[::2], rest[1::2], strict=True):
        own, _, after = text.partition("</v>")
        parts += [(clean(html.unescape(name)) or None, _plain(own)), (None, _plain(after))]
    return parts


def _plain(text: str) -> str:
    """A line without markup and doubled spaces."""
    return " ".join(html.unescape(_STYLING.sub("", _TAG.sub("", text))).split())


def _names(cues: Iterable[Sequence[str]]) -> frozenset[str]:
    """The names that cues start with, or lines of theirs after a dash."""
    firsts: list[str | None] = []
    for said in cues:
        starts = [n for n, line in enumerate(said) if n == 0 or _DASH.match(line)]
        own = [_signed([_DASH.sub("", line) for line in said[n : n + 2]]) for n in starts]
        firsts += [found[0] if found else None for found in own]
    return told_names(firsts, is_talk=bool(firsts and firsts[0]))


def _signed(said: Sequence[str]) -> tuple[str, str] | None:
    """The name of a cue's first line; a name in brackets alone stands over what follows."""
    found = signed(said[0]) if said else None
    return found if found and (found[1] or len(said) > 1) else None


def _by_name(said: Sequence[str], names: frozenset[str]) -> list[tuple[str | None, str]]:
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    for line in said:
        found = signed(line)
        if found and found[0] in names:
            parts.append((found[0], [found[1]]))
        else:
            parts[-1][1].append(line)
    return [(name, " ".join(filter(None, lines))) for name, lines in parts]
