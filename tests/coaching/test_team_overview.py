"""A team at a glance: who is on it, and what each one's calls say."""

from datetime import timedelta

import pytest

from models.coaching.scope import Period, Question
from models.errors import Forbidden
from models.goals import NewGoal, agree_goal, close_goal
from models.tables import User
from models.team_overview import Member, team_overview
from tests.coaching.company import NOW, PERIOD, Company


def members(company: Company, viewer: User | None = None, **more: object) -> dict[str, Member]:
    asked = Question(PERIOD, now=NOW)
    shape = {"limit": 50, **more}
    found = team_overview(company.session, viewer or company.manager, asked, **shape)  # type: ignore[arg-type]
    return {one.name: one for one in found.items}


def test_reps_come_by_name_with_what_their_calls_say(company: Company) -> None:
    paul = company.person("paul")
    deal = company.deal()
    for day in range(1, 6):
        facts = {"agenda_coverage": 0.2 * day, "next_steps_dated": day % 2}
        call = company.call(day * 10, facts=facts, deal_id=deal.id)
        company.step(call, due_on=(NOW - timedelta(days=day * 10 - 3)).date())
    found = members(company)
    assert list(found) == ["paul", "Rita"]
    rita = found["Rita"]
    assert (rita.calls, rita.minutes, rita.last_call_at) == (5, 50.0, NOW - timedelta(days=10))
    assert (rita.coverage.n, rita.coverage.value) == (5, pytest.approx(0.6))
    assert (rita.next_step_agreed.part, rita.next_step_agreed.whole) == (3, 5)
    assert rita.next_step_agreed.low is not None
    assert (rita.follow_up_kept.part, rita.follow_up_kept.whole, rita.forgotten) == (0, 5, 1)
    assert (found["paul"].calls, found["paul"].coverage.value) == (0, None)
    assert found["paul"].follow_up_kept.value is None
    assert found["paul"].rep_id == paul.id


def test_open_goals_are_counted(company: Company) -> None:
    goals = [
        agree_goal(company.session, company.manager, company.rep.id, NewGoal(text))
        for text in ("One", "Two", "Three")
    ]
    close_goal(company.session, company.manager, goals[0], "reached")
    assert members(company)["Rita"].open_goals == 2


def test_private_calls_and_other_teams_are_not_there(company: Company) -> None:
    other = Company(company.session)
    company.call(3, is_private=True)
    other.call(3)
    assert members(company)["Rita"].calls == 0
    assert members(company, other.manager)["Rita"].calls == 1
    admin = company.person("Ada", "admin", apart=True)
    everybody = team_overview(company.session, admin, Question(PERIOD, now=NOW), limit=50).items
    assert [(one.name, one.calls) for one in everybody] == [("Rita", 1), ("Rita", 1)]
    assert len(members(company, admin, team_id=company.team.id)) == 1


def test_a_manager_who_holds_calls_is_listed_too(company: Company) -> None:
    assert list(members(company)) == ["Rita"]
    company.call(3, rep_id=company.manager.id)
    assert list(members(company)) == ["Mona", "Rita"]


def test_who_left_is_not_listed(company: Company) -> None:
    company.call(3)
    company.rep.is_active = False
    company.kept(company.rep)
    assert members(company) == {}


def test_a_rep_has_no_team_to_look_at(company: Company) -> None:
    with pytest.raises(Forbidden):
        members(company, company.rep)


def test_a_manager_without_a_team_sees_nobody_elses(company: Company) -> None:
    lone = company.person("Max", "manager", apart=True)
    company.person("Olga", apart=True)
    assert members(company, lone) == {}


def test_a_team_comes_page_by_page_whatever_the_letters(company: Company) -> None:
    names = [
        "\u0130brahim",
        "ibrahim",
        "\xc9mile",
        "emile",
        "Zo\xeb",
        "stra\xdfe",
        "STRASSE",
        "ibrahim",
    ]
    for name in names:
        company.person(name)
    asked = Question(PERIOD, now=NOW)
    found: list[Member] = []
    cursor = None
    while True:
        page = team_overview(company.session, company.manager, asked, limit=2, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    whole = team_overview(company.session, company.manager, asked, limit=50).items
    assert found == list(whole)
    assert sorted(one.name for one in found) == sorted([*names, "Rita"])
    assert {one.team_name for one in found} == {company.team.name}


def test_what_is_yet_to_come_is_in_no_row(company: Company) -> None:
    company.call(-1, facts={"duration_s": 600.0})
    asked = Question(Period(PERIOD.since, NOW + timedelta(days=9)), now=NOW)
    (rita,) = team_overview(company.session, company.manager, asked, limit=50).items
    assert rita.calls == 0
