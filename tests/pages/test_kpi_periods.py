"""Stretches of time in addresses: written so that they are read back, and their steps."""

from datetime import date

import pytest

from api.pages.kpis.periods import course_of, finer_grains, period_text, stepped
from models.kpis import parse_period

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "text",
    ["2026-11", "2026", "2026-Q3", "2026-W01", "2026-11-20", "2026-01-05..2026-02-03", "FY2026-Q2"],
)
@pytest.mark.parametrize("fiscal", [1, 2, 4])
def test_a_period_of_an_address_is_read_back_the_same(text: str, fiscal: int) -> None:
    period = parse_period(text, TODAY, fiscal)
    again = parse_period(period_text(period), TODAY, fiscal)
    assert (again.start_on, again.end_on) == (period.start_on, period.end_on)
    there = stepped(period, 3)
    back = stepped(there, -3) if there else None
    assert back
    assert (back.start_on, back.end_on) == (period.start_on, period.end_on)


@pytest.mark.parametrize("fiscal", [1, 4])
@pytest.mark.parametrize("text", ["2026-11", "2025", "2026-Q3", "2026-W01", "FY2025", "2026-11-20"])
def test_a_course_ends_with_the_period(text: str, fiscal: int) -> None:
    period = parse_period(text, TODAY, fiscal)
    course = course_of(period, TODAY)
    assert course is not None
    assert period.grain is not None
    pieces = course.pieces(period.grain, TODAY)
    assert pieces[-1] == period.span(TODAY)
    assert len({(one.whole_end_on or one.end_on) > one.start_on for one in pieces}) == 1
    assert period.grain not in finer_grains(period)


def test_there_is_no_step_out_of_the_calendar() -> None:
    assert stepped(parse_period("1990", TODAY), -1) is None
    assert stepped(parse_period("1990-01-01", TODAY), -1) is None
    assert course_of(parse_period("2031", TODAY), TODAY) is None
