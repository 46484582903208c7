"""KPIs over HTTP: the catalogue, figures by group and time, rows behind them, a company's own."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.kpis import KPIS
from models.tables import AuditEntry
from tests.api.conftest import People
from tests.api.selling import sell

OWN = {
    "slug": "revenue_per_won_deal",
    "names": {"en": "Revenue per won deal"},
    "formula": "sales_revenue / deals_won",
    "unit": "money",
    "better": "higher",
}


@pytest.fixture
def sold(engine: Engine, people: People) -> None:
    sell(engine, people)


def asked(client: TestClient, slug: str, **params: Any) -> dict[str, Any]:
    answer = client.get(f"/kpis/{slug}/values", params={"period": "2025-07", **params})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def by_name(told: dict[str, Any]) -> dict[str | None, Any]:
    return {one["groups"][0]["name"]: one["value"] for one in told["lines"]}


def rows(client: TestClient, slug: str, **params: Any) -> dict[str, Any]:
    answer = client.get(f"/kpis/{slug}/rows", params={"period": "2025-07", **params})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_catalogue_tells_all_of_every_kpi(rep: TestClient) -> None:
    told = rep.get("/kpis").json()
    assert [one["slug"] for one in told] == [kpi.slug for kpi in KPIS]
    (found,) = (one for one in told if one["slug"] == "win_rate")
    assert found == rep.get("/kpis/win_rate").json()
    assert (found["unit"], found["better"], found["as_odds"]) == ("share", "higher", True)
    assert found["by"] == ["rep", "team", "region", "channel", "product", "customer"]
    assert all(one["name"]["en"] and one["name"]["fr"] for one in told)
    visitors = next(one for one in told if one["slug"] == "lead_conversion")["variants"]
    assert [(one["slug"], one["is_companys"]) for one in visitors] == [("visitors", True)]


def test_a_kpi_is_found_by_what_it_is_called(rep: TestClient) -> None:
    called = {
        "win rate": "win_rate",
        "RATE win": "win_rate",
        "taux d\u2019ACCEPTATION": "meeting_acceptance",
        "taux d'acceptation": "meeting_acceptance",
        "delai prospects": "response_time_hours",
        "net promoter": "nps",
    }
    for words, slug in called.items():
        found = [one["slug"] for one in rep.get("/kpis", params={"search": words}).json()]
        assert slug in found, words
        elsewhere = rep.get("/kpis", params={"search": words, "family": "costs"}).json()
        assert slug not in [one["slug"] for one in elsewhere]


def test_a_family_can_be_listed_alone(rep: TestClient) -> None:
    told = rep.get("/kpis", params={"family": ["costs", "calls"]}).json()
    assert {one["family"] for one in told} == {"costs", "calls"}


def test_a_share_has_its_interval_its_parts_and_what_it_was_before(
    admin: TestClient, sold: None
) -> None:
    told = asked(admin, "win_rate")
    (line,) = told["lines"]
    assert (line["part"], line["whole"], line["n"], line["value"]) == (3, 5, 5, 0.6)
    assert 0.2 < line["low"] < 0.6 < line["high"] < 0.9
    assert line["before"]["value"] == 1.0
    assert line["change"] == {"kind": "difference", "value": pytest.approx(-0.4)}
    assert (line["year_before"]["value"], line["year_before"]["why"]) == (None, "no_rows")
    assert line["year_change"] is None
    assert line["span"]["start_on"] == "2025-07-01"
    assert (line["span"]["end_on"], line["span"]["is_running"]) == ("2025-08-01", False)
    assert told["formula"]["en"]
    assert told["definition"]["fr"]


def test_money_is_told_in_a_currency_beside_its_target(admin: TestClient, sold: None) -> None:
    told = asked(admin, "sales_revenue", by="rep", compare=True)
    lines = {one["groups"][0]["name"]: one for one in told["lines"]}
    assert told["currency"] == "EUR"
    assert {name: one["value"] for name, one in lines.items()} == {
        "Rita": 4000.0,
        "Paul": 2000.0,
        "Sam": 0.0,
    }
    assert lines["Rita"]["target"] == {"value": 5000.0, "share": 0.8, "pace": 0.8}
    assert lines["Rita"]["change"] == {"kind": "relative", "value": 3.0}
    assert lines["Paul"]["change"] is None, "there was nothing before"
    dollars = asked(admin, "sales_revenue", currency="USD")
    assert (dollars["currency"], dollars["lines"][0]["value"]) == ("USD", 12000.0)


def test_a_period_is_cut_into_pieces(admin: TestClient, sold: None) -> None:
    told = asked(admin, "sales_revenue", period="2025-Q3", each="month")
    assert [(one["span"]["start_on"], one["value"]) for one in told["lines"]] == [
        ("2025-07-01", 6000.0),
        ("2025-08-01", 4000.0),
        ("2025-09-01", 0.0),
    ]


def test_groups_and_filters_name_channels_sources_too(admin: TestClient, sold: None) -> None:
    channels = by_name(asked(admin, "sales_revenue", by="channel", compare=False))
    assert channels == {"ads": 2000.0, "event": 4000.0}
    assert by_name(asked(admin, "sales_revenue", by="source", compare=False)) == channels
    for name in ("source", "channel"):
        (line,) = asked(admin, "sales_revenue", **{name: "ads"})["lines"]
        assert line["value"] == 2000.0
    (both,) = asked(admin, "sales_revenue", channel=["ads", "event"])["lines"]
    assert both["value"] == 6000.0
    (nowhere,) = asked(admin, "sales_revenue", without="region")["lines"]
    assert nowhere["value"] == 2000.0
    (france,) = asked(admin, "sales_revenue", without="region", region="France")["lines"]
    assert france["value"] == 6000.0


def test_several_groups_at_once(admin: TestClient, sold: None) -> None:
    told = asked(admin, "win_rate", by=["rep", "channel"], compare=False)
    assert {
        tuple(group["name"] for group in one["groups"]): one["value"] for one in told["lines"]
    } == {("Rita", "event"): pytest.approx(2 / 3), ("Paul", "ads"): 0.5}


def test_what_is_not_known_says_why(admin: TestClient, sold: None) -> None:
    (line,) = asked(admin, "win_rate", period="2024-07")["lines"]
    assert (line["value"], line["low"], line["why"]) == (None, None, "no_rows")
    (cost,) = asked(admin, "cost_per_lead", period="2025-07-02..2025-07-20")["lines"]
    assert (cost["value"], cost["why"]) == (None, "whole_months")
    (whole,) = asked(admin, "cost_per_lead")["lines"]
    assert (whole["value"], whole["why"]) == (200.0, None)


def test_the_rows_of_a_number_lead_to_what_they_are(admin: TestClient, sold: None) -> None:
    found = rows(admin, "win_rate", channel="event")
    assert (found["count"], found["next_offset"]) == (3, None)
    assert sorted(one["is_part"] for one in found["rows"]) == [False, True, True]
    titles = {one["title"] for one in found["rows"]}
    assert titles == {"Rita's for 1000", "Rita's for 3000", "Rita's for 500"}
    assert {one["rep_name"] for one in found["rows"]} == {"Rita"}
    deal = found["rows"][0]["links"]["deal_id"]
    assert admin.get(f"/deals/{deal}").json()["name"] in titles
    assert rows(admin, "win_rate", without="region")["count"] == 2


def test_rows_come_a_page_at_a_time(admin: TestClient, sold: None) -> None:
    first = rows(admin, "win_rate", limit=3)
    assert (first["count"], first["next_offset"], len(first["rows"])) == (5, 3, 3)
    rest = rows(admin, "win_rate", limit=3, offset=3)
    assert (rest["next_offset"], len(rest["rows"])) == (None, 2)
    ids = [one["links"]["deal_id"] for one in (*first["rows"], *rest["rows"])]
    assert len(set(ids)) == 5
    assert rows(admin, "win_rate", offset=99)["rows"] == []


def test_each_fact_of_a_kpi_has_its_rows(admin: TestClient, sold: None) -> None:
    facts = rows(admin, "cost_per_lead")["facts"]
    counts = {one: rows(admin, "cost_per_lead", fact=one)["count"] for one in facts}
    assert sorted(counts.values()) == [1, 3]


def test_an_own_kpi_is_counted_like_any_other(
    admin: TestClient, rep: TestClient, sold: None, engine: Engine
) -> None:
    made = admin.post("/kpis", json=OWN)
    assert made.status_code == 201, made.text
    assert made.json()["name"] == {"en": "Revenue per won deal", "fr": "Revenue per won deal"}
    assert made.json()["family"] == "own"
    assert by_name(asked(admin, OWN["slug"], by="rep"))["Rita"] == 2000.0
    assert [one["value"] for one in asked(rep, OWN["slug"])["lines"]] == [2000.0]
    changed = admin.patch(f"/kpis/{OWN['slug']}", json={"formula": "deals_won * 2"})
    assert changed.json()["formula"]["en"] == "deals_won * 2"
    assert [one["value"] for one in asked(rep, OWN["slug"])["lines"]] == [4.0]
    assert admin.delete(f"/kpis/{OWN['slug']}").status_code == 204
    assert rep.get(f"/kpis/{OWN['slug']}/values").status_code == 404
    with Session(engine) as session:
        noted = select(AuditEntry.verb, AuditEntry.subject_id).where(AuditEntry.noun == "kpis")
        assert session.exec(noted).all() == [
            (verb, OWN["slug"]) for verb in ("make_kpi", "alter_kpi", "remove_kpi")
        ]


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"slug": "win_rate"}, 409, "already"),
    ({"slug": "Win rate"}, 422, "slug"),
    ({"slug": "x" * 101}, 422, "slug"),
    ({"names": {}}, 422, "names"),
    ({"names": {"en": "a\0b"}}, 422, "names"),
    ({"names": {"de": "Umsatz"}}, 422, "names"),
    ({"formula": "sales_revenu / deals_won"}, 422, "sales_revenu"),
    ({"formula": "deals_won /"}, 422, "formula"),
    ({"formula": "__import__('os').system('x')"}, 422, "formula"),
    ({"formula": "-" * 900 + "deals_won"}, 422, "nested"),
    ({"formula": "deals_won\0"}, 422, "formula"),
    ({"formula": "1 + 1"}, 422, "names no KPI"),
    ({"unit": "furlongs"}, 422, "unit"),
    ({"better": "sideways"}, 422, "better"),
    ({"extra": 1}, 422, "extra"),
]


def test_an_own_kpi_that_cannot_be_is_refused(admin: TestClient) -> None:
    for change, status, said in REFUSED:
        told = admin.post("/kpis", json={**OWN, **change})
        assert (told.status_code, said in told.json()["detail"]) == (status, True), told.text
    assert len(admin.get("/kpis").json()) == len(KPIS)


def test_every_unit_can_be_kept(admin: TestClient) -> None:
    units = ("share", "count", "money", "seconds", "minutes", "hours", "days", "years", "points")
    for unit in (*units, "number"):
        given = {**OWN, "slug": f"own_{unit}", "unit": unit}
        assert admin.post("/kpis", json=given).status_code == 201, unit


def test_the_catalogues_kpis_stay_as_they_are(admin: TestClient) -> None:
    assert admin.patch("/kpis/win_rate", json={"unit": "count"}).status_code == 409
    assert admin.delete("/kpis/win_rate").status_code == 409
    assert admin.delete("/kpis/no_such").status_code == 404
    assert admin.post("/kpis", json=OWN).status_code == 201
    assert admin.post("/kpis", json=OWN).status_code == 409
    assert admin.patch(f"/kpis/{OWN['slug']}", json={"unit": None}).status_code == 422


IMPOSSIBLE: list[tuple[str, dict[str, Any], int, str]] = [
    ("win_rate/values", {"period": "soon"}, 422, "period"),
    ("win_rate/values", {"period": "2026-13"}, 422, "period"),
    ("win_rate/values", {"period": "2026\0"}, 422, "period"),
    ("win_rate/values", {"period": "1800"}, 422, "period"),
    ("win_rate/values", {"period": "2026-05-02..2026-05-01"}, 422, "period"),
    ("win_rate/values", {"period": "9" * 101}, 422, "period"),
    ("win_rate/values", {"period": "2000-01-01..2020-01-01", "each": "day"}, 422, "pieces"),
    ("win_rate/values", {"each": "hour"}, 422, "each"),
    ("win_rate/values", {"by": "call_type"}, 422, "cannot be asked by call_type"),
    ("win_rate/values", {"by": "colour"}, 422, "by"),
    ("win_rate/values", {"call_type": "demo"}, 422, "cannot be asked by call_type"),
    ("win_rate/values", {"variant": "other"}, 422, "variant"),
    ("win_rate/values", {"currency": "XXX"}, 422, "no rates for XXX"),
    ("win_rate/values", {"currency": "euro"}, 422, "currency"),
    ("win_rate/values", {"region": "a\0"}, 422, "region"),
    ("win_rate/values", {"region": ["x"] * 51}, 422, "region"),
    ("win_rate/values", {"customer": "odd"}, 422, "customer"),
    ("win_rate/values", {"rep_id": "me"}, 422, "rep_id"),
    ("winrate/values", {}, 404, "no KPI"),
    ("win rate/values", {}, 422, "slug"),
    ("%00/values", {}, 422, "slug"),
    ("win_rate/rows", {"fact": "leads"}, 422, "fact"),
    ("win_rate/rows", {"limit": 201}, 422, "limit"),
    ("win_rate/rows", {"offset": -1}, 422, "offset"),
    ("win_rate/rows", {"offset": 10**30}, 422, "offset"),
]


def test_what_cannot_be_asked_is_told_clearly(admin: TestClient) -> None:
    for path, params, status, said in IMPOSSIBLE:
        told = admin.get(f"/kpis/{path}", params=params)
        assert (told.status_code, said in told.json()["detail"]) == (status, True), told.text
        assert told.headers["content-type"] == "application/problem+json"


def test_a_kpi_and_a_dashboard_are_written_as_files(
    admin: TestClient, rep: TestClient, sold: None
) -> None:
    heads = {"xlsx": b"PK", "pdf": b"%PDF", "json": b"[", "csv": b"\xef\xbb\xbf"}
    for path in ("/kpis/win_rate/file", "/dashboard/file"):
        for form, head in heads.items():
            for client in (admin, rep):
                told = client.get(path, params={"period": "2025-07", "format": form})
                assert (told.status_code, told.content.startswith(head)) == (200, True), told.text
                assert f'.{form}"' in told.headers["content-disposition"]
    french = {"period": "2025-07", "language": "fr", "by": "rep"}
    text = rep.get("/kpis/sales_revenue/file", params=french).text
    assert "Rita;" in text
    assert "Paul" not in text
    assert rep.get("/kpis/cac/file").status_code == 403
    assert rep.get("/kpis/win_rate/file", params={"format": "doc"}).status_code == 422
