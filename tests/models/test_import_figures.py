"""Figures of months: counts, ratings and costs that no CRM knows."""

import pytest
from sqlmodel import Session, col, select

from models.importing import ImportOptions, SalesFile, import_files, read_table
from models.tables import Account, Figure
from models.tables.ledger import FIGURES
from tests.models.importing import Row, counts, problems, take

HEADS: Row = {"month": "2026-01", "kind": "headcount", "value": 12}
RENT: Row = {"month": "2026-01", "kind": "fixed_cost", "amount": "1500,5", "currency": "EUR"}


@pytest.fixture
def account(session: Session) -> Account:
    take(session, "accounts", {"id": "a1", "name": "Saffron"})
    return session.exec(select(Account)).one()


def kept(session: Session) -> list[Figure]:
    session.expire_all()
    return list(session.exec(select(Figure).order_by(col(Figure.kind), col(Figure.ref))))


@pytest.mark.parametrize("kind", FIGURES)
def test_each_kind_is_kept_as_a_sum_or_a_number(session: Session, kind: str) -> None:
    row = (RENT if "cost" in kind else HEADS) | {"kind": kind.upper().replace("_", " ")}
    assert counts(take(session, "figures", row)) == (1, 0, 0, 0)
    (one,) = kept(session)
    is_cost = "cost" in kind
    assert (one.kind, one.amount_minor, one.value) == (
        kind,
        150_050 if is_cost else None,
        None if is_cost else 12.0,
    )


def test_a_file_of_figures_is_told_by_its_columns(session: Session, account: Account) -> None:
    text = "Month;Kind;Account ID;Region;Channel;Value;Amount;Currency\n" + "".join(
        f"{line}\n"
        for line in (
            "2026-01;headcount;;;;12,5;;",
            "01/2026;visitors;;France;web;1 200;;",
            "2026-01-31;customer_outcome;a1;;;-0,2;;",
            "2026-01;cost_of_sales;;;;;1 500,25;USD",
        )
    )
    (report,) = import_files(session, [SalesFile("export.csv", text.encode())])
    assert (report.kind, counts(report)) == ("figures", (4, 0, 0, 0))
    found = {one.kind: one for one in kept(session)}
    assert {str(one.month) for one in found.values()} == {"2026-01-01"}
    assert found["headcount"].value == 12.5
    assert (found["visitors"].region, found["visitors"].channel) == ("France", "web")
    assert (found["customer_outcome"].value, found["customer_outcome"].account_id) == (
        -0.2,
        account.id,
    )
    assert (found["cost_of_sales"].amount_minor, found["cost_of_sales"].currency) == (
        150_025,
        "USD",
    )


def test_a_figure_is_known_again_by_its_month_kind_and_place(
    session: Session, account: Account
) -> None:
    places: list[Row] = [{}, {"account_id": "a1"}, {"region": "France"}, {"channel": "web"}]
    rows = [HEADS | place for place in places]
    assert counts(take(session, "figures", *rows)) == (4, 0, 0, 0)
    assert counts(take(session, "figures", *rows)) == (0, 0, 4, 0)
    written_otherwise = HEADS | {"month": "01/2026", "kind": "Headcount", "region": ""}
    assert counts(take(session, "figures", written_otherwise | {"value": 13})) == (0, 1, 0, 0)
    assert counts(take(session, "figures", HEADS, HEADS | {"value": 14})) == (0, 1, 0, 1)
    assert counts(take(session, "figures", HEADS, origin="elsewhere")) == (1, 0, 0, 0)


def test_reviews_have_ids_of_their_own(session: Session) -> None:
    review: Row = {"month": "2026-01", "kind": "review", "value": 4}
    rows = [review | {"id": "r1"}, review | {"id": "r2"}, review | {"id": "r2"}]
    report = take(session, "figures", *rows)
    assert counts(report) == (2, 0, 0, 1)
    assert problems(report) == [(3, "id", "r2")]
    assert counts(take(session, "figures", review | {"id": "r2", "value": 5})) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (HEADS | {"value": ""}, "value"),
        (HEADS | {"value": "many"}, "value"),
        (HEADS | {"value": -1}, "value"),
        (HEADS | {"value": 1e16}, "value"),
        (HEADS | {"amount": 5, "currency": "EUR"}, "amount"),
        (RENT | {"amount": None}, "amount"),
        (RENT | {"value": 3}, "value"),
        (RENT | {"currency": ""}, "amount"),
        (RENT | {"currency": "euros"}, "currency"),
        (RENT | {"amount": "1e18"}, "amount"),
        (HEADS | {"kind": "heads"}, "kind"),
        (HEADS | {"month": "2026-13"}, "month"),
        (HEADS | {"account_id": "a9"}, "account_id"),
        (HEADS | {"region": "x" * 201}, "region"),
    ],
)
def test_what_is_no_figure_is_refused(session: Session, row: Row, column: str) -> None:
    report = take(session, "figures", row, HEADS | {"region": "fine"})
    assert counts(report) == (1, 0, 0, 1)
    assert column in {one.column for one in report.problems}


def test_an_id_stays_with_its_kind(session: Session) -> None:
    take(session, "figures", HEADS | {"id": "f1"})
    report = take(session, "figures", RENT | {"id": "f1"}, HEADS | {"id": "f1", "month": "2026-02"})
    assert problems(report) == [(1, "kind", "fixed_cost"), (2, "id", "f1")]
    report = take(session, "figures", RENT | {"id": "f1"})
    assert problems(report) == [(1, "kind", "fixed_cost")]
    file = SalesFile("figures.csv", b"id,month,kind,amount,currency\nf1,2026-01,fixed_cost,5,EUR\n")
    (again,) = import_files(session, [file])
    assert problems(again) == [(2, "kind", "fixed_cost")]
    assert [(one.kind, one.value) for one in kept(session)] == [("headcount", 12.0)]


def test_a_currency_for_all_is_that_of_costs(session: Session) -> None:
    file = SalesFile(
        "f.csv", b"month,kind,value,amount\n2026-01,visitors,5,\n2026-01,fixed_cost,,5"
    )
    (report,) = import_files(session, [file], ImportOptions(currency="JPY"))
    assert counts(report) == (2, 0, 0, 0)
    assert {one.amount_minor for one in kept(session)} == {None, 5}


@pytest.mark.parametrize(
    ("name", "columns", "kind"),
    [
        ("export.csv", "month,kind,campaign,channel,amount,currency", "spend"),
        ("export.csv", "month,kind,amount,currency", "spend"),
        ("export.csv", "month,kind,amount,currency,region", "figures"),
        ("export.csv", "month,kind,value", "figures"),
        ("Figures.csv", "month,kind,amount,currency", "figures"),
        ("export.csv", "month,quota,value,kpi", "targets"),
    ],
)
def test_figures_are_told_from_spend_and_targets(name: str, columns: str, kind: str) -> None:
    assert read_table(f"{columns}\n".encode(), name).kind == kind
