"""What customers are worth and what winning them costs: figures that several KPIs are made of."""

from models.kpis.customer_facts import (
    CUSTOMERS_LOST_EVER,
    PAYING_CUSTOMERS,
    RECURRING,
    SPENT,
    YEARS_AS_CUSTOMERS,
    figures,
)
from models.kpis.deal_facts import COSTED_DEALS, COSTS_OF_DEALS, WON_NEW_DEALS
from models.kpis.figure import Count, Formula, Quotient, Total


def gross_margin(revenue: float, delivery: float, cost_of_sales: float = 0.0) -> float | None:
    """The share of revenue that delivering and selling it leaves; None without revenue."""
    return (revenue - delivery - cost_of_sales) / revenue if revenue else None


def yearly_for_years(yearly: float, years: float) -> float:
    """What so much a year comes to."""
    return yearly * years


ACQUISITION_COST = Quotient(Total(SPENT), Count(WON_NEW_DEALS))
GROSS_MARGIN = Formula(
    {
        "revenue": Total(COSTED_DEALS),
        "delivery": Total(COSTS_OF_DEALS),
        "cost_of_sales": Total(figures("cost_of_sales")),
    },
    gross_margin,
)
LIFETIME_YEARS = Quotient(Total(YEARS_AS_CUSTOMERS), Count(CUSTOMERS_LOST_EVER))
"""Years lived through for each customer lost, so that those who are still there count too."""
LIFETIME_VALUE = Formula(
    {
        "yearly": Quotient(Total(RECURRING), Count(PAYING_CUSTOMERS), factor=12.0),
        "years": LIFETIME_YEARS,
    },
    yearly_for_years,
)
