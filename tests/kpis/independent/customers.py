"""Customers who stay, leave, answer and buy more, written from the formulas."""

from dataclasses import replace

import pandas as pd

from tests.kpis.independent.cells import Frame
from tests.kpis.independent.costs import cac, gross_margin
from tests.kpis.independent.question import Question
from tests.kpis.independent.revenue import figures, paying, won
from tests.kpis.independent.values import (
    Value,
    Values,
    combined,
    counts,
    means,
    ratios,
    shares,
    totals,
)


def customers(q: Question, day: pd.Timestamp) -> Frame:
    """The accounts that are customers on a day."""
    rows = q.book["accounts"]
    return rows[(rows["became_customer_at"] <= day) & ~(rows["churned_at"] <= day)].copy()


def churn(q: Question) -> Values:
    """Of the customers at the start, those who left; or of what they paid, what is lost."""
    if q.variant == "revenue":
        return _lost_revenue(q)
    there = customers(q, q.eve)
    there["hit"] = q.days_during(there, "churned_at")
    return shares(q.groups(there), "hit")


def _lost_revenue(q: Question) -> Values:
    before, after = paying(q, q.eve), paying(q, q.last_day)
    accounts = q.book["accounts"].set_index("id")[["region"]]
    accounts["before"] = before.groupby("account_id")["paid"].sum()
    accounts["after"] = after.groupby("account_id")["paid"].sum()
    paid = accounts[accounts["before"].notna()].copy()
    paid["lost"] = (paid["before"] - paid["after"].fillna(0.0)).clip(lower=0.0)
    groups = q.groups(paid)
    return ratios(totals(groups, "lost"), totals(groups, "before"))


def retention(q: Question) -> Values:
    """Of the customers at the start, those who did not leave; or those who bought again."""
    there = customers(q, q.eve)
    if q.variant == "repeat":
        there["hit"] = there["id"].isin(won(q)["account_id"])
    else:
        there["hit"] = ~q.days_during(there, "churned_at")
    return shares(q.groups(there), "hit")


def upsell_rate(q: Question) -> Values:
    """Of the customers at the start, those who bought more."""
    there = customers(q, q.eve)
    there["hit"] = there["id"].isin(won(q, "upsell", "cross_sell")["account_id"])
    return shares(q.groups(there), "hit")


def _answers(q: Question, kind: str) -> Frame:
    rows = q.book["surveys"]
    return q.during(rows[rows["kind"] == kind])


def csat(q: Question) -> Values:
    """Mean of what customers gave."""
    return means(q.groups(_answers(q, "csat")), "score")


def nps(q: Question) -> Values:
    """Promoters less detractors, in points."""
    rows = _answers(q, "nps")
    rows["points"] = 100.0 * (rows["score"] >= 9) - 100.0 * (rows["score"] <= 6)
    return means(q.groups(rows), "points")


def customer_lifetime_years(q: Question) -> Values:
    """Years that customers stayed so far, for each that was lost."""
    rows = q.book["accounts"]
    ever = rows[rows["became_customer_at"] <= q.last_day].copy()
    ever["is_lost"] = ever["churned_at"] <= q.last_day
    until = ever["churned_at"].where(ever["is_lost"], q.last_day + pd.Timedelta(days=1))
    ever["years"] = (until - ever["became_customer_at"]).dt.days / 365.25
    groups = q.groups(ever)
    lost = {key: found[found["is_lost"]] for key, found in groups.items()}
    return ratios(totals(groups, "years"), counts(lost))


def clv(q: Question) -> Values:
    """What a customer pays a year, times the years they stay; net of costs if asked."""
    pays = paying(q, q.last_day)
    there = customers(q, q.last_day)
    there = there[there["id"].isin(pays["account_id"])]
    a_year = ratios(totals(q.groups(pays), "paid"), counts(q.groups(there)), times=12)
    gross = combined(a_year, customer_lifetime_years(q), lambda paid, years: paid * years)
    if q.variant != "net":
        return gross
    kept = combined(gross, gross_margin(q), lambda value, margin: value * margin)
    return combined(kept, cac(q), lambda value, cost: value - cost)


def clv_to_cac(q: Question) -> Values:
    """What a customer brings for what winning one costs."""
    return ratios(clv(replace(q, variant=None)), cac(q))


def engagement(q: Question) -> Values:
    """Mean of what is known of repeat purchase, e-mails opened, and loyalty."""
    again = retention(replace(q, variant="repeat"))
    opened = ratios(
        totals(q.groups(figures(q, "emails_opened")), "value"),
        totals(q.groups(figures(q, "emails_delivered")), "value"),
    )
    members = figures(q, "loyalty_members")
    members = members[members["month"] == members["month"].max()]
    loyal = ratios(totals(q.groups(members), "value"), counts(q.groups(customers(q, q.last_day))))
    parts = (again, opened, loyal if len(members) else {})
    found: Values = {}
    for key in {key for part in parts for key in part}:
        values = [part[key].value for part in parts if key in part]
        known = [value for value in values if value is not None]
        found[key] = Value(sum(known) / len(known) if known else None, n=len(known))
    return found


def customer_outcomes(q: Question) -> Values:
    """Mean of what customers say they gained."""
    if q.whole_months is None:
        return q.unknown()
    return means(q.groups(figures(q, "customer_outcome")), "value")


def referral_customers(q: Question) -> Values:
    """New customers who came by recommendation."""
    deals = won(q, "new")
    referred = deals["referred_by"].notna() | (deals["channel"] == "referral")
    return counts(q.groups(deals[referred]))


def complaints(q: Question) -> Values:
    """Complaints and returns."""
    if q.whole_months is None:
        return q.unknown()
    rows = figures(q, "complaints", "returns")
    return totals(q.groups(rows), "value") if len(rows) else q.unknown()


def reviews(q: Question) -> Values:
    """Reviews written."""
    if q.whole_months is None:
        return q.unknown()
    rows = figures(q, "review")
    return counts(q.groups(rows)) if len(rows) else q.unknown()
