"""Whose figures one sees: a rep their own, a manager the team's, an admin everybody's."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from models.database import session_scope
from models.kpis import KPIS
from models.kpis.evaluating import is_companys
from models.tables import Account, Deal, Figure
from tests.api.conftest import People
from tests.api.selling import sell

JULY = {"period": "2025-07", "compare": "false"}
OWN = {"slug": "twice", "names": {"en": "Twice"}, "formula": "deals_won * 2"}


@pytest.fixture(autouse=True)
def _sold(engine: Engine, people: People) -> None:
    sell(engine, people)


def value(client: TestClient, slug: str = "sales_revenue", **params: Any) -> Any:
    told = client.get(f"/kpis/{slug}/values", params={**JULY, **params})
    assert told.status_code == 200, told.text
    (line,) = told.json()["lines"]
    return line["value"]


def names(client: TestClient, **params: Any) -> list[str | None]:
    told = client.get("/kpis/sales_revenue/values", params={**JULY, **params}).json()
    return [one["groups"][0]["name"] for one in told["lines"]]


def status(client: TestClient, path: str, **params: Any) -> int:
    return client.get(path, params={**JULY, **params}).status_code


def test_everybody_is_told_what_they_may_see(
    rep: TestClient, peer: TestClient, manager: TestClient, boss: TestClient, admin: TestClient
) -> None:
    both = {"period": "2025-Q3"}
    told = [value(one, **both) for one in (rep, peer, manager, boss, admin)]
    assert told == [4000.0, 2000.0, 6000.0, 4000.0, 10000.0]
    assert names(rep, by="rep") == ["Rita"]
    assert names(manager, by="rep") == ["Paul", "Rita"]
    assert names(boss, by="rep", **both) == ["Sam"]
    assert names(manager, by="team") == ["EMEA"]
    assert names(admin, by="team") == ["Americas", "EMEA"]


def test_another_reps_figures_are_no_ones_business(
    rep: TestClient, peer: TestClient, stranger: TestClient, boss: TestClient, people: People
) -> None:
    for client in (peer, stranger, boss):
        for path in ("/kpis/sales_revenue/values", "/kpis/sales_revenue/rows"):
            for whose in (people.rep.id, uuid4()):
                assert status(client, path, rep_id=str(whose)) == 404
    both = [str(people.rep.id), str(people.peer.id)]
    assert status(rep, "/kpis/sales_revenue/values", rep_id=both) == 404
    assert value(rep, rep_id=str(people.rep.id)) == 4000.0


def test_another_team_is_no_ones_business(
    manager: TestClient, boss: TestClient, admin: TestClient, people: People
) -> None:
    ours, theirs = str(people.rep.team_id), str(people.stranger.team_id)
    assert value(manager, team_id=ours) == value(admin, team_id=ours) == 6000.0
    assert status(manager, "/kpis/sales_revenue/values", team_id=theirs) == 404
    assert status(boss, "/kpis/sales_revenue/rows", team_id=ours) == 404
    assert status(admin, "/kpis/sales_revenue/values", team_id=str(uuid4())) == 404


def test_a_rep_is_not_told_of_the_team(rep: TestClient, people: People) -> None:
    path = "/kpis/sales_revenue/values"
    assert status(rep, path, by="team") == 403
    assert status(rep, path, team_id=str(people.rep.team_id)) == 403
    assert status(rep, "/kpis/team_revenue/values") == 403
    assert status(rep, path) == 200


def test_what_tells_of_the_company_is_not_for_reps(
    rep: TestClient, manager: TestClient, admin: TestClient
) -> None:
    for kpi in KPIS:
        path = f"/kpis/{kpi.slug}/values"
        expected = 403 if is_companys(kpi.figure) or kpi.by == "team" else 200
        assert status(rep, path) == expected, kpi.slug
    assert status(rep, "/kpis/cac/rows") == 403
    assert status(rep, "/kpis/lead_conversion/values", variant="visitors") == 403
    for client in (manager, admin):
        assert value(client, "cost_per_lead") == 200.0


def test_rows_are_those_one_may_see(
    rep: TestClient, manager: TestClient, boss: TestClient, admin: TestClient
) -> None:
    def titles(client: TestClient) -> set[str]:
        params = {"period": "2025-Q3"}
        told = client.get("/kpis/win_rate/rows", params=params).raise_for_status().json()
        assert told["count"] == len(told["rows"])
        return {one["title"].split("'")[0] for one in told["rows"]}

    assert titles(rep) == {"Rita"}
    assert titles(manager) == {"Rita", "Paul"}
    assert titles(boss) == {"Sam"}
    assert titles(admin) == {"Rita", "Paul", "Sam"}


def test_a_companys_number_shows_a_manager_no_other_teams_rows(
    manager: TestClient, boss: TestClient
) -> None:
    facts = boss.get("/kpis/cost_per_lead/rows", params=JULY).raise_for_status().json()["facts"]
    for client, count in ((manager, 3), (boss, 0)):
        counts = [
            client.get("/kpis/cost_per_lead/rows", params={**JULY, "fact": one}).json()["count"]
            for one in facts
        ]
        assert counts[-1] == count


def test_figures_of_another_teams_account_are_counted_and_not_shown(
    manager: TestClient, boss: TestClient, engine: Engine, people: People
) -> None:
    with session_scope(engine) as session:
        account = Account(name="Vantage")
        session.add(account)
        session.flush()
        session.add(Deal(name="Rollout", rep_id=people.rep.id, account_id=account.id))
        told = {"month": date(2025, 7, 1), "kind": "complaints", "value": 2.0}
        session.add(Figure(account_id=account.id, **told))
    for client, count in ((manager, 1), (boss, 0)):
        asked = {"params": {"period": "2025-07"}}
        lines = client.get("/kpis/complaints/values", **asked).raise_for_status().json()["lines"]
        assert [one["value"] for one in lines] == [2]
        rows = client.get("/kpis/complaints/rows", **asked).raise_for_status().json()
        assert rows["count"] == len(rows["rows"]) == count


def test_only_an_admin_makes_kpis(rep: TestClient, manager: TestClient, admin: TestClient) -> None:
    assert admin.post("/kpis", json=OWN).status_code == 201
    for client in (rep, manager):
        other = {**OWN, "slug": "other"}
        assert client.post("/kpis", json=other).status_code == 403
        assert client.patch("/kpis/twice", json={"unit": "count"}).status_code == 403
        assert client.delete("/kpis/twice").status_code == 403
        assert client.get("/kpis/twice").status_code == 200


def test_an_own_kpi_of_the_company_is_not_for_reps(rep: TestClient, admin: TestClient) -> None:
    own = {"slug": "cost", "names": {"fr": "Coût"}, "formula": "cac / max(deals_won, 1)"}
    assert admin.post("/kpis", json=own).status_code == 201
    assert status(rep, "/kpis/cost/values") == 403


def test_a_team_is_told_in_its_own_currency(
    manager: TestClient, admin: TestClient, people: People
) -> None:
    team = {"name": "EMEA", "currency": "USD", "fiscal_year_start": 7}
    changed = admin.put(f"/teams/{people.manager.team_id}", json=team)
    assert changed.status_code == 200, changed.text
    told = manager.get("/kpis/sales_revenue/values", params={"period": "FY2025-Q1"}).json()
    assert (told["currency"], told["lines"][0]["value"]) == ("USD", 12000.0)
    assert admin.get("/kpis/sales_revenue/values", params=JULY).json()["currency"] == "EUR"


def test_winning_calls_are_for_who_coaches(
    app_client: TestClient, rep: TestClient, manager: TestClient, admin: TestClient
) -> None:
    assert app_client.get("/associations").status_code == 401
    assert rep.get("/associations").status_code == 403
    for client in (manager, admin):
        told = client.get("/associations", params={"period": "2025", "language": "fr"}).json()
        assert (told["calls"], told["found"]) == (0, [])
        assert [one["what"] for one in told["lacks"]] == ["deals", "won", "lost"]
        assert len(told["silence"]) == 3
    assert admin.get("/associations", params={"period": "x"}).status_code == 422
    assert admin.get("/associations", params={"call_type": "\0"}).status_code == 422


def test_winning_calls_of_whom_one_may_not_see_are_as_good_as_none(
    manager: TestClient, admin: TestClient, people: People
) -> None:
    for of in ({"rep_id": people.stranger.id}, {"team_id": people.stranger.team_id}):
        assert manager.get("/associations", params=of).status_code == 404
        assert admin.get("/associations", params=of).status_code == 200
    for of in ({"rep_id": people.rep.id}, {"team_id": people.rep.team_id}):
        assert manager.get("/associations", params=of).status_code == 200
    for name in ("rep_id", "team_id"):
        assert admin.get("/associations", params={name: uuid4()}).status_code == 404
