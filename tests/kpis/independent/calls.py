"""What recorded calls say by themselves, written from the formulas."""

from datetime import timedelta

import pandas as pd

from tests.kpis.independent.cells import Column, Frame, midnight, wall_clock
from tests.kpis.independent.question import Question
from tests.kpis.independent.revenue import won
from tests.kpis.independent.values import Groups, Values, counts, means, shares


def _calls(q: Question) -> Groups:
    return q.groups(_during(q))


def _during(q: Question) -> Frame:
    calls = q.during(q.book["calls"])
    calls["minutes"] = calls["duration_s"] / 60
    calls["questions"] = calls["seller_questions"] / (calls["duration_s"] / 3_600)
    return calls


def _share_with_any(q: Question, name: str) -> Values:
    calls = _during(q)
    calls = calls[calls[name].notna()].copy()
    calls["hit"] = calls[name] > 0
    return shares(q.groups(calls), "hit")


def call_minutes(q: Question) -> Values:
    """Mean length."""
    return means(_calls(q), "minutes")


def recorded_calls(q: Question) -> Values:
    """How many."""
    return counts(_calls(q))


def talk_ratio(q: Question) -> Values:
    """Mean share of the seller in what is said."""
    return means(_calls(q), "talk_ratio")


def agenda_coverage(q: Question) -> Values:
    """Mean part of the agenda that was covered."""
    return means(_calls(q), "agenda_coverage")


def seller_questions_per_hour(q: Question) -> Values:
    """Mean of calls."""
    return means(_calls(q), "questions")


def next_steps_per_call(q: Question) -> Values:
    """Mean of calls."""
    return means(_calls(q), "next_steps")


def longest_monologue_s(q: Question) -> Values:
    """Mean of calls."""
    return means(_calls(q), "longest_monologue_s")


def objections_per_call(q: Question) -> Values:
    """Mean of calls."""
    return means(_calls(q), "objections")


def competitor_mentions(q: Question) -> Values:
    """Of the calls with words, those in which a rival was named."""
    return _share_with_any(q, "competitors")


def next_meeting_agreed(q: Question) -> Values:
    """Of the calls with words, those on which a step with a date was agreed."""
    return _share_with_any(q, "next_steps_dated")


def calls_per_won_deal(q: Question) -> Values:
    """Mean number of recorded calls of what was won, where there were any."""
    calls = q.book["calls"]
    many = calls[calls["at"] <= q.now].groupby("deal_id").size()
    deals = won(q)
    deals["calls"] = deals["id"].map(many)
    return means(q.groups(deals[deals["calls"].notna()]), "calls")


def follow_up_kept(q: Question) -> Values:
    """Of what sellers promised, that after which they were in touch before it was due."""
    calls = q.during(q.book["calls"][q.book["calls"]["deal_id"].notna()])
    calls["said_on"] = _local_days(calls)
    steps = q.book["next_steps"]
    steps = steps[steps["owner_side"] == "seller"].merge(calls, left_on="call_id", right_on="id")
    usual = steps["said_on"] + pd.Timedelta(days=q.book.follow_up_days)
    day_after = steps["due_on"].fillna(usual) + timedelta(days=1)
    zones = zip(day_after, steps["zone"], strict=True)
    over = [midnight(day, zone) for day, zone in zones]
    steps["over_at"] = pd.Series(pd.to_datetime(over, utc=True), index=steps.index)
    steps = steps[steps["over_at"] <= q.now].copy()
    steps["hit"] = [_was_in_touch(q, step) for step in steps.to_dict("records")]
    return shares(q.groups(steps), "hit")


def _local_days(calls: Frame) -> Column:
    return wall_clock(calls["at"], calls["zone"]).dt.normalize()


def _was_in_touch(q: Question, step: dict[str, object]) -> bool:
    """Whether something was done for the deal, or another call of it recorded, in between."""
    done, calls = q.book["activities"], q.book["calls"]
    touches = pd.concat(
        [
            done.loc[done["deal_id"] == step["deal_id"], "at"],
            calls.loc[(calls["deal_id"] == step["deal_id"]) & (calls["id"] != step["id"]), "at"],
        ]
    )
    return bool(((touches > step["at"]) & (touches < step["over_at"])).any())
