"""Numbers, sums and times as people write them, exactly."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadImport
from models.importing.amounts import Mark, is_ambiguous, parse_number, to_minor, told_mark
from models.importing.cells import (
    BadCell,
    Cell,
    Surroundings,
    boolean,
    email,
    integer,
    money,
    one_of,
    zone,
)
from models.importing.findings import Findings, ImportOptions
from models.importing.times import day, instant, instant_or_day, month

PARIS = ZoneInfo("Europe/Paris")


def around(
    *, mark: Mark = ".", currency: str | None = None, order: str | None = None
) -> Surroundings:
    return Surroundings(
        findings=Findings(10),
        reps={},
        default_zone=PARIS,
        default_currency=currency,
        mark=mark,
        is_mark_sure=True,
        date_order=order,
        zone=PARIS,
        currency=currency,
    )


def refusal(read: Callable[[Cell, Surroundings], object], cell: Cell, here: Surroundings) -> str:
    with pytest.raises(BadCell) as caught:
        read(cell, here)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("8600", ".", "8600"),
        ("-12.5", ".", "-12.5"),
        ("\u221212.5", ".", "-12.5"),
        ("1,234,567.89", ".", "1234567.89"),
        ("1.234.567,89", ",", "1234567.89"),
        ("1 234,5", ",", "1234.5"),
        ("1\u00a0234,5", ",", "1234.5"),
        ("1\u202f234", ",", "1234"),
        ("1'234.50", ".", "1234.50"),
        ("12,34,567.5", ".", "1234567.5"),
        ("1.5e3", ".", "1500"),
        (".5", ".", "0.5"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
    ],
)
def test_a_number_is_read_with_the_mark_of_its_file(text: str, mark: Mark, value: str) -> None:
    assert parse_number(text, mark) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", ".", "-", "1.2.3", "12,34", "1,23", "€5", "0x10", "1_000", "NaN", "inf", "٣", "9" * 61],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  only the kind matters
        parse_number(text, ".")


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from([".", ","]))
def test_a_number_with_thousands_is_the_number_without(value: Decimal, mark: Mark) -> None:
    written = f"{value:,.2f}"
    if mark == ",":
        written = written.translate(str.maketrans(".,", ",."))
    assert parse_number(written, mark) == value


@given(st.integers(-(10**14), 10**14))
def test_cents_come_back_as_they_went(cents: int) -> None:
    assert to_minor(Decimal(cents).scaleb(-2), "EUR") == (cents, False)


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    for mark in (".", ","):
        try:
            assert parse_number(text, mark).is_finite()
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["8600", "12,50"], ","),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["1.234.567"], ","),
        (["0.921"], "."),
        (["1234.567"], "."),
        (["1,234", "86"], None),
        ([], None),
    ],
)
def test_the_decimal_mark_is_seen_where_it_can_be(texts: list[str], mark: Mark | None) -> None:
    assert told_mark(texts) == mark


def test_only_one_mark_before_three_digits_is_ambiguous() -> None:
    assert [
        text
        for text in ("1,234", "1.234", "1,23", "0.123", "1234", "1,234.5")
        if is_ambiguous(text)
    ] == ["1,234", "1.234"]


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("1000", "JPY", 1000),
        ("1000.00", "JPY", 1000),
        ("1.234", "KWD", 1234),
        ("0", "CHF", 0),
        ("0.1", "GBP", 10),
        ("-7", "USD", -700),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount: str, currency: str, minor: int) -> None:
    here = around(currency=currency)
    assert money(amount, here) == minor
    assert here.findings.notices == ()


@pytest.mark.parametrize(
    ("amount", "minor"), [("0.125", 12), ("0.135", 14), ("23666.6667", 2366667)]
)
def test_decimals_that_a_currency_lacks_are_rounded_and_told(amount: str, minor: int) -> None:
    here = around(currency="EUR")
    assert money(amount, here) == minor
    assert "rounded" in here.findings.notices[0].message


def test_money_without_a_currency_or_beyond_all_sums_is_refused() -> None:
    assert "currency" in refusal(money, "5", around())
    assert "larger" in refusal(money, "1" + "0" * 17, around(currency="EUR"))
    assert "larger" in refusal(money, Decimal("1e308"), around(currency="EUR"))
    assert "number" in refusal(money, True, around(currency="EUR"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-12-01T09:29:00+01:00", "2025-12-01T08:29:00+00:00"),
        ("2025-12-01T09:29:00Z", "2025-12-01T09:29:00+00:00"),
        ("2025-12-01t09:29:00z", "2025-12-01T09:29:00+00:00"),
        ("2025-12-01 09:29:00 +0100", "2025-12-01T08:29:00+00:00"),
        ("2025-12-01 09:29:00 UTC", "2025-12-01T09:29:00+00:00"),
        ("2025-12-01 09:29", "2025-12-01T08:29:00+00:00"),
        ("2026-07-01T09:29:00.5", "2026-07-01T07:29:00.500000+00:00"),
        ("2026-07-01", "2026-06-30T22:00:00+00:00"),
    ],
)
def test_a_time_is_an_instant(text: str, expected: str) -> None:
    found = instant(text, around())
    assert found.isoformat() == expected
    assert found.tzinfo is UTC


def test_a_skipped_time_counts_on_and_a_repeated_one_is_the_first() -> None:
    here = around()
    assert instant("2026-03-29T02:30:00", here) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert instant("2026-10-25T02:30:00", here) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    told = " ".join(notice.message for notice in here.findings.notices)
    assert "forward" in told
    assert "back" in told


def test_a_day_begins_when_clocks_show_it_first() -> None:
    here = around()
    here.zone = ZoneInfo("America/Sao_Paulo")  # midnight was skipped on that day
    assert instant_or_day("2018-11-04", here) == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
    assert here.is_whole_day
    instant_or_day("2018-11-04T10:00:00", here)
    assert not here.is_whole_day


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["Europe/London", "America/Chicago", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_a_local_time_comes_back_unless_clocks_skipped_it(wall: datetime, name: str) -> None:
    here = around()
    here.zone = ZoneInfo(name)
    found = instant(wall.isoformat(), here)
    shown = found.astimezone(here.zone).replace(tzinfo=None)
    assert shown == wall or timedelta(0) < shown - wall <= timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "2026-02-30", "2026-13-01", "20260301", "2026-W10-1", "45999", "=NOW()"),
        *("1899-01-01", "2201-01-01", "0001-01-01T00:00:00+14:00", "2026-03-01T25:00:00"),
        "2026-03-01T10:00:00+99:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    assert refusal(instant, text, around())


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(BadCell):
        assert instant(text, around(order="dmy")).tzinfo is UTC


def test_a_slashed_date_needs_an_order() -> None:
    assert "first" in refusal(day, "03/04/2026", around())
    assert day("03/04/2026", around(order="dmy")) == date(2026, 4, 3)
    assert day("03/04/2026", around(order="mdy")) == date(2026, 3, 4)
    assert day("3.4.2026", around(order="dmy")) == date(2026, 4, 3)
    found = instant("31/12/2026 14:30", around(order="dmy"))
    assert found == datetime(2026, 12, 31, 13, 30, tzinfo=UTC)
    assert refusal(day, "31/12/2026", around(order="mdy"))


@pytest.mark.parametrize("text", ["2026-03", "03/2026", "2026-03-01", "2026-03-31"])
def test_a_month_is_its_first_day(text: str) -> None:
    assert month(text, around()) == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["2026-13", "March", "2026", "0000-01", "13/2026"])
def test_what_is_no_month_is_refused(text: str) -> None:
    assert refusal(month, text, around())


def test_words_are_read_whatever_their_case() -> None:
    kind = one_of("cross_sell", "new")
    assert kind("Cross-Sell", around()) == "cross_sell"
    assert "cross_sell, new" in refusal(kind, "renewal'; DROP TABLE deal", around())
    assert [boolean(cell, around()) for cell in ("TRUE", "oui", "0", False)] == [
        True,
        True,
        False,
        False,
    ]
    assert refusal(boolean, "maybe", around())
    assert integer(Decimal("7.0"), around()) == 7
    assert refusal(integer, "7.5", around())
    assert refusal(integer, "99999999999", around())
    assert email("ANN@B.example", around()) == "ann@b.example"
    assert refusal(email, "ann at b", around())
    assert [refusal(zone, text, around()) for text in ("Mars/Base", "../../etc/passwd", "a\0b")]


@pytest.mark.parametrize(
    "options",
    [
        {"time_zone": "Nowhere"},
        {"origin": ""},
        {"origin": "x" * 41},
        {"origin": "a\0"},
        {"currency": "euro"},
        {"decimal": ";"},
        {"date_order": "ymd"},
        {"delimiter": "::"},
        {"encoding": "rot13"},
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(BadImport, match=next(iter(options))):
        ImportOptions(**options)  # type: ignore[arg-type]
