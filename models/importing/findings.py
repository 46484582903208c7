"""What an import is told, and what it tells: options, reports, and what is wrong on which line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from models.errors import BadImport
from models.importing.zones import Zone, find_zone
from models.storable import readable

_SHOWN = 80
ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "utf-8": "utf-8-sig",
        "utf-16": "utf-16",
        "utf-16-le": "utf-16-le",
        "utf-16-be": "utf-16-be",
        "windows-1252": "cp1252",
        "cp1252": "cp1252",
        "iso-8859-1": "latin-1",
        "latin-1": "latin-1",
        "iso-8859-15": "iso8859-15",
        "mac-roman": "mac-roman",
    }
)
"""The encodings that may be named, and what Python calls them."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read what files do not say, and how far to go.

    `origin` names where the rows come from: ids are those of that place, and rows of different
    places never meet. `time_zone` is for times without an offset whose rep has none, `currency`
    for sums without one. `decimal`, `date_order`, `delimiter` and `encoding` are told by the file
    where they are None; a date such as 03/04/2026 needs `date_order`. A dry run keeps nothing;
    a strict one keeps all lines of all files or none. At most `most_told` problems, and as many
    notices, are told one by one. Raises BadImport when a value cannot be meant.
    """

    origin: str = "import"
    time_zone: str = "UTC"
    currency: str | None = None
    decimal: Literal[".", ","] | None = None
    date_order: Literal["dmy", "mdy"] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    is_dry_run: bool = False
    is_strict: bool = False
    most_told: int = 1000

    def __post_init__(self) -> None:
        _check(find_zone(self.time_zone) is not None, "time_zone", self.time_zone, "Europe/Paris")
        is_name = 0 < len(self.origin) <= 40 and self.origin.isprintable()
        _check(is_name, "origin", self.origin, "a name such as hubspot")
        _check(
            self.currency is None or is_currency(self.currency), "currency", self.currency, "EUR"
        )
        _check(self.decimal in {None, ".", ","}, "decimal", self.decimal, "a point or a comma")
        _check(self.date_order in {None, "dmy", "mdy"}, "date_order", self.date_order, "dmy or mdy")
        is_sign = self.delimiter is None or self.delimiter in {",", ";", "\t", "|"}
        _check(is_sign, "delimiter", self.delimiter, "a comma, a semicolon, a tab or |")
        is_known = self.encoding is None or self.encoding.lower() in ENCODINGS
        _check(is_known, "encoding", self.encoding, f"one of {', '.join(ENCODINGS)}")

    @property
    def zone(self) -> Zone:
        """The time zone itself."""
        zone = find_zone(self.time_zone)
        assert zone is not None  # noqa: S101  checked when the options were made
        return zone

    def keeps(self, reports: "Iterable[ImportReport]") -> bool:
        """Whether an import with these options that was told so kept anything."""
        is_refused = self.is_strict and any(one.refused for one in reports)
        return not self.is_dry_run and not is_refused


def is_currency(code: str) -> bool:
    """Whether it is written as ISO 4217 writes a currency."""
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line was refused; `column` is None when it is the line as a whole.

    `line` counts from 1, the header included, and is where the row begins; of rows that came as
    JSON it is the number of the row.
    """

    line: int
    column: str | None
    value: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know that refused nothing: how often, and the first place."""

    message: str
    column: str | None = None
    line: int | None = None
    value: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the lines of a file: `lines` is the sum of the four that follow.

    `problems` may be cut: `problems_untold` counts those left out.
    """

    name: str
    kind: str
    lines: int
    new: int
    changed: int
    same: int
    refused: int
    problems: tuple[Problem, ...]
    notices: tuple[Notice, ...]
    problems_untold: int = 0


@dataclass(slots=True)
class Findings:
    """Collects what is found while a file is read, never more than `most` of a sort."""

    most: int
    told: int = 0
    untold: int = 0
    _problems: list[Problem] = field(default_factory=list)
    _notices: dict[tuple[str | None, str], Notice] = field(default_factory=dict)

    def problem(self, line: int, column: str | None, value: object, message: str) -> None:
        """Something is wrong on a line; `told` counts them."""
        self.told += 1
        if len(self._problems) >= self.most:
            self.untold += 1
        else:
            self._problems.append(Problem(line, column, shown(value), message))

    def notice(
        self,
        message: str,
        column: str | None = None,
        line: int | None = None,
        value: object = None,
        count: int = 1,
    ) -> None:
        """Something to know; the same of the same column is counted."""
        first = self._notices.get((column, message))
        if first is None and len(self._notices) >= self.most:
            return
        if first is None:
            first = Notice(message, column, line, shown(value), 0)
        grown = Notice(message, column, first.line, first.value, first.count + count)
        self._notices[column, message] = grown

    @property
    def problems(self) -> tuple[Problem, ...]:
        """In the order of the lines."""
        return tuple(sorted(self._problems, key=lambda one: (one.line, one.column or "")))

    @property
    def notices(self) -> tuple[Notice, ...]:
        """In the order of their first lines, those of the whole file first."""
        return tuple(sorted(self._notices.values(), key=lambda one: one.line or 0))


def shown(value: object) -> str | None:
    """The value as a message may show it, cut where it is long."""
    if value is None:
        return None
    text = readable(str(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _check(is_right: bool, name: str, value: object, example: str) -> None:
    if not is_right:
        raise BadImport(f"{name}: {shown(value)!r} cannot be meant; give {example}")
