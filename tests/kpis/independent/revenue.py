"""Revenue and growth, written from the formulas."""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from tests.kpis.independent.cells import Frame
from tests.kpis.independent.question import NotGroupedSo, Question
from tests.kpis.independent.values import Value, Values, combined, counts, means, ratios, totals


def won(q: Question, *kinds: str) -> Frame:
    """The deals won in the period, with `revenue` and `delivery` in the asked currency."""
    deals = q.book["deals"]
    found = q.during(deals[deals["outcome"] == "won"], "closed")
    if kinds:
        found = found[found["kind"].isin(kinds)].copy()
    months = q.months_of(found, "closed")
    found["revenue"] = q.money(found["amount"], found["currency"], months)
    found["delivery"] = q.money(found["cost"], found["currency"], months)
    return found


def reps(q: Question) -> Frame:
    """Who sells in the period."""
    rows = q.book["reps"]
    hired = rows["hired_at"].isna() | (rows["hired_at"] < pd.Timestamp(q.end))
    active = ~rows["is_active"].fillna("true").str.lower().isin(["false", "no", "0"])
    return rows[hired & active & (rows["role"].fillna("rep") == "rep")]


def rep_counts(q: Question, keys: Iterable[str | None]) -> Values:
    """How many reps: all, those of a team, one for a rep; for other groups everybody."""
    everybody = counts({None: reps(q)})[None]
    if q.by == "rep":
        return {key: Value(1.0, n=1) for key in {*keys, *q.groups(reps(q))}}
    if q.by == "team":
        return counts(q.groups(reps(q)))
    return dict.fromkeys(keys, everybody)


def figures(q: Question, *kinds: str) -> Frame:
    """The outside figures of some kinds in the months of the period."""
    rows = q.book["figures"]
    found = rows[rows["kind"].isin(kinds) & rows["month"].isin(q.whole_months or [])].copy()
    found["cost"] = q.money(found["value"], found["currency"], found["month"])
    return found


def sales_revenue(q: Question) -> Values:
    """Sum of what was won."""
    return totals(q.groups(won(q)), "revenue")


def growth(now: Values, before: Values) -> Values:
    """By what part a figure grew."""
    return combined(now, before, lambda new, old: (new - old) / old if old else None)


def sales_growth(q: Question) -> Values:
    """Against the period before."""
    return growth(sales_revenue(q), sales_revenue(q.before()))


def monthly_sales_growth(q: Question) -> Values:
    """Of the last month against the one before."""
    kinds = ("upsell", "cross_sell", "renewal") if q.variant == "existing" else ()
    month = q.last_month()
    each = [totals(q.groups(won(one, *kinds)), "revenue") for one in (month, month.before())]
    return growth(*each)


def sales_per_rep(q: Question) -> Values:
    """Revenue divided by the number of reps."""
    revenue = sales_revenue(q)
    return ratios(revenue, rep_counts(q, revenue))


def new_customer_revenue(q: Question) -> Values:
    """Revenue of first deals."""
    return totals(q.groups(won(q, "new")), "revenue")


def expansion_revenue(q: Question) -> Values:
    """Revenue of selling more to who bought before."""
    return totals(q.groups(won(q, "upsell", "cross_sell")), "revenue")


def paying(q: Question, day: pd.Timestamp) -> Frame:
    """The subscriptions that run on a day, with `paid` a month by the rates of the last day."""
    rows = q.book["subscriptions"]
    runs = (rows["started_at"] <= day) & ~(rows["ended_at"] <= day)
    found = rows[runs].copy()
    month = pd.Series(q.last_day.strftime("%Y-%m"), index=found.index)
    found["paid"] = q.money(found["mrr"], found["currency"], month)
    return found


def mrr(q: Question) -> Values:
    """What is paid a month at the end."""
    return totals(q.groups(paying(q, q.last_day)), "paid")


def arr(q: Question) -> Values:
    """The same in a year."""
    return {key: replace(one, value=12 * (one.value or 0.0)) for key, one in mrr(q).items()}


def revenue_per_employee(q: Question) -> Values:
    """Revenue divided by the mean headcount of the months."""
    if q.whole_months is None:
        return q.unknown()
    heads = {
        key: rows.groupby("month", as_index=False)["value"].sum()
        for key, rows in q.groups(figures(q, "headcount")).items()
    }
    return ratios(sales_revenue(q), means(heads, "value"))


def target_attainment(q: Question) -> Values:
    """Revenue divided by the targets of the months."""
    if q.whole_months is None:
        return q.unknown()
    rows = q.book["targets"]
    is_sales = rows["kpi"].fillna("sales_revenue") == "sales_revenue"
    found = rows[is_sales & rows["month"].isin(q.whole_months)].copy()
    found["aim"] = q.money(found["quota"], found["currency"], found["month"])
    return ratios(sales_revenue(q), totals(_aims(q, found), "aim"))


def _aims(q: Question, targets: Frame) -> dict[str | None, Frame]:
    """The targets that count for each group: its own before those of its parts."""
    of_reps = targets[targets["rep"].notna()].copy()
    of_teams = targets[targets["team"].notna() & targets["rep"].isna()]
    of_all = targets[targets["team"].isna() & targets["rep"].isna()]
    if q.by == "rep":
        return q.groups(of_reps)
    if q.by is None:
        return {None: next((some for some in (of_all, of_teams) if len(some)), of_reps)}
    if q.by != "team":
        raise NotGroupedSo(f"targets are not grouped by {q.by}")
    teams = q.book["reps"].set_index("id")["team"]
    of_reps["team"] = of_reps["rep"].map(teams).astype(object)
    return {**q.groups(of_reps), **q.groups(of_teams)}


def open_deals(q: Question) -> Frame:
    """The deals open at the end: what they are `worth`, and the `stage` they are in then."""
    deals = q.book["deals"]
    ends = q.ends_at(deals)
    is_open = (deals["outcome"] == "open") | (deals["closed"] > ends)
    found = deals[(deals["opened"] <= ends) & is_open].copy()
    month = pd.Series(q.last_day.strftime("%Y-%m"), index=found.index)
    found["worth"] = q.money(found["amount"], found["currency"], month)
    changes = q.book["stage_history"].sort_values(["entered_at", "seq"])
    until = changes["deal_id"].map(pd.Series(ends.array, index=deals["id"]))
    entered = changes[changes["entered_at"] <= until]
    last = entered.drop_duplicates("deal_id", keep="last").set_index("deal_id")["stage"]
    found["stage"] = found["id"].map(last).astype(object)
    return found


def chances(q: Question) -> dict[str, float]:
    """For each stage the share of deals that were won, among those over that ever entered it."""
    deals = q.book["deals"]
    over = deals[deals["outcome"].isin(["won", "lost"]) & (deals["closed"] <= q.now)]
    entries = q.book["stage_history"][["deal_id", "stage"]].drop_duplicates()
    seen = entries.merge(over[["id", "outcome"]], left_on="deal_id", right_on="id")
    return dict((seen["outcome"] == "won").groupby(seen["stage"]).mean())


def forecast(q: Question) -> Values:
    """What open deals are worth, each by the chance of its stage."""
    deals = open_deals(q)
    deals = deals[~deals["stage"].astype(str).str.startswith("closed_")]  # lost then, won later
    chance = deals["stage"].map(chances(q)).astype(float)
    deals["expected"] = deals["worth"] * chance
    return totals(q.groups(deals), "expected")
