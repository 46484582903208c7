"""Activity, meetings and how fast answers come, written from the formulas."""

from datetime import timedelta

import pandas as pd

from tests.kpis.independent.cells import Column, Frame, looked_up
from tests.kpis.independent.question import Question
from tests.kpis.independent.revenue import rep_counts, sales_revenue, won
from tests.kpis.independent.values import (
    Value,
    Values,
    counts,
    means,
    medians,
    ratios,
    shares,
)

_SHOWN = ["demo", "onboarding"]


def lead_follow_up(q: Question) -> Values:
    """Of the leads that came, those followed up in time; young ones wait."""
    allowed = timedelta(days=q.book.follow_up_days)
    leads = q.during(q.book["leads"])
    followed = leads["followed_up_at"].fillna(_first_after(q, leads, "follow_up"))
    waits = followed.isna() & (q.now - leads["at"] < allowed)
    leads["hit"] = followed - leads["at"] <= allowed
    return shares(q.groups(leads[~waits]), "hit")


def _first_after(q: Question, leads: Frame, kind: str | None) -> Column:
    """When each lead's first activity after it came was; without a kind, of those with a time."""
    done = q.book["activities"]
    done = done[done["kind"] == kind] if kind else done[done["day"].isna()]
    done = done[done["at"] <= q.now]
    both = leads[["id", "at"]].merge(done[["lead_id", "at"]], left_on="id", right_on="lead_id")
    later = both[both["at_y"] > both["at_x"]]
    return looked_up(leads["id"], later.groupby("id")["at_y"].min())


def meeting_acceptance(q: Question) -> Values:
    """Of the invitations sent, those accepted; unanswered ones count once they are old."""
    sent = q.during(q.book["invitations"])
    young = q.now - sent["at"] < timedelta(days=q.book.maturity_days)
    sent["hit"] = sent["response"] == "accepted"
    return shares(q.groups(sent[~(sent["response"].isna() & young)]), "hit")


def positive_responses(q: Question) -> Values:
    """Of the leads who answered, those who did so gladly."""
    leads = q.during(q.book["leads"])
    answered = leads[leads["response_sentiment"].isin(["positive", "negative"])].copy()
    answered["hit"] = answered["response_sentiment"] == "positive"
    return shares(q.groups(answered), "hit")


def _hours(later: Column, earlier: Column) -> Column:
    hours = (later - earlier).dt.total_seconds() / 3_600
    return hours.where(hours >= 0)


def _usual(q: Question, rows: Frame) -> Values:
    return (means if q.variant == "mean" else medians)(q.groups(rows), "hours")


def response_time_hours(q: Question) -> Values:
    """Hours until we answered those leads whom we did answer."""
    leads = q.during(q.book["leads"])
    answered = leads[leads["first_response_at"].notna()].copy()
    answered["hours"] = _hours(answered["first_response_at"], answered["at"])
    return _usual(q, answered)


def prospect_response_time_hours(q: Question) -> Values:
    """Hours until those answered whom we invited."""
    sent = q.during(q.book["invitations"])
    answered = sent[sent["response"].notna()].copy()
    answered["hours"] = _hours(answered["responded_at"], answered["at"])
    return _usual(q, answered)


def first_touch_hours(q: Question) -> Values:
    """Hours until we first answered, did anything at a known time, or were recorded calling."""
    leads = q.during(q.book["leads"])
    calls = leads[["id", "deal_id", "at"]].merge(
        q.book["calls"][["deal_id", "at"]].dropna(), on="deal_id"
    )
    heard = calls[calls["at_y"] > calls["at_x"]].groupby("id")["at_y"].min()
    replied = leads["first_response_at"].where(leads["first_response_at"] > leads["at"])
    called = looked_up(leads["id"], heard)
    touches = pd.concat([replied, _first_after(q, leads, None), called], axis=1).min(axis=1)
    touched = leads[touches.notna()].copy()
    touched["hours"] = _hours(touches, touched["at"])
    return _usual(q, touched)


def _done(q: Question, *kinds: str) -> Frame:
    done = q.during(q.book["activities"])
    return done[done["kind"].isin(kinds)] if kinds else done


def calls_and_emails(q: Question) -> Values:
    """Calls and e-mails of a rep in a month."""
    kinds = {"calls": ["call"], "emails": ["email"]}.get(q.variant or "", ["call", "email"])
    done = counts(q.groups(_done(q, *kinds)))
    return _monthly(q, done, rep_counts(q, done))


def _monthly(q: Question, figures: Values, each: Values | None = None) -> Values:
    """The figures for each month, and for each of something else."""
    many = each or dict.fromkeys(figures, Value(1.0))
    months = len(q.touched_months)
    return ratios(figures, {key: Value((one.value or 0.0) * months) for key, one in many.items()})


def demo_calls(q: Question) -> Values:
    """Demos and onboardings in a month: those held, and recorded ones that are in no calendar."""
    meetings, calls = q.book["meetings"], q.book["calls"]
    was_held = meetings["held"].isin(["true", "yes", "y", "1", "oui", "vrai"])
    held = meetings[meetings["kind"].isin(_SHOWN) & was_held]
    recorded = calls[calls["call_type"].isin(_SHOWN) & calls["meeting_id"].isna()]
    either = [q.during(rows) for rows in (held, recorded) if len(rows)] or [held]
    return _monthly(q, counts(q.groups(pd.concat(either, ignore_index=True))))


def touchpoints(q: Question) -> Values:
    """Activities for a lead, among those who got any."""
    done = _done(q)
    groups = q.groups(done[done["lead_id"].notna()])
    touched = {key: rows.drop_duplicates("lead_id") for key, rows in groups.items()}
    return ratios(counts(groups), counts(touched))


def meetings_booked(q: Question) -> Values:
    """Meetings in the calendar, until now."""
    return counts(q.groups(q.during(q.book["meetings"])))


def sales_productivity(q: Question) -> Values:
    """Revenue of an activity; or deals won of a hundred."""
    done = counts(q.groups(_done(q)))
    if q.variant == "deals":
        return ratios(counts(q.groups(won(q))), done, times=100)
    return ratios(sales_revenue(q), done)


def linkedin_response(q: Question) -> Values:
    """Of the leads first written to on LinkedIn, those who answered."""
    done = q.book["activities"]
    done = done[(done["kind"] == "linkedin") & done["lead_id"].notna()]
    leads = q.book["leads"].drop(columns="at")
    leads = leads.merge(done.groupby("lead_id")["at"].min(), left_on="id", right_index=True)
    leads["hit"] = leads["response_sentiment"].isin(["positive", "negative"])
    return shares(q.groups(q.during(leads)), "hit")


def emails_sent(q: Question) -> Values:
    """E-mails."""
    return counts(q.groups(_done(q, "email")))
