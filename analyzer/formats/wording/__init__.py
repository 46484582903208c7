"""The words people read, in their language: phrases, numbers, durations and dates."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "fr")
_NO_BREAK = "\N{NO-BREAK SPACE}"
_THIN = "\N{NARROW NO-BREAK SPACE}"
_FRENCH_SPACES = re.compile(r"(?<=«) | (?=[:;!?%»])")


@dataclass(frozen=True, slots=True)
class Wording:
    """Phrases by dotted key, and how a language writes numbers."""

    language: str
    phrases: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of a key, with its blanks filled; an unknown key raises `KeyError`."""
        return self.phrases[key].format(**values)

    def count(self, key: str, n: int) -> str:
        """A phrase that agrees with a number: French has no plural below two, English has."""
        single = n < 2 if self.language == "fr" else n == 1
        return self(f"{key}.one" if single else f"{key}.other", n=n)

    def metric_name(self, slug: str) -> str:
        """The name of a metric; a team's own metric goes by its slug."""
        return self.phrases.get(f"metric.{slug}.name", slug.replace("_", " ").capitalize())

    def metric_meaning(self, slug: str) -> str | None:
        """One sentence on what a metric tells."""
        return self.phrases.get(f"metric.{slug}.means")

    def metric_formula(self, slug: str) -> str | None:
        """How a metric is made."""
        return self.phrases.get(f"metric.{slug}.formula")

    def language_name(self, code: str) -> str:
        """A language as readers call it, else its code."""
        return self.phrases.get(f"language.{code}", code)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's decimal sign."""
        return f"{value:.{digits}f}".replace(".", self("number.decimal"))

    def percent(self, share: float, digits: int | None = None) -> str:
        """A share, 0 to 1, in percent; small ones keep a decimal unless told."""
        if digits is None:
            digits = 1 if 0 < share < 0.095 else 0
        return self("number.percent", value=self.number(100 * share, digits))

    def duration(self, seconds: float) -> str:
        """A length of time, "0.6 s", "1 min 12 s" or "1 h 05 min"; the space does not break."""
        if seconds < 9.95:
            return f"{self.number(seconds, 1)}{_NO_BREAK}s"
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"{hours}{_NO_BREAK}h{_NO_BREAK}{minutes:02}{_NO_BREAK}min"
        parts = (f"{minutes}{_NO_BREAK}min" if minutes else "", f"{rest}{_NO_BREAK}s")
        return _NO_BREAK.join(part for part in parts[: 2 if rest else 1] if part)

    def date(self, instant: datetime) -> str:
        """A day and hour, on the clock of whoever held the meeting."""
        month = self(f"month.{instant.month}")
        return self("number.date", day=instant.day, month=month, year=instant.year, at=instant)


@cache
def wording(language: str) -> Wording:
    """The words of a language, by its code; English when we have none of it."""
    code = language.split("-")[0].lower()
    code = code if code in LANGUAGES else "en"
    source = files(__package__) / f"{code}.toml"
    phrases = dict(_flat(tomllib.loads(source.read_text(encoding="utf-8"))))
    if code == "fr":
        phrases = {key: _FRENCH_SPACES.sub(_THIN, phrase) for key, phrase in phrases.items()}
    return Wording(code, phrases)


def clock(seconds: float, *, hours: bool = False) -> str:
    """A moment of the recording as mm:ss, or h:mm:ss when asked or needed."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hours or hour else f"{minutes:02}:{second:02}"


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested tables as dotted keys."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
