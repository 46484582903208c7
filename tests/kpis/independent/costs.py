"""What selling costs and what is left, written from the formulas."""

from dataclasses import replace

from tests.kpis.independent.cells import Frame
from tests.kpis.independent.pipeline import new_leads
from tests.kpis.independent.question import NotGroupedSo, Question
from tests.kpis.independent.revenue import figures, mrr, paying, sales_revenue, won
from tests.kpis.independent.values import (
    NOTHING,
    Values,
    combined,
    counts,
    means,
    ratios,
    totals,
)


def _spent(q: Question, *, only_marketing: bool = False) -> Values:
    """What was spent in the months; for channels what marketing spent on them."""
    if q.by not in {None, "channel"}:
        raise NotGroupedSo(f"spend is not grouped by {q.by}")
    rows = q.book["spend"]
    found = rows[rows["month"].isin(q.whole_months or [])].copy()
    if only_marketing or q.by == "channel":
        found = found[found["kind"] == "marketing"].copy()
    found["spent"] = q.money(found["amount"], found["currency"], found["month"])
    return totals(q.groups(found), "spent")


def cac(q: Question) -> Values:
    """What winning a new customer costs."""
    if q.whole_months is None:
        return q.unknown()
    return ratios(_spent(q), counts(q.groups(won(q, "new"))))


def cost_per_lead(q: Question) -> Values:
    """What marketing spends on a lead."""
    if q.whole_months is None:
        return q.unknown()
    leads = {key: value for key, value in new_leads(q).items() if key != ""}
    return ratios(_spent(q, only_marketing=True), leads)


def arpa(q: Question) -> Values:
    """What an account pays a month; or revenue for a customer."""
    if q.variant == "revenue":
        rows = q.book["accounts"]
        there = rows[(rows["became_customer_at"] <= q.last_day)]
        there = there[~(there["churned_at"] <= q.last_day)]
        return ratios(sales_revenue(q), counts(q.groups(there)))
    pays = q.groups(paying(q, q.last_day))
    accounts = {key: rows.drop_duplicates("account_id") for key, rows in pays.items()}
    return ratios(mrr(q), counts(accounts))


def _with_profit(q: Question, *kinds: str) -> Frame:
    """The deals won, with a `profit` where both revenue and cost are known."""
    deals = won(q, *kinds)
    deals["profit"] = deals["revenue"] - deals["delivery"]
    deals["base"] = deals["revenue"].where(deals["profit"].notna())
    return deals


def profit_margin(q: Question) -> Values:
    """What is left of revenue after delivery; or the mean of deals."""
    deals = _with_profit(q)
    if q.variant == "per_deal":
        deals = deals[~(deals["revenue"] == 0)].copy()
        deals["margin"] = deals["profit"] / deals["base"]
        return means(q.groups(deals), "margin")
    groups = q.groups(deals)
    return _of_base(totals(groups, "profit"), totals(groups, "base"))


def gross_margin(q: Question) -> Values:
    """The same after the cost of sales."""
    return _margin_after(q, ("cost_of_sales",))


def net_margin(q: Question) -> Values:
    """The same after all that was spent, and fixed and variable costs."""
    return _margin_after(q, ("cost_of_sales", "fixed_cost", "variable_cost"), with_spend=True)


def _margin_after(q: Question, kinds: tuple[str, ...], *, with_spend: bool = False) -> Values:
    if q.whole_months is None:
        return q.unknown()
    groups = q.groups(_with_profit(q))
    left = _less(totals(groups, "profit"), totals(q.groups(figures(q, *kinds)), "cost"))
    if with_spend:
        left = _less(left, _spent(q))
    return _of_base(left, totals(groups, "base"))


def _less(one: Values, other: Values) -> Values:
    return combined(one, other, lambda whole, part: whole - part)


def _of_base(profits: Values, bases: Values) -> Values:
    """Profit over revenue; rows unknown in one are so in the other, and told once."""
    divided = ratios(profits, bases)
    return {
        key: replace(one, missing=bases.get(key, NOTHING).missing) for key, one in divided.items()
    }


def roi(q: Question) -> Values:
    """What new customers bring beyond what was spent, for what was spent."""
    if q.whole_months is None:
        return q.unknown()
    spent = _spent(q)
    gained = totals(q.groups(_with_profit(q, "new")), "profit")
    found = ratios(_less(gained, spent), spent)
    return {key: replace(one, n=gained.get(key, NOTHING).n) for key, one in found.items()}
