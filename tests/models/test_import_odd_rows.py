"""Rows that are hostile, odd or written by other spreadsheets."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from models.errors import BadImport
from models.importing import ImportOptions, SalesFile, import_files, import_rows
from models.tables import (
    Account,
    Contact,
    Deal,
    Lead,
    Spend,
    StageChange,
    User,
)
from tests.models.importing import DEAL, REP, Row, counts, problems, take


@pytest.fixture
def rep(session: Session) -> User:
    take(session, "reps", REP)
    return session.exec(select(User)).one()


HOSTILE = [
    *("=cmd|' /C calc'!A0", "'; DROP TABLE deal; --", "<script>alert(1)</script>", "%s {} $1"),
    *("\\N", "\\.", "\\", '"', "NULL", "a\tb\nc\rd", "\x01\x7f", "\U0001f71a \u202e \u0308"),
]


def test_every_text_is_only_text(session: Session, rep: User) -> None:
    rows: list[Row] = [
        {"id": f"{n} {text}", "name": text, "phone": text, "title": text, "email": text}
        for n, text in enumerate(HOSTILE)
    ]
    assert counts(take(session, "contacts", *rows)) == (len(rows), 0, 0, 0)
    kept = session.exec(select(Contact)).all()
    assert {(one.name, one.phone, one.title) for one in kept} == {(one,) * 3 for one in HOSTILE}
    assert {one.email for one in kept} == {None}
    for kind in ("reps", "deals", "leads", "targets", "spend"):
        for text in HOSTILE:
            with pytest.raises(BadImport):
                import_rows(session, kind, [{text: text}])


EMPTY: list[list[object]] = [[], [{}], [7], ["id"]]


def test_json_that_is_no_table_is_refused(session: Session) -> None:
    for rows in EMPTY:
        with pytest.raises(BadImport, match=r"no accounts to import|need the columns"):
            import_rows(session, "accounts", rows)  # type: ignore[arg-type]
    with pytest.raises(BadImport, match="there is no kind"):
        import_rows(session, "\ud800", [{"id": 1}])
    bad: list[object] = [
        {"id": "a1", "name": ["x"]},
        {"id": "a2", "name": "x\0"},
        {"id": "a3", "name": "\ud800"},
        {"id": float("nan"), "name": "x"},
        {"id": 10**4000, "name": "x"},
        "a row",
        None,
        {"id": 7, "name": True, "Extra": {"a": [1]}},
    ]
    report = import_rows(session, "accounts", bad)  # type: ignore[arg-type]
    assert counts(report) == (1, 0, 0, 7)
    assert [one.line for one in report.problems] == [1, 2, 3, 4, 5, 6, 7]
    for told in report.problems:
        f"{told.value} {told.message}".encode()
    assert session.exec(select(Account.ref, Account.name)).all() == [("7", "true")]


def test_awkward_rows_are_kept_as_they_are(session: Session, rep: User) -> None:
    text = (
        "id;created_at;mql_at;email;rep_id;response_sentiment\r\n"
        "l1;2026-01-05T10:00Z;2026-01-01T10:00Z; ANN@X.example;rep_a;none\r\n"
        "l2;2026-01-05;;ann@x.example;;\r\n"
    )
    (report,) = import_files(session, [SalesFile("leads.csv", text.encode("cp1252"))])
    assert counts(report) == (2, 0, 0, 0)
    assert {notice.column for notice in report.notices} == {"mql_at", "created_at"}
    leads = session.exec(select(Lead).order_by(col(Lead.ref))).all()
    assert [lead.email for lead in leads] == ["ann@x.example"] * 2
    assert [lead.response for lead in leads] == ["none", None]


def test_sums_of_a_european_spreadsheet_are_exact(session: Session, rep: User) -> None:
    text = (
        "Id;Name;Outcome;Amount;Cost;Currency;Closed at\n"
        "d1;Eins;won;1.234.567,89;12,5;EUR;31.12.2026\n"
        "d2;Zwei;open;1.234;;jpy;\n"
        "d3;Drei;open;1,234;0;KWD;\n"
    )
    options = ImportOptions(date_order="dmy", time_zone="Europe/Berlin")
    (report,) = import_files(session, [SalesFile("Deals.csv", text.encode("utf-16"))], options)
    assert counts(report) == (3, 0, 0, 0)
    deals = session.exec(select(Deal).order_by(col(Deal.ref))).all()
    assert [deal.amount_minor for deal in deals] == [123456789, 1234, 1234]
    assert [deal.cost_minor for deal in deals] == [1250, None, 0]
    assert deals[0].closed_at == datetime(2026, 12, 30, 23, tzinfo=UTC)


def test_a_mark_that_could_be_either_is_told(session: Session) -> None:
    row: Row = {"month": "2026-01", "kind": "sales", "amount": "1,234", "currency": "EUR"}
    report = take(session, "spend", row)
    assert "thousands" in report.notices[0].message
    assert session.exec(select(Spend.amount_minor)).one() == 123400
    settled = take(session, "spend", row, decimal=",")
    assert counts(settled) == (0, 1, 0, 0)
    assert ["rounded" in notice.message for notice in settled.notices] == [True]
    assert session.exec(select(Spend.amount_minor)).one() == 123
    exact = take(session, "spend", row | {"amount": Decimal("1.234")}, decimal=",")
    assert counts(exact) == (0, 0, 1, 0)


def test_long_ids_do_not_outgrow_their_columns(session: Session, rep: User) -> None:
    long = "d" * 200
    take(session, "deals", DEAL | {"id": long, "quote_sent_at": "2026-01-05T10:00Z"})
    stage: Row = {"deal_id": long, "seq": 1, "stage": "demo", "entered_at": "2026-01-05T10:00Z"}
    act: Row = {"rep_id": "rep_a", "deal_id": long, "kind": "call", "at": "2026-01-05"}
    assert counts(take(session, "stage_history", stage)) == (1, 0, 0, 0)
    assert counts(take(session, "activities", act, act)) == (2, 0, 0, 0)
    assert counts(take(session, "activities", act, act)) == (0, 0, 2, 0)
    assert problems(take(session, "deals", DEAL | {"id": long + "d"}))[0][:2] == (1, "id")
    assert len(session.exec(select(StageChange)).all()) == 1


def test_many_imports_in_one_transaction_do_not_trip_each_other(
    session: Session, rep: User
) -> None:
    for n in range(12):
        report = take(session, "deals", DEAL | {"stage": f"s{n}"}, is_dry_run=n % 2 == 0)
        assert counts(report) == ((1, 0, 0, 0) if n < 2 else (0, 1, 0, 0))
        take(session, "accounts", {"id": f"a{n}", "name": "x"})
    assert session.exec(select(Deal.stage)).one() == "s11"
