"""Deals in the browser: the list and its signals, one deal, its form, and who may not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from models.database import session_scope
from models.tables import (
    Account,
    Activity,
    Call,
    CallFacts,
    Comment,
    Deal,
    Moment,
    StageChange,
    User,
)
from tests.api.conftest import People
from tests.pages.conftest import Pages

NOW = datetime.now(UTC)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def deals(engine: Engine, people: People) -> dict[str, UUID]:
    """Three deals of the rep: two open ones in two currencies, one silent; and a lost one."""
    with session_scope(engine) as session:
        account = Account(name="Vantage")
        session.add(account)
        session.flush()
        made = {}
        for name, amount, currency, outcome, days in (
            ("Busy", 1_200_000, "EUR", "open", 2),
            ("Quiet", 900_000, "GBP", "open", 40),
            ("Gone", None, None, "lost", 90),
        ):
            deal = Deal(name=name, rep_id=people.rep.id, outcome=outcome, account_id=account.id)
            deal.amount_minor, deal.currency = amount, currency
            deal.opened_at = NOW - timedelta(days=100)
            deal.closed_at = NOW - timedelta(days=days) if outcome == "lost" else None
            session.add(deal)
            session.flush()
            at = NOW - timedelta(days=days)
            session.add(Activity(deal_id=deal.id, rep_id=people.rep.id, kind="email", at=at))
            made[name] = deal.id
        return made


@pytest.fixture
def call_id(engine: Engine, people: People, deals: dict[str, UUID]) -> UUID:
    """A heard call of the busy deal, with an objection and a comment."""
    with session_scope(engine) as session:
        call = Call(title=HOSTILE, rep_id=people.rep.id, started_at=NOW - timedelta(days=3))
        call.deal_id, call.state = deals["Busy"], "ready"
        session.add(call)
        session.flush()
        facts = CallFacts(
            call_id=call.id, duration_s=600, language="en", people=2, sellers=1, buyers=1,
            source="stereo", talk_ratio=0.6, next_steps=0,
        )  # fmt: skip
        said = Moment(
            call_id=call.id, kind="objection", about="price", side="buyer", speaker="S1",
            utterance=3, start_s=90.0, end_s=92.0, quote="Too dear for us",
        )  # fmt: skip
        comment = Comment(call_id=call.id, author_id=people.manager.id, text="Well heard")
        session.add_all([facts, said, comment])
        stage = StageChange(deal_id=deals["Busy"], position=1, stage="demo", entered_at=NOW)
        session.add(stage)
        return call.id


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_list_shows_signals_and_a_sum_a_currency(
    pages: Pages, people: People, deals: dict[str, UUID], engine: Engine, language: str
) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).language = language
    shown = pages(people.rep).get("/deals")
    assert shown.status_code == 200
    assert "Busy" in shown.text
    assert "Gone" not in shown.text
    told = {"en": ("Silent for 40 days", "€12,000"), "fr": ("Sans nouvelles depuis 40 jours", "12")}
    assert all(one in shown.text for one in told[language])
    lost = pages(people.rep).get("/deals?state=lost&name=&signal=&rep=&after=")
    assert "Gone" in lost.text


def test_the_list_is_narrowed_and_ordered(
    pages: Pages, people: People, deals: dict[str, UUID]
) -> None:
    client = pages(people.manager)

    def listed(query: str) -> list[str]:
        text = client.get(f"/deals?{query}").text
        found = [(text.find(f'href="/deals/{key}"'), name) for name, key in deals.items()]
        return [name for place, name in sorted(found) if place >= 0]

    assert listed("sort=contact") == ["Busy", "Quiet"]
    assert listed("sort=quiet") == ["Quiet", "Busy"]
    assert listed("signal=silent") == ["Quiet"]
    assert listed("state=all&sort=closed")[0] == "Gone"
    assert listed(f"rep={people.peer.id}") == []
    assert listed("name=bus") == ["Busy"]
    assert client.get("/deals?sort=size").status_code == 422
    assert client.get("/deals?after=x").status_code == 422


def test_others_see_none_of_it(
    pages: Pages, people: People, deals: dict[str, UUID], call_id: UUID
) -> None:
    path = f"/deals/{deals['Busy']}"
    for user in (people.peer, people.stranger, people.boss):
        client = pages(user)
        assert "Busy" not in client.get("/deals").text
        assert client.get(path).status_code == 404
        assert client.get(f"{path}/edit").status_code == 404
        assert client.post(f"{path}/edit", data={"name": "Mine"}).status_code == 404
        assert client.post(f"{path}/delete").status_code == 404
        assert client.post(f"{path}/calls/{call_id}/unlink").status_code == 404
    assert pages(people.rep).get(f"/deals/{uuid4()}").status_code == 404


def test_a_deal_tells_its_story(
    pages: Pages, people: People, deals: dict[str, UUID], call_id: UUID
) -> None:
    shown = pages(people.rep).get(f"/deals/{deals['Busy']}").text
    assert "Too dear for us" in shown
    assert f"/calls/{call_id}?at=90.00" in shown
    assert "Well heard" in shown
    assert "Stage: Demo" in shown
    assert "No next step" in shown
    assert HOSTILE not in shown


def test_a_deal_that_nobody_moved_is_shown(
    pages: Pages, people: People, deals: dict[str, UUID]
) -> None:
    assert pages(people.rep).get(f"/deals/{deals['Quiet']}").status_code == 200


def test_a_call_is_linked_and_taken_away(
    pages: Pages, people: People, deals: dict[str, UUID], call_id: UUID, engine: Engine
) -> None:
    client, path = pages(people.rep), f"/deals/{deals['Quiet']}/calls"
    assert client.post(path, data={"call_id": str(call_id)}).status_code == 303
    with Session(engine) as session:
        assert session.get_one(Call, call_id).deal_id == deals["Quiet"]
    assert client.post(f"{path}/{call_id}/unlink").status_code == 303
    with Session(engine) as session:
        assert session.get_one(Call, call_id).deal_id is None
    assert client.post(f"{path}/{call_id}/link").status_code == 303


def test_a_deal_is_added_and_changed(pages: Pages, people: People, engine: Engine) -> None:
    client = pages(people.rep)
    given = {"name": "New one", "rep": str(people.rep.id), "stage": "demo", "amount": "12,500.50"}
    made = client.post("/deals", data={**given, "currency": "eur"})
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    with Session(engine) as session:
        deal = session.get_one(Deal, UUID(path.rsplit("/")[-1]))
        assert (deal.amount_minor, deal.currency, deal.stage) == (1_250_050, "EUR", "demo")
    form = client.get(f"{path}/edit").text
    assert 'value="12500.5"' in form
    closed = {**given, "currency": "EUR", "outcome": "won", "stage": "closed_won"}
    assert client.post(f"{path}/edit", data=closed).status_code == 303
    with Session(engine) as session:
        deal = session.get_one(Deal, deal.id)
        assert (deal.outcome, deal.stage) == ("won", "closed_won")
        assert deal.closed_at is not None
    assert client.post(f"{path}/delete").status_code == 303
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": " "}, "Give the deal a name."),
        ({"amount": "much"}, "This is not an amount"),
        ({"amount": "NaN"}, "This is not an amount"),
        ({"amount": "1.005"}, "This is not an amount"),
        ({"amount": "5", "currency": "euros"}, "three letters"),
        ({"account": "Nowhere"}, "no account called that"),
        ({"outcome": "won", "closed_on": "soon"}, "This is not a date"),
        ({"outcome": "maybe"}, "Choose one of the list."),
        ({"rep": "x"}, "Choose one of the list."),
        ({"stage": ""}, "cannot be taken away"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    pages: Pages,
    people: People,
    deals: dict[str, UUID],
    engine: Engine,
    wrong: dict[str, str],
    told: str,
) -> None:
    with session_scope(engine) as session:
        session.get_one(Deal, deals["Busy"]).stage = "demo"
    given = {"name": HOSTILE, "rep": str(people.rep.id), "stage": "demo", "currency": "EUR"}
    answer = pages(people.rep).post(f"/deals/{deals['Busy']}/edit", data={**given, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert HOSTILE not in answer.text
    with Session(engine) as session:
        assert session.get_one(Deal, deals["Busy"]).name == "Busy"


def test_a_rep_cannot_give_a_deal_to_another(
    pages: Pages, people: People, deals: dict[str, UUID]
) -> None:
    given = {"name": "Busy", "rep": str(people.stranger.id), "currency": "EUR"}
    answer = pages(people.rep).post(f"/deals/{deals['Busy']}/edit", data=given)
    assert answer.status_code == 422
