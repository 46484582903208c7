"""The words people read, in their language: phrases, numbers, durations and dates."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = ("en", "fr")
DASH = "\N{EN DASH}"
"""Stands for what is not known."""
_MINUS = "\N{MINUS SIGN}"
_WHOLE = 1000
"""Sums and numbers from here on have no decimals."""
_NO_BREAK = "\N{NO-BREAK SPACE}"
_THIN = "\N{NARROW NO-BREAK SPACE}"
_SIGNS: Mapping[str, str] = {"EUR": "€", "GBP": "£", "USD": "$"}
_FRENCH_SPACES = re.compile(r"(?<=«) | (?=[:;!?%»])")


@dataclass(frozen=True, slots=True)
class Wording:
    """Phrases by dotted key, and how a language writes numbers."""

    language: str
    phrases: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of a key, with its blanks filled; an unknown key raises `KeyError`."""
        return self.phrases[key].format(**values)

    def count(self, key: str, n: int, **values: object) -> str:
        """A phrase that agrees with a number: French has no plural below two, English has."""
        single = n < 2 if self.language == "fr" else n == 1
        return self(f"{key}.one" if single else f"{key}.other", n=n, **values)

    def named(self, group: str, slug: str) -> str:
        """The name of something a team may add to, which then goes by its slug."""
        return self.phrases.get(f"{group}.{slug}") or slug.replace("_", " ").strip().capitalize()

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

    def money(self, amount: float, currency: str | None) -> str:
        """A sum as it is written, or a percentage where the currency is "%"."""
        digits = 0 if amount == round(amount) else 2
        if currency == "%":
            return self.percent(amount / 100, 1 if digits else 0)
        whole, _, cents = f"{amount:,.{digits}f}".partition(".")
        whole = whole.replace(",", self("number.thousands"))
        value = f"{whole}{self('number.decimal')}{cents}" if cents else whole
        if currency is None:
            return value
        sign = _SIGNS.get(currency, f"{currency}{_NO_BREAK}")
        return self("number.money", sign=sign, value=value).strip()

    def amount(
        self, value: float, unit: str, currency: str | None = None, digits: int | None = 1
    ) -> str:
        """A figure with its unit: a share, money, a count, a number, points, minutes, days...

        A share has so many `digits`, for None as many as `percent` takes; no zero has a sign.
        """
        if value < 0:
            told = self.amount(-value, unit, currency, digits)
            return f"{_MINUS}{told}" if any(sign in "123456789" for sign in told) else told
        match unit:
            case "share":
                return self.percent(value, digits)
            case "money":
                return self.money(round(value, 0 if value >= _WHOLE else 2), currency)
            case "count" | "number" | "points":
                return self._rounded(value)
            case _:
                return self(f"amount.{unit}", value=self._rounded(value))

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

    def date(self, instant: dt.datetime) -> str:
        """A day and hour, on the clock of whoever held the meeting."""
        return self("number.date", day=self.day(instant), at=instant)

    def day(self, day: dt.date) -> str:
        """A day of a year."""
        month = self(f"month.{day.month}")
        return self("number.day", day=day.day, month=month, year=day.year)

    def _rounded(self, value: float) -> str:
        """A number with decimals where they tell something, and its thousands apart."""
        digits = 0 if value >= _WHOLE or value == round(value) else 2 if value < 1 else 1
        rounded = round(value, digits)
        if digits and rounded != round(rounded):
            return self.number(rounded, digits)
        return self.money(round(rounded), None)


@cache
def wording(language: str) -> Wording:
    """The words of a language, by its code; English when we have none of it."""
    code = language.split("-")[0].lower()
    code = code if code in LANGUAGES else "en"
    return Wording(code, _phrases(files(__package__), code))


def extended(language: str, folder: Traversable) -> Wording:
    """The words of a language and more of them, from the TOML file that a folder has of it."""
    base = wording(language)
    return Wording(base.language, {**base.phrases, **_phrases(folder, base.language)})


def typeset(text: str, language: str) -> str:
    """A text of ours with the spaces that do not break where its language has them."""
    return _FRENCH_SPACES.sub(_THIN, text) if language.startswith("fr") else text


def clock(seconds: float, *, hours: bool = False) -> str:
    """A moment of the recording as mm:ss, or h:mm:ss when asked or needed."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hours or hour else f"{minutes:02}:{second:02}"


def _phrases(folder: Traversable, code: str) -> Mapping[str, str]:
    """The words of a file, with the spaces of its language."""
    table = tomllib.loads((folder / f"{code}.toml").read_text(encoding="utf-8"))
    return {key: typeset(phrase, code) for key, phrase in _flat(table)}


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested tables as dotted keys."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
