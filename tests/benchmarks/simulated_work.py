"""What reps do for leads and deals: answering, inviting, meeting, writing, calling."""

from dataclasses import dataclass

import numpy as np

from tests.benchmarks.simulated_columns import (
    NONE,
    Cells,
    Ids,
    Numbers,
    Places,
    Rows,
    flags,
    imported,
    instants,
    make_ids,
    numbered,
    pointers,
    texts,
    words,
)
from tests.benchmarks.simulated_deals import CHANNELS, REGIONS, Deals
from tests.benchmarks.simulated_people import (
    DAY_S,
    HOUR_S,
    NOW_S,
    People,
    draw,
    sometimes,
    until_now,
    working_times,
)

LEADS, MEETINGS, INVITATIONS, ACTIVITIES = 300_000, 350_000, 400_000, 1_000_000
_WITH_DEAL = 0.137
_CHANNELS = (819, 516, 420, 373, 286, 211, 203, 157)
SENTIMENTS = ("none", "positive", "negative")
MEETING_KINDS = (
    "discovery",
    "proposal_review",
    "demo",
    "negotiation",
    "closing",
    "technical_review",
    "onboarding",
)
_MEETING_KINDS = (614, 274, 218, 194, 93, 30, 20)
_RESPONSES = ("accepted", "declined", "tentative")
_ANSWERED = (0.66, 0.14, 0.09, 0.11)
"""Of each response, and of none at all; some more are only not answered yet."""
DOINGS = ("email", "follow_up", "call", "linkedin")
_DOINGS = (0.396, 0.305, 0.228, 0.071)
_FOR_DEALS = 0.628
_WHOLE_DAY = 0.0056


@dataclass(frozen=True, slots=True)
class Leads:
    """Every lead, by its arrival."""

    ids: Ids
    rep: Places
    deal: Places
    channel: Places
    region: Places
    arrived: Numbers


@dataclass(frozen=True, slots=True)
class Meetings:
    """Every meeting, by its day."""

    ids: Ids
    deal: Places
    rep: Places
    kind: Places
    scheduled: Numbers
    held: Places


def make_leads(rng: np.random.Generator, scale: float, people: People, deals: Deals) -> Leads:
    """Leads, some of which became new deals."""
    count = max(60, round(LEADS * scale))
    new = np.nonzero(deals.kind == 0)[0]
    deal = np.full(count, NONE)
    found = min(len(new), round(_WITH_DEAL * count))
    deal[:found] = rng.choice(new, found, replace=False)
    arrived = working_times(rng, count)
    arrived[:found] = deals.opened[deal[:found]] - rng.exponential(4 * DAY_S, found)
    order = np.argsort(arrived)
    deal = deal[order]
    rep = people.reps + rng.integers(0, len(people.users) - people.reps, count)
    region = rng.integers(0, len(REGIONS), count)
    return Leads(
        ids=make_ids(rng, count),
        rep=np.where(deal >= 0, deals.rep[deal], rep),
        deal=deal,
        channel=np.where(
            deal >= 0, deals.channel[deal], sometimes(rng, draw(rng, _CHANNELS, count), 0.005, NONE)
        ),
        region=np.where(deal >= 0, deals.region[deal], sometimes(rng, region, 0.008, NONE)),
        arrived=arrived[order],
    )


def lead_rows(
    rng: np.random.Generator, leads: Leads, deals: Deals, people: People, accounts: Ids
) -> Rows:
    """The leads, with what became of each."""
    count = len(leads.ids)
    is_good = leads.deal >= 0
    mql = leads.arrived + rng.exponential(3 * DAY_S, count) - 0.01 * DAY_S
    mql = np.where(rng.random(count) < np.where(is_good, 0.95, 0.39), mql, np.nan)
    sql = mql + rng.exponential(6 * DAY_S, count)
    sql = np.where(rng.random(count) < np.where(is_good, 0.9, 0.26), sql, np.nan)
    first = leads.arrived + rng.lognormal(np.log(9 * HOUR_S), 1.4, count)
    first = sometimes(rng, first, 0.135)
    followed = sometimes(rng, first, 0.37) + rng.exponential(4 * DAY_S, count)
    is_customer = is_good & (deals.outcome[leads.deal] == 1)
    return Rows(
        "lead",
        count,
        imported(leads.ids, "lead")
        | {
            "arrived_at": instants(leads.arrived),
            "channel": words((*CHANNELS, "existing_customer"), leads.channel),
            "region": words(REGIONS, leads.region),
            "rep_id": pointers(people.users, leads.rep),
            "email": _addresses(rng, count),
            "mql_at": instants(until_now(mql)),
            "sql_at": instants(until_now(sql)),
            "first_response_at": instants(until_now(first)),
            "followed_up_at": instants(until_now(followed)),
            "response": words(SENTIMENTS, draw(rng, (57, 25, 18), count)),
            "account_id": pointers(
                accounts, np.where(is_customer, deals.account[leads.deal], NONE)
            ),
            "deal_id": pointers(deals.ids, leads.deal),
        },
    )


def _addresses(rng: np.random.Generator, count: int) -> Cells:
    """Some leads come twice, spelt otherwise."""
    repeated = np.nonzero(rng.random(count) < 0.014)[0]
    written = [f"lead{n}@prospect{n % 7919}.example" for n in range(count)]
    for n in repeated[repeated > 0].tolist():
        written[n] = f" {written[n - 1].upper()}" if n % 2 else written[n - 1].title()
    return texts(written)


def make_meetings(rng: np.random.Generator, scale: float, deals: Deals) -> Meetings:
    """Meetings of deals, those of the next days too."""
    count = max(60, round(MEETINGS * scale))
    deal = rng.integers(0, len(deals.ids), count)
    scheduled = deals.during(rng, deal)
    is_near = (deals.outcome[deal] == 0) & (rng.random(count) < 0.05)
    scheduled = np.where(is_near, NOW_S + rng.random(count) * 10 * DAY_S, scheduled)
    order = np.argsort(scheduled)
    deal, scheduled = deal[order], scheduled[order]
    held = (rng.random(count) < 0.64).astype(np.int64)
    return Meetings(
        ids=make_ids(rng, count),
        deal=sometimes(rng, deal, 0.01, NONE),
        rep=deals.rep[deal],
        kind=sometimes(rng, draw(rng, _MEETING_KINDS, count), 0.01, NONE),
        scheduled=scheduled,
        held=np.where(scheduled > NOW_S, NONE, held),
    )


def meeting_rows(meetings: Meetings, deals: Deals, people: People) -> Rows:
    """The meetings."""
    return Rows(
        "meeting",
        len(meetings.ids),
        imported(meetings.ids, "meeting")
        | {
            "deal_id": pointers(deals.ids, meetings.deal),
            "rep_id": pointers(people.users, meetings.rep),
            "kind": words(MEETING_KINDS, meetings.kind),
            "scheduled_at": instants(meetings.scheduled),
            "was_held": words(("f", "t"), meetings.held),
        },
    )


def invitation_rows(
    rng: np.random.Generator, scale: float, meetings: Meetings, deals: Deals, people: People
) -> Rows:
    """Everybody who was asked to a meeting, and some to one that never came about."""
    count = max(60, round(INVITATIONS * scale))
    meeting = rng.integers(0, len(meetings.ids), count)
    sent = meetings.scheduled[meeting] - rng.uniform(0.3, 9, count) * DAY_S
    sent = np.minimum(sent, NOW_S - rng.exponential(DAY_S, count))
    order = np.argsort(sent)
    meeting, sent = meeting[order], sent[order]
    responded = sent + rng.lognormal(np.log(7 * HOUR_S), 1.3, count)
    response = draw(rng, _ANSWERED, count)
    response = np.where((responded > NOW_S) | (response == 3), NONE, response)
    responded = np.where(response >= 0, responded, np.nan)
    responded = np.where(response == 0, sometimes(rng, responded, 0.013), responded)
    is_off = ((response == 1) | (response == NONE)) & (rng.random(count) < 0.25)
    return Rows(
        "invitation",
        count,
        imported(make_ids(rng, count), "invitation")
        | {
            "deal_id": pointers(deals.ids, meetings.deal[meeting]),
            "rep_id": pointers(people.users, meetings.rep[meeting]),
            "meeting_id": pointers(meetings.ids, np.where(is_off, NONE, meeting)),
            "email": numbered("guest", "@buyer.example"),
            "sent_at": instants(sent),
            "response": words(_RESPONSES, response),
            "responded_at": instants(responded),
        },
    )


def activity_rows(
    rng: np.random.Generator, scale: float, leads: Leads, deals: Deals, people: People
) -> Rows:
    """What was done for deals and leads, as it happened."""
    count = max(60, round(ACTIVITIES * scale))
    for_deals = round(_FOR_DEALS * count)
    deal = rng.integers(0, len(deals.ids), for_deals)
    lead = rng.integers(0, len(leads.ids), count - for_deals)
    after = leads.arrived[lead] + rng.exponential(8 * DAY_S, len(lead))
    soon = leads.arrived[lead] + rng.random(len(lead)) * (NOW_S - leads.arrived[lead])
    at = np.concatenate([deals.during(rng, deal), np.where(after <= NOW_S, after, soon)])
    rep = np.concatenate([deals.rep[deal], leads.rep[lead]])
    order = np.argsort(at)
    rep, at = rep[order], at[order]
    is_whole = rng.random(count) < _WHOLE_DAY
    ahead_s = people.ahead_s(rep)
    midnight = (at + ahead_s) // DAY_S * DAY_S - ahead_s
    deal = np.concatenate([deal, np.full(len(lead), NONE)])[order]
    lead = np.concatenate([np.full(for_deals, NONE), lead])[order]
    return Rows(
        "activity",
        count,
        imported(make_ids(rng, count), "activity")
        | {
            "rep_id": pointers(people.users, rep),
            "deal_id": pointers(deals.ids, deal),
            "lead_id": pointers(leads.ids, lead),
            "kind": words(DOINGS, draw(rng, _DOINGS, count)),
            "at": instants(np.where(is_whole, midnight, at)),
            "is_whole_day": flags(is_whole),
        },
    )
