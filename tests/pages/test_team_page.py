"""A team at a glance: who reads it, how it is sorted, and that nothing is made of too few calls."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.pages.coaching.team import ordered
from models.behaviours import Reading, share_of
from models.database import session_scope
from models.tables import Call, CallFacts, CoachingGoal, User
from models.tables.columns import now
from models.team_overview import Member
from tests.api.conftest import People
from tests.pages.conftest import Pages


@pytest.fixture
def heard(engine: Engine, people: People) -> None:
    """Six calls of Rita, two of Paul, one of Sam, who is in another team."""
    with session_scope(engine) as session:
        for rep, count in ((people.rep, 6), (people.peer, 2), (people.stranger, 1)):
            for day in range(count):
                at = now() - timedelta(days=day + 1)
                call = Call(title="A call", rep_id=rep.id, state="ready", started_at=at)
                session.add(call)
                session.flush()
                told: dict[str, Any] = {"people": 2, "sellers": 1, "buyers": 1, "source": "stereo"}
                told |= {"talk_ratio": 0.4, "agenda_coverage": 0.75, "next_steps_dated": day % 2}
                facts = CallFacts(call_id=call.id, duration_s=600.0, language="en", **told)
                session.add(facts)
        agreed_on = now().date()
        session.add(CoachingGoal(rep_id=people.rep.id, text="Ask why", agreed_on=agreed_on))


def _rows(client: TestClient, path: str) -> list[str]:
    """The rows of the table as text."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:600]
    body = answer.text.split("<tbody>")[1].split("</tbody>")[0]
    rows = (re.sub(r"<[^>]+>", " ", one) for one in body.split("<tr>")[1:])
    return [" ".join(unescape(one).split()) for one in rows]


@pytest.mark.usefixtures("heard")
def test_facts_come_with_how_many_calls_tell_them(pages: Pages, people: People) -> None:
    rows = {one.split()[0]: one for one in _rows(pages(people.manager), "/team")}
    assert set(rows) == {"Paul", "Rita"}
    assert "75% 6 calls" in rows["Rita"]
    assert "50% 3 of 6" in rows["Rita"]
    assert "40% 6 calls" in rows["Rita"]
    assert "1 open" in rows["Rita"]
    assert "not known 2 calls" in rows["Paul"]
    assert "none" in rows["Paul"]


@pytest.mark.usefixtures("heard")
def test_a_column_sorts_and_says_so(pages: Pages, people: People) -> None:
    manager = pages(people.manager)
    assert [one.split()[0] for one in _rows(manager, "/team?sort=-calls")] == ["Rita", "Paul"]
    assert [one.split()[0] for one in _rows(manager, "/team?sort=calls")] == ["Paul", "Rita"]
    assert [one.split()[0] for one in _rows(manager, "/team?sort=charm")] == ["Paul", "Rita"]
    text = manager.get("/team?sort=-calls&period=last_month").text
    assert text.count('aria-sort="descending"') == 1
    assert "/team?period=last_month&amp;sort=calls" in text


def _member(user: User, share: float | None) -> Member:
    reading = Reading(9, share, share, share)
    zero = share_of(0, 0)
    return Member(user.id, user.name, None, None, 1, 1.0, None, reading, zero, zero, 0, reading, 0)


def test_whoever_is_not_known_of_comes_last_either_way(people: People) -> None:
    users = (people.rep, people.peer, people.stranger)
    few = [_member(user, share) for user, share in zip(users, (None, 0.2, 0.7), strict=True)]
    assert [one.name for one in ordered(few, "coverage", is_down=True)] == ["Sam", "Paul", "Rita"]
    assert [one.name for one in ordered(few, "coverage", is_down=False)] == ["Paul", "Sam", "Rita"]


@pytest.mark.usefixtures("heard")
def test_an_admin_chooses_the_team(pages: Pages, people: People) -> None:
    admin = pages(people.admin)
    assert len(_rows(admin, "/team")) == 3
    theirs = _rows(admin, f"/team?team_id={people.stranger.team_id}")
    assert [one.split()[0] for one in theirs] == ["Sam"]
    assert 'name="team_id"' in admin.get("/team").text
    assert 'name="team_id"' not in pages(people.manager).get("/team").text


@pytest.mark.usefixtures("heard")
def test_a_manager_reads_no_other_team(pages: Pages, people: People) -> None:
    text = pages(people.manager).get(f"/team?team_id={people.stranger.team_id}").text
    assert "Sam" not in text
    assert "Nobody is in this team yet" in text


def test_a_rep_is_told_that_it_is_not_theirs(pages: Pages, people: People) -> None:
    answer = pages(people.rep).get("/team")
    assert answer.status_code == 403
    assert "This is not yours to see" in answer.text


def test_a_french_manager_reads_french(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.manager.id).language = "fr"
    text = pages(people.manager).get("/team?period=chosen&from=x").text
    assert "Ordre du jour traité" in text
    assert "Donnez un premier jour déjà passé" in text
