"""Calls that were recorded: of which meeting, how they went, what was promised on them."""

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
    dates,
    flags,
    imported,
    instants,
    keys,
    make_ids,
    numbered,
    pointers,
    reals,
    wholes,
    words,
)
from tests.benchmarks.simulated_deals import Deals
from tests.benchmarks.simulated_people import DAY_S, NOW_S, People, draw, sometimes, working_times
from tests.benchmarks.simulated_work import Meetings

RECORDED = 100_000
CALL_TYPES = ("discovery", "demo", "negotiation", "closing", "cold_call", "renewal", "onboarding")
_CALL_TYPES = (30, 22, 14, 10, 14, 6, 4)
_OF_DEALS = 0.86
_OF_MEETINGS = 0.6
_STATES = ("ready", "failed", "empty")
_STEPS = 2.1


@dataclass(frozen=True, slots=True)
class Recorded:
    """Every recorded call, by its beginning."""

    ids: Ids
    rep: Places
    deal: Places
    meeting: Places
    started: Numbers
    state: Places

    @property
    def ready(self) -> Places:
        """Positions of those that were understood."""
        return np.nonzero(self.state == 0)[0]


@dataclass(frozen=True, slots=True)
class Promised:
    """Next steps: of which ready call, whose (seller, buyer), due how many days later."""

    call: Places
    side: Places
    in_days: Numbers


def make_recorded(
    rng: np.random.Generator, scale: float, people: People, deals: Deals, meetings: Meetings
) -> Recorded:
    """Calls: many at a planned meeting, others in between, some that belong to no deal."""
    count = max(60, round(RECORDED * scale))
    open_to = np.nonzero((meetings.held == 1) & (meetings.deal >= 0))[0]
    planned = rng.choice(open_to, min(len(open_to), round(_OF_MEETINGS * count)), replace=False)
    other = rng.integers(0, len(deals.ids), round(_OF_DEALS * count) - len(planned))
    single = count - len(planned) - len(other)
    deal = np.concatenate([meetings.deal[planned], other, np.full(single, NONE)])
    meeting = np.concatenate([planned, np.full(count - len(planned), NONE)])
    at = meetings.scheduled[planned] + rng.exponential(120, len(planned))
    started = np.concatenate([at, deals.during(rng, other), working_times(rng, single)])
    order = np.argsort(started)
    rep = np.where(deal >= 0, deals.rep[deal], NONE)
    anybody = people.reps + rng.integers(0, len(people.users) - people.reps, count)
    return Recorded(
        ids=make_ids(rng, count),
        rep=np.where(rep >= 0, rep, anybody)[order],
        deal=deal[order],
        meeting=meeting[order],
        started=np.minimum(started[order], NOW_S),
        state=draw(rng, (0.97, 0.015, 0.015), count),
    )


def recorded_rows(
    rng: np.random.Generator,
    recorded: Recorded,
    deals: Deals,
    meetings: Meetings,
    people: People,
    accounts: Ids,
) -> Rows:
    """The calls."""
    count = len(recorded.ids)
    account = np.where(recorded.deal >= 0, deals.account[recorded.deal], NONE)
    failed = np.where(recorded.state == 1, 0, NONE)
    return Rows(
        "call",
        count,
        imported(recorded.ids, "call")
        | {
            "title": numbered("Call "),
            "rep_id": pointers(people.users, recorded.rep),
            "deal_id": pointers(deals.ids, recorded.deal),
            "account_id": pointers(accounts, account),
            "meeting_id": pointers(meetings.ids, recorded.meeting),
            "started_at": instants(recorded.started),
            "known": always("{}"),
            "is_private": flags(rng.random(count) < 0.02),
            "state": words(_STATES, recorded.state),
            "failure": words(("the recording holds no sound; record it again",), failed),
            "attempts": always("1"),
            "version": always("1"),
        },
    )


def make_promised(rng: np.random.Generator, calls: int) -> Promised:
    """What was promised on so many ready calls."""
    call = np.repeat(np.arange(calls), rng.poisson(_STEPS, calls))
    side = draw(rng, (0.62, 0.31, 0.07), len(call))
    in_days = sometimes(rng, rng.integers(0, 15, len(call)).astype(np.float64), 0.45)
    return Promised(call, np.where(side == 2, NONE, side), in_days)


def facts_rows(rng: np.random.Generator, recorded: Recorded, promised: Promised) -> Rows:
    """The numbers of each ready call; of a few no words were heard."""
    ready = recorded.ready
    count = len(ready)
    is_silent = rng.random(count) < 0.01
    seconds = np.clip(rng.lognormal(np.log(1500), 0.6, count), 30, 3 * 3600)
    items = np.where(rng.random(count) < 0.45, rng.integers(2, 7, count), 0)
    covered = rng.binomial(items, 0.7)
    with np.errstate(invalid="ignore"):
        coverage = covered / items
    ratio = sometimes(rng, rng.beta(7, 6, count), 0.01)
    buyers = rng.integers(1, 4, count).astype(np.float64)

    def counted(values: NDArray[np.int64]) -> Numbers:
        return np.where(is_silent, np.nan, values)

    def steps(chosen: NDArray[np.bool_]) -> Numbers:
        return counted(np.bincount(promised.call[chosen], minlength=count))

    is_any = np.ones(len(promised.call), np.bool_)
    minutes = seconds / 60
    return Rows(
        "call_facts",
        count,
        {
            "call_id": keys(recorded.ids[ready]),
            "duration_s": reals(seconds, 2),
            "language": words(("en", "fr"), draw(rng, (0.6, 0.4), count)),
            "call_type": words(
                CALL_TYPES, sometimes(rng, draw(rng, _CALL_TYPES, count), 0.04, NONE)
            ),
            "people": wholes(buyers + 1),
            "sellers": always("1"),
            "buyers": wholes(buyers),
            "source": words(("diarized", "stereo", "corrected"), draw(rng, (8, 1, 1), count)),
            "has_reckoned_times": flags(rng.random(count) < 0.02),
            "talk_ratio": reals(ratio),
            "longest_monologue_s": reals(rng.lognormal(np.log(80), 0.5, count), 1),
            "seller_speech_s": reals(0.85 * seconds * ratio, 1),
            "buyer_speech_s": reals(0.85 * seconds * (1 - ratio), 1),
            "seller_questions": wholes(counted(rng.poisson(0.45 * minutes))),
            "buyer_questions": wholes(counted(rng.poisson(0.2 * minutes))),
            "objections": wholes(counted(rng.poisson(1.1, count))),
            "prices": wholes(counted(rng.poisson(1.5, count))),
            "competitors": wholes(counted(rng.poisson(0.3, count))),
            "next_steps": wholes(steps(is_any)),
            "next_steps_dated": wholes(steps(np.isfinite(promised.in_days))),
            "next_steps_seller": wholes(steps(promised.side == 0)),
            "next_steps_buyer": wholes(steps(promised.side == 1)),
            "agenda_items": wholes(items.astype(np.float64)),
            "agenda_covered": wholes(covered.astype(np.float64)),
            "agenda_touched": always("0"),
            "agenda_coverage": reals(np.where(items > 0, coverage, np.nan)),
        },
    )


def step_rows(rng: np.random.Generator, recorded: Recorded, promised: Promised) -> Rows:
    """What was promised, call by call."""
    count = len(promised.call)
    at = rng.uniform(20, 1200, count)
    call = recorded.ready[promised.call]
    day = recorded.started[call] // DAY_S
    return Rows(
        "next_step",
        count,
        {
            "id": keys(make_ids(rng, count)),
            "call_id": pointers(recorded.ids, call),
            "text": numbered("Send what was asked for, number "),
            "owner_speaker": words(("S1", "S2"), promised.side),
            "owner_side": words(("seller", "buyer"), promised.side),
            "due_on": dates(day + promised.in_days),
            "utterance": wholes(at // 6),
            "quote": always("I will send you what you asked for."),
            "start_s": reals(at, 1),
            "end_s": reals(at + 4, 1),
        },
    )
