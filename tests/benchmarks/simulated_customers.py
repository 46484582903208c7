"""Who became a customer and what of it: subscriptions, surveys, what a month cost and brought."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tests.benchmarks.simulated_columns import (
    NONE,
    Ids,
    Numbers,
    Places,
    Rows,
    always,
    dates,
    imported,
    instants,
    make_ids,
    numbered,
    pointers,
    reals,
    wholes,
    words,
)
from tests.benchmarks.simulated_deals import CHANNELS, CURRENCIES, REGIONS, Deals
from tests.benchmarks.simulated_people import (
    BEGIN,
    BEGIN_S,
    DAY_S,
    NOW,
    NOW_S,
    People,
    draw,
    sometimes,
)

SURVEYS = 100_000
INDUSTRIES = ("Clinics", "Foods", "Cleaning", "Logistics", "Retail", "Hotels", "Security")
CHANGES = ("new", "expansion", "contraction", "renewal")
_CHURN = 0.12
"""Of the customers, in a year."""
_TODAY = NOW_S // DAY_S
_NPS = (1, 1, 1, 3, 15, 39, 84, 111, 136, 120, 109)
_CSAT = (1, 23, 89, 156, 136)
_RATES = (1.0, 1.16, 0.92, 1.05)
_MARKETING: Mapping[str, int] = {
    "website": 9_000,
    "paid_search": 31_000,
    "linkedin": 18_000,
    "webinar": 7_000,
    "event": 26_000,
    "partner": 12_000,
}
"""Euros a month at scale 1."""
_SALES = 1_150_000
_FIGURES: Mapping[str, float] = {
    "headcount": 410,
    "emails_delivered": 240_000,
    "emails_opened": 66_000,
    "loyalty_members": 9_000,
    "complaints": 210,
    "returns": 35,
}
_COSTS: Mapping[str, int] = {
    "cost_of_sales": 260_000,
    "fixed_cost": 900_000,
    "variable_cost": 310_000,
}
_VISITORS = 34_000
_REVIEWS, _OUTCOMES = 40, 25
"""Of a month."""


@dataclass(frozen=True, slots=True)
class Customers:
    """Of each account, the days on which it became a customer and left."""

    since: Numbers
    left: Numbers

    @property
    def ever(self) -> Places:
        """The positions of those that became one."""
        return np.nonzero(np.isfinite(self.since))[0]

    @property
    def until(self) -> Numbers:
        """The day on which each left, or today."""
        return np.where(np.isfinite(self.left), self.left, _TODAY)


def make_customers(rng: np.random.Generator, deals: Deals, accounts: int) -> Customers:
    """Customers since their first won deal; a few were so before the years that are looked at."""
    since = np.full(accounts, np.inf)
    is_won = deals.outcome == 1
    np.minimum.at(since, deals.account[is_won], deals.until[is_won] // DAY_S)
    old = BEGIN_S // DAY_S - rng.integers(30, 1500, accounts)
    since = np.where(rng.random(accounts) < 0.08, old, since)
    since = np.where(np.isfinite(since), since, np.nan)
    left = np.maximum(since, BEGIN_S // DAY_S) + rng.exponential(365 / _CHURN, accounts) // 1
    return Customers(since, np.where(left <= _TODAY, left, np.nan))


def account_rows(rng: np.random.Generator, customers: Customers, accounts: Ids) -> Rows:
    """Those who buy, or may."""
    count = len(accounts)
    region = sometimes(rng, rng.integers(0, len(REGIONS), count), 0.02, NONE)
    return Rows(
        "account",
        count,
        imported(accounts, "account")
        | {
            "name": numbered("Account "),
            "domain": numbered("account", ".example"),
            "region": words(REGIONS, region),
            "industry": words(INDUSTRIES, rng.integers(0, len(INDUSTRIES), count)),
            "became_customer_on": dates(customers.since),
            "churned_on": dates(customers.left),
        },
    )


def subscription_rows(rng: np.random.Generator, customers: Customers, accounts: Ids) -> Rows:
    """What each customer pays a month; each change ends a price and begins another."""
    chosen = customers.ever[rng.random(len(customers.ever)) < 0.96]
    account = np.repeat(chosen, 1 + np.minimum(rng.poisson(0.4, len(chosen)), 3))
    count = len(account)
    is_first = np.append(True, account[1:] != account[:-1])
    lived = customers.until[account] - customers.since[account]
    begun = customers.since[account] + np.where(is_first, 0, rng.random(count)) * lived // 1
    order = np.lexsort((begun, account))
    begun = begun[order]
    is_last = np.append(is_first[1:], True)
    ended = np.where(is_last, customers.left[account], np.append(begun[1:], np.nan))
    change = np.where(is_first, 0, 1 + draw(rng, (62, 6, 29), count))
    base = rng.lognormal(np.log(170_000), 0.7, len(accounts))[account]
    factor = np.array([1.0, 1.35, 0.75, 1.03])[change]
    return Rows(
        "subscription",
        count,
        imported(make_ids(rng, count), "subscription")
        | {
            "account_id": pointers(accounts, account),
            "change": words(CHANGES, change),
            "started_on": dates(begun),
            "ended_on": dates(ended),
            "mrr_minor": wholes(np.round(base * factor, -2)),
            "currency": words(CURRENCIES, np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])[account % 9]),
        },
    )


def survey_rows(
    rng: np.random.Generator, scale: float, customers: Customers, accounts: Ids
) -> Rows:
    """What customers answered."""
    count = max(60, round(SURVEYS * scale))
    account = rng.choice(customers.ever, count)
    first = np.maximum(customers.since[account], BEGIN_S // DAY_S)
    at = (first + rng.random(count) * (customers.until[account] - first)) * DAY_S
    order = np.argsort(at)
    is_nps = rng.random(count) < 0.6
    score = np.where(is_nps, draw(rng, _NPS, count), 1 + draw(rng, _CSAT, count))
    return Rows(
        "survey",
        count,
        imported(make_ids(rng, count), "survey")
        | {
            "account_id": pointers(accounts, account[order]),
            "kind": words(("csat", "nps"), is_nps.astype(np.int64)),
            "score": wholes(score.astype(np.float64)),
            "at": instants(at[order]),
        },
    )


def month_rows(
    rng: np.random.Generator, scale: float, people: People, accounts: Ids
) -> Iterator[Rows]:
    """Spend, targets, rates and figures, month by month."""
    months = np.arange(np.datetime64(BEGIN.date(), "M"), np.datetime64(NOW.date(), "M") + 1)
    days = months.astype("M8[D]").astype(np.float64)
    yield _spend(rng, scale, days)
    yield _targets(rng, days, people)
    yield _rates(rng, days)
    yield _figures(rng, scale, days, accounts)


def _spend(rng: np.random.Generator, scale: float, days: Numbers) -> Rows:
    size = len(_MARKETING) + 1
    count = len(days) * size
    euros = np.tile(np.array([*_MARKETING.values(), _SALES]), len(days)) * scale
    place = np.tile(np.arange(size), len(days))
    is_sales = place == size - 1
    return Rows(
        "spend",
        count,
        imported(make_ids(rng, count), "spend")
        | {
            "month": dates(np.repeat(days, size)),
            "kind": words(("marketing", "sales"), is_sales.astype(np.int64)),
            "campaign": numbered("Campaign "),
            "channel": words([*_MARKETING], np.where(is_sales, NONE, place)),
            "amount_minor": wholes(100 * np.round(euros * rng.uniform(0.8, 1.2, count))),
            "currency": words(CURRENCIES, np.where(place == 4, 2, 0)),
        },
    )


def _targets(rng: np.random.Generator, days: Numbers, people: People) -> Rows:
    """Of every rep, and of a third of the teams."""
    reps, teams = len(people.users) - people.reps, -(-len(people.teams) // 3)
    size = reps + teams
    count = len(days) * size
    place = np.tile(np.arange(size), len(days))
    is_team = place >= reps
    amount = np.where(is_team, 10, 1) * np.round(rng.uniform(180_000, 340_000, count))
    amount = sometimes(rng, sometimes(rng, 100 * amount, 0.04, 0), 0.015)
    rep = np.where(is_team, NONE, people.reps + place)
    return Rows(
        "target",
        count,
        imported(make_ids(rng, count), "target")
        | {
            "kpi": always("sales_revenue"),
            "rep_id": pointers(people.users, rep),
            "team_id": pointers(people.teams, np.where(is_team, place - reps, NONE)),
            "month": dates(np.repeat(days, size)),
            "amount_minor": wholes(amount),
            "currency": words(("EUR", "GBP"), (place % 4 == 0).astype(np.int64)),
        },
    )


def _rates(rng: np.random.Generator, days: Numbers) -> Rows:
    size = len(CURRENCIES)
    count = len(days) * size
    place = np.tile(np.arange(size), len(days))
    moved = np.where(place == 0, 1.0, rng.uniform(0.97, 1.03, count))
    return Rows(
        "fx_rate",
        count,
        imported(make_ids(rng, count), "rate")
        | {
            "month": dates(np.repeat(days, size)),
            "currency": words(CURRENCIES, place),
            "eur_per_unit": reals(np.array(_RATES)[place] * moved, 4),
        },
    )


def _figures(rng: np.random.Generator, scale: float, days: Numbers, accounts: Ids) -> Rows:
    """Sums of the whole company, visitors by channel, and what single customers said."""
    singles = max(1, round(_REVIEWS * scale)), max(1, round(_OUTCOMES * scale))
    kinds = (*_FIGURES, *_COSTS, "visitors", "review", "customer_outcome")
    sizes = (*(1 for _ in (*_FIGURES, *_COSTS)), len(CHANNELS), *singles)
    usual = (*_FIGURES.values(), *_COSTS.values(), _VISITORS / len(CHANNELS), 4, 20)
    kind = np.tile(np.repeat(np.arange(len(kinds)), sizes), len(days))
    count = len(kind)
    is_cost = (kind >= len(_FIGURES)) & (kind < len(_FIGURES) + len(_COSTS))
    is_single = kind > kinds.index("visitors")
    usually = np.array(usual)[kind] * rng.uniform(0.8, 1.2, count)
    value = np.where(is_single, usually, np.ceil(usually * scale))
    channel = np.tile(np.concatenate([np.arange(size) for size in sizes]), len(days))
    return Rows(
        "figure",
        count,
        imported(make_ids(rng, count), "figure")
        | {
            "month": dates(np.repeat(days, sum(sizes))),
            "kind": words(kinds, kind),
            "account_id": pointers(
                accounts, np.where(is_single, rng.integers(0, len(accounts), count), NONE)
            ),
            "channel": words(CHANNELS, np.where(kinds.index("visitors") == kind, channel, NONE)),
            "amount_minor": wholes(np.where(is_cost, 100 * np.round(value), np.nan)),
            "value": reals(np.where(is_cost, np.nan, value), 2),
            "currency": words(("EUR",), np.where(is_cost, 0, NONE)),
        },
    )
