"""What a recording's file name tells: what the call was about, and when it began."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import PurePath

_TIME = (
    r"(?:[\sT_,-]+(?:at|à|a)?\s*|T)(?P<H>[01]\d|2[0-3])\s?[-_.:hH]?\s?(?P<M>[0-5]\d)"
    r"(?:[-_.:]?(?P<S>[0-5]\d))?(?!\d)\s?(?P<zone>Z|UTC|GMT(?![+-]))?"
)
_DATES = (
    r"(?P<y>20\d\d)(?P<s>[-_./]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>0[1-9]|[12]\d|3[01])",
    r"(?P<d>0[1-9]|[12]\d|3[01])(?P<s>[-_./])(?P<m>0[1-9]|1[0-2])(?P=s)(?P<y>20\d\d)",
)
_STARTS = tuple(
    re.compile(rf"(?<!\d)(?P<gmt>GMT)?{one}(?!\d)(?:{_TIME})?", re.IGNORECASE) for one in _DATES
) + tuple(re.compile(rf"(?<![^\W\d_])(?P<gmt>GMT){one}(?:{_TIME})?") for one in _DATES[:1])
_NOISE = re.compile(
    r"\b(?:meeting[ -]?recording|recording|enregistrement|enregistr\w+|audio|video|vidéo|transcript"
    r"|transcription|zoom|teams|gmt|utc|cest|cet|\d{3,4}x\d{3,4}|gvo|avo|img|vid|rec)\b",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\(\s*\W*\)|\[\s*\W*\]")
_COUNTS = re.compile(r"^[\d\W]+\b|(?<!\w)[\d\W]+$")
_SAYS_NOTHING = {"new", "nouvel", "nouveau", "copy", "copie", "final", "call", "appel", "voice"}
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class NamedFile:
    """What a name says; `at` is None where it names a day and no time of day."""

    title: str
    on: date | None = None
    at: datetime | None = None


def read_name(name: str, zone: tzinfo) -> NamedFile:
    """The title, and the start on the clock of `zone` unless the name says another."""
    stem = PurePath(name.replace("\\", "/")).stem
    for pattern in _STARTS:
        found = pattern.search(stem)
        on = _day(found) if found else None
        if found and on:
            rest = f"{stem[: found.start()]} {stem[found.end() :]}"
            return NamedFile(_title(rest), on, _instant(found, on, zone))
    return NamedFile(_title(stem))


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _instant(found: re.Match[str], on: date, zone: tzinfo) -> datetime | None:
    if found["H"] is None:
        return None
    is_utc = bool(found["gmt"] or found["zone"])
    at = time(int(found["H"]), int(found["M"]), int(found["S"] or 0))
    return datetime.combine(on, at, UTC if is_utc else zone)


def _title(rest: str) -> str:
    """What is left of a name without what programs put in it."""
    plain = rest.replace("_", " ")
    plain = plain if " " in plain.strip() else plain.replace("-", " ").replace(".", " ")
    kept = _BRACKETS.sub(" ", _NOISE.sub(" ", plain))
    title = _COUNTS.sub("", " ".join(kept.split())).strip(" -\N{EN DASH}\N{EM DASH}.,_()[]+")
    if len(title) < _SHORTEST or title.lower() in _SAYS_NOTHING:
        return ""
    return title[0].upper() + title[1:]
