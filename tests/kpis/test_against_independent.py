"""Every KPI agrees with the same computed by pandas, written from the formulas alone."""

from collections.abc import Mapping
from datetime import date
from typing import get_args
from uuid import UUID

import pytest
from sqlmodel import Session, select

from models.kpis import KPIS, Answer, Dimension, Kpi, Measured, Question, Rules, answer
from models.kpis.answering import reading_of
from models.kpis.evaluating import dimensions_in
from models.kpis.periods import Period
from models.tables import Team, User
from tests.kpis.conftest import NOW, SALES, ZONES
from tests.kpis.independent import Book, Value, compute

PERIODS = {
    "half a year": (date(2026, 1, 1), date(2026, 7, 1)),
    "a month": (date(2026, 3, 1), date(2026, 4, 1)),
    "some days": (date(2026, 5, 11), date(2026, 5, 25)),
    "the running month": (date(2026, 11, 1), date(2026, 12, 1)),
    "all of it": (date(2025, 12, 1), date(2026, 12, 1)),
}
_WORDS: Mapping[Dimension, str] = {"customer": "is_new"}
READINGS = [(kpi, variant) for kpi in KPIS for variant in (None, *kpi.variants)]


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.read(SALES, ZONES)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize(
    ("kpi", "variant"), READINGS, ids=[f"{kpi.slug}-{variant or ''}" for kpi, variant in READINGS]
)
def test_a_kpi_agrees_with_the_same_computed_otherwise(
    year: Session, admin: User, book: Book, kpi: Kpi, variant: str | None, period: str
) -> None:
    start, end = PERIODS[period]
    figure, _unit = reading_of(kpi, variant)
    known = [one for one in get_args(Dimension) if one in dimensions_in(figure)]
    ways: list[tuple[Dimension, ...]] = [(one,) for one in known]
    if kpi.by is None:
        ways.insert(0, ())
    words = _words_of(year)
    for by in ways:
        question = Question(
            kpi, Period(start, end), by=by, variant=variant, compare=False, currency="EUR"
        )
        found = answer(year, admin, question, Rules(), now=NOW)
        named = _WORDS.get(by[0], by[0]) if by else None
        expected = compute(kpi.slug, book, start, end, named, now=NOW, variant=variant)
        _compare(found, expected, words)


def _words_of(session: Session) -> dict[UUID, str]:
    """The words that files have for reps and teams."""
    reps = {one.id: one.ref for one in session.exec(select(User)) if one.ref}
    return reps | {one.id: one.name for one in session.exec(select(Team))}


def _compare(
    found: Answer, expected: Mapping[str | None, Value], words: Mapping[UUID, str]
) -> None:
    seen = set()
    for line in found.lines:
        group = line.groups[0].id if line.groups else None
        if line.groups:
            group = words.get(group, "?") if isinstance(group, UUID) else group or ""
        seen.add(group)
        _compare_one(line.measured, expected.get(group), f"{found.kpi.slug} {group!r}")
    left = {key: one for key, one in expected.items() if key not in seen and one.value}
    assert not left, f"{found.kpi.slug}: never told of {left}"


def _compare_one(measured: Measured, expected: Value | None, what: str) -> None:
    if expected is None:
        assert not measured.value, f"{what}: {measured} but nothing was expected"
        return
    if expected.value is None:
        assert measured.value is None, f"{what}: {measured} but it is not known"
        return
    assert measured.value == pytest.approx(expected.value, rel=1e-9, abs=1e-9), what
    if measured.whole is not None:
        assert (measured.part, measured.whole) == (expected.part, expected.whole), what
