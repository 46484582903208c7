"""Dashboards: what a role sees first, what people choose, and tiles that cannot be answered."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from models.database import session_scope
from models.kpis.catalogue import BY_SLUG
from models.kpis.dashboards import HEADLINE, MOST_TILES, ROLE_TILES
from models.kpis.evaluating import is_companys
from models.tables import Dashboard
from tests.api.conftest import People
from tests.api.selling import sell

OWN = {"slug": "twice", "names": {"en": "Twice"}, "formula": "deals_won * 2"}


def shown(client: TestClient, **params: Any) -> dict[str, Any]:
    answer = client.get("/dashboard", params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def slugs(client: TestClient) -> list[str]:
    return [one["kpi"] for one in shown(client)["tiles"]]


def choose(client: TestClient, *tiles: dict[str, Any]) -> int:
    return client.put("/dashboard", json={"tiles": list(tiles)}).status_code


def test_a_role_sees_the_headline_kpis_first() -> None:
    for role, tiles in ROLE_TILES.items():
        assert tuple(one.kpi for one in tiles[:3]) == HEADLINE
        assert len(set(tiles)) == len(tiles) <= MOST_TILES
        for tile in tiles:
            assert role != "rep" or not is_companys(BY_SLUG[tile.kpi].figure)


def test_everybody_has_a_dashboard_whose_tiles_are_answered(
    rep: TestClient, manager: TestClient, admin: TestClient, engine: Engine, people: People
) -> None:
    sell(engine, people)
    for client, role, revenue in ((rep, "rep", 4000.0), (manager, "manager", 6000.0)):
        told = shown(client, period="2025-07")
        assert told["is_own"] is False
        assert [one["kpi"] for one in told["tiles"]] == [one.kpi for one in ROLE_TILES[role]]
        assert all(one["answer"] for one in told["tiles"])
        values = {one["kpi"]: one["answer"]["lines"][0] for one in told["tiles"]}
        assert values["meeting_acceptance"]["value"] == 0.5
        assert values["sales_revenue"]["value"] == revenue
    assert all(one["answer"] for one in shown(admin)["tiles"])


def test_people_choose_what_they_see_and_go_back(
    rep: TestClient, peer: TestClient, engine: Engine, people: People
) -> None:
    sell(engine, people)
    first, second = {"kpi": "win_rate", "by": "source"}, {"kpi": "sales_cycle_days"}
    assert choose(rep, first, {**second, "variant": "median"}) == 204
    told = shown(rep, period="2025-07", each="month", currency="USD")
    assert told["is_own"] is True
    assert [(one["kpi"], one["variant"], one["by"]) for one in told["tiles"]] == [
        ("win_rate", None, "channel"),
        ("sales_cycle_days", "median", None),
    ]
    groups = [one["groups"][0]["name"] for one in told["tiles"][0]["answer"]["lines"]]
    assert "event" in groups
    assert told["tiles"][1]["answer"]["lines"][0]["value"] == 20.0
    assert shown(peer)["is_own"] is False
    assert choose(rep, second) == 204
    assert slugs(rep) == ["sales_cycle_days"]
    for _twice in range(2):
        assert rep.delete("/dashboard").status_code == 204
    assert shown(rep)["is_own"] is False


def test_what_cannot_be_shown_is_refused(rep: TestClient, manager: TestClient) -> None:
    tile = {"kpi": "win_rate"}
    for tiles in (
        [],
        [tile] * 2,
        [tile] * 11,
        [{"kpi": "no_such"}],
        [{"kpi": "win\0"}],
        [{"kpi": "win_rate", "variant": "other"}],
        [{"kpi": "win_rate", "by": "call_type"}],
        [{"kpi": "win_rate", "by": "colour"}],
        [{"kpi": "win_rate", "size": 3}],
        ["win_rate"],
    ):
        assert choose(manager, *tiles) == 422, tiles  # type: ignore[arg-type]
    assert choose(rep, {"kpi": "cac"}) == 403
    assert choose(rep, {"kpi": "team_revenue"}) == 403
    assert choose(rep, {"kpi": "win_rate", "by": "team"}) == 403
    assert choose(manager, {"kpi": "cac"}) == 204
    assert shown(rep)["is_own"] is False
    days = {"period": "2000-01-01..2020-01-01", "each": "day"}
    for wrong in ({"period": "x"}, {"each": "hour"}, {"currency": "XXX"}, days):
        for path in ("/dashboard", "/dashboard/file"):
            assert manager.get(path, params=wrong).status_code == 422


def test_nobody_reads_a_dashboard_without_signing_in(app_client: TestClient) -> None:
    asked = [app_client.request(one, "/dashboard").status_code for one in ("GET", "PUT", "DELETE")]
    assert asked == [401, 401, 401]


def test_a_tile_that_cannot_be_answered_says_why(
    rep: TestClient, engine: Engine, people: People
) -> None:
    tiles = [{"kpi": "cac"}, {"kpi": "gone"}, {"kpi": "win_rate", "variant": "old"}]
    with session_scope(engine) as session:
        kept = [*tiles, {"kpi": "win_rate"}]
        session.add(Dashboard(user_id=people.rep.id, tiles=kept))
    told = shown(rep)["tiles"]
    assert [one["why"] for one in told] == ["not_allowed", "gone", "impossible", None]
    assert [one["answer"] is None for one in told] == [True, True, True, False]
    assert "gone" in told[1]["told"]


@pytest.mark.parametrize("others", [[], [{"kpi": "win_rate"}]])
def test_a_deleted_kpi_leaves_all_dashboards(
    rep: TestClient,
    admin: TestClient,
    engine: Engine,
    people: People,
    others: list[dict[str, str]],
) -> None:
    admin.post("/kpis", json=OWN).raise_for_status()
    assert choose(rep, {"kpi": "twice"}, *others) == 204
    assert choose(admin, {"kpi": "deals_won"}) == 204
    assert admin.delete("/kpis/twice").status_code == 204
    with Session(engine) as session:
        left = session.get(Dashboard, people.rep.id)
        assert (left.tiles if left else []) == others
    assert shown(rep)["is_own"] is bool(others)
    assert slugs(admin) == ["deals_won"]
