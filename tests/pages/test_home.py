"""Home: what waits for a rep, a manager and an admin, each by their own rights."""

import html
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.comments import NewComment, add_comment
from models.database import session_scope
from models.files import Files
from models.goals import NewGoal, agree_goal
from models.tables import AuditEntry, Call, Deal, ImportedFile, NextStep, Progress, User
from models.tables.columns import now
from models.trail import note
from tests.api.conftest import People
from tests.api.working import new_recording
from tests.models.market import MORNING, held
from tests.pages.conftest import Pages


def ago(days: float) -> float:
    """The day of `held` that is so many days ago."""
    return (now() - MORNING) / timedelta(days=1) - days


def promise(session: Session, call: Call, text: str, due_in: int) -> None:
    """A next step of the seller's, due so many days from today."""
    due_on = now().date() + timedelta(days=due_in)
    place: dict[str, Any] = {"utterance": 0, "quote": "...", "start_s": 65.0, "end_s": 70.0}
    whose: dict[str, Any] = {"owner_side": "seller", "due_on": due_on}
    session.add(NextStep(call_id=call.id, text=text, **whose, **place))


def deal_of(session: Session, rep: User, name: str = "Acme pilot") -> UUID:
    deal = Deal(name=name, rep_id=rep.id, opened_at=now() - timedelta(days=60))
    session.add(deal)
    session.flush()
    return deal.id


def state_of(session: Session, rep: User, state: str, title: str, **columns: Any) -> Call:
    call = Call(title=title, rep_id=rep.id, started_at=now(), state=state, **columns)
    session.add(call)
    session.flush()
    return call


def part(text: str, head: str) -> str:
    """A card of the page, by the id of its heading."""
    return html.unescape(text.split(f'aria-labelledby="{head}"')[1].split("</section>")[0])


def test_the_first_time_it_says_what_to_do(pages: Pages, people: People) -> None:
    for user in (people.rep, people.manager, people.admin):
        text = pages(user).get("/").text
        assert "Three steps to your first coached call" in text
        assert 'href="/upload"' in text
        assert ('action="/settings/demo"' in text) == (user is people.admin)


def test_calls_on_their_way_tell_how_far_they_are(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        call = state_of(session, people.rep, "hearing", "Coming <in>")
        progress = Progress(call_id=call.id, stage="transcribing", fraction=0.4, left_s=180)
        session.add(progress)
        state_of(session, people.stranger, "hearing", "Not yours")
    client = pages(people.rep)
    for path in ("/", "/home/calls"):
        text = client.get(path).text
        card = part(text, "hearing-head")
        for told in ("Coming <in>", 'value="0.400"', "Writing down the words", "3 min"):
            assert told in card
        assert 'hx-trigger="every 2s"' in text
        assert "Not yours" not in text
    with session_scope(engine) as session:
        session.get_one(Call, call.id).state = "ready"
    text = client.get("/home/calls").text
    assert "every 2s" not in text
    assert "Coming <in>" in part(text, "newest-head")


def test_calls_to_check_say_what_is_wrong(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        deal_id = deal_of(session, people.rep)
        failure = "the file is cut off; upload it again"
        state_of(session, people.rep, "failed", "Broken", failure=failure)
        unsure = {"sellers": 0, "buyers": 0}
        one = held(session, people.rep, ["x"], day=ago(2), facts=unsure, deal_id=deal_id)
        one.title = "Unsure"
        held(session, people.rep, ["x"], day=ago(3)).title = "Homeless"
        held(session, people.rep, ["x"], day=ago(4), deal_id=deal_id).title = "Fine"
        held(session, people.peer, ["x"], day=ago(1)).title = "Of a peer"
    card = part(pages(people.rep).get("/").text, "checks-head")
    for told in (failure, "Who sells and who buys is unsure", "It belongs to no deal yet"):
        assert told in card
    names = [name for name in ("Broken", "Unsure", "Homeless", "Fine", "Of a peer") if name in card]
    assert names == ["Broken", "Unsure", "Homeless"]


def test_promises_of_the_week_say_what_became_of_them(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        deal_id = deal_of(session, people.rep)
        call = held(session, people.rep, ["x"], day=ago(6), deal_id=deal_id)
        promise(session, call, "Send the <offer>", -3)
        promise(session, call, "Book the room", 0)
        promise(session, call, "In a month", 30)
        loose = held(session, people.rep, ["x"], day=ago(1))
        promise(session, loose, "Call them back", 0)
        other = held(session, people.peer, ["x"], day=ago(6))
        promise(session, other, "Not mine", 0)
    card = part(pages(people.rep).get("/").text, "steps-head")
    assert card.index("Send the <offer>") < card.index("Book the room")
    assert "home-step-forgotten" in card
    assert f"/calls/{call.id}?at=65.00" in card
    assert "Acme pilot" in card
    assert "Call them back" in card
    assert "In a month" not in card
    assert "Not mine" not in card


def test_what_people_write_is_escaped(pages: Pages, people: People, engine: Engine) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    with session_scope(engine) as session:
        call = held(session, people.rep, ["x"], day=ago(1))
        call.title = hostile
        promise(session, call, hostile, 0)
        agree_goal(session, people.manager, people.rep.id, NewGoal(hostile))
        new = NewComment(hostile, mentions=(people.manager.id, people.rep.id))
        add_comment(session, people.rep, call.id, new)
    for user in (people.rep, people.manager):
        text = pages(user).get("/").text
        assert "&lt;img src=x" in text
        assert "<img" not in text


def test_a_rep_sees_two_goals_and_how_calls_stand_beside_them(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        for day in range(6):
            for at, ratio in ((ago(40 - day), 0.7), (ago(8 - day), 0.5)):
                held(session, people.rep, ["x"], day=at, facts={"talk_ratio": ratio})
        agreed = now().date() - timedelta(days=20)
        listen = NewGoal("Let them talk", "talk_ratio", 0.45, agreed, now().date())
        agree_goal(session, people.manager, people.rep.id, listen)
        agree_goal(session, people.manager, people.rep.id, NewGoal("Name the price late"))
        agree_goal(session, people.manager, people.peer.id, NewGoal("Of a peer"))
    card = part(pages(people.rep).get("/").text, "goals-head")
    for told in ("Let them talk", "70%", "50%", "aim 45%", "Nearer", "Name the price late"):
        assert told in card
    assert "Of a peer" not in card
    team = part(pages(people.manager).get("/").text, "goals-head")
    for told in ("Rita", "Let them talk", "Paul", "Of a peer", f"/coaching/{people.peer.id}"):
        assert told in team
    assert "Of a peer" not in pages(people.boss).get("/").text


def test_a_manager_sees_who_was_not_listened_to(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        heard = held(session, people.rep, ["x"], day=ago(0.01))
        held(session, people.rep, ["x"], day=ago(9)).title = "Yet to hear"
        held(session, people.rep, ["x"], day=ago(2), is_private=True).title = "Private one"
        held(session, people.rep, ["x"], day=ago(60)).title = "Long ago"
        held(session, people.peer, ["x"], day=ago(3)).title = "Of a peer"
        held(session, people.stranger, ["x"], day=ago(3)).title = "Of another team"
        for user, call in ((people.manager, heard), (people.rep, heard)):
            note(session, user, verb="play", noun="playback", subject_id=str(call.id))
    card = part(pages(people.manager).get("/").text, "team-head")
    assert "1/2" in card
    assert "Yet to hear" in card
    assert "0/1" in card
    for untold in ("Private one", "Long ago", "Of another team", "Sam"):
        assert untold not in card
    assert "Of another team" in part(pages(people.admin).get("/").text, "team-head")
    assert "team-head" not in pages(people.rep).get("/").text


def test_who_plays_a_recording_is_told_by_its_call(
    pages: Pages, people: People, engine: Engine, files: Files
) -> None:
    call_id = new_recording(engine, files, people.rep)
    assert pages(people.manager).get(f"/api/v1/calls/{call_id}/files/recording").status_code == 200
    with Session(engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.verb == "play")).one()
        assert (entry.noun, entry.subject_id) == ("playback", str(call_id))


def test_an_admin_sees_what_stands_still(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        state_of(session, people.stranger, "failed", "Broken", failure="cut off; upload it again")
        state_of(session, people.rep, "waiting", "Queueing")
        row = ImportedFile(place="inbox", name="x.wav", mark="1", state="failed", failure="no")
        session.add(row)
    card = part(pages(people.admin).get("/").text, "standing-head")
    for told in ("1 call could not be heard", "1 file of the watched folders", "1 call waits"):
        assert told in card
    assert "standing-head" not in pages(people.manager).get("/").text


def test_figures_and_deals_come_by_themselves(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        held(session, people.rep, ["x"], day=ago(1))
        deal_of(session, people.rep, "Silent <deal>")
        deal_of(session, people.stranger, "Deal elsewhere")
    client = pages(people.manager)
    home = client.get("/").text
    for path in ("/home/kpis", "/home/deals"):
        assert f'hx-get="{path}"' in home
        assert f'href="{path}"' in home  # where there are no scripts
    assert "Win rate" in part(client.get("/home/kpis").text, "kpis-head")
    card = part(client.get("/home/deals").text, "risks-head")
    assert "Silent <deal>" in card
    assert "Silent for 60 days" in card
    assert "Deal elsewhere" not in card
    assert pages(people.rep).get("/home/deals").status_code == 403


@pytest.mark.parametrize("role", ["rep", "manager", "admin"])
def test_it_speaks_french(pages: Pages, people: People, engine: Engine, role: str) -> None:
    user: User = getattr(people, role)
    with session_scope(engine) as session:
        session.get_one(User, user.id).language = "fr"
        held(session, people.rep, ["x"], day=ago(1))
    text = pages(user).get("/").text
    for told in ("Ce qui vous attend", "Derniers appels", "Axes de progrès"):
        assert told in text
    assert "Indicateurs" in pages(user).get("/home/kpis").text
