"""Readers of single cells: what is written becomes a value, or a reason why it cannot."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from models.errors import BadImport
from models.importing.amounts import Mark, is_ambiguous, parse_number, to_minor
from models.importing.findings import Findings, is_currency
from models.importing.zones import Zone, find_zone

Cell = str | Decimal | bool
"""A cell that is not empty: text without blanks around it, or what JSON says more exactly."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_BOOLEANS: Mapping[str, bool] = dict.fromkeys(
    ("true", "yes", "y", "1", "oui", "vrai"), True
) | dict.fromkeys(("false", "no", "n", "0", "non", "faux"), False)
_INT = 2**31


class BadCell(BadImport):
    """A cell that cannot be read; the message goes on from what the cell holds."""


@dataclass(frozen=True, slots=True)
class Rep:
    """A user whom cells name by id or e-mail; `key` is the id, or the e-mail without one."""

    id: UUID
    key: str
    zone: Zone


@dataclass(slots=True)
class Surroundings:
    """What is needed to read a cell beyond the cell: its file, and what its row said before it."""

    findings: Findings
    reps: Mapping[str, Rep]
    default_zone: Zone
    default_currency: str | None
    mark: Mark
    is_mark_sure: bool
    date_order: str | None
    zone: Zone
    currency: str | None = None
    is_whole_day: bool = False
    line: int = 0
    column: str = ""
    cell: Cell = ""

    def begin(self, line: int) -> None:
        """Forget the row before."""
        self.line = line
        self.zone = self.default_zone
        self.currency = self.default_currency
        self.is_whole_day = False

    def note(self, message: str) -> None:
        """Tell something about the cell that is being read."""
        self.findings.notice(message, self.column, self.line, self.cell)


Reader = Callable[[Cell, Surroundings], object]


def text(cell: Cell, _around: Surroundings) -> str:
    """Words as they are; a formula is only text."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell if isinstance(cell, str) else str(cell)


def ident(cell: Cell, around: Surroundings) -> str:
    """An id of the place the rows come from."""
    found = text(cell, around)
    if found.startswith("~"):
        raise BadCell("begins with ~, which marks ids that are made here")
    return found


def rep(cell: Cell, around: Surroundings) -> UUID:
    """A rep by id or e-mail; the times of the row are by their clock."""
    found = find_rep(cell, around)
    around.zone = found.zone
    return found.id


def find_rep(cell: Cell, around: Surroundings) -> Rep:
    """The rep of an id or e-mail."""
    name = text(cell, around)
    found = around.reps.get(name) or around.reps.get(name.lower())
    if found is None:
        raise BadCell("is no rep that is known; import the reps first, or with it")
    return found


def email(cell: Cell, around: Surroundings) -> str:
    """An address in small letters."""
    found = text(cell, around).lower()
    if not _ADDRESS.fullmatch(found):
        raise BadCell("is no e-mail address")
    return found


def email_if_any(cell: Cell, around: Surroundings) -> str | None:
    """An address, or nothing with a notice: what happened counts without it."""
    try:
        return email(cell, around)
    except BadCell:
        around.note("is no e-mail address, and is left out")
        return None


def one_of(*words: str) -> Reader:
    """A reader of a closed list, whatever the capitals, with blanks or hyphens for underscores."""
    listed = ", ".join(words)

    def word(cell: Cell, around: Surroundings) -> str:
        found = re.sub(r"[\s-]+", "_", text(cell, around).lower())
        if found not in words:
            raise BadCell(f"is not one of {listed}")
        return found

    return word


def boolean(cell: Cell, around: Surroundings) -> bool:
    """True or false, yes or no, 1 or 0, in English or French."""
    found = _BOOLEANS.get(text(cell, around).lower())
    if found is None:
        raise BadCell("is neither true nor false")
    return found


def number(cell: Cell, around: Surroundings) -> Decimal:
    """A number with the decimal mark of the file; JSON's are what they are."""
    if isinstance(cell, Decimal):
        return cell
    try:
        found = parse_number(text(cell, around), around.mark)
    except ValueError:
        name = "comma" if around.mark == "," else "point"
        raise BadCell(f"is no number; this file writes decimals with a {name}") from None
    if not around.is_mark_sure and is_ambiguous(text(cell, around)):
        name = "decimals" if str(cell).find(around.mark) >= 0 else "thousands"
        around.note(
            f"its mark was read as that of {name}; say which is the decimal mark if it is not"
        )
    return found


def fraction(cell: Cell, around: Surroundings) -> float:
    """A number that is not money."""
    found = float(number(cell, around))
    if abs(found) > 1e15:
        raise BadCell("is larger than can be meant")
    return found


def positive(cell: Cell, around: Surroundings) -> float:
    """A number above 0."""
    found = fraction(cell, around)
    if found <= 0:
        raise BadCell("is not above 0")
    return found


def chance(cell: Cell, around: Surroundings) -> float:
    """A chance from 0 to 1."""
    found = fraction(cell, around)
    if not 0 <= found <= 1:
        raise BadCell("is no chance from 0 to 1, such as 0.4")
    return found


def integer(cell: Cell, around: Surroundings) -> int:
    """A whole number."""
    found = number(cell, around)
    if abs(found) >= _INT or found != found.to_integral_value():
        raise BadCell("is no whole number that can be meant")
    return int(found)


def currency(cell: Cell, around: Surroundings) -> str:
    """An ISO 4217 code, by which the sums of the row are read."""
    found = text(cell, around).upper()
    if not is_currency(found):
        raise BadCell("is no currency; write its three letters, such as EUR")
    around.currency = found
    return found


def money(cell: Cell, around: Surroundings) -> int:
    """A sum in minor units of the row's currency."""
    found = number(cell, around)
    if around.currency is None:
        raise BadCell("has no currency; fill in the column currency, or give one for all")
    try:
        minor, is_rounded = to_minor(found, around.currency)
    except ValueError as error:
        raise BadCell(str(error)) from None
    if is_rounded:
        around.note("has more decimals than its currency, and is rounded")
    return minor


def zone(cell: Cell, around: Surroundings) -> str:
    """The name of a time zone."""
    found = text(cell, around)
    if find_zone(found) is None:
        raise BadCell("is no time zone; write it as Europe/Paris")
    return found
