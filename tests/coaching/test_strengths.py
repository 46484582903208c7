"""Strengths and areas that recur, the headline, and what came after a tip."""

from datetime import timedelta

import pytest

from models.coaching.strengths import Headline
from models.tables import Call, Correction
from models.tables.columns import now
from tests.coaching.company import NOW, Company


def dismiss(company: Company, call: Call, rule: str) -> Correction:
    row = Correction(call_id=call.id, kind="dismiss_tip", what={"rule": rule})
    return company.kept(row)  # type: ignore[no-any-return]


def test_an_area_says_in_how_many_calls_it_came_up_now_and_before(company: Company) -> None:
    for day in (1, 2, 3):
        company.tip(company.call(day), "next_steps")
    company.call(4)
    company.tip(company.call(100), "next_steps")
    company.call(101)
    (area,) = company.report().areas
    assert (area.area, area.is_strength) == ("next_steps", False)
    assert (area.calls.part, area.calls.whole) == (3, 4)
    assert area.calls.low is not None
    assert area.calls.low < 0.75 < (area.calls.high or 0)
    assert (area.calls_before.part, area.calls_before.whole) == (1, 2)
    assert area.behaviour == "next_step_dated"


def test_quotes_are_of_three_calls_the_latest_first(company: Company) -> None:
    calls = [company.call(day, title=f"Call {day}") for day in (4, 1, 3, 2)]
    for call in calls:
        company.tip(call, "rapport", is_best=True, text=f"Of {call.title}")
    silent = company.call(0.5)
    company.tip(silent, "rapport", is_best=True, quote=None, start_s=None, end_s=None)
    (area,) = company.report().areas
    assert [one.replay.title for one in area.quotes] == ["Call 1", "Call 2", "Call 3"]
    first = area.quotes[0]
    assert (first.replay.start_s, first.replay.end_s) == (10.0, 14.0)
    assert (first.text, first.rule) == ("Of Call 1", "rule_rapport")
    assert area.calls.part == 5


def test_a_dismissed_tip_does_not_count_until_it_is_taken_back(company: Company) -> None:
    first, second = company.call(1), company.call(2)
    for call in (first, second):
        company.tip(call, "clarity")
    other_rule = dismiss(company, second, "rule_other")
    dismissed = dismiss(company, first, "rule_clarity")
    (area,) = company.report().areas
    assert (area.calls.part, [one.replay.call_id for one in area.quotes]) == (1, [second.id])
    assert [one.tips for one in company.report().coached] == [1]
    dismissed.undone_at = now()
    company.kept(dismissed)
    assert other_rule.undone_at is None
    (again,) = company.report().areas
    assert again.calls.part == 2


def test_the_headline_keeps_one_and_works_on_two_others(company: Company) -> None:
    told = {
        ("rapport", True): (1, 2, 3, 4),
        ("next_steps", True): (1, 2, 3),
        ("rapport", False): (5,),
        ("clarity", False): (1, 2),
        ("preparation", False): (1, 2, 3),
        ("open_questions", False): (6, 7, 8, 9),
        ("value_articulation", False): (1,),
    }
    calls = {day: company.call(day) for day in range(1, 10)}
    for (area, is_best), days in told.items():
        for day in days:
            company.tip(calls[day], area, is_best=is_best)
    headline = company.report().headline
    assert headline.keep is not None
    assert headline.keep.area == "rapport"
    assert [one.area for one in headline.work_on] == ["open_questions", "preparation"]


def test_what_is_more_often_to_improve_is_nothing_to_keep(company: Company) -> None:
    for day in (1, 2):
        company.tip(company.call(day), "clarity", is_best=True)
    for day in (3, 4, 5):
        company.tip(company.call(day), "clarity")
    headline = company.report().headline
    assert headline.keep is None
    assert [one.area for one in headline.work_on] == ["clarity"]


def test_one_call_makes_no_habit(company: Company) -> None:
    call = company.call(1)
    company.tip(call, "rapport", is_best=True)
    company.tip(call, "clarity")
    report = company.report()
    assert report.headline == Headline()
    assert len(report.areas) == 2


def test_what_came_after_a_tip_leaves_out_the_coached_call(company: Company) -> None:
    company.calls([30, 29, 28, 27, 26], [0.8] * 5, "talk_ratio")
    coached = company.call(20, facts={"talk_ratio": 0.95})
    company.tip(coached, "talk_listen_balance", metric="talk_ratio")
    company.calls([10, 9, 8, 7, 6], [0.5] * 5, "talk_ratio")
    again = company.call(5, facts={"talk_ratio": 0.7})
    company.tip(again, "talk_listen_balance")
    (found,) = company.report().coached
    assert found.first.replay.call_id == coached.id
    assert (found.tips, found.again.part, found.again.whole) == (2, 1, 6)
    assert found.before is not None
    assert found.after is not None
    assert (found.before.n, found.before.value) == (5, pytest.approx(0.8))
    assert (found.after.n, found.after.value) == (6, pytest.approx(0.5))


def test_an_area_without_a_behaviour_says_how_often_it_came_again(company: Company) -> None:
    company.tip(company.call(3), "rapport")
    company.call(2)
    (found,) = company.report().coached
    assert (found.behaviour, found.before, found.after) == (None, None, None)
    assert (found.again.part, found.again.whole) == (0, 1)


def test_two_tips_of_one_call_make_one_call_that_was_told_again(company: Company) -> None:
    company.tip(company.call(3), "clarity")
    again = company.call(2)
    company.tip(again, "clarity")
    company.tip(again, "clarity", rule="rule_other", position=2)
    (found,) = company.report().coached
    assert (found.tips, found.again.part, found.again.whole) == (3, 1, 1)


def test_a_tip_of_a_metric_shows_in_its_behaviour(company: Company) -> None:
    company.tip(company.call(3), "clarity", metric="words_per_min")
    company.tip(company.call(2), "own_area", metric="longest_monologue")
    found = {one.area: one.behaviour for one in company.report().coached}
    assert found == {"clarity": "words_per_min", "own_area": "longest_monologue_s"}


def test_what_was_coached_after_the_period_is_not_told(company: Company) -> None:
    company.tip(company.call(3), "clarity")
    asked = company.report()
    past = type(asked.period)(asked.period.since, NOW - timedelta(days=4))
    assert company.report(period=past).coached == ()
    assert len(asked.coached) == 1
