"""A rep's coaching: the same page for the rep and who coaches them, and the goals they agree on."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.database import session_scope
from models.tables import (
    AgendaItem,
    AuditEntry,
    Call,
    CallFacts,
    CoachingGoal,
    Comment,
    Deal,
    GoalNote,
    NextStep,
    Tip,
    User,
)
from models.tables.columns import now
from tests.api.conftest import People
from tests.pages.conftest import Pages

HOSTILE = '<script>alert("x")</script>'


def _keep(session: Session, *rows: Any) -> None:
    session.add_all(rows)
    session.flush()


def _call(session: Session, rep: User, days_ago: float, **columns: Any) -> Call:
    at = now() - timedelta(days=days_ago)
    shape = {"title": "Petrie & Sons", "rep_id": rep.id, "state": "ready", "started_at": at}
    call = Call(**{**shape, **columns})
    _keep(session, call)
    told = {"people": 2, "sellers": 1, "buyers": 1, "source": "stereo", "talk_ratio": 0.5}
    _keep(session, CallFacts(call_id=call.id, duration_s=600.0, language="en", **told))
    return call


def _tell(session: Session, call: Call, people: People) -> None:
    """Something of everything that a report tells of a call."""
    place = {"start_s": 61.0, "end_s": 65.0}
    tips = (("clarity", False, "Say it shorter"), ("rapport", True, None))
    for position, (area, is_best, advice) in enumerate(tips):
        shape = {"position": position, "rule": area, "text": "T", "try_next": advice, **place}
        said = f"About {area} {HOSTILE}"
        _keep(session, Tip(call_id=call.id, area=area, is_best=is_best, quote=said, **shape))
    item = {"position": 0, "ref": "a", "title": "Budget", "status": "covered", "first_at_s": 62.0}
    step = {"text": "Send the offer", "owner_side": "seller", "utterance": 3, "quote": "I will"}
    _keep(
        session,
        AgendaItem(call_id=call.id, **item),
        NextStep(call_id=call.id, **step, **place),
        Comment(call_id=call.id, author_id=people.manager.id, text="Well said", start_s=5.0),
    )


@pytest.fixture
def heard(engine: Engine, people: People) -> None:
    """Six calls of Rita that were understood, and a private one."""
    with session_scope(engine) as session:
        opened_at = now() - timedelta(days=200)
        deal = Deal(name="Rollout", rep_id=people.rep.id, opened_at=opened_at)
        _keep(session, deal)
        for day in range(6):
            _tell(session, _call(session, people.rep, 3 + 10 * day, deal_id=deal.id), people)
        _call(session, people.rep, 2, is_private=True)


@pytest.fixture
def goal(engine: Engine, people: People) -> UUID:
    with session_scope(engine) as session:
        agreed_on = (now() - timedelta(days=30)).date()
        shape = {"rep_id": people.rep.id, "author_id": people.manager.id, "agreed_on": agreed_on}
        goal = CoachingGoal(text="Let them talk", metric="talk_ratio", aim=0.45, **shape)
        _keep(session, goal)
        return goal.id


def _goals(engine: Engine) -> list[CoachingGoal]:
    with Session(engine) as session:
        return list(session.exec(select(CoachingGoal)).all())


def _main(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:600]
    return unescape(answer.text.split("<main", 1)[1])


@pytest.mark.usefixtures("heard", "goal")
def test_a_rep_reads_the_same_page_as_their_manager(pages: Pages, people: People) -> None:
    rep, manager = pages(people.rep), pages(people.manager)
    own, told = _main(rep, "/coaching"), _main(manager, f"/coaching/{people.rep.id}")
    for words in ("Rapport", "Clarity", "Say it shorter", "Budget", "Send the offer", "Well said"):
        assert words in own
        assert words in told
    quotes = [re.findall(r'href="(/calls/[^"]+\?at=61\.00)"', text) for text in (own, told)]
    assert quotes[0] == quotes[1]
    assert len(quotes[0]) >= 6
    assert "7 calls analysed" in own  # the private one is theirs alone
    assert "6 calls analysed" in told
    assert "Agree on a goal" in told
    assert "Agree on a goal" not in own


@pytest.mark.usefixtures("heard", "goal")
def test_what_was_said_is_shown_as_text(pages: Pages, people: People) -> None:
    text = pages(people.rep).get("/coaching").text
    assert HOSTILE not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.usefixtures("heard", "goal")
def test_a_french_reader_reads_french(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).language = "fr"
    text = _main(pages(people.rep), "/coaching")
    assert "Un point à garder, deux à travailler" in text
    assert "Axes de progrès convenus" in text
    assert "Worth keeping" not in text


def test_others_do_not_learn_that_there_is_a_rep(pages: Pages, people: People) -> None:
    for user in (people.peer, people.stranger, people.boss):
        assert pages(user).get(f"/coaching/{people.rep.id}").status_code == 404
    assert pages(people.admin).get(f"/coaching/{people.rep.id}").status_code == 200
    assert pages(people.admin).get(f"/coaching/{uuid4()}").status_code == 404


def test_days_without_calls_say_what_to_do(pages: Pages, people: People) -> None:
    text = _main(pages(people.rep), "/coaching?period=last_month")
    assert "No calls analysed in this period" in text
    assert "No goal was agreed yet." in text


@pytest.mark.parametrize(
    "asked",
    ["period=chosen&from=2026-05-05&to=2026-05-01", "period=chosen", "period=never", "period=2190"],
)
def test_days_that_cannot_be_meant_are_told_beside_the_field(
    pages: Pages, people: People, asked: str
) -> None:
    answer = pages(people.rep).get(f"/coaching?{asked}")
    assert answer.status_code == 422
    assert 'id="wrong-days"' in answer.text
    if "05-05" in asked:
        assert 'value="2026-05-05"' in answer.text


@pytest.mark.usefixtures("heard")
def test_chosen_days_are_kept_in_every_address(pages: Pages, people: People) -> None:
    last, first = (now() - timedelta(days=20)).date(), (now() - timedelta(days=40)).date()
    asked = f"period=chosen&from={first}&to={last}"
    text = _main(pages(people.manager), f"/coaching/{people.rep.id}?{asked}")
    assert "2 calls analysed" in text
    assert f"?period={first}..{last}" in text
    files = re.findall(r'href="(/api/v1/reps/[^"]+)"', text)
    assert len(files) == 3
    answer = pages(people.manager).get(files[1])
    assert answer.status_code == 200
    assert "Calls: 2" in answer.text


def test_a_manager_chooses_whose_report_to_read(pages: Pages, people: People, goal: UUID) -> None:
    text = _main(pages(people.manager), "/coaching")
    assert f'href="/coaching/{people.rep.id}"' in text
    assert "Let them talk" in text
    assert str(people.stranger.id) not in text
    assert goal


def test_a_manager_agrees_on_a_goal_and_may_undo_it(
    pages: Pages, people: People, engine: Engine
) -> None:
    manager = pages(people.manager)
    given = {"text": HOSTILE, "metric": "talk_ratio", "aim": "45 %", "review_on": "2199-01-01"}
    path = f"/coaching/{people.rep.id}/goals?period=last_month"
    answer = manager.post(path, data=given)
    assert answer.status_code == 303, answer.text
    there = answer.headers["location"]
    assert there == f"/coaching/{people.rep.id}?period=last_month#goals"
    (kept,) = _goals(engine)
    assert (kept.text, kept.metric, kept.aim) == (HOSTILE, "talk_ratio", 0.45)
    shown = manager.get(there).text
    assert HOSTILE not in shown
    assert 'aria-live="polite"' in shown
    undo = re.findall(r'action="(/goals/[^"]+/delete[^"]*)"', shown)
    assert manager.post(unescape(undo[0])).status_code == 303
    assert _goals(engine) == []
    with Session(engine) as session:
        verbs = [(one.verb, one.noun) for one in session.exec(select(AuditEntry)).all()]
    assert ("agree_goal", "goals") in verbs


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("text", {"text": "  ", "aim": ""}),
        ("metric", {"text": "Kept words", "metric": "charm"}),
        ("aim", {"text": "Kept words", "metric": "talk_ratio", "aim": "half"}),
        ("aim", {"text": "Kept words", "aim": "1e999"}),
        ("aim", {"text": "Kept words", "aim": "4"}),
        ("review_on", {"text": "Kept words", "review_on": "tomorrow"}),
        ("review_on", {"text": "Kept words", "review_on": "2000-01-01"}),
    ],
)
def test_a_goal_that_cannot_be_kept_comes_back_with_what_was_typed(
    pages: Pages, people: People, engine: Engine, name: str, given: dict[str, str]
) -> None:
    answer = pages(people.manager).post(f"/coaching/{people.rep.id}/goals", data=given)
    assert answer.status_code == 422
    assert f'id="new-goal-{name}-wrong"' in answer.text
    if given["text"].strip():
        assert "Kept words" in answer.text
    assert _goals(engine) == []


def test_a_goal_is_changed_closed_and_taken_up_again(
    pages: Pages, people: People, engine: Engine, goal: UUID
) -> None:
    manager = pages(people.manager)
    change = {"text": "Ask why", "metric": "questions_per_hour", "aim": "12,5", "review_on": ""}
    wrong = manager.post(f"/goals/{goal}", data={**change, "aim": "many"})
    assert wrong.status_code == 422
    assert f'id="goal-{goal}-aim-wrong"' in wrong.text
    assert 'value="many"' in wrong.text
    assert manager.post(f"/goals/{goal}", data=change).status_code == 303
    assert [(one.text, one.aim) for one in _goals(engine)] == [("Ask why", 12.5)]
    for path, data, state in (
        ("close", {"state": "reached"}, "reached"),
        ("reopen", {}, "open"),
        ("close", {"state": "dropped"}, "dropped"),
    ):
        assert manager.post(f"/goals/{goal}/{path}", data=data).status_code == 303
        assert [one.state for one in _goals(engine)] == [state]
    assert manager.post(f"/goals/{goal}/close", data={"state": "won"}).status_code == 422
    assert manager.post(f"/goals/{goal}/close", data={"state": "reached"}).status_code == 409


def test_the_rep_notes_on_a_goal_and_changes_nothing_else(
    pages: Pages, people: People, engine: Engine, goal: UUID
) -> None:
    rep = pages(people.rep)
    assert (
        rep.post(f"/goals/{goal}/notes", data={"text": f"Went well {HOSTILE}"}).status_code == 303
    )
    shown = rep.get("/coaching").text
    assert "Went well" in shown
    assert HOSTILE not in shown
    with Session(engine) as session:
        (note,) = session.exec(select(GoalNote)).all()
    assert rep.post(f"/goals/{goal}", data={"text": "Mine"}).status_code == 403
    assert rep.post(f"/goals/{goal}/close", data={"state": "reached"}).status_code == 403
    assert rep.post(f"/goals/{goal}/delete").status_code == 403
    given = {"text": "A goal of one's own"}
    assert rep.post(f"/coaching/{people.rep.id}/goals", data=given).status_code == 403
    delete = f"/goals/{goal}/notes/{note.id}/delete"
    assert pages(people.manager).post(delete).status_code == 403
    assert rep.post(delete).status_code == 303
    assert rep.post(f"/goals/{goal}/notes", data={"text": "  "}).status_code == 303
    with Session(engine) as session:
        assert session.exec(select(GoalNote)).all() == []


def test_a_goal_of_another_team_is_as_good_as_none(
    pages: Pages, people: People, goal: UUID
) -> None:
    for user in (people.boss, people.stranger, people.peer):
        client = pages(user)
        assert client.post(f"/goals/{goal}/notes", data={"text": "Hello"}).status_code == 404
        assert client.post(f"/goals/{goal}/delete").status_code == 404
        given = {"text": "Sell more"}
        assert client.post(f"/coaching/{people.rep.id}/goals", data=given).status_code == 404
