"""Pipeline, conversion and deals, written from the formulas."""

import pandas as pd

from tests.kpis.independent.cells import Column, Frame, looked_up
from tests.kpis.independent.question import Question
from tests.kpis.independent.revenue import figures, open_deals, won
from tests.kpis.independent.values import (
    Values,
    counts,
    means,
    medians,
    ratios,
    shares,
    totals,
)


def new_leads(q: Question) -> Values:
    """Leads that came."""
    return counts(q.groups(q.during(q.book["leads"])))


def opportunities_created(q: Question) -> Values:
    """Deals that were opened."""
    return counts(q.groups(q.during(q.book["deals"], "opened")))


def pipeline_value(q: Question) -> Values:
    """What the deals open at the end are worth."""
    return totals(q.groups(open_deals(q)), "worth")


def proposals_sent(q: Question) -> Values:
    """Proposals sent."""
    return counts(q.groups(q.during(q.book["deals"], "proposal_sent_at")))


def deals_won(q: Question) -> Values:
    """Deals won."""
    return counts(q.groups(won(q)))


def quote_to_close(q: Question) -> Values:
    """Of the quotes sent, those whose deal was won; the files have one quote of a deal."""
    quotes = q.during(q.book["deals"], "quote_sent_at")
    quotes["hit"] = quotes["outcome"] == "won"
    return shares(q.groups(quotes), "hit")


def close_ratio(q: Question) -> Values:
    """Of the people who came, those with a deal that was won; each as they first came."""
    leads = q.book["leads"]
    leads = leads[leads["at"] <= q.now].sort_values("at", kind="stable")
    person = leads["email"].fillna(leads["id"])
    bought = leads["deal_id"].isin(_won_ids(q)).groupby(person).any()
    first = leads[~person.duplicated()].copy()
    first["hit"] = person[first.index].map(bought)
    return shares(q.groups(q.during(first)), "hit")


def win_rate(q: Question) -> Values:
    """Of the deals that are over, those won."""
    deals = q.book["deals"]
    over = q.during(deals[deals["outcome"].isin(["won", "lost"])], "closed")
    over["hit"] = over["outcome"] == "won"
    return shares(q.groups(over), "hit")


def _converted(q: Question, name: str) -> Frame:
    leads = q.during(q.book["leads"], name)
    leads["hit"] = leads["converted_customer_id"].notna()
    return leads


def lead_conversion(q: Question) -> Values:
    """Of the leads that came, those who became customers; or conversions over visitors."""
    leads = _converted(q, "at")
    if q.variant != "visitors":
        return shares(q.groups(leads), "hit")
    if q.whole_months is None:
        return q.unknown()
    visitors = totals(q.groups(figures(q, "visitors")), "value")
    return ratios(counts(q.groups(leads[leads["hit"]])), visitors)


def sql_to_customer(q: Question) -> Values:
    """Of the leads that sales took on, those who became customers."""
    return shares(q.groups(_converted(q, "sql_at")), "hit")


def mql_to_customer(q: Question) -> Values:
    """Of the leads that marketing thought well of, those who became customers."""
    return shares(q.groups(_converted(q, "mql_at")), "hit")


def stage_conversion(q: Question) -> Values:
    """Of the first entries into a stage, those after which the deal went forward."""
    changes = q.book["stage_history"].sort_values(["deal_id", "seq"]).copy()
    changes["outcome"] = changes["deal_id"].map(_outcomes(q))
    last = changes.drop_duplicates("deal_id", keep="last")
    won_ends = set(last.loc[last["outcome"] == "won", "stage"])
    lost_ends = set(last.loc[last["outcome"] == "lost", "stage"])
    changes = changes[changes["entered_at"] <= q.now]
    changes["is_first"] = ~changes.duplicated(["deal_id", "stage"])
    after = changes.groupby("deal_id").shift(-1)
    stays = after["stage"].isna() & (changes["outcome"] == "open")
    is_new = after["is_first"].map(lambda first: first is True or first == 1)
    changes["hit"] = after["stage"].notna() & ~after["stage"].isin(lost_ends) & is_new
    entries = changes["is_first"] & ~changes["stage"].isin(won_ends | lost_ends) & ~stays
    return shares(q.groups(q.during(changes[entries], "entered_at")), "hit")


def sales_cycle_days(q: Question) -> Values:
    """Days from the first contact to the closing of what was won."""
    deals = won(q)
    calls = q.book["calls"].groupby("deal_id")["at"].min()
    met = looked_up(deals["id"], calls)
    first = pd.concat([deals["first_contact_at"], met], axis=1).min(axis=1)
    days = (deals["closed"] - first.fillna(deals["opened"])).dt.total_seconds() / 86_400
    deals["days"] = days.where(days >= 0)
    return (medians if q.variant == "median" else means)(q.groups(deals), "days")


def average_deal(q: Question) -> Values:
    """What a deal that was won is worth."""
    return means(q.groups(won(q)), "revenue")


def call_to_close(q: Question) -> Values:
    """Deals won over calls logged for deals; or of those recorded."""
    deals = won(q)
    if q.variant == "recorded":
        calls = q.book["calls"]
        calls = calls[calls["deal_id"].notna()]
        deals = deals[deals["id"].isin(calls["deal_id"])]
        return ratios(counts(q.groups(deals)), counts(q.groups(q.during(calls))))
    done = q.book["activities"]
    logged = q.during(done[(done["kind"] == "call") & done["deal_id"].notna()])
    return ratios(counts(q.groups(deals)), counts(q.groups(logged)))


def activity_success(q: Question) -> Values:
    """Deals opened over activities; or the other way round."""
    done = counts(q.groups(q.during(q.book["activities"])))
    made = opportunities_created(q)
    return ratios(done, made) if q.variant == "activities_per_deal" else ratios(made, done)


def _outcomes(q: Question) -> Column:
    return q.book["deals"].set_index("id")["outcome"]


def _won_ids(q: Question) -> Column:
    deals = q.book["deals"]
    return deals.loc[deals["outcome"] == "won", "id"]
