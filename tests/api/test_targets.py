"""Targets: who sets what for whom, what they may hold, and how they are followed."""

from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.tables import AuditEntry, Target
from tests.api.conftest import People
from tests.api.selling import sell

MONEY = {"kpi": "sales_revenue", "month": "2025-07", "amount_minor": 800_000, "currency": "EUR"}
SHARE = {"kpi": "win_rate", "month": "2025-07", "value": 0.5}


def put(client: TestClient, **given: Any) -> dict[str, Any]:
    answer = client.put("/targets", json=given)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def refused(client: TestClient, **given: Any) -> int:
    return client.put("/targets", json=given).status_code


def listed(client: TestClient, **params: Any) -> list[str]:
    told = client.get("/targets", params=params).raise_for_status().json()["items"]
    return [one["rep_name"] or one["team_name"] or "all" for one in told]


def reached(client: TestClient, slug: str, **params: Any) -> Any:
    asked = {"period": "2025-07", "compare": "false", **params}
    told = client.get(f"/kpis/{slug}/values", params=asked).raise_for_status().json()
    return told["lines"][0]["target"]


def test_a_manager_sets_the_teams_and_its_reps(
    manager: TestClient, boss: TestClient, rep: TestClient, admin: TestClient, people: People
) -> None:
    whose = {"rep_id": str(people.rep.id)}, {"team_id": str(people.rep.team_id)}
    for one in whose:
        put(manager, **MONEY, **one)
        put(admin, **MONEY, **one)
        assert refused(boss, **MONEY, **one) == 404
        assert refused(rep, **MONEY, **one) == 403
    assert refused(manager, **MONEY) == 403, "the company's"
    assert refused(manager, **MONEY, rep_id=str(uuid4())) == 404
    assert refused(admin, **MONEY, team_id=str(uuid4())) == 404
    put(admin, **MONEY)
    assert sorted(listed(admin)) == ["EMEA", "Rita", "all"]
    assert sorted(listed(manager)) == ["EMEA", "Rita", "all"]
    assert listed(boss) == ["all"]
    assert listed(rep) == ["Rita"]


def test_a_manager_of_no_team_sees_no_reps_targets(
    signed: Any, admin: TestClient, people: People, engine: Engine
) -> None:
    put(admin, **MONEY, rep_id=str(people.rep.id))
    changed = admin.patch(f"/users/{people.boss.id}", json={"team_id": None})
    assert changed.json()["team_id"] is None
    assert listed(signed(people.boss)) == []


def test_setting_it_again_replaces_it(manager: TestClient, people: People, engine: Engine) -> None:
    whose = {"rep_id": str(people.rep.id)}
    first = put(manager, **MONEY, **whose)
    again = put(manager, **{**MONEY, "amount_minor": 5}, **whose)
    assert (again["id"], again["amount_minor"]) == (first["id"], 5)
    assert (first["month"], first["rep_name"], first["value"]) == ("2025-07-01", "Rita", None)
    put(manager, **SHARE, **whose)
    put(manager, **{**MONEY, "month": "2025-08"}, **whose)
    assert len(listed(manager)) == 3
    assert len(listed(manager, kpi="sales_revenue")) == 2
    assert len(listed(manager, since="2025-08")) == 1
    assert len(listed(manager, until="2025-07", rep_id=str(people.rep.id))) == 2
    assert listed(manager, team_id=str(people.rep.team_id)) == []
    with Session(engine) as session:
        assert len(session.exec(select(Target)).all()) == 3
        noted = session.exec(select(AuditEntry).where(AuditEntry.noun == "targets")).all()
    assert {one.verb for one in noted} == {"put_target"}
    assert [one.subject_id for one in noted].count(first["id"]) == 2


def test_the_company_has_one_target_for_a_month(admin: TestClient) -> None:
    assert put(admin, **MONEY)["id"] == put(admin, **MONEY)["id"]


def test_a_target_is_followed(
    manager: TestClient, rep: TestClient, engine: Engine, people: People
) -> None:
    sell(engine, people)
    whose = {"rep_id": str(people.rep.id)}
    put(manager, **MONEY, **whose)
    assert reached(rep, "sales_revenue") == {"value": 8000.0, "share": 0.5, "pace": 0.5}
    put(manager, **SHARE, **whose)
    assert reached(rep, "win_rate") == {
        "value": 0.5,
        "share": 2 / 3 / 0.5,
        "pace": 2 / 3 / 0.5,
    }
    assert reached(manager, "win_rate", by="team")["value"] == 0.5
    assert reached(rep, "win_rate", period="2025-07-03..2025-07-20") is None
    for part in ({"by": "region"}, {"region": "France"}, {"by": ["rep", "region"]}):
        assert reached(rep, "sales_revenue", **part) is None, "nobody set one for a part"


def test_what_is_deleted_is_gone(
    manager: TestClient, boss: TestClient, rep: TestClient, admin: TestClient, people: People
) -> None:
    own = put(manager, **MONEY, rep_id=str(people.rep.id))["id"]
    companys = put(admin, **MONEY)["id"]
    assert boss.delete(f"/targets/{own}").status_code == 404
    assert rep.delete(f"/targets/{own}").status_code == 403
    assert manager.delete(f"/targets/{companys}").status_code == 403
    assert manager.delete(f"/targets/{own}").status_code == 204
    assert manager.delete(f"/targets/{own}").status_code == 404
    assert admin.delete(f"/targets/{companys}").status_code == 204
    assert listed(admin) == []


def test_what_cannot_be_a_target_is_refused(admin: TestClient, people: People) -> None:
    rep, team = str(people.rep.id), str(people.rep.team_id)
    for given in (
        {**MONEY, "rep_id": rep, "team_id": team},
        {**MONEY, "kpi": "no_such"},
        {**MONEY, "kpi": "a\0"},
        {**MONEY, "kpi": "win_rate"},
        {**MONEY, "value": 1.0},
        {**MONEY, "currency": None},
        {**MONEY, "currency": "euro"},
        {**MONEY, "amount_minor": -1},
        {**MONEY, "amount_minor": 2**53},
        {**MONEY, "amount_minor": "12"},
        {**SHARE, "value": None},
        {**SHARE, "value": "much"},
        {**SHARE, "value": 1e16},
        {**SHARE, "currency": "EUR"},
        {**SHARE, "month": "2025-13"},
        {**SHARE, "month": "2025-07-01"},
        {**SHARE, "month": "0001-01"},
        {**SHARE, "month": None},
        {**SHARE, "more": 1},
        {},
    ):
        assert refused(admin, **given) == 422, given
    for hostile in (b'{"kpi":"win_rate","month":"2025-07","value":NaN}', b"\xff", b"[]"):
        headers = {"content-type": "application/json"}
        assert admin.put("/targets", content=hostile, headers=headers).status_code in {400, 422}
    assert admin.get("/targets", params={"since": "x"}).status_code == 422
    assert admin.get("/targets", params={"cursor": "x"}).status_code == 422
    assert listed(admin) == []


def test_an_own_kpi_keeps_the_unit_of_its_targets(admin: TestClient) -> None:
    own = {"slug": "twice", "names": {"en": "Twice"}, "formula": "deals_won * 2"}
    admin.post("/kpis", json=own).raise_for_status()
    put(admin, kpi="twice", month="2025-07", value=10)
    assert admin.patch("/kpis/twice", json={"unit": "money"}).status_code == 409
    assert admin.patch("/kpis/twice", json={"unit": "count"}).status_code == 200
    assert admin.delete("/kpis/twice").status_code == 204
    assert listed(admin) == []


def test_imported_targets_are_listed_with_those_set_by_hand(
    admin: TestClient, manager: TestClient, people: People
) -> None:
    rows = b"month,quota,currency,kpi,team\n2025-07,8000,EUR,sales_revenue,EMEA\n2025-06,1,EUR,,\n"
    files = [("files", ("targets.csv", rows))]
    admin.post("/imports", files=files).raise_for_status()
    put(manager, **MONEY, rep_id=str(people.rep.id))
    found = manager.get("/targets").json()["items"]
    told = {
        (one["team_name"], one["rep_name"], one["amount_minor"], one["origin"]) for one in found
    }
    assert told == {
        ("EMEA", None, 800_000, "import"),
        (None, None, 100, "import"),
        (None, "Rita", 800_000, "talktrack"),
    }
    assert admin.get("/sales/targets").status_code == 404
