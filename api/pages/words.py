"""The words of the pages in a reader's language, and how it writes dates, numbers and money.

English words are the keys. Each file `api/locale/fr/*.po` has the French of one area of the pages;
`python -m tests.catalogues` tells what is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from gettext import NullTranslations
from io import BytesIO

from babel import Locale, dates, lists, negotiate_locale, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from api.pages.reasons import LOCALES, reason_in

LANGUAGES = ("en", "fr")
_AS_IN = {"en": "en_GB", "fr": "fr_FR"}


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> NullTranslations:
    """The catalogue of a language, put together from its files; English is in the code."""
    merged = Translations()
    for path in sorted((LOCALES / language).glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=language))
        compiled.seek(0)
        read = Translations(compiled)
        merged.merge(read)
        merged.plural = read.plural  # of nothing, French speaks as of one
    return merged


def marked(words: str) -> str:
    """The words as they are, for `Words` to translate when somebody reads them."""
    return words


def preferred(header: str | None) -> str:
    """The language for somebody whom nobody knows yet, by the `Accept-Language` of the browser."""
    asked = [one.partition(";")[0].strip().replace("-", "_") for one in (header or "").split(",")]
    found = negotiate_locale([one for one in asked if one], LANGUAGES)
    return found if found in LANGUAGES else LANGUAGES[0]


@dataclass(frozen=True)
class Words:
    """How one reader is spoken to: language, clock, and the instant the page is made."""

    language: str
    zone: tzinfo
    now: datetime

    def __call__(self, words: str, **values: object) -> str:
        """The words in the reader's language; `values` fill `%(name)s`."""
        said = translations(self.language).gettext(words) if words else ""
        return said % values if values else said

    def reason(self, text: str) -> str:
        """Why something could not be done, as an error said it in English."""
        return reason_in(self.language, text)

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """As `__call__`, by a count that `%(count)s` stands for."""
        said = translations(self.language).ngettext(one, many, count)
        return said % {"count": self.number(count), **values}

    @cached_property
    def locale(self) -> Locale:
        """What Babel knows of the language."""
        return Locale.parse(_AS_IN[self.language])

    def local(self, at: datetime) -> datetime:
        """The instant on the reader's clock."""
        return at.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The reader's day."""
        return self.local(self.now).date()

    def day(self, on: date | datetime) -> str:
        """A day: `12 Mar 2026`, without the year in the present one."""
        day = self.local(on).date() if isinstance(on, datetime) else on
        skeleton = "MMMd" if day.year == self.today.year else "yMMMd"
        return dates.format_skeleton(skeleton, day, locale=self.locale)

    def weekday(self, on: date | datetime) -> str:
        """A day of these weeks: `Thu 12 Mar`."""
        day = self.local(on).date() if isinstance(on, datetime) else on
        return dates.format_skeleton("MMMEd", day, locale=self.locale)

    def moment(self, at: datetime) -> str:
        """A day and a time of day."""
        return f"{self.day(at)}, {self.time(at)}"

    def time(self, at: datetime) -> str:
        """A time of day."""
        return dates.format_time(self.local(at), "short", locale=self.locale)

    def ago(self, at: datetime) -> str:
        """How long ago, or how soon."""
        return dates.format_timedelta(at - self.now, add_direction=True, locale=self.locale)

    def clock(self, seconds: float) -> str:
        """A place in a recording: `04:31`, `1:04:31`."""
        minutes, left = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"

    def length(self, seconds: float) -> str:
        """A stretch of time in words: `12 sec`, `4 min`, `2 h`, `3 days`."""
        span = timedelta(seconds=max(round(seconds), 1))
        return dates.format_timedelta(span, threshold=1.5, format="short", locale=self.locale)

    def number(self, value: float, digits: int = 1) -> str:
        """A number; whole ones without decimals."""
        rounded = round(value, digits)
        return numbers.format_decimal(
            int(rounded) if rounded == int(rounded) else rounded, locale=self.locale
        )

    def percent(self, share: float, digits: int = 0) -> str:
        """A share of 0 to 1."""
        pattern = self.locale.percent_formats[None].pattern
        whole = pattern.replace("0", "0." + "#" * digits) if digits else pattern
        return numbers.format_percent(share, whole, locale=self.locale)

    def money(self, minor: float, currency: str) -> str:
        """An amount in the currency's hundredths, without them when it is large."""
        precision = numbers.get_currency_precision(currency)
        amount = minor / 10**precision
        pattern = "#,##0 ¤" if self.language == "fr" else "¤#,##0"
        return numbers.format_currency(
            round(amount), currency, pattern, locale=self.locale, currency_digits=False
        )

    def size(self, count: float) -> str:
        """A file's size: `1.2 MB`, `1,2 Mo`."""
        power = 3 if count >= 1e9 else 2 if count >= 1e6 else 1
        unit = " kMG"[power] + ("o" if self.language == "fr" else "B")
        return f"{self.number(count / 1000**power)}\N{NO-BREAK SPACE}{unit}"

    def listed(self, words: Iterable[str]) -> str:
        """`a, b and c`."""
        return lists.format_list(list(words), locale=self.locale)


def words_for(language: str, zone: tzinfo, now: datetime | None = None) -> Words:
    """How to speak to somebody; a language that the pages do not have is English."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    return Words(known, zone, now or datetime.now(UTC))
