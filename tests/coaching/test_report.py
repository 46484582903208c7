"""The rest of a report: agenda, scorecards, remarks, calls worth hearing, goals, who sees it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session

from models.coaching.report import rep_report
from models.coaching.scope import Period, Question, period_of
from models.errors import BadInput, Missing
from models.goals import NewGoal, agree_goal, note_goal
from models.tables import Comment
from tests.coaching.company import NOW, PERIOD, Company


def test_items_are_counted_by_title_whatever_their_capitals(company: Company) -> None:
    first, second, third = (company.call(day, title=f"Call {day}") for day in (3, 2, 1))
    company.item(first, "Agree on a pilot", "covered", 62.0)
    company.said(first, "seller", 60.0, "Shall we talk about a pilot?")
    company.item(second, "agree on a pilot ", "not_found")
    company.item(third, "Agree on a pilot", "touched", 5.0)
    company.item(third, "Budget", "not_found")
    pilot, budget = company.report().agenda
    assert pilot.title.strip().lower() == "agree on a pilot"
    assert (pilot.covered.part, pilot.covered.whole, pilot.touched, pilot.not_found) == (1, 3, 1, 1)
    assert pilot.heard is not None
    assert (pilot.heard.call_id, pilot.heard.start_s, pilot.heard.end_s) == (first.id, 62.0, 65.0)
    assert pilot.heard.quote == "Shall we talk about a pilot?"
    assert pilot.missed is not None
    assert pilot.missed.call_id == second.id
    assert (budget.covered.part, budget.heard) == (0, None)


def test_a_scorecard_tells_of_each_question_where_it_was_found(company: Company) -> None:
    for day in (1, 2, 3, 4):
        call = company.call(day, title=f"Call {day}")
        company.answer(call, "metrics", is_found=True)
        company.answer(call, "champion", is_found=day == 4)
    found = {one.criterion: one for one in company.report().scorecards}
    assert (found["metrics"].found.part, found["metrics"].found.whole) == (4, 4)
    assert [one.title for one in found["metrics"].quotes] == ["Call 1", "Call 2", "Call 3"]
    assert (found["champion"].found.part, len(found["champion"].quotes)) == (1, 1)


def test_remarks_are_those_made_in_the_period(company: Company) -> None:
    call = company.call(120)
    for days, text in ((1, "Well asked"), (2, "Slow down"), (95, "Long ago")):
        at = NOW - timedelta(days=days)
        author = company.manager.id
        company.kept(Comment(call_id=call.id, author_id=author, text=text, created_at=at))
    remarks = company.report().remarks
    assert [one.text for one in remarks] == ["Well asked", "Slow down"]
    assert (remarks[0].author_name, remarks[0].call_id) == ("Mona", call.id)
    assert remarks[0].started_at == call.started_at
    assert remarks[0].said_at == NOW - timedelta(days=1)


def test_the_best_calls_and_the_most_instructive_say_why(company: Company) -> None:
    won, lost = company.deal(outcome="won"), company.deal(outcome="lost")
    good = company.call(3, title="Good", deal_id=won.id, facts={"next_steps_dated": 1})
    company.tip(good, "rapport", is_best=True)
    company.step(good, due_on=date(2026, 11, 18))
    bad = company.call(
        2, title="Bad", deal_id=lost.id, facts={"next_steps": 0, "agenda_coverage": 0.2}
    )
    company.tip(bad, "clarity")
    company.moment(bad, "objection", 100.0, about="price")
    plain = company.call(1, title="Plain", facts={"next_steps_dated": 1})
    listening = company.report().listening
    assert [one.title for one in listening.best] == ["Good"]
    assert [one.title for one in listening.instructive] == ["Bad"]
    why = {one.why: one for one in listening.best[0].reasons}
    assert set(why) == {"strength", "next_step_dated", "deal_won"}
    assert (why["strength"].start_s, why["strength"].quote) == (10.0, "What was said")
    assert why["next_step_dated"].start_s == 500.0
    assert why["deal_won"].start_s is None
    why = {one.why: one for one in listening.instructive[0].reasons}
    assert set(why) == {
        "to_improve",
        "objection_open",
        "no_next_step",
        "agenda_missed",
        "deal_lost",
    }
    assert why["objection_open"].quote == "objection at 100.0"
    assert (why["no_next_step"].start_s, why["no_next_step"].end_s) == (540.0, 600.0)
    assert plain.title not in {one.title for one in (*listening.best, *listening.instructive)}


def test_an_objection_that_was_settled_makes_no_lesson(company: Company) -> None:
    call = company.call(2, facts={"next_steps": 0})
    company.moment(call, "objection", 100.0, about="timing")
    company.moment(call, "positive", 130.0)
    assert company.report().listening.instructive == ()


def test_a_goal_is_followed_from_the_day_it_was_agreed(company: Company) -> None:
    company.calls([30, 29, 28, 27, 26], [0.8] * 5, "talk_ratio")
    company.calls([10, 9, 8, 7, 6], [0.5] * 5, "talk_ratio")
    agreed_on = (NOW - timedelta(days=20)).date()
    new = NewGoal("Let them talk", "talk_ratio", 0.5, agreed_on)
    goal = agree_goal(company.session, company.manager, company.rep.id, new)
    note_goal(company.session, company.rep, goal, "Harder than I thought")
    agree_goal(company.session, company.manager, company.rep.id, NewGoal("Be brief"))
    brief, followed = company.report().goals
    assert (brief.text, brief.before, brief.after) == ("Be brief", None, None)
    assert followed.before is not None
    assert followed.after is not None
    assert followed.before.value == pytest.approx(0.8)
    assert followed.after.value == pytest.approx(0.5)
    assert (followed.author_name, followed.aim) == ("Mona", 0.5)
    assert [(one.author_name, one.text) for one in followed.notes] == [
        ("Rita", "Harder than I thought")
    ]


def test_a_private_call_is_in_its_reps_report_and_in_no_other(company: Company) -> None:
    call = company.call(1, is_private=True, title="Secret")
    company.tip(call, "clarity")
    company.item(call, "Secret item", "covered", 3.0)
    company.answer(call, "metrics", is_found=True)
    company.kept(
        Comment(
            call_id=call.id,
            author_id=company.rep.id,
            text="Secret",
            created_at=NOW - timedelta(hours=1),
        )
    )
    deal = company.deal()
    call.deal_id = deal.id
    company.step(call)
    own = company.report(viewer=company.rep)
    assert (own.heard.calls, own.heard.private_calls) == (1, 1)
    assert (len(own.areas), len(own.agenda), len(own.remarks), len(own.coached)) == (1, 1, 1, 1)
    theirs = company.report()
    assert theirs.heard.calls == theirs.heard.private_calls == 0
    assert theirs.areas == theirs.agenda == theirs.remarks == theirs.coached == ()
    assert theirs.scorecards == theirs.promises.coming == ()
    assert theirs.promises.not_due == 0


def test_rep_and_manager_read_the_same_report(company: Company) -> None:
    deal = company.deal(outcome="won")
    for day in range(1, 8):
        call = company.call(day, deal_id=deal.id, facts={"talk_ratio": 0.1 * day})
        company.tip(call, "clarity")
        company.step(call)
    assert company.report(viewer=company.rep) == company.report(viewer=company.manager)


def test_who_does_not_coach_the_rep_learns_nothing(company: Company) -> None:
    other = Company(company.session)
    peer = company.person("Paul")
    for viewer in (peer, other.manager, other.rep, company.person("Max", "manager", apart=True)):
        with pytest.raises(Missing):
            company.report(viewer=viewer)
    admin = company.person("Ada", "admin", apart=True)
    assert company.report(viewer=admin).rep_name == "Rita"


def test_a_period_is_the_last_ninety_days_unless_told() -> None:
    assert period_of(None, None, NOW) == PERIOD
    assert period_of(None, NOW + timedelta(days=3), NOW).until == NOW
    since = NOW - timedelta(days=7)
    assert period_of(since, None, NOW).before == Period(NOW - timedelta(days=14), since)


@pytest.mark.parametrize(
    ("since_days", "until_days", "field"),
    [(-1, None, "since"), (3, 5, "until"), (800, None, "since")],
)
def test_a_period_that_cannot_be_is_refused(
    since_days: int, until_days: int | None, field: str
) -> None:
    until = None if until_days is None else NOW - timedelta(days=until_days)
    with pytest.raises(BadInput, match=f"^{field}:"):
        period_of(NOW - timedelta(days=since_days), until, NOW)


def test_a_report_asks_as_often_whatever_the_number_of_calls(
    company: Company, session: Session
) -> None:
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))

    def fill(days: range) -> int:
        for day in days:
            call = company.call(day, deal_id=company.deal(outcome="won").id)
            company.tip(call, "clarity")
            company.tip(call, "rapport", is_best=True)
            company.item(call, f"Item {day}", "covered", 1.0)
            company.step(call)
            company.answer(call, f"criterion {day}", is_found=True)
        session.flush()
        asked.clear()
        rep_report(session, company.manager, company.rep.id, Question(PERIOD, now=NOW))
        return len(asked)

    assert fill(range(1, 4)) == fill(range(4, 30)) <= 30
