"""The second computation of the KPIs is right: by the sources' examples, and by counts of lines."""

from datetime import date

import pytest

from tests.kpis.conftest import NOW, SALES, ZONES
from tests.kpis.independent import KPIS, Book, NotGroupedSo, Value, compute

HALF = (date(2026, 1, 1), date(2026, 7, 1))
ALL = (date(2025, 12, 1), date(2026, 11, 21))
DAY = "2026-03-10T12:00:00Z"
Row = dict[str, object]
REP: Row = {"id": "rep", "team": "EMEA", "hired_at": "2024-01-01"}


def _many(count: int, **cells: object) -> list[Row]:
    return [{"id": f"{sorted(cells.items())}{at}", **cells} for at in range(count)]


def _deals(count: int, outcome: str, **cells: object) -> list[Row]:
    told: Row = {"amount": "1", "currency": "EUR", "created_at": "2026-02-01T12:00:00Z"}
    closed = {} if outcome == "open" else {"closed_at": DAY}
    return _many(count, rep_id="rep", outcome=outcome, **{**told, **closed, **cells})


def _leads(count: int, **cells: object) -> list[Row]:
    return _many(count, created_at=DAY, rep_id="rep", **cells)


def _accounts(count: int, **cells: object) -> list[Row]:
    return _many(count, became_customer_at="2023-03-01", **cells)


def _month(
    kpi: str, by: str | None = None, variant: str | None = None, **tables: list[Row]
) -> dict[str | None, Value]:
    """A KPI over March 2026."""
    book = Book.of({"reps": [REP], **tables}, ZONES)
    return compute(kpi, book, date(2026, 3, 1), date(2026, 4, 1), by, now=NOW, variant=variant)


_WON_DEAL = _deals(1, "won")
_OF_WON = {"deal_id": _WON_DEAL[0]["id"]}
_RATES: list[tuple[str, dict[str, list[Row]], int, int]] = [
    ("close_ratio", {"leads": _leads(25, **_OF_WON) + _leads(75), "deals": _WON_DEAL}, 25, 100),
    (
        "quote_to_close",
        {"deals": _deals(5, "won", quote_sent_at=DAY) + _deals(25, "open", quote_sent_at=DAY)},
        5,
        30,
    ),
    ("churn", {"accounts": _accounts(10, churned_at="2026-03-31") + _accounts(190)}, 10, 200),
    (
        "sql_to_customer",
        {"leads": _leads(10, sql_at=DAY, converted_customer_id="a") + _leads(40, sql_at=DAY)},
        10,
        50,
    ),
    ("win_rate", {"deals": _deals(15, "won") + _deals(10, "lost") + _deals(7, "open")}, 15, 25),
    (
        "lead_follow_up",
        {"leads": _leads(80, followed_up_at="2026-03-17T12:00:00Z") + _leads(20)},
        80,
        100,
    ),
    (
        "meeting_acceptance",
        {
            "invitations": _many(25, sent_at=DAY, response="accepted")
            + _many(10, sent_at=DAY, response="declined")
            + _many(15, sent_at=DAY)
        },
        25,
        50,
    ),
    (
        "positive_responses",
        {
            "leads": _leads(30, response_sentiment="positive")
            + _leads(20, response_sentiment="negative")
            + _leads(9, response_sentiment="none")
        },
        30,
        50,
    ),
    (
        "mql_to_customer",
        {"leads": _leads(20, mql_at=DAY, converted_customer_id="a") + _leads(180, mql_at=DAY)},
        20,
        200,
    ),
    ("retention", {"accounts": _accounts(10, churned_at="2026-03-01") + _accounts(90)}, 90, 100),
]


@pytest.mark.parametrize(("kpi", "tables", "part", "whole"), _RATES, ids=[r[0] for r in _RATES])
def test_rates_of_the_sources_come_out(
    kpi: str, tables: dict[str, list[Row]], part: int, whole: int
) -> None:
    assert _month(kpi, None, None, **tables) == {None: Value(part / whole, part, whole, whole, 0)}


_TWO_MONTHS = _deals(1, "won", amount="50000", closed_at="2026-02-10T12:00:00Z") + _deals(
    1, "won", amount="55000"
)
_SPEND: Row = {"month": "2026-03", "currency": "EUR"}
_TARGET: Row = {"month": "2026-03", "rep_id": "rep", "quota": "100000", "currency": "EUR"}
_SUBSCRIPTION: Row = {"account_id": "b", "started_at": "2024-04-01", "currency": "EUR"}
_NUMBERS: list[tuple[str, dict[str, list[Row]], float]] = [
    ("sales_growth", {"deals": _TWO_MONTHS}, 0.10),
    ("monthly_sales_growth", {"deals": _TWO_MONTHS}, 0.10),
    (
        "cac",
        {
            "deals": _deals(100, "won"),
            "spend": [
                {**_SPEND, "kind": "marketing", "amount": "6000"},
                {**_SPEND, "kind": "sales", "amount": "4000"},
                {**_SPEND, "kind": "sales", "amount": "4000", "month": "2026-04"},
            ],
        },
        100.0,
    ),
    (
        "cost_per_lead",
        {
            "leads": _leads(200),
            "spend": [
                {**_SPEND, "kind": "marketing", "amount": "5000"},
                {**_SPEND, "kind": "sales", "amount": "4000"},
            ],
        },
        25.0,
    ),
    (
        "arpa",
        {
            "accounts": [{"id": str(at)} for at in range(100)],
            "subscriptions": [
                {**_SUBSCRIPTION, "account_id": str(at), "mrr": "500"} for at in range(100)
            ],
        },
        500.0,
    ),
    ("profit_margin", {"deals": _deals(1, "won", amount="1000", cost="700")}, 0.30),
    (
        "nps",
        {
            "surveys": [
                {"account_id": "a", "kind": "nps", "at": DAY, "score": score}
                for score in (9, 9, 9, 10, 10, 10, 7, 8, 8, 6)
            ]
        },
        50.0,
    ),
    (
        "target_attainment",
        {"deals": _deals(1, "won", amount="80000"), "targets": [_TARGET]},
        0.80,
    ),
    (
        "clv",  # 500 a year, and three years of customers for the one that was lost
        {
            "accounts": [
                {"id": "a", "became_customer_at": "2024-03-31", "churned_at": "2025-03-31"},
                {"id": "b", "became_customer_at": "2024-04-01"},
            ],
            "subscriptions": [{**_SUBSCRIPTION, "mrr": str(500 / 12)}],
        },
        1500.0 * (365 + 365 + 365) / (3 * 365.25),
    ),
]


@pytest.mark.parametrize(("kpi", "tables", "value"), _NUMBERS, ids=[r[0] for r in _NUMBERS])
def test_numbers_of_the_sources_come_out(
    kpi: str, tables: dict[str, list[Row]], value: float
) -> None:
    assert _month(kpi, None, None, **tables)[None].value == pytest.approx(value)


def test_growth_from_nothing_and_rates_of_nothing_are_unknown() -> None:
    assert _month("sales_growth", deals=_deals(1, "won"))[None].value is None
    assert _month("win_rate")[None] == Value(None, 0, 0, 0, 0)
    assert _month("average_deal")[None].value is None


def test_money_is_converted_by_the_rate_of_its_month_or_an_earlier_one() -> None:
    rates: list[Row] = [
        {"month": "2026-01", "currency": "GBP", "eur_per_unit": "1.25"},
        {"month": "2026-04", "currency": "GBP", "eur_per_unit": "9"},
        {"month": "2026-05", "currency": "USD", "eur_per_unit": "9"},
    ]
    deals = _deals(2, "won", amount="100", currency="GBP")
    deals += _deals(1, "won", amount="100", currency="USD") + _deals(1, "won", amount="")
    found = _month("sales_revenue", deals=deals, fx_rates=rates)
    assert found == {None: Value(250.0, n=2, missing=2)}


def test_an_instant_is_in_the_day_of_its_team() -> None:
    late = "2026-03-31T23:00:00Z"  # past midnight in Paris
    leads: list[Row] = [
        {"id": "1", "created_at": late, "rep_id": "rep"},
        {"id": "2", "created_at": late},
        {"id": "3", "created_at": "2026-03-01T00:30:00", "rep_id": "rep"},  # no offset: Paris
    ]
    assert _month("new_leads", "team", leads=leads) == {
        "": Value(1.0, n=1),
        "EMEA": Value(1.0, n=1),
    }


def test_young_invitations_without_an_answer_wait() -> None:
    sent: list[Row] = [
        {"id": "old", "sent_at": "2026-11-13T17:00:00Z"},
        {"id": "young", "sent_at": "2026-11-13T19:00:00Z"},
        {"id": "answered", "sent_at": "2026-11-20T12:00:00Z", "response": "Accepted"},
    ]
    book = Book.of({"invitations": sent}, ZONES)
    found = compute("meeting_acceptance", book, *ALL, now=NOW)
    assert found == {None: Value(0.5, 1, 2, 2, 0)}


def test_forecast_weighs_by_what_became_of_deals_that_were_in_the_stage() -> None:
    ids = ["won", "lost", "open", "odd"]
    deals = [
        {**_deals(1, outcome, amount="100")[0], "id": name}
        for name, outcome in zip(ids, ["won", "lost", "open", "open"], strict=True)
    ]
    changes: list[Row] = [
        {"deal_id": name, "seq": 1, "stage": "demo", "entered_at": "2026-02-02T12:00:00Z"}
        for name in ids
    ]
    changes.append({"deal_id": "odd", "seq": 2, "stage": "new", "entered_at": DAY})
    found = _month("forecast", deals=deals, stage_history=changes)
    assert found == {None: Value(50.0, n=1, missing=1)}


def test_a_deal_closed_nobody_knows_when_is_not_open() -> None:
    deals = _deals(1, "open", amount="100") + _deals(2, "lost", amount="7", closed_at="")
    assert _month("pipeline_value", deals=deals) == {None: Value(100.0, n=1)}


def test_promises_are_kept_by_getting_in_touch_before_the_day_is_over() -> None:
    call: Row = {"deal_id": "deal", "rep_id": "rep", "duration_s": "60"}
    promise: Row = {"owner_side": "seller"}
    found = _month(
        "follow_up_kept",
        deals=[{**_deals(1, "open")[0], "id": "deal"}],
        calls=[
            {**call, "id": "first", "started_at": "2026-03-10T09:00:00Z"},
            {**call, "id": "then", "started_at": "2026-03-12T22:30:00Z"},  # 23:30 in Paris
        ],
        next_steps=[
            {**promise, "call_id": "first", "due_on": "2026-03-12"},
            {**promise, "call_id": "first", "due_on": "2026-03-11"},
            {**promise, "call_id": "then"},
            {"call_id": "then", "owner_side": "buyer"},
        ],
        activities=[
            {"rep_id": "rep", "deal_id": "deal", "kind": "email", "at": "2026-03-19T23:30:00Z"}
        ],
    )
    assert found == {None: Value(1 / 3, 1, 3, 3, 0)}


def test_the_first_contact_may_be_a_recorded_call_or_an_activity() -> None:
    deal: Row = {"id": "deal", "rep_id": "rep", "outcome": "won", "closed_at": "2026-03-20T12:00Z"}
    lead: Row = {"id": "lead", "rep_id": "rep", "deal_id": "deal", "created_at": DAY}
    call: Row = {"id": "call", "rep_id": "rep", "deal_id": "deal"}
    emailed: Row = {"rep_id": "rep", "lead_id": "lead", "kind": "email"}
    tables: dict[str, list[Row]] = {
        "deals": [{**deal, "created_at": "2026-03-05T12:00Z", "first_contact_at": DAY}],
        "calls": [{**call, "started_at": "2026-03-10T09:00:00Z"}],
        "leads": [{**lead, "first_response_at": "2026-03-10T18:00Z"}],
        "activities": [
            {**emailed, "at": "2026-03-10T14:00Z"},
            {**emailed, "at": "2026-03-10"},
            {**emailed, "at": "2026-03-09T14:00Z"},
        ],
    }
    assert _month("sales_cycle_days", None, None, **tables) == {None: Value(10.125, n=1)}
    assert _month("first_touch_hours", None, None, **tables) == {None: Value(2.0, n=1)}
    assert _month("response_time_hours", None, None, **tables) == {None: Value(6.0, n=1)}


def test_figures_from_elsewhere_need_whole_months() -> None:
    heads: list[Row] = [{"kind": "headcount", "month": "2026-03", "value": "4"}]
    deals = _deals(8, "won")
    assert _month("revenue_per_employee", deals=deals, figures=heads)[None].value == 2.0
    book = Book.of({"deals": deals, "figures": heads}, ZONES)
    found = compute("revenue_per_employee", book, date(2026, 3, 2), date(2026, 4, 1), now=NOW)
    assert found == {None: Value(None)}


def test_groups_that_rows_have_not_are_refused() -> None:
    with pytest.raises(NotGroupedSo, match="not grouped by rep"):
        _month("churn", "rep")


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.read(SALES, ZONES)


_COUNTED: list[tuple[str, tuple[date, date], int, int]] = [
    ("lead_conversion", ALL, 99, 3000),
    ("mql_to_customer", ALL, 99, 1399),
    ("sql_to_customer", ALL, 99, 680),
    ("close_ratio", ALL, 99, 2960),
    ("win_rate", ALL, 200, 516),
    ("quote_to_close", ALL, 183, 374),
    ("positive_responses", ALL, 753, 753 + 531),
    ("meeting_acceptance", ALL, 916, 1528 - 11),
    ("linkedin_response", ALL, 123, 250),
    ("churn", HALF, 8, 140),
    ("retention", HALF, 132, 140),
]
"""As grep and awk count the lines of the files."""


@pytest.mark.parametrize(("kpi", "period", "part", "whole"), _COUNTED)
def test_rates_of_the_files_are_those_counted_by_hand(
    book: Book, kpi: str, period: tuple[date, date], part: int, whole: int
) -> None:
    found = compute(kpi, book, *period, now=NOW)
    assert found == {None: Value(part / whole, part, whole, whole, 0)}


def test_sums_of_the_files_are_those_counted_by_hand(book: Book) -> None:
    march = (date(2026, 3, 1), date(2026, 4, 1))
    assert compute("sales_revenue", book, *march, "rep", now=NOW)["rep_claire"] == Value(
        53_000 + 9_200 + 33_900 + 11_300, n=4
    )
    second_quarter = (date(2026, 4, 1), date(2026, 7, 1))
    claire = compute("win_rate", book, *second_quarter, "rep", now=NOW)["rep_claire"]
    assert (claire.part, claire.whole) == (14, 36)  # one was lost on no day but that of its stage
    margin = compute("profit_margin", book, *HALF, "rep", now=NOW)["rep_claire"]
    assert margin.value == pytest.approx((558_200 - 193_980) / 558_200)
    assert compute("mrr", book, *HALF, "region", now=NOW)["France"] == Value(101_916, n=38)
    assert compute("nps", book, *ALL, now=NOW)[None].value == pytest.approx(100 * 87 / 618)
    assert compute("csat", book, *ALL, now=NOW)[None].value == pytest.approx(1618 / 405)
    assert compute("emails_sent", book, *ALL, now=NOW)[None].value == 1572 + 3154
    assert compute("proposals_sent", book, *ALL, now=NOW)[None].value == 407
    assert compute("touchpoints", book, *ALL, now=NOW)[None].value == pytest.approx(4436 / 2627)
    assert compute("demo_calls", book, *ALL, now=NOW)[None].part == 131
    assert compute("cac", book, *HALF, now=NOW)[None].part == 420_384
    assert compute("cost_per_lead", book, *HALF, now=NOW)[None].part == 132_347
    assert compute("cac", book, *HALF, "channel", now=NOW)["webinar"].part == 11_555
    attainment = compute("target_attainment", book, *HALF, now=NOW)[None]
    assert (attainment.whole, attainment.missing) == (1_622_295, 1)


def test_stages_of_the_files_are_those_counted_by_hand(book: Book) -> None:
    found = compute("stage_conversion", book, *ALL, "stage", now=NOW)
    assert {stage: (one.part, one.whole) for stage, one in found.items()} == {
        "prospecting": (377, 395),
        "qualification": (496, 550),
        "demo": (245, 305),
        "technical_validation": (40, 57),
        "proposal": (307, 391),
        "negotiation": (238, 293),
        "contract_sent": (188, 230),
    }


@pytest.mark.parametrize("kpi", KPIS)
def test_every_kpi_answers_over_the_files(book: Book, kpi: str) -> None:
    found = compute(kpi, book, *HALF, now=NOW)
    assert list(found) == [None]
    assert found[None].value is None or found[None].value == found[None].value  # is no NaN


@pytest.mark.parametrize("kpi", ["sales_revenue", "emails_sent", "deals_won", "lead_follow_up"])
@pytest.mark.parametrize("by", ["rep", "team", "region", "channel", "product", "is_new"])
def test_groups_add_up_to_everything(book: Book, kpi: str, by: str) -> None:
    whole = compute(kpi, book, *HALF, now=NOW)[None]
    parts = compute(kpi, book, *HALF, by, now=NOW)
    assert sum(one.n or 0 for one in parts.values()) == whole.n
    assert None not in parts
