"""Exchange: sums of one currency in another, by the rates that were told for each month."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.tables import FxRate

_EURO = "EUR"


@dataclass(frozen=True, slots=True)
class Rates:
    """What a unit of each currency was worth in euros, by month; the euro always one."""

    by_currency: Mapping[str, tuple[tuple[date, ...], tuple[float, ...]]]

    def factor(self, source: str | None, target: str, month: date) -> float | None:
        """What a unit of one currency is in another: by that month's rates, or the last before.

        None where there is no rate yet.
        """
        if source is None:
            return None
        if source == target:
            return 1.0
        worth, in_target = self._in_euros(source, month), self._in_euros(target, month)
        return worth / in_target if worth is not None and in_target is not None else None

    def _in_euros(self, currency: str, month: date) -> float | None:
        if currency == _EURO:
            return 1.0
        months, rates = self.by_currency.get(currency, ((), ()))
        at = bisect_right(months, month)
        return rates[at - 1] if at else None


def read_rates(session: Session) -> Rates:
    """All rates there are."""
    found: dict[str, list[tuple[date, float]]] = {}
    order = select(col(FxRate.currency), col(FxRate.month), col(FxRate.eur_per_unit))
    for currency, month, rate in session.exec(order.order_by(col(FxRate.month))):
        found.setdefault(currency, []).append((month, rate))
    return Rates(
        {
            currency: (tuple(month for month, _ in rows), tuple(rate for _, rate in rows))
            for currency, rows in found.items()
        }
    )
