"""Asking: how KPIs are asked for, before it is said which; and in which currencies they can be."""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from models.errors import BadInput
from models.kpis.answering import Answer, Question, answer_on
from models.kpis.catalogue import find_kpi
from models.kpis.fact import Dimension
from models.kpis.frame import Filters, Ground, Rules
from models.kpis.kpi import Kpi
from models.kpis.periods import Grain, Period
from models.tables import Deal, FxRate, Spend, Subscription

_EURO = "EUR"


@dataclass(frozen=True, slots=True)
class Asking:
    """A question without its KPI."""

    period: Period
    by: tuple[Dimension, ...] = ()
    each: Grain | None = None
    filters: Filters = field(default_factory=dict)
    currency: str | None = None
    compare: bool = True
    is_course: bool = False

    def of(
        self, kpi: Kpi, variant: str | None = None, by: tuple[Dimension, ...] | None = None
    ) -> Question:
        """The question about one KPI."""
        return Question(
            kpi,
            self.period,
            by=self.by if by is None else by,
            each=self.each,
            filters=self.filters,
            currency=self.currency,
            variant=variant,
            compare=self.compare,
            is_course=self.is_course,
        )


def ask(ground: Ground, slug: str, asking: Asking, *, variant: str | None = None) -> Answer:
    """Answer for the KPI of a slug. Raises Missing, BadInput, Forbidden."""
    return answer_on(ground, asking.of(find_kpi(ground.session, slug), variant))


def check_currency(session: Session, currency: str, rules: Rules) -> None:
    """Raise BadInput for a currency that nothing can be told in: no rate, and no sum in it."""
    if currency in {_EURO, rules.currency}:
        return
    for table in (FxRate, Subscription, Spend, Deal):
        has_any = select(table.id).where(col(table.currency) == currency).limit(1)
        if session.exec(has_any).first() is not None:
            return
    raise BadInput(f"currency: there are no rates for {currency}; import them as fx_rates")
