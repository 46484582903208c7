"""Behaviours over calls: medians with their middle half, shares with intervals, few: nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from analyzer.statistics import wilson
from models.behaviours import BEHAVIOURS, FEWEST, Reading
from models.coaching.trends import Trend
from models.tables import User
from tests.coaching.company import NOW, PERIOD, Company


def trend(company: Company, slug: str, **asked: Any) -> Trend:
    report = company.report(**asked)
    (found,) = (one for one in report.behaviours if one.slug == slug)
    return found


def test_a_median_has_the_middle_half_of_the_calls(company: Company) -> None:
    company.calls([1, 2, 3, 4, 5], [0.1, 0.2, 0.3, 0.4, 0.9], "talk_ratio")
    now = trend(company, "talk_ratio").now
    assert now == Reading(5, pytest.approx(0.3), pytest.approx(0.2), pytest.approx(0.4))


def test_fewer_than_five_calls_tell_nothing_but_how_many(company: Company) -> None:
    company.calls([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], "talk_ratio")
    company.call(5)  # of which it is not known
    assert trend(company, "talk_ratio").now == Reading(FEWEST - 1)


def test_without_calls_there_is_nothing_of_anything(company: Company) -> None:
    report = company.report()
    assert [one.slug for one in report.behaviours] == [one.slug for one in BEHAVIOURS]
    assert {one.now for one in report.behaviours} == {Reading()}
    assert {one.before for one in report.behaviours} == {Reading()}
    assert {one.won for one in report.behaviours} == {Reading()}
    assert report.heard.calls == 0


def test_a_behaviour_that_a_call_has_or_has_not_is_a_share_with_its_interval(
    company: Company,
) -> None:
    company.calls([1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 2, 3, 0, 1], "next_steps_dated")
    interval = wilson(4, 7)
    assert interval is not None
    expected = Reading(7, pytest.approx(4 / 7), interval.low, interval.high)
    assert trend(company, "next_step_dated").now == expected


def test_questions_are_counted_by_the_hour(company: Company) -> None:
    for day in range(5):
        company.call(day + 1, facts={"seller_questions": 6, "duration_s": 1800.0})
    assert trend(company, "questions_per_hour").now.value == pytest.approx(12.0)


def test_times_that_were_only_reckoned_tell_nothing_of_time(company: Company) -> None:
    for day in range(5):
        facts = {"talk_ratio": 0.4, "open_question_share": 0.5, "has_reckoned_times": True}
        company.call(day + 1, facts=facts)
    assert trend(company, "talk_ratio").now == Reading(0)
    assert trend(company, "open_question_share").now.value == pytest.approx(0.5)


def test_the_past_is_as_long_as_the_period_and_ends_where_it_begins(company: Company) -> None:
    company.calls([91, 100, 120, 150, 179], [0.5] * 5, "talk_ratio")
    company.call(181, facts={"talk_ratio": 0.9})
    company.calls([1, 20, 40, 60, 89], [0.4] * 5, "talk_ratio")
    found = trend(company, "talk_ratio")
    assert (found.now.n, found.now.value) == (5, pytest.approx(0.4))
    assert (found.before.n, found.before.value) == (5, pytest.approx(0.5))


def test_points_are_months_where_the_rep_works(session: Session) -> None:
    company = Company(session, zone="America/Chicago")
    # 1 November 03:00 UTC is still October in Chicago.
    at = NOW.replace(day=1, hour=3)
    for minute in range(5):
        company.call(0, started_at=at + timedelta(minutes=minute), facts={"talk_ratio": 0.5})
    points = trend(company, "talk_ratio").points
    assert [(one.starts_on.isoformat(), one.reading.n) for one in points] == [("2026-10-01", 5)]
    weeks = trend(company, "talk_ratio", step="week").points
    assert [one.starts_on.isoformat() for one in weeks] == ["2026-10-26"]


def test_of_no_team_days_are_those_of_the_zone_that_is_asked(company: Company) -> None:
    company.rep = company.person("Sam", apart=True)
    at = NOW.replace(day=1, hour=3)
    for minute in range(5):
        company.call(0, started_at=at + timedelta(minutes=minute), facts={"talk_ratio": 0.5})
    for zone, first in (("America/Chicago", "2026-10-01"), ("UTC", "2026-11-01")):
        report = company.report(viewer=company.rep, zone=zone)
        points = report.behaviours[0].points
        assert (report.zone, [one.starts_on.isoformat() for one in points]) == (zone, [first])


def test_won_calls_are_those_of_the_whole_team_and_of_no_other(company: Company) -> None:
    peer, third = company.person("Paul"), company.person("Tom")
    stranger = company.person("Sam", apart=True)
    won, lost = company.deal(outcome="won"), company.deal(outcome="lost")
    for n, rep in enumerate((peer, peer, third, company.rep, company.rep)):
        company.call(n + 1, facts={"talk_ratio": 0.4}, rep_id=rep.id, deal_id=won.id)
    company.call(9, facts={"talk_ratio": 0.9}, rep_id=stranger.id, deal_id=won.id)
    company.call(9, facts={"talk_ratio": 0.9}, rep_id=peer.id, deal_id=lost.id)
    company.call(9, facts={"talk_ratio": 0.9}, rep_id=peer.id, deal_id=won.id, is_private=True)
    company.call(400, facts={"talk_ratio": 0.9}, rep_id=peer.id, deal_id=won.id)
    report = company.report()
    (found,) = (one for one in report.behaviours if one.slug == "talk_ratio")
    assert found.won.n == 5
    assert found.won.value == pytest.approx(0.4)
    assert (report.won_calls.calls, report.won_calls.reps) == (5, 3)


def test_won_calls_tell_of_no_colleague_alone(company: Company) -> None:
    paul, tom = company.person("Paul"), company.person("Tom")
    won = company.deal(outcome="won")
    facts = {"talk_ratio": 0.4, "patience_s": 0.7}

    def held(rep: User, count: int, **facts: float) -> None:
        for n in range(count):
            company.call(n + 1, facts=facts, rep_id=rep.id, deal_id=won.id)

    def told(viewer: User) -> dict[str, Reading]:
        return {one.slug: one.won for one in company.report(viewer=viewer).behaviours}

    held(paul, 6, **facts)
    for reps in (1, 2):  # Paul's alone, then Paul's and the rep's own: one would be taken away
        for viewer in (company.rep, company.manager):
            assert set(told(viewer).values()) == {Reading()}
            won_calls = company.report(viewer=viewer).won_calls
            assert (won_calls.calls, won_calls.reps) == (None, reps)
        held(company.rep, 6, **facts)
    held(tom, 1, talk_ratio=0.4)
    assert company.report().won_calls.calls == 19
    assert told(company.rep)["talk_ratio"].n == 19
    assert told(company.rep)["patience_s"] == Reading()  # Tom's call tells nothing of it


def test_ones_own_won_calls_are_told_where_nobody_elses_tell(company: Company) -> None:
    paul, won = company.person("Paul"), company.deal(outcome="won")
    for n in range(5):
        facts = {"talk_ratio": 0.4, "patience_s": 0.7}
        company.call(n + 1, facts=facts, deal_id=won.id)
    assert company.report().won_calls.calls == 5
    company.call(9, facts={"talk_ratio": 0.9}, rep_id=paul.id, deal_id=won.id)
    report = company.report()
    found = {one.slug: one.won for one in report.behaviours}
    assert (report.won_calls.calls, report.won_calls.reps) == (None, 2)
    assert found["talk_ratio"] == Reading()
    assert found["patience_s"].value == pytest.approx(0.7)


def test_who_is_in_no_team_is_compared_with_their_own_won_calls(company: Company) -> None:
    stranger = company.person("Sam", apart=True)
    other = company.person("Olga", apart=True)
    won = company.deal(outcome="won")
    for n in range(5):
        company.call(n + 1, facts={"talk_ratio": 0.3}, rep_id=stranger.id, deal_id=won.id)
        company.call(n + 1, facts={"talk_ratio": 0.9}, rep_id=other.id, deal_id=won.id)
    company.rep = stranger
    report = company.report(viewer=stranger)
    assert (report.won_calls.calls, report.won_calls.reps) == (5, 1)


def test_calls_that_are_not_ready_or_yet_to_come_do_not_count(company: Company) -> None:
    company.call(1, facts={"talk_ratio": 0.3})
    company.call(2, facts={"talk_ratio": 0.3}, state="understanding")
    company.call(-1, facts={"talk_ratio": 0.3})
    later = trend(company, "talk_ratio", period=type(PERIOD)(PERIOD.since, NOW + timedelta(days=9)))
    assert later.now.n == 1
