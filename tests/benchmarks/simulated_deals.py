"""What is sold: deals with their stages and offers.

Shares of everything that happens or is missing are about those of a year of a real company's CRM.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.simulated_columns import (
    NONE,
    Ids,
    Numbers,
    Places,
    Rows,
    always,
    imported,
    instants,
    make_ids,
    numbered,
    pointers,
    wholes,
    words,
)
from tests.benchmarks.simulated_people import (
    BEGIN_S,
    DAY_S,
    NOW_S,
    ZONES,
    People,
    draw,
    sometimes,
    working_times,
)

ACCOUNTS, DEALS = 60_000, 200_000
REGIONS = (
    "UK and Ireland",
    "France",
    "DACH",
    "Southern Europe",
    "North America",
    "Latin America",
)
_REGIONS_OF = ((0, 0, 0), (1, 2, 3), (4, 4, 4), (5, 5, 4))
CURRENCIES = ("EUR", "GBP", "USD", "CHF")
_CURRENCIES_OF = np.array([1, 0, 0, 0, 2, 2])
CHANNELS = (
    "website",
    "paid_search",
    "webinar",
    "linkedin",
    "event",
    "cold_call",
    "partner",
    "referral",
)
EXISTING = len(CHANNELS)
"""The channel of a deal with a customer."""
PRODUCTS = ("Planner", "Planner Plus", "Time clock", "Forecast", "Payroll link", "Training")
KINDS = ("new", "upsell", "cross_sell", "renewal")
_KINDS = (0.69, 0.11, 0.05, 0.15)
_WINS = np.array([0.30, 0.43, 0.38, 0.72])
OUTCOMES = ("open", "won", "lost")
STAGES = (
    "prospecting",
    "qualification",
    "demo",
    "technical_validation",
    "proposal",
    "negotiation",
    "contract_sent",
    "closed_lost",
    "closed_won",
)
_COURSE = np.array([0, 1, 2, 3, 4, 5, 6, 7, 1, 4])
"""The stages a deal may pass, in order; after the lost one those of a deal opened again."""
_TAKEN = (1.0, 1.0, 0.62, 0.2, 0.97, 0.95, 0.95)
_LOST_AT = np.array([18, 54, 60, 17, 85, 55, 42])
_OPEN_AT = np.array([25, 18, 12, 4, 18, 8, 7])


@dataclass(frozen=True, slots=True)
class Deals:
    """Every deal, by its opening; `until` is its closing, or now.

    `closed` is the closing as the CRM tells it, of some lost ones not at all.
    """

    ids: Ids
    rep: Places
    account: Places
    region: Places
    channel: Places
    kind: Places
    outcome: Places
    currency: Places
    amount: Numbers
    cost: Numbers
    opened: Numbers
    closed: Numbers
    until: Numbers
    passed: NDArray[np.bool_]

    def during(self, rng: np.random.Generator, deal: Places) -> Numbers:
        """An instant within each deal's life."""
        return self.opened[deal] + rng.random(len(deal)) * (self.until - self.opened)[deal]


def make_deals(rng: np.random.Generator, scale: float, people: People, accounts: int) -> Deals:
    """Deals by their opening, each with its course and its end."""
    count = max(60, round(DEALS * scale))
    opened = working_times(rng, count)
    rep = _reps(rng, people, opened)
    opened = opened - people.ahead_s(rep)
    kind = draw(rng, _KINDS, count)
    region = _regions(rng, people, rep)
    closed = opened + rng.lognormal(np.log(32), 0.55, count) * DAY_S
    is_open = (closed > NOW_S) | (rng.random(count) < 0.05)
    outcome = np.where(is_open, 0, np.where(rng.random(count) < _WINS[kind], 1, 2))
    told = np.where(is_open, np.nan, closed)
    amount = 100 * np.round(rng.lognormal(np.log(21_000), 0.8, count), -2)
    cost = np.round(amount * rng.uniform(0.22, 0.48, count))
    amount = sometimes(rng, amount, 0.007, 0)
    chosen = rng.random(count) ** 1.6 * accounts
    is_swiss = (region == 2) & (rng.random(count) < 0.25)
    return Deals(
        ids=make_ids(rng, count),
        rep=sometimes(rng, rep, 0.003, NONE),
        account=chosen.astype(np.int64),
        region=sometimes(rng, region, 0.02, NONE),
        channel=np.where(kind > 0, EXISTING, draw(rng, (16, 6, 12, 7, 9, 2, 8, 10), count)),
        kind=kind,
        outcome=outcome,
        currency=np.where(is_swiss, 3, _CURRENCIES_OF[region]),
        amount=np.where(outcome == 1, amount, sometimes(rng, amount, 0.022)),
        cost=sometimes(rng, cost, 0.03),
        opened=opened,
        closed=np.where(outcome == 2, sometimes(rng, told, 0.016), told),
        until=np.where(is_open, NOW_S, closed),
        passed=_courses(rng, kind, outcome),
    )


def _reps(rng: np.random.Generator, people: People, opened: Numbers) -> Places:
    """A rep for each opening, who was there by then; those who sell more have more of them."""
    able = rng.lognormal(0, 0.35, len(people.users) - people.reps)
    rep = people.reps + draw(rng, able, len(opened))
    old = people.reps + np.nonzero(people.hired[people.reps :] < BEGIN_S // DAY_S)[0]
    return np.where(people.hired[rep] * DAY_S > opened, rng.choice(old, len(opened)), rep)


def _regions(rng: np.random.Generator, people: People, rep: Places) -> Places:
    choices = np.array(_REGIONS_OF)[people.team[rep] % len(ZONES)]
    return np.asarray(choices[np.arange(len(rep)), rng.integers(0, 3, len(rep))])


def _courses(rng: np.random.Generator, kind: Places, outcome: Places) -> NDArray[np.bool_]:
    """Which stages of the course each deal passed, without its end."""
    count, first_part = len(kind), len(_TAKEN)
    taken = rng.random((count, first_part)) < np.array(_TAKEN)
    taken[:, 0] = kind == 0  # customers are known already
    taken[:, 2:4] &= (kind == 0)[:, np.newaxis]
    last = np.where(outcome == 0, draw(rng, _OPEN_AT, count), draw(rng, _LOST_AT, count))
    last = np.where(outcome == 1, first_part - 1, np.where(kind > 0, np.maximum(last, 1), last))
    again = (rng.random(count) < 0.025)[:, np.newaxis]
    places = np.arange(first_part)
    taken &= places <= last[:, np.newaxis]
    taken |= (places == last[:, np.newaxis]) & (outcome != 1)[:, np.newaxis]
    more = rng.random((count, 3)) < np.array([1.0, 1.0, 0.7])
    return np.concatenate([taken, again & more], axis=1)


def deal_rows(rng: np.random.Generator, deals: Deals, people: People, accounts: Ids) -> Rows:
    """The deals themselves."""
    count = len(deals.ids)
    is_won, is_lost = deals.outcome == 1, deals.outcome == 2
    lead_s = rng.exponential(4 * DAY_S, count) * np.where(rng.random(count) < 0.012, -1, 1)
    referrer = np.where(rng.random(count) < 0.097, rng.integers(0, len(accounts), count), NONE)
    last = len(_COURSE) - 1 - np.argmax(deals.passed[:, ::-1], axis=1)
    ended = np.select([is_won, is_lost], [8, 7], _COURSE[last])
    return Rows(
        "deal",
        count,
        imported(deals.ids, "deal")
        | {
            "name": numbered("Deal "),
            "account_id": pointers(accounts, deals.account),
            "rep_id": pointers(people.users, deals.rep),
            "region": words(REGIONS, deals.region),
            "channel": words((*CHANNELS, "existing_customer"), deals.channel),
            "product": words(PRODUCTS, draw(rng, (30, 24, 18, 12, 9, 5), count)),
            "kind": words(KINDS, deals.kind),
            "amount_minor": wholes(deals.amount),
            "cost_minor": wholes(deals.cost),
            "currency": words(CURRENCIES, deals.currency),
            "opened_at": instants(deals.opened),
            "first_contact_at": instants(sometimes(rng, deals.opened - lead_s, 0.03)),
            "stage": words(STAGES, ended),
            "outcome": words(OUTCOMES, deals.outcome),
            "closed_at": instants(deals.closed),
            "referred_by_id": pointers(accounts, np.where(deals.kind == 0, referrer, NONE)),
            "updated_at": instants(deals.until),
        },
    )


def stage_rows(rng: np.random.Generator, deals: Deals, people: People) -> Rows:
    """Every stage that a deal entered, at the pace of that deal, as they happened."""
    is_ended = (deals.outcome > 0)[:, np.newaxis]
    entered = np.concatenate([deals.passed, is_ended], axis=1)
    deal, column = np.nonzero(entered)
    ends = np.where(deals.outcome == 1, 8, 7)
    stage = np.where(column < len(_COURSE), np.append(_COURSE, 0)[column], ends[deal])
    position = (np.cumsum(entered, axis=1) - 1)[deal, column]
    steps = np.maximum(entered.sum(axis=1) - is_ended[:, 0], 1)
    pace = rng.uniform(0.7, 1.4, len(deals.ids))[deal]
    span = (deals.until - deals.opened)[deal]
    at = deals.opened[deal] + (position / steps[deal]) ** pace * span
    before = np.where(position > 0, np.roll(stage, 1), NONE)
    order = np.argsort(at, kind="stable")
    count = len(order)
    return Rows(
        "stage_change",
        count,
        imported(make_ids(rng, count), "stage")
        | {
            "deal_id": pointers(deals.ids, deal[order]),
            "position": wholes(position[order] + 1.0),
            "from_stage": words(STAGES, before[order]),
            "stage": words(STAGES, stage[order]),
            "entered_at": instants(at[order]),
            "rep_id": pointers(people.users, deals.rep[deal[order]]),
            "is_end": always("f"),
            "is_first": always("t"),
        },
    )


def offer_rows(rng: np.random.Generator, deals: Deals) -> Rows:
    """Proposals and quotes of deals that came so far; some quotes are made twice."""
    far = np.nonzero(deals.passed[:, 4])[0]
    sent = [far[rng.random(len(far)) < share] for share in (0.97, 0.92, 0.15)]
    deal = np.concatenate(sent)
    kind = np.where(np.arange(len(deal)) < len(sent[0]), 1, 0)
    at = deals.during(rng, deal)
    order = np.argsort(at, kind="stable")
    chosen = deal[order]
    amount = np.round(deals.amount[chosen] * rng.uniform(0.9, 1.2, len(chosen)))
    return Rows(
        "offer",
        len(chosen),
        imported(make_ids(rng, len(chosen)), "offer")
        | {
            "deal_id": pointers(deals.ids, chosen),
            "kind": words(("quote", "proposal"), kind[order]),
            "sent_at": instants(at[order]),
            "amount_minor": wholes(amount),
            "currency": words(CURRENCIES, deals.currency[chosen]),
        },
    )
