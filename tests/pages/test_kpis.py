"""Pages of figures: what they came to, over time, by group, the rows behind, and for whom."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from models.database import session_scope
from models.kpis import KPIS
from models.kpis.evaluating import is_companys
from models.tables import Deal, User
from tests.api.conftest import People
from tests.api.selling import sell
from tests.pages.conftest import Pages

JULY = "period=2025-07"


@pytest.fixture(autouse=True)
def _sold(engine: Engine, people: People) -> None:
    sell(engine, people)


def read(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return unescape(re.sub(r"\s+", " ", answer.text))


def french(engine: Engine, user: User) -> User:
    with session_scope(engine) as session:
        session.get_one(User, user.id).language = "fr"
    return user


def charts(client: TestClient, path: str) -> list[Any]:
    found = re.findall(r'data-chart="([^"]*)"', client.get(path).text)
    return [json.loads(unescape(one)) for one in found]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_dashboard_tells_ten_figures_with_how_sure_they_are(pages: Pages, people: People) -> None:
    page = text_of(read(pages(people.rep), f"/kpis?{JULY}"))
    assert "Win rate" in page
    assert "66.7%" in page
    assert "2 of 3" in page
    assert "95%: 20.8% to 93.9%" in page
    assert "€4,000" in page
    assert "80% of the target, €5,000" in page
    assert "Not known: there is nothing to count." in page


def test_a_dashboard_says_what_changed_with_sign_and_word(pages: Pages, people: People) -> None:
    page = text_of(read(pages(people.rep), f"/kpis?{JULY}"))
    assert "Period before: €1,000 ▲ +300% , better" in page
    worse = text_of(read(pages(people.rep), "/kpis?period=2025-08"))
    assert "Period before: €4,000 ▼ −100% , worse" in worse  # noqa: RUF001 (a minus)


def test_the_dashboard_speaks_french(pages: Pages, people: People, engine: Engine) -> None:
    page = text_of(read(pages(french(engine, people.rep)), f"/kpis?{JULY}"))
    assert "Indicateurs" in page
    assert "Taux de gain" in page
    assert "Période précédente" in page
    assert "2 sur 3" in page
    assert "better" not in page


def test_an_empty_dashboard_says_what_to_do(pages: Pages, people: People) -> None:
    assert "No figures yet" in read(pages(people.boss), "/kpis")
    assert "Nothing is known for these days" in read(pages(people.boss), "/kpis?period=2019-01")


def test_every_kpi_has_a_page_and_reps_none_of_the_companys(pages: Pages, people: People) -> None:
    admin, rep = pages(people.admin), pages(people.rep)
    for kpi in KPIS:
        page = read(admin, f"/kpis/{kpi.slug}?{JULY}")
        assert f"<h1>{kpi.name.en}" in page
        assert kpi.definition.en in page
        assert kpi.formula.en in page
        expected = 403 if is_companys(kpi.figure) or kpi.by == "team" else 200
        assert rep.get(f"/kpis/{kpi.slug}?{JULY}").status_code == expected
        if expected == 403:
            assert rep.get(f"/kpis/{kpi.slug}/rows?{JULY}").status_code == 403


def test_a_kpi_is_told_over_time_and_by_group_with_charts(pages: Pages, people: People) -> None:
    over_time, by_rep = charts(pages(people.manager), f"/kpis/sales_revenue?{JULY}&by=rep")
    assert over_time["xAxis"]["data"][-2:] == ["June 2025", "July 2025"]
    (course,) = [one for one in over_time["series"] if "showAllSymbol" in one]
    assert [one["value"] for one in course["data"][-2:]] == [1000, 6000]
    assert course["data"][-1]["told"] == "€6,000"
    assert by_rep["yAxis"]["data"] == ["Paul", "Rita"]
    assert [one["value"] for one in by_rep["series"][0]["data"]] == [2000, 4000]


def test_intervals_are_drawn_and_said(pages: Pages, people: People) -> None:
    path = f"/kpis/win_rate?{JULY}&by=rep"
    _over_time, by_rep = charts(pages(people.manager), path)
    (whiskers,) = [one for one in by_rep["series"] if one["type"] == "whiskers"]
    assert [one[0] for one in whiskers["data"]] == [0, 1]
    assert whiskers["data"][1][1:] == pytest.approx([20.8, 93.9], abs=0.1)
    assert "20.8% to 93.9%" in read(pages(people.manager), path)


def test_no_chart_has_a_colour_of_its_own(pages: Pages, people: People) -> None:
    for option in charts(pages(people.manager), f"/kpis/win_rate?{JULY}&by=rep"):
        assert not re.findall(r"#[0-9a-fA-F]{3}|rgb\(", json.dumps(option))


def test_a_group_leads_to_itself_and_to_its_rows(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    page = read(client, f"/kpis/sales_revenue?{JULY}&by=region")
    narrow = "/kpis/sales_revenue?period=2025-07&region=France"
    assert narrow in page
    assert "€4,000" in read(client, narrow)
    nothing = "/kpis/sales_revenue/rows?period=2025-07&without=region"
    assert nothing in page
    rows = read(client, nothing)
    assert "Paul's for 2000" in rows
    assert "Rita's for" not in rows


def test_rows_lead_to_their_deals_and_go_on_over_pages(
    pages: Pages, people: People, engine: Engine
) -> None:
    client = pages(people.rep)
    page = read(client, f"/kpis/win_rate/rows?{JULY}")
    assert "1 to 3 of 3" in page
    assert page.count('href="/deals/') == 3
    assert text_of(page).count(" yes ") == 2
    with session_scope(engine) as session:
        sold = session.get_one(Deal, _deal_of(page))
        for number in range(60):
            values = sold.model_dump(exclude={"id", "name", "ref", "origin"})
            session.add(Deal(**values, name=f"More {number}"))
    page = read(client, f"/kpis/win_rate/rows?{JULY}")
    (following,) = re.findall(r'href="([^"]*offset=50[^"]*)"', page)
    assert "51 to 63 of 63" in read(client, following)


def _deal_of(page: str) -> str:
    found: list[str] = re.findall(r'href="/deals/([^"]+)"', page)
    return found[0]


def test_files_keep_the_question(pages: Pages, people: People) -> None:
    client = pages(people.manager)
    page = read(client, f"/kpis/sales_revenue?{JULY}&region=France&by=rep")
    found = {
        parse_qs(urlsplit(one).query)["format"][0]: one
        for one in re.findall(r'href="(/api/v1/kpis/sales_revenue/file[^"]+)"', page)
    }
    assert sorted(found) == ["csv", "json", "pdf", "xlsx"]
    told = client.get(found["json"]).json()
    (line,) = [one for one in told[0]["lines"] if one["value"]]
    assert line["value"] == 4000.0
    assert line["groups"][0]["name"] == "Rita"


def test_what_cannot_be_narrowed_is_told_for_all_and_said_so(pages: Pages, people: People) -> None:
    page = read(pages(people.admin), f"/kpis/cac?{JULY}&region=France")
    assert "This KPI is not known by Region: what you see is for all." in page
    tiles = read(pages(people.manager), f"/kpis?{JULY}&call_type=demo")
    assert "It is not known for what you narrowed to." in tiles


def test_empty_fields_of_a_form_ask_for_nothing(pages: Pages, people: People) -> None:
    blank = "&rep_id=&team_id=&region=&product=&customer=&each=&by="
    assert "€6,000" in read(pages(people.manager), f"/kpis/sales_revenue?{JULY}{blank}")


def test_days_that_cannot_be_read_are_told_beside_their_field(pages: Pages, people: People) -> None:
    client = pages(people.rep)
    for wrong in ("period=yesterday-ish", "since=2025-99-01", "since=2025-08-01&until=2025-07-01"):
        page = read(client, f"/kpis?{wrong}", 422)
        assert "These days cannot be read" in page
        assert 'aria-describedby="kpi-wrong"' in page
    assert "€4,000" in read(client, "/kpis?since=2025-07-01&until=2025-07-31")


def test_another_reps_or_teams_figures_are_no_ones_business(pages: Pages, people: People) -> None:
    peer, boss, manager, admin = map(
        pages, (people.peer, people.boss, people.manager, people.admin)
    )
    team = f"team_id={people.stranger.team_id}"
    for path in ("/kpis", "/kpis/sales_revenue", "/kpis/sales_revenue/rows"):
        for wanted in (f"rep_id={people.rep.id}", f"rep_id={uuid4()}"):
            assert peer.get(f"{path}?{wanted}").status_code == 404
            assert boss.get(f"{path}?{wanted}").status_code == 404
        assert manager.get(f"{path}?{team}").status_code == 404
        assert admin.get(f"{path}?{team}").status_code == 200


def test_a_change_that_may_be_chance_is_no_better(pages: Pages, people: People) -> None:
    """One of one won in June, two of three in July: nobody can tell these apart."""
    page = text_of(read(pages(people.rep), "/kpis/win_rate?period=2025-07"))
    assert "Period before: 100.0% ▼ −33.3 pts , no clear change" in page  # noqa: RUF001


def test_a_rep_is_asked_about_nobody_else(pages: Pages, people: People) -> None:
    page = read(pages(people.rep), f"/kpis/sales_revenue?{JULY}&by=team")
    assert "Paul" not in page
    assert 'name="rep_id"' not in page
    assert "by=team" not in page.split("split-title")[1]


def test_hostile_names_are_only_text(pages: Pages, people: People, engine: Engine) -> None:
    name = "<script>alert(1)</script>"
    with session_scope(engine) as session:
        for deal in session.exec(select(Deal).where(Deal.region == "France")):
            deal.region = deal.name = name
    client = pages(people.rep)
    for path in ("/kpis/sales_revenue", "/kpis/sales_revenue/rows", "/kpis"):
        answer = client.get(f"{path}?{JULY}&by=region")
        assert answer.status_code == 200
        assert name not in answer.text
    quoted = client.get("/kpis/win_rate", params={"region": '"><img src=x>', "period": "2025"})
    assert "<img" not in quoted.text
