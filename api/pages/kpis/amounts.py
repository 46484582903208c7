"""What is to be reached, as people type it: sums, shares in percent, counts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from models.currencies import decimals_of
from models.importing.amounts import parse_number, to_minor, told_mark
from models.kpis import Kpi
from models.tables import Target

_SIGNS = "€$£%"
_MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Amount:
    """What a target is kept as: minor units of a currency, or a value."""

    amount_minor: int | None = None
    currency: str | None = None
    value: float | None = None


def read_amount(text: str, kpi: Kpi, currency: str, language: str) -> Amount:
    """The amount that was typed; a share is in percent. Raises ValueError where it is none."""
    plain = text.strip().strip(_SIGNS).strip()
    usual: Literal[".", ","] = "," if language == "fr" else "."
    number = parse_number(plain, told_mark([plain]) or usual)
    if abs(number) > _MOST:
        raise ValueError(text)
    if kpi.unit == "money":
        if number < 0:
            raise ValueError(text)
        return Amount(to_minor(number, currency)[0], currency)
    return Amount(value=float(number / 100 if kpi.unit == "share" else number))


def written_amount(target: Target, kpi: Kpi, language: str) -> str:
    """A target as it can be typed again."""
    if target.amount_minor is not None and target.currency is not None:
        number = Decimal(target.amount_minor).scaleb(-decimals_of(target.currency))
    else:
        number = Decimal(repr(target.value or 0.0)) * (100 if kpi.unit == "share" else 1)
    text = f"{number.normalize():f}"
    return text.replace(".", ",") if language == "fr" else text
