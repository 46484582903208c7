"""What one follows, a company's own KPIs, and targets: chosen, changed, refused, taken back."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.kpis.dashboards import MOST_TILES, ROLE_TILES, Tile, choice_of
from models.tables import CustomKpi, Target, User
from tests.api.conftest import People
from tests.api.selling import sell
from tests.pages.conftest import Pages

OWN = {"name_en": "Revenue per deal", "formula": "sales_revenue / deals_won", "unit": "money"}
WRONG_KPIS: list[tuple[dict[str, str], str]] = [
    ({"formula": "sales_revenue / nothing_such"}, "There is no KPI nothing_such"),
    ({"formula": "1 + 1"}, "Name at least one KPI"),
    ({"formula": "sales_revenue /"}, "This cannot be read"),
    ({"formula": "__import__('os')"}, "Only min, max and abs"),
    ({"formula": "sales_revenue ** 2"}, "Use names, numbers"),
    ({"formula": "min(deals_won)"}, "min and max take two"),
    ({"formula": ""}, "Write a formula."),
    ({"name_en": ""}, "Give it a name."),
    ({"name_en": "Win rate"}, "There is a KPI of that name already"),
    ({"unit": "furlongs"}, "Choose one of the list."),
]
WRONG_TARGETS = [
    ("kpi", "nothing", "Choose a KPI."),
    ("month", "2025-13", "Give a month"),
    ("month", "0001-01", "Give a month"),
    ("whose", "", "Choose whose target it is."),
    ("value", "lots", "Give a number"),
    ("value", "9" * 40, "Give a number"),
    ("value", "nan", "Give a number"),
]


@pytest.fixture(autouse=True)
def _sold(engine: Engine, people: People) -> None:
    sell(engine, people)


def read(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return unescape(re.sub(r"\s+", " ", answer.text))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def tiles(engine: Engine, user: User) -> list[Tile]:
    with Session(engine) as session:
        return list(choice_of(session, user).tiles)


def add(client: TestClient, tile: str) -> Any:
    return client.post("/kpis/tiles/add", data={"tile": tile})


def undo_of(client: TestClient) -> str:
    (path,) = re.findall(r'action="(/[^"]*)"><button class="link">', client.get("/kpis").text)
    return unescape(path)


def targets(engine: Engine) -> list[Target]:
    with Session(engine) as session:
        return list(session.exec(select(Target)).all())


def test_a_dashboard_is_put_in_another_order_and_back(
    pages: Pages, people: People, engine: Engine
) -> None:
    client, usual = pages(people.rep), list(ROLE_TILES["rep"])
    page = read(client, "/kpis/choose")
    down = re.findall(r'form method="post" action="(/kpis/tiles/as[^"]+)"', page)
    assert client.post(down[0]).status_code == 303
    assert tiles(engine, people.rep) == [usual[1], usual[0], *usual[2:]]
    assert client.post(undo_of(client)).status_code == 303
    assert tiles(engine, people.rep) == usual
    assert client.post("/kpis/tiles/reset").status_code == 303
    assert tiles(engine, people.peer) == usual


def test_an_eleventh_figure_is_refused_in_words(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    refused = add(client, "deals_won")
    assert refused.status_code == 422
    assert "There is room for ten" in refused.text
    assert len(tiles(engine, people.rep)) == MOST_TILES


def test_a_reading_and_a_split_can_be_followed(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    assert client.post("/kpis/tiles/as?tiles=win_rate").status_code == 303
    assert add(client, "sales_cycle_days:median").status_code == 303
    assert add(client, "sales_revenue::region").status_code == 303
    expected = [
        Tile("win_rate"), Tile("sales_cycle_days", "median"), Tile("sales_revenue", None, "region")
    ]  # fmt: skip
    assert tiles(engine, people.rep) == expected
    page = text_of(read(client, "/kpis?period=2025-07"))
    assert "Sales cycle length (median)" in page or "(median)" in page
    assert "France €4,000" in page
    assert add(client, "win_rate").status_code == 303
    assert tiles(engine, people.rep) == expected


def test_what_cannot_be_followed_is_refused(pages: Pages, people: People, engine: Engine) -> None:
    client = pages(people.rep)
    client.post("/kpis/tiles/as?tiles=win_rate")
    for tile in ("", "nothing_such", "churn", "win_rate:x", "win_rate::moon", ":::"):
        refused = add(client, tile)
        assert refused.status_code == 422
        assert "Choose a KPI from the list." in refused.text
        assert tiles(engine, people.rep) == [Tile("win_rate")]
        assert client.post(f"/kpis/tiles/as?tiles={tile},{tile}").status_code in {403, 422}


def test_the_catalogue_finds_by_other_names_and_hides_the_companys(
    pages: Pages, people: People
) -> None:
    page = read(pages(people.admin), "/kpis/all?search=chiffre d'affaires")
    assert "Sales revenue" in page
    assert "Customer acquisition cost" not in page
    assert "/kpis/cac" in read(pages(people.admin), "/kpis/all")
    assert "/kpis/cac" not in read(pages(people.rep), "/kpis/all")
    assert "No KPI is called so" in read(pages(people.rep), "/kpis/all?search=zzz<b>")


def test_an_admin_makes_changes_and_deletes_a_kpi(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.admin)
    made = client.post("/kpis/own", data=OWN)
    assert made.headers["location"] == "/kpis/revenue_per_deal"
    assert "€2,000" in read(pages(people.manager), "/kpis/revenue_per_deal?period=2025-07")
    assert "sales_revenue / deals_won" in read(client, "/kpis/own?slug=revenue_per_deal")
    changed = client.post("/kpis/own/revenue_per_deal", data={**OWN, "name_fr": "Panier"})
    assert changed.status_code == 303
    with Session(engine) as session:
        assert session.exec(select(CustomKpi)).one().names["fr"] == "Panier"
    assert client.post("/kpis/own/revenue_per_deal/delete").status_code == 303
    assert client.get("/kpis/revenue_per_deal").status_code == 404


def test_a_wrong_formula_is_told_beside_its_field_and_kept(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.admin)
    for wrong, told in WRONG_KPIS:
        given = {**OWN, "definition_en": "<b>kept</b>", **wrong}
        answer = client.post("/kpis/own", data=given)
        assert answer.status_code == 422
        assert told in unescape(answer.text)
        assert "&lt;b&gt;kept&lt;/b&gt;" in answer.text
        assert (given["formula"] or OWN["name_en"]) in unescape(answer.text)
    with Session(engine) as session:
        assert session.exec(select(CustomKpi)).all() == []


@pytest.mark.parametrize("who", ["rep", "manager"])
def test_only_admins_make_kpis(pages: Pages, people: People, who: str) -> None:
    client = pages(getattr(people, who))
    assert client.get("/kpis/own").status_code == 403
    assert client.post("/kpis/own", data=OWN).status_code == 403
    assert client.post("/kpis/own/win_rate/delete").status_code == 403


def test_names_of_our_pages_are_no_kpis(pages: Pages, people: People) -> None:
    made = pages(people.admin).post("/kpis/own", data={**OWN, "name_en": "All"})
    assert made.headers["location"] == "/kpis/own_all"


def _given(people: People, **values: Any) -> dict[str, str]:
    usual = {"kpi": "deals_won", "month": "2025-07", "whose": f"rep:{people.rep.id}", "value": "4"}
    return usual | values


def test_a_target_shows_what_was_reached(pages: Pages, people: People) -> None:
    page = text_of(read(pages(people.rep), "/targets"))
    assert "July 2025 Sales revenue Rita €5,000 €4,000 80% 80%" in page
    assert "Set a target" not in page
    assert "No targets yet" in read(pages(people.boss), "/targets")


def test_a_manager_sets_changes_and_deletes_a_target(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.manager)
    set_ = client.post("/targets", data=_given(people))
    assert set_.headers["location"] == "/targets?kpi=deals_won&year=2025"
    assert "Rita 4 2" in text_of(read(client, "/targets?kpi=deals_won&year=2025"))
    (made,) = [one for one in targets(engine) if one.kpi == "deals_won"]
    assert 'value="4"' in read(client, f"/targets/{made.id}")
    assert client.post(f"/targets/{made.id}/delete").status_code == 303
    assert [one.kpi for one in targets(engine)] == ["sales_revenue"]
    assert client.post(undo_of(client)).status_code == 303
    assert [one.value for one in targets(engine) if one.kpi == "deals_won"] == [4.0]


def test_amounts_are_read_as_they_are_typed(pages: Pages, people: People, engine: Engine) -> None:
    client = pages(people.manager)
    typed = [("win_rate", "45 %", 0.45), ("win_rate", "12.5", 0.125), ("deals_won", "1,200", 1200)]
    for kpi, value, expected in typed:
        assert client.post("/targets", data=_given(people, kpi=kpi, value=value)).is_redirect
        assert [one.value for one in targets(engine) if one.kpi == kpi] == [expected]


def test_money_is_kept_in_its_currency(pages: Pages, people: People, engine: Engine) -> None:
    given = _given(people, kpi="sales_revenue", month="2025-08", value="80 000,50", currency="USD")
    assert pages(people.manager).post("/targets", data=given).status_code == 303
    (made,) = [one for one in targets(engine) if one.month == date(2025, 8, 1)]
    assert (made.amount_minor, made.currency, made.value) == (8_000_050, "USD", None)


def test_a_wrong_target_is_told_beside_its_field_and_kept(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.manager)
    for name, value, told in WRONG_TARGETS:
        answer = client.post("/targets", data=_given(people, **{name: value}))
        assert answer.status_code == 422
        assert told in answer.text
        assert f'id="wrong-{name}"' in answer.text
        assert len(targets(engine)) == 1


def test_targets_of_others_are_no_ones_business(
    pages: Pages, people: People, engine: Engine
) -> None:
    (kept,) = targets(engine)
    given = _given(people)
    assert pages(people.rep).post("/targets", data=given).status_code == 403
    assert pages(people.boss).post("/targets", data=given).status_code == 422
    company = _given(people, whose="company")
    assert pages(people.manager).post("/targets", data=company).status_code == 422
    assert pages(people.admin).post("/targets", data=company).status_code == 303
    assert pages(people.rep).post(f"/targets/{kept.id}/delete").status_code == 403
    for who, status in ((people.boss, 404), (people.peer, 403), (people.rep, 403)):
        assert pages(who).get(f"/targets/{kept.id}").status_code == status
    assert pages(people.boss).post(f"/targets/{kept.id}/delete").status_code == 404
    assert pages(people.peer).post(f"/targets/{kept.id}/delete").status_code in {403, 404}
    assert "Rita" not in read(pages(people.peer), "/targets")
    assert len(targets(engine)) == 2
