"""The trail over the API: narrowed, a page at a time, and as a file."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.formats.rendering import harmless
from models.database import session_scope
from models.tables import AuditEntry
from models.trail import note
from tests.api.conftest import People

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def trail(engine: Engine, people: People) -> None:
    """Five lines, an hour apart."""
    with session_scope(engine) as session:
        note(session, people.rep, verb="make_call", noun="calls", subject_id="c1")
        note(session, people.peer, verb="make_call", noun="calls", subject_id="c2")
        note(session, people.rep, verb="remove_call", noun="calls", subject_id="c1")
        note(session, "watched folder", verb="import", noun="files", detail={"name": "=1+1"})
        note(session, people.admin, verb="make_team", noun="teams", subject_id="=cmd|'/C calc'!A0")
        for hour, one in enumerate(session.new):
            assert isinstance(one, AuditEntry)
            one.at = START + timedelta(hours=hour)
        session.flush()


def test_a_page_shows_the_newest_first(trail: None, admin: TestClient) -> None:
    seen, cursor = [], None
    for _page in range(3):
        query = {"limit": 2, "cursor": cursor} if cursor else {"limit": 2}
        page = admin.get("/audit", params=query).json()
        seen += [one["verb"] for one in page["items"]]
        cursor = page["next"]
    assert seen == ["make_team", "import", "remove_call", "make_call", "make_call"]
    assert cursor is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"actor": "RITA@beacon.example"}, 2),
        ({"actor": "watched folder"}, 1),
        ({"verb": "make_call"}, 2),
        ({"noun": "calls", "subject": "c1"}, 2),
        ({"since": (START + timedelta(hours=3)).isoformat()}, 2),
        ({"until": (START + timedelta(hours=3)).isoformat()}, 3),
        ({"actor": "rita@beacon.example", "verb": "remove_call"}, 1),
        ({"noun": "'; DROP TABLE audit_entry; --"}, 0),
    ],
)
def test_it_is_narrowed(trail: None, admin: TestClient, query: dict[str, str], found: int) -> None:
    assert len(admin.get("/audit", params=query).json()["items"]) == found


def test_an_actor_is_found_by_id(trail: None, admin: TestClient, people: People) -> None:
    found = admin.get("/audit", params={"actor": str(people.rep.id)}).json()["items"]
    assert {one["actor"] for one in found} == {"rita@beacon.example"}


def test_the_file_for_spreadsheets_runs_nothing(trail: None, admin: TestClient) -> None:
    answer = admin.get("/audit/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    export, *rows = csv.DictReader(io.StringIO(answer.text))
    assert export["verb"] == "export_audit"
    assert [one["verb"] for one in rows][:2] == ["make_team", "import"]
    assert rows[0]["subject_id"] == "'=cmd|'/C calc'!A0"
    assert json.loads(rows[1]["detail"]) == {"name": "=1+1"}
    assert rows[2]["actor"] == "rita@beacon.example"


def test_the_file_for_programs_is_a_line_an_entry(trail: None, admin: TestClient) -> None:
    answer = admin.get("/audit/export", params={"format": "jsonl", "noun": "calls"})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["subject_id"] for one in lines] == ["c1", "c2", "c1"]


def test_a_long_trail_is_exported_whole(admin: TestClient, engine: Engine) -> None:
    with session_scope(engine) as session:
        for number in range(2_345):
            note(session, "robot", verb="count", noun="sheep", subject_id=str(number))
    answer = admin.get("/audit/export", params={"format": "jsonl", "noun": "sheep"})
    counted = [int(json.loads(line)["subject_id"]) for line in answer.text.splitlines()]
    assert counted == list(reversed(range(2_345)))


def test_who_takes_the_trail_along_is_on_it(admin: TestClient) -> None:
    admin.get("/audit")
    admin.get("/audit/export")
    (line,) = admin.get("/audit").json()["items"]
    assert (line["actor"], line["verb"]) == ("ada@beacon.example", "export_audit")


def test_the_trail_is_for_admins(rep: TestClient, manager: TestClient) -> None:
    for client in (rep, manager):
        for path in ("/audit", "/audit/export"):
            assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "actor=%00",
        "noun=a%00b",
        "subject=" + "x" * 400,
        "since=yesterday",
        "since=2026-11-01T00:00:00",
        "limit=0",
        "limit=100000",
        "cursor=" + quote("W10"),
        "cursor=WzFlOTldCg",
    ],
)
def test_a_filter_that_is_none_is_told(admin: TestClient, query: str) -> None:
    answer = admin.get(f"/audit?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    if not query.startswith(("limit", "cursor")):
        assert admin.get(f"/audit/export?{query}").status_code == 422
    assert admin.get("/audit/export?format=xlsx").status_code == 422


@given(st.text(max_size=30))
def test_no_cell_starts_as_a_formula(text: str) -> None:
    quoted = str(harmless(text))
    assert quoted.removeprefix("'").endswith(text.removeprefix("'"))
    assert not quoted.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "  =1", "＝1"])  # noqa: RUF001
def test_formulas_are_quoted(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_what_is_no_text_stays(session: Session) -> None:
    assert harmless(-5) == -5
    assert harmless(None) is None
