"""Tables are aligned on a terminal and kept between markers on a page."""

from pathlib import Path

from tests.accuracy.limits import Check
from tests.accuracy.score import Score, Tally
from tests.accuracy.tables import Table, check_table, score_table, write_between


def test_a_table_is_aligned_and_a_page_gets_markdown() -> None:
    table = Table("Rates", ("", "WER"), (("a long name", "1.00"), ("b", "12.50")))
    assert table.text() == "\nRates\n               WER\na long name   1.00\nb            12.50"
    assert table.markdown().splitlines()[2:] == [
        "|  | WER |",
        "| --- | ---: |",
        "| a long name | 1.00 |",
        "| b | 12.50 |",
    ]


def test_scores_are_shown_in_percent_and_unknown_ones_as_a_dash() -> None:
    one = Score("a", "en", words=Tally(1, 8), speakers=(3, 2))
    (row,) = score_table("", [("a", one)]).rows
    assert (row[:3], row[3], row[-1]) == (("a", "en", "12.50"), "-", "3/2")


def test_a_check_says_pass_fail_or_nothing() -> None:
    checks = (
        Check("words", 0, 0, "words"),
        Check("conf", 0.031, 0.02),
        Check("speed", 3.0, 2.5, "times", is_floor=True),
        Check("WER", 0.1, None),
    )
    assert check_table("", checks).rows == (
        ("words", "0 words", "<= 0 words", "PASS"),
        ("conf", "3.10 %", "<= 2.00 %", "FAIL"),
        ("speed", "3.00 times", ">= 2.50 times", "PASS"),
        ("WER", "10.00 %", "not run", "-"),
    )


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n<!-- rates -->\nold\n<!-- /rates -->\n\nThe end.\n", "utf-8")
    write_between(page, "rates", "new\n")
    write_between(page, "rates", "newer")
    assert page.read_text("utf-8") == (
        "# Title\n\n<!-- rates -->\n\nnewer\n\n<!-- /rates -->\n\nThe end.\n"
    )


def test_a_page_without_markers_gets_them_at_its_end(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_between(page, "a", "one")
    write_between(page, "b", "two")
    assert page.read_text("utf-8") == (
        "<!-- a -->\n\none\n\n<!-- /a -->\n\n<!-- b -->\n\ntwo\n\n<!-- /b -->\n"
    )
