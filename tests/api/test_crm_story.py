"""From a call to a note in a real Tryton, and from a deal won there to the KPIs here."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create_app
from api.settings import Settings
from models.files import Files
from tests.api.conftest import People
from tests.api.working import work, workshop_of
from tests.crm.standing import BUYER, heard_call
from tests.crm.tryton.company import LOGIN, PASSWORD
from tests.crm.tryton.installation import NoTryton
from tests.crm.tryton.running import Tryton, running


@pytest.fixture
def tryton() -> Iterator[Tryton]:
    try:
        with running() as started:
            yield started
    except NoTryton as error:
        pytest.skip(str(error))


@pytest.fixture
def settings(settings: Settings, tryton: Tryton) -> Settings:
    return settings.model_copy(
        update={"crm_hosts": (tryton.host,), "public_url": "https://talktrack.example.com"}
    )


@pytest.fixture
def app_client(settings: Settings, engine: Engine, files: Files) -> Iterator[TestClient]:
    with TestClient(create_app(settings, engine, files), base_url="http://127.0.0.1") as client:
        client.base_url = client.base_url.join("/api/v1")
        yield client


def win_rate(manager: TestClient) -> tuple[float | None, int]:
    """Deals won of those that ended this month, and how many ended."""
    answer = manager.get("/kpis/win_rate/values", params={"period": "this_month"})
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["lines"]
    return line["value"], line["n"]


def connected(admin: TestClient, tryton: Tryton) -> str:
    """A connection that was tried, its id."""
    given = {
        "kind": "tryton",
        "name": "Our Tryton",
        "address": tryton.url,
        "options": tryton.options,
        "way": "login",
        "secrets": {"login": LOGIN, "password": PASSWORD},
    }
    made = admin.post("/crm/connections", json=given)
    assert made.status_code == 201, made.text
    crm = str(made.json()["id"])
    tried = admin.post(f"/crm/connections/{crm}/test")
    assert tried.status_code == 200, tried.text
    assert tried.json()["is_ok"] is True, tried.text
    return crm


def test_a_call_is_pushed_and_the_deal_that_is_won_there_counts_here(
    rep: TestClient,
    admin: TestClient,
    people: People,
    tryton: Tryton,
    engine: Engine,
    files: Files,
    settings: Settings,
) -> None:
    crm = connected(admin, tryton)
    with tryton.sales() as sales:
        party = sales.party("Harbor Foods", ("email", BUYER, "Jim Kowalski"))
        other = sales.party("Elsewhere", ("email", "ann@elsewhere.example", "Ann"))
        deal = sales.deal(party, "Harbor 2026", "1200.50")
        sales.deal(other, "Elsewhere 2026", "99")

        call = heard_call(engine, files, settings, people.rep)
        doing = workshop_of(settings, engine, files)
        work(doing)
        (push,) = rep.get(f"/calls/{call}/pushes").json()
        assert (push["state"], push["deal_name"]) == ("held", "Harbor 2026"), push
        assert push["why"]
        assert push["candidates"][0]["reasons"]
        assert sales.notes(deal) == []

        preview = rep.get(f"/calls/{call}/pushes/{crm}/preview").json()
        assert rep.post(f"/calls/{call}/pushes/{crm}").status_code == 202
        work(doing)
        (note,) = sales.notes(deal)
        assert note.strip() == preview["text"].strip()
        assert f"https://talktrack.example.com/calls/{call}" in note
        (push,) = rep.get(f"/calls/{call}/pushes").json()
        assert push["state"] == "pushed"

        before = win_rate(admin)
        sales.win(deal)
        assert admin.post(f"/crm/connections/{crm}/sync").status_code == 202
        work(doing)
        assert win_rate(admin) == (1.0, (before[1] or 0) + 1)
        ours = rep.get(f"/calls/{call}").json()["deal_id"]
        shown = admin.get(f"/deals/{ours}").json()
        assert (shown["outcome"], shown["amount_minor"]) == ("won", 120_050)
        told = admin.get(f"/deals/{ours}/timeline").json()["items"]
        assert [one["what"] for one in told if one["kind"] == "stage"][-1].lower() == "won"
        assert "call" in {one["kind"] for one in told}
