"""Answers as files: what they say, that it is what was answered, and that nothing runs."""

import csv
import json
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlmodel import Session

from analyzer.formats.wording import DASH, wording
from api.kpi_exports import FORMATS, to_csv, to_json, to_pdf, to_xlsx
from api.kpi_exports.shown import period_name
from api.kpi_exports.words import export_words
from models.kpis import KPIS, Line, Measured, Question, Rules, Span, answer, find_kpi, parse_period
from models.kpis.kpi import UNITS
from models.tables import User
from tests.kpis.exported import (
    HOSTILE,
    MONTHS,
    TODAY,
    answered,
    group,
    many,
    revenue,
    share,
    win_rate,
)
from tests.kpis.selling import NOW
from tests.timing import seconds_of

LANGUAGES = ("en", "fr")
THIN = "\u202f"
each_language = pytest.mark.parametrize("language", LANGUAGES)


def table(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, strict=True))


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = load_workbook(BytesIO(content))
    return {one.title: [list(row) for row in one.iter_rows()] for one in book}


def columns(rows: list[list[Any]]) -> dict[str, list[Any]]:
    return {str(head.value): [row[at] for row in rows[1:]] for at, head in enumerate(rows[0])}


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_csv_file_has_a_line_for_each_line_and_its_meaning_at_the_end() -> None:
    kept = to_csv([win_rate(), revenue()], "en")
    assert kept.startswith(b"\xef\xbb\xbfKPI,")
    rows = table(kept)
    assert len(rows) == 8
    first, second, money = rows[0], rows[1], rows[6]
    assert (first["Rep"], first["From"], first["To"]) == ("Ann", "2026-09-01", "2026-09-30")
    assert (first["Value"], first["Part"], first["Whole"], first["Rows"]) == (
        *("0.6", "15", "25", "25"),
    )
    assert 0.407 < float(first["95% interval from"]) < 0.408
    assert (second["Value"], second["Why not known"]) == (DASH, "there is nothing to count")
    assert [row["Still running"] for row in rows[:3]] == ["no", "no", "yes"]
    assert rows[2]["To"] == "2026-11-20"
    assert rows[3]["Rep"] == "not given"
    assert (money["Rep"], money["Unit"], money["Value"]) == ("", "EUR", "1234567.5")
    assert (money["Target"], money["Target reached"]) == ("1000000", "1.2345675")
    assert (rows[7]["Rows without a value"], rows[7]["Value"]) == ("3", DASH)
    assert {row["Definition"] for row in rows} == {
        one.kpi.definition.en for one in (win_rate(), revenue())
    }
    assert first["Formula"] == "deals won / (deals won + deals lost) in the period"


def test_a_csv_file_is_as_excel_in_france_has_it() -> None:
    rows = table(to_csv([win_rate()], "fr"), ";")
    assert (rows[0]["Valeur"], rows[0]["Lignes"]) == ("0,6", "25")
    assert rows[1]["Pourquoi non connu"] == "il n’y a rien à compter"  # noqa: RUF001
    assert rows[0]["Formule"] == win_rate().kpi.formula.fr
    assert b"\r\n" in to_csv([win_rate()], "fr")


@each_language
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_in_a_csv_file_runs(language: str, name: str) -> None:
    found = answered("win_rate", Line((group(name),), MONTHS[0], share(1, 2)))
    text = to_csv([found], language).decode("utf-8-sig")
    (row,) = csv.reader(
        StringIO(text.split("\r\n", 1)[1]), delimiter=";" if language == "fr" else ","
    )
    told = row[4]
    assert not told.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝"))  # noqa: RUF001
    assert "\x01" not in text
    assert "\x1b" not in text
    if name.startswith(("=", "+", "-", "@")):
        assert told == f"'{name}"


def test_less_than_zero_is_a_number_still() -> None:
    found = answered("sales_growth", Line((), MONTHS[0], Measured(-0.25, n=3)))
    assert table(to_csv([found], "en"))[0]["Value"] == "-0.25"
    assert "\u221225.0%" in text_of(to_pdf([found], "en"))


@each_language
def test_numbers_of_a_workbook_are_numbers(language: str) -> None:
    t = export_words(language)
    book = sheets(to_xlsx([win_rate(), revenue("JPY"), revenue("KWD")], language))
    assert list(book)[-1] == t("export.definitions")
    shares, yen, dinars = (columns(book[name]) for name in list(book)[:3])
    value = shares[f"{t('column.value')} ({t('unit.share')})"]
    assert [one.value for one in value] == [0.6, DASH, pytest.approx(1 / 3), 0, 1, 0]
    assert {one.number_format for one in value if one.value != DASH} == {"0.0%"}
    assert shares[t("column.why")][1].value == t("why.no_rows")
    days = shares[t("column.from")]
    assert days[0].value == datetime(2026, 9, 1)  # noqa: DTZ001
    assert days[0].is_date
    assert shares[f"{t('column.before')} ({t('unit.share')})"][0].value == 0.5
    for rows, code, expected in ((yen, "JPY", '#,##0 "JPY"'), (dinars, "KWD", '#,##0.000 "KWD"')):
        (first, second) = rows[f"{t('column.value')} ({code})"]
        assert (first.value, first.number_format, second.value) == (1_234_567.5, expected, DASH)
        assert [one.value for one in rows[f"{t('column.target')} ({code})"]] == [1_000_000, None]


@each_language
def test_a_workbook_says_what_its_numbers_mean(language: str) -> None:
    book = sheets(to_xlsx([win_rate(), revenue()], language))
    rows = [[cell.value for cell in row] for row in list(book.values())[-1]]
    for row, found in zip(rows[1:3], (win_rate(), revenue()), strict=True):
        kpi = found.kpi
        assert row[:4] == [
            *(kpi.name[language], kpi.slug, kpi.definition[language], kpi.formula[language]),
        ]
    notes = [row[0] for row in rows[4:]]
    assert any(DASH in note for note in notes)
    assert any("95" in note for note in notes)
    assert any("EUR" in note for note in notes)


def test_what_stands_empty_is_left_out_of_a_sheet() -> None:
    heads = set(columns(next(iter(sheets(to_xlsx([many(2)], "en")).values()))))
    assert "Why not known" not in heads
    assert "Target reached" not in heads
    assert {"Rep", "From", "To", "Value (share)", "Part", "Whole"} <= heads


@pytest.mark.parametrize("name", HOSTILE)
def test_texts_of_a_workbook_are_only_text(name: str) -> None:
    found = answered("win_rate", Line((group(name, "region"),), MONTHS[0], share(1, 2)))
    (cell,) = columns(next(iter(sheets(to_xlsx([found], "en")).values())))["Region"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None


def test_sheets_have_names_of_their_own() -> None:
    names = list(sheets(to_xlsx([win_rate()] * 3 + [answered(one.slug) for one in KPIS], "fr")))
    assert len(set(names)) == len(names) == len(KPIS) + 4
    assert all(len(one) <= 31 for one in names)


@each_language
def test_json_is_what_the_api_gives(language: str) -> None:
    shares, money = json.loads(to_json([win_rate(), revenue()], language))
    assert (shares["kpi"], shares["unit"], len(shares["lines"])) == ("win_rate", "share", 6)
    assert shares["definition"]["fr"] == win_rate().kpi.definition.fr
    unknown = shares["lines"][1]
    assert (unknown["value"], unknown["why"]) == (None, "no_rows")
    assert money["currency"] == "EUR"
    assert money["lines"][0]["target"]["value"] == 1_000_000


def test_paper_in_english() -> None:
    text = flat(text_of(to_pdf([win_rate(), revenue()], "en")))
    assert "Win rate (of deals won or lost)" in text
    assert flat(win_rate().kpi.definition.en) in text
    assert "Formula: deals won / (deals won + deals lost) in the period" in text
    assert "September 2026 60.0% (60:40) 40.7% to 76.6% 25 50.0%" in text
    assert f"October 2026 {DASH} (there is nothing to count)" in text
    assert "November 2026*" in text
    assert "* still running" in text
    assert "€1,234,568" in text
    assert "€1,000,000 (123%)" in text
    assert "As of 20 November 2026, 18:00 UTC" in text


def test_paper_in_french() -> None:
    text = flat(text_of(to_pdf([win_rate(), revenue()], "fr"))).replace(THIN, " ")
    assert "septembre 2026 60,0 % (60:40) 40,7 % à 76,6 % 25" in text
    assert "1 234 568 €" in text.replace("\xa0", " ")
    assert "il n’y a rien à compter" in text  # noqa: RUF001
    assert "non renseigné" in text
    assert "Au 20 novembre 2026 à 18:00 UTC" in text


def test_paper_knows_what_it_is() -> None:
    document = PdfReader(BytesIO(to_pdf([win_rate()], "fr")))
    assert document.metadata is not None
    assert document.metadata.title == win_rate().kpi.name.fr
    assert document.metadata.creation_date == NOW
    assert document.root_object["/Lang"] == "fr"
    assert to_pdf([win_rate()], "fr") == to_pdf([win_rate()], "fr")


@each_language
def test_paper_takes_any_text(language: str, caplog: pytest.LogCaptureFixture) -> None:
    lines = [Line((group(name),), MONTHS[0], share(1, 2)) for name in HOSTILE]
    text = flat(text_of(to_pdf([answered("win_rate", *lines)], language)))
    assert "=1+1" in text
    assert "**bold** __a__" in text
    assert "Żółw é" in text
    assert caplog.text == ""


def test_long_answers_are_cut_on_paper_and_say_so() -> None:
    text = flat(text_of(to_pdf([many(250)], "en")))
    assert "Rep 99 " in text
    assert "Rep 100 " not in text
    assert "150 more lines are not shown here" in text


@pytest.mark.parametrize("ending", FORMATS)
@each_language
def test_nothing_is_a_file_as_well(ending: str, language: str) -> None:
    for answers in (
        [],
        [answered("win_rate")],
        [answered("nps", Line((), MONTHS[0], share(0, 0)))],
    ):
        assert FORMATS[ending].write(answers, language)


@pytest.mark.parametrize("ending", FORMATS)
def test_ten_thousand_lines_take_less_than_two_seconds(ending: str) -> None:
    found = many(10_000)
    FORMATS[ending].write([win_rate()], "en")
    seconds, written = seconds_of(lambda: FORMATS[ending].write([found], "en"))
    assert written
    assert seconds < 2


def test_every_kpi_of_a_year_is_written(year: Session, admin: User) -> None:
    period, rules = parse_period("2026", TODAY), Rules()
    questions = (Question(find_kpi(year, one.slug), period, each="quarter") for one in KPIS)
    asked = [answer(year, admin, one, rules, now=NOW) for one in questions]
    for language, delimiter in (("en", ","), ("fr", ";")):
        rows = table(to_csv(asked, language), delimiter)
        assert len(rows) == sum(len(one.lines) for one in asked)
        text = flat(text_of(to_pdf(asked, language)))
        assert all(flat(one.kpi.name[language]) in text for one in asked)
        assert len(sheets(to_xlsx(asked, language))) == len(KPIS) + 1
    assert len(json.loads(to_json(asked, "en"))) == len(KPIS)


def test_languages_have_the_same_words() -> None:
    english, french = (export_words(one).phrases for one in LANGUAGES)
    assert set(english) == set(french)
    assert export_words("de").language == "en"


@pytest.mark.parametrize(
    ("first", "end", "whole", "expected"),
    [
        ("2026-01-01", "2027-01-01", None, "2026"),
        ("2026-04-01", "2026-07-01", None, "Q2 2026"),
        ("2026-02-01", "2026-03-01", None, "February 2026"),
        ("2026-02-01", "2026-02-11", "2026-03-01", "February 2026*"),
        ("2026-02-03", "2026-02-04", None, "3 February 2026"),
        ("2026-02-03", "2026-02-10", None, "3 February 2026 to 9 February 2026"),
        ("2026-04-01", "2027-04-01", None, "1 April 2026 to 31 March 2027"),
        ("2026-02-01", "2026-05-01", None, "1 February 2026 to 30 April 2026"),
    ],
)
def test_periods_go_by_their_shortest_name(
    first: str, end: str, whole: str | None, expected: str
) -> None:
    days = (date.fromisoformat(one) if one else None for one in (first, end, whole))
    assert period_name(Span(*days), export_words("en")) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        (0.0, "share", "0.0%", "0,0 %"),
        (-0.5, "share", "−50.0%", "−50,0 %"),  # noqa: RUF001
        (12.5, "money", "€12.50", "12,50 €"),
        (-12_345.4, "money", "−€12,345", "−12 345 €"),  # noqa: RUF001
        (999.999, "money", "€1,000", "1 000 €"),
        (7.0, "count", "7", "7"),
        (12_000.0, "count", "12,000", "12 000"),
        (0.333, "number", "0.33", "0,33"),
        (-0.001, "number", "0", "0"),
        (41.25, "hours", "41.2 h", "41,2 h"),
        (30.0, "days", "30 days", "30 j"),
    ],
)
def test_amounts_are_written_as_readers_write_them(
    value: float, unit: Any, english: str, french: str
) -> None:
    assert wording("en").amount(value, unit, "EUR") == english
    told = wording("fr").amount(value, unit, "EUR")
    assert told.replace(THIN, " ").replace("\xa0", " ") == french


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e15, 1e15), st.sampled_from(UNITS), st.sampled_from(LANGUAGES))
def test_any_amount_can_be_written(value: float, unit: Any, language: str) -> None:
    assert wording(language).amount(value, unit, "EUR")


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e15, 1e15))
def test_a_csv_file_keeps_what_was_measured(value: float) -> None:
    found = answered("sales_growth", Line((), MONTHS[0], Measured(value)))
    kept = float(table(to_csv([found], "en"))[0]["Value"])
    assert kept == pytest.approx(value, rel=1e-9, abs=1e-10)
