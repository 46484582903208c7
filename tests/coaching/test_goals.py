"""Coaching goals: who agrees, changes, closes and notes them, and what cannot be."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from models import goals
from models.errors import BadInput, Conflict, Forbidden, Missing
from models.goals import NewGoal
from models.tables import CoachingGoal
from tests.coaching.company import Company


def agreed(company: Company, **columns: Any) -> CoachingGoal:
    new = NewGoal(**{"text": "Ask who decides", **columns})
    return goals.agree_goal(company.session, company.manager, company.rep.id, new)


def test_a_goal_is_agreed_today_where_the_rep_works(session: Session) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        company = Company(session, zone=zone)
        goal = agreed(company)
        assert goal.agreed_on == datetime.now(ZoneInfo(zone)).date()
        assert (goal.author_id, goal.state, goal.version) == (company.manager.id, "open", 1)


def test_of_no_team_today_is_that_of_the_zone_that_is_told(company: Company) -> None:
    admin, sam = company.person("Ada", "admin"), company.person("Sam", apart=True)
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        goal = goals.agree_goal(company.session, admin, sam.id, NewGoal("Listen"), zone=zone)
        assert goal.agreed_on == datetime.now(ZoneInfo(zone)).date()


def test_a_rep_sees_and_notes_and_does_no_more(company: Company) -> None:
    session, rep, goal = company.session, company.rep, agreed(company)
    assert goals.find_goal(session, rep, goal.id) is goal
    goals.note_goal(session, rep, goal, "Hard")
    for refused in (
        lambda: goals.agree_goal(session, rep, rep.id, NewGoal("My own")),
        lambda: goals.change_goal(session, rep, goal, {"text": "Less"}),
        lambda: goals.close_goal(session, rep, goal, "reached"),
        lambda: goals.reopen_goal(session, rep, goal),
        lambda: goals.delete_goal(session, rep, goal),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert (goal.text, goal.state, goal.version) == ("Ask who decides", "open", 1)


def test_others_see_none_of_it(company: Company) -> None:
    goal, other = agreed(company), Company(company.session)
    peer = company.person("Paul")
    for viewer in (peer, other.manager, other.rep):
        assert goals.list_goals(company.session, viewer, limit=10).items == []
        with pytest.raises(Missing):
            goals.find_goal(company.session, viewer, goal.id)
        with pytest.raises(Missing):
            goals.agree_goal(company.session, viewer, company.rep.id, NewGoal("Mine"))


def test_every_change_has_a_version(company: Company) -> None:
    session, goal = company.session, agreed(company)
    goals.change_goal(session, company.manager, goal, {"metric": "talk_ratio", "aim": 0.5})
    assert (goal.metric, goal.aim, goal.version) == ("talk_ratio", 0.5, 2)
    goals.close_goal(session, company.manager, goal, "reached")
    assert (goal.state, goal.closed_at is not None, goal.version) == ("reached", True, 3)
    for again in (
        lambda: goals.close_goal(session, company.manager, goal, "dropped"),
        lambda: goals.change_goal(session, company.manager, goal, {"text": "Late"}),
    ):
        with pytest.raises(Conflict):
            again()
    goals.reopen_goal(session, company.manager, goal)
    assert (goal.state, goal.closed_at, goal.version) == ("open", None, 4)
    with pytest.raises(Conflict):
        goals.reopen_goal(session, company.manager, goal)


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"metric": "charm"}, "metric"),
        ({"aim": 0.5}, "aim"),
        ({"agreed_on": date(2026, 5, 2), "review_on": date(2026, 5, 1)}, "review_on"),
    ],
)
def test_a_goal_that_cannot_be_is_refused(
    company: Company, columns: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput, match=f"^{field}:"):
        agreed(company, **columns)


@pytest.mark.parametrize("field", ["text", "agreed_on"])
def test_what_a_goal_needs_is_not_taken_away(company: Company, field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field}:"):
        goals.change_goal(company.session, company.manager, agreed(company), {field: None})


def test_a_goal_on_which_others_noted_something_is_dropped_not_deleted(company: Company) -> None:
    session, goal = company.session, agreed(company)
    goals.note_goal(session, company.manager, goal, "Agreed by phone")
    note = goals.note_goal(session, company.rep, goal, "Fine")
    with pytest.raises(Conflict, match="drop it"):
        goals.delete_goal(session, company.manager, goal)
    goals.delete_note(session, company.rep, goal, note.id)
    goals.delete_goal(session, company.manager, goal)
    assert goals.list_goals(session, company.manager, limit=10).items == []


def test_only_who_wrote_a_note_deletes_it(company: Company) -> None:
    session, goal, other = company.session, agreed(company), agreed(company)
    note = goals.note_goal(session, company.rep, goal, "Fine")
    with pytest.raises(Forbidden):
        goals.delete_note(session, company.manager, goal, note.id)
    for wrong, note_id in ((other, note.id), (goal, uuid4())):
        with pytest.raises(Missing):
            goals.delete_note(session, company.rep, wrong, note_id)


def test_goals_are_listed_page_by_page_those_agreed_last_first(company: Company) -> None:
    session = company.session
    for day in (1, 3, 2):
        agreed(company, text=f"Of day {day}", agreed_on=date(2026, 5, day))
    other = goals.agree_goal(session, company.manager, company.person("Paul").id, NewGoal("His"))
    goals.close_goal(session, company.manager, other, "dropped")
    first = goals.list_goals(session, company.manager, rep_id=company.rep.id, limit=2)
    rest = goals.list_goals(
        session, company.manager, rep_id=company.rep.id, limit=2, cursor=first.next
    )
    told = [one.goal.text for one in (*first.items, *rest.items)]
    assert told == ["Of day 3", "Of day 2", "Of day 1"]
    assert rest.next is None
    dropped = goals.list_goals(session, company.manager, states=["dropped"], limit=9)
    assert [(one.goal.text, one.rep_name) for one in dropped.items] == [("His", "Paul")]
    assert [one.rep_name for one in first.items] == ["Rita", "Rita"]
