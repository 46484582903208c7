"""Imports over the API: a whole year in one request, and what is refused."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from api.app import create_app
from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.importing import SalesFile, import_files
from models.tables import Account, AuditEntry, Deal, User
from tests.api.conftest import People

FILES = sorted((Path(__file__).parent.parent.parent / "fixtures" / "sales").glob("*.csv"))
DEALS = b"id,name,outcome\nd1,One,open\nd2,Two,perhaps\n"
HOSTILE = "=cmd|' /C calc'!A0<script>'; DROP TABLE deal; --"


def send(
    client: TestClient,
    *parts: tuple[str, bytes] | tuple[str, bytes, str],
    headers: Mapping[str, str] | None = None,
    **query: object,
) -> Any:
    """Send files by name and content, and the field they come as."""
    files = [(one[2] if len(one) == 3 else "files", (one[0], one[1])) for one in parts]
    return client.post("/imports", files=files, params=query, headers=headers)  # type: ignore[arg-type]


def send_rows(client: TestClient, kind: str, rows: object, **query: object) -> Any:
    return client.post(f"/imports/rows/{kind}", json=rows, params=query)  # type: ignore[arg-type]


def taken(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["files"]
    return found


def counts(file: dict[str, Any]) -> tuple[int, ...]:
    return tuple(file[name] for name in ("new", "changed", "same", "refused"))


def test_a_year_of_sales_comes_in_with_one_request(
    admin: TestClient, rep: TestClient, engine: Engine
) -> None:
    parts = [(path.name, path.read_bytes()) for path in FILES]
    dry = send(admin, *parts, dry_run=True)
    assert (dry.json()["is_dry_run"], dry.json()["is_kept"]) == (True, False)
    with Session(engine) as session:
        assert session.exec(select(Deal)).all() == []
        assert session.exec(select(AuditEntry).where(AuditEntry.noun == "imports")).all() == []
    first = send(admin, *parts)
    assert taken(first) == taken(dry)
    assert first.json()["is_kept"]
    assert [file["name"] for file in taken(first)] == [path.name for path in FILES]
    for path, file in zip(FILES, taken(first), strict=True):
        assert file["kind"] == path.stem
        assert counts(file) == (file["lines"], 0, 0, 0)
        assert file["problems"] == []
    again = taken(send(admin, *parts))
    assert all(counts(file) == (0, 0, file["lines"], 0) for file in again)
    listed = admin.get("/deals", params={"limit": 200}).json()
    assert (len(listed["items"]), listed["next"] is None) == (200, False)
    assert rep.get("/deals").json()["items"] == []
    with Session(engine) as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.noun == "imports")).all()
    assert [(one.actor, one.verb) for one in lines] == [("ada@beacon.example", "import_sales")] * 2


def test_what_is_wrong_is_told_by_line_and_the_rest_is_kept(
    admin: TestClient, engine: Engine
) -> None:
    (file,) = taken(send(admin, ("deals.csv", DEALS)))
    assert counts(file) == (1, 0, 0, 1)
    assert file["problems"] == [
        {
            "line": 3,
            "column": "outcome",
            "value": "perhaps",
            "message": "is not one of open, won, lost",
        }
    ]
    answer = send(admin, ("deals.csv", DEALS), ("accounts.csv", b"id,name\na1,A\n"), strict=True)
    assert answer.json()["is_kept"] is False
    assert [counts(one) for one in taken(answer)] == [(0, 0, 0, 2), (0, 0, 0, 1)]
    with Session(engine) as session:
        assert session.exec(select(Account)).all() == []


def test_problems_are_told_up_to_a_bound(admin: TestClient) -> None:
    lines = b"".join(b"d%d,x,perhaps\n" % n for n in range(1012))
    (file,) = taken(send(admin, ("deals.csv", b"id,name,outcome\n" + lines)))
    assert (len(file["problems"]), file["problems_untold"], file["refused"]) == (1000, 12, 1012)


def test_options_are_told_with_the_files(admin: TestClient, engine: Engine) -> None:
    lines = "id;name;outcome;amount;created_at\nd1;Été;open;1.234,50;03/04/2026 09:00\n"
    options: dict[str, Any] = {"time_zone": "America/Chicago", "currency": "EUR"}
    file = ("was auch immer.csv", lines.encode("cp1252"), "deals")
    (told,) = taken(send(admin, file, origin="crm", date_order="dmy", **options))
    assert counts(told) == (1, 0, 0, 0)
    with Session(engine) as session:
        deal = session.exec(select(Deal)).one()
    assert (deal.name, deal.amount_minor, deal.currency) == ("Été", 123450, "EUR")
    assert deal.opened_at is not None
    assert deal.opened_at.isoformat().startswith("2026-04-03T")
    assert deal.opened_at.utctimetuple()[3] == 14
    assert (deal.origin, deal.ref) == ("crm", "d1")


@pytest.mark.parametrize(
    "query",
    [
        {"time_zone": "Mars/Base"},
        {"time_zone": "../../etc/passwd"},
        {"origin": ""},
        {"origin": "a\0b"},
        {"currency": "euro"},
        {"decimal": "x"},
        {"date_order": "ymd"},
        {"encoding": "rot13"},
        {"dry_run": "perhaps"},
    ],
    ids=str,
)
def test_options_that_cannot_be_meant_are_refused(admin: TestClient, query: dict[str, Any]) -> None:
    for answer in (
        send(admin, ("deals.csv", DEALS), **query),
        send_rows(admin, "accounts", [], **query),
    ):
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(200), "workbook"),
        (b"id,name\0,outcome\n", "NUL"),
        (b"a,b,c\n1,2,3\n", "columns of no kind"),
        (b"id,id,name,outcome\n", "twice"),
        (b'id,name,outcome\nd1,"' + b"x" * 200_000, "quote left open"),
        (b"x" * 2_000_000, "longer than"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_what_is_no_csv_keeps_nothing(
    admin: TestClient, engine: Engine, content: bytes, said: str
) -> None:
    answer = send(admin, ("accounts.csv", b"id,name\na1,A\n"), ("deals-x.csv", content))
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    with Session(engine) as session:
        assert session.exec(select(Account)).all() == []


def test_only_an_admin_imports(
    rep: TestClient, manager: TestClient, app_client: TestClient
) -> None:
    for client, status in ((rep, 403), (manager, 403), (app_client, 401)):
        assert send(client, ("deals.csv", DEALS)).status_code == status
        assert send_rows(client, "accounts", [{"id": "a", "name": "A"}]).status_code == status


def test_forms_that_are_none_are_refused(admin: TestClient) -> None:
    assert admin.post("/imports", json=[]).status_code == 415
    assert send(admin, ("deals.csv", DEALS, "unheard_of")).status_code == 422
    field = {"files": (None, b"id,name\n")}
    assert admin.post("/imports", files=field).status_code == 422
    form = {"content-type": "multipart/form-data; boundary=b"}
    cut = b'--b\r\ncontent-disposition: form-data; name="files"; filename="x"\r\n\r\nid,na'
    assert admin.post("/imports", content=cut, headers=form).status_code == 400
    assert admin.post("/imports", content=b"--b--\r\n", headers=form).status_code == 422
    many = [(f"{n}.csv", b"id,name\n") for n in range(101)]
    assert send(admin, *many).status_code == 422


def test_names_of_files_are_only_words(admin: TestClient) -> None:
    name = "../../<b>deals\x1b[31m.csv"
    (file,) = taken(send(admin, (name, DEALS)))
    assert "/" not in file["name"]
    assert "\x1b" not in file["name"]


def test_more_than_is_taken_is_refused_before_it_is_read(
    settings: Settings, engine: Engine, files: Files, admin: TestClient
) -> None:
    small = settings.model_copy(update={"max_import_mb": 1})
    app = create_app(small, engine, files)
    with TestClient(app, base_url=str(admin.base_url), headers=dict(admin.headers)) as client:
        large = ("accounts.csv", b"id,name\n" + b"a,b\n" * 300_000)
        assert send(client, large).status_code == 413
        half = ("accounts.csv", b"id,name\n" + b"a,b\n" * 150_000)
        assert send(client, half, half).status_code == 413
        assert send_rows(client, "accounts", [{"id": "x" * 1_000_001}]).status_code == 413
        told = client.post("/imports/rows/accounts", content=(b"[" * 1000 for _ in range(1001)))
        assert (told.status_code, "1 MB" in told.json()["detail"]) == (413, True)


def test_rows_come_as_json_too(admin: TestClient, engine: Engine) -> None:
    rows = [
        {"id": "d1", "name": HOSTILE, "outcome": "won", "amount": 0.29, "currency": "EUR"},
        {"id": "d2", "name": "x", "outcome": "open", "amount": None},
        {"id": "d3", "name": "x", "outcome": "open", "amount": [1]},
        "no object",
    ]
    dry = taken(send_rows(admin, "deals", rows, dry_run=True))
    (file,) = taken(send_rows(admin, "deals", rows))
    assert dry == [file]
    assert counts(file) == (2, 0, 0, 2)
    assert [one["line"] for one in file["problems"]] == [3, 4]
    assert counts(taken(send_rows(admin, "deals", rows))[0]) == (0, 0, 2, 2)
    with Session(engine) as session:
        deal = session.exec(select(Deal).where(Deal.ref == "d1")).one()
    assert (deal.name, deal.amount_minor) == (HOSTILE, 29)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[",
        b"\xff\xfe",
        b"[NaN]",
        b'[{"id": "a", "name": "A", "region": 1e99999999999999999999}]',
        b"[" * 100_000,
        b'[{"id": 1' + b"0" * 5000 + b"}]",
        b"[]",
        b"[1, 2]",
    ],
    ids=lambda body: str(body[:20]),
)
def test_what_is_no_list_of_rows_is_refused(admin: TestClient, body: bytes) -> None:
    answer = admin.post("/imports/rows/accounts", content=body)
    assert answer.status_code == 422, answer.text
    assert len(answer.json()["detail"]) < 400


def test_kinds_that_are_none_are_refused(admin: TestClient) -> None:
    answer = send_rows(admin, "users", [{"id": "a", "name": "A"}])
    assert answer.status_code == 422
    assert "choose from reps, accounts" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("amount", "currency", "is_kept"),
    [
        ("92233720368547758.07", "EUR", True),
        ("92233720368547758.08", "EUR", False),
        ("99999999999999999", "KWD", False),
        ("-5", "EUR", True),
        ("1e15", "JPY", True),
        (1e300, "EUR", False),
        ("1e999999", "EUR", False),
    ],
)
def test_sums_are_within_what_can_be_kept(
    admin: TestClient, engine: Engine, amount: object, currency: str, is_kept: bool
) -> None:
    row = {"id": "d", "name": "D", "outcome": "open", "amount": amount, "currency": currency}
    (file,) = taken(send_rows(admin, "deals", [row]))
    assert counts(file) == ((1, 0, 0, 0) if is_kept else (0, 0, 0, 1))
    assert [one["column"] for one in file["problems"]] == ([] if is_kept else ["amount"])


class CutOff(io.BytesIO):
    """A file in the middle of which the database ends all that is under way in it."""

    def __init__(self, content: bytes, engine: Engine) -> None:
        super().__init__(content)
        self.engine = engine
        self.reads = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.reads += not found
        if self.reads == 2:  # the first time it was only looked through
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"  # noqa: S608
            with self.engine.connect() as connection:
                connection.execute(text(end))
            self.reads = 3
        return found


def test_a_database_that_goes_away_is_told_as_such(engine: Engine) -> None:
    file = SalesFile("accounts.csv", CutOff(b"id,name\n" + b"a,b\n" * 100_000, engine))
    with pytest.raises(OperationalError), session_scope(engine) as session:
        import_files(session, [file])
    with session_scope(engine) as session:
        assert session.exec(select(Account)).all() == []


def test_a_request_made_twice_is_done_once(admin: TestClient, engine: Engine) -> None:
    headers = {"idempotency-key": "k1"}
    first = send(admin, ("deals.csv", DEALS), headers={**headers, **_same_boundary()})
    again = send(admin, ("deals.csv", DEALS), headers={**headers, **_same_boundary()})
    assert counts(taken(first)[0]) == counts(taken(again)[0]) == (1, 0, 0, 1)
    other = send(admin, ("deals.csv", DEALS + b"x"), headers={**headers, **_same_boundary()})
    assert other.status_code == 409


def test_imported_reps_are_users_who_see_their_deals(
    admin: TestClient, people: People, engine: Engine, rep: TestClient, app_client: TestClient
) -> None:
    reps = b"id,name,email\nr1,Rita,RITA@beacon.example\n"
    deals = b"id,name,outcome,rep_id\nd1,One,open,r1\n"
    taken(send(admin, ("deals.csv", deals), ("reps.csv", reps)))
    assert [one["name"] for one in rep.get("/deals").json()["items"]] == ["One"]
    with Session(engine) as session:
        assert session.exec(select(func.count()).select_from(User)).one() == 6


def _same_boundary() -> dict[str, str]:
    return {"content-type": "multipart/form-data; boundary=one"}
