"""The page on KPIs says what is so."""

import re
from datetime import date
from pathlib import Path

import pytest

from analyzer import statistics
from api.kpi_exports import FORMATS
from models import kpis
from models.kpis import DIMENSIONS, KPIS, Rules, parse_period
from tests.docs_kpis import PAGE, kpi_catalogue

TEXT = PAGE.read_text("utf-8")
HEAD = TEXT.partition("<!-- kpis -->")[0]


def rows(heading: str) -> dict[str, str]:
    """The table under a heading of the opening, by its first cell."""
    section = re.split(r"\n## |\n\n\*\*", HEAD.partition(heading)[2])[0]
    cells = re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return dict(cells)


def reasons() -> set[str]:
    """Every reason for not knowing that the program gives."""
    sources = [path.read_text("utf-8") for path in Path(kpis.__file__).parent.glob("*.py")]
    known = r'"(no_[a-z]+|nothing_before|whole_months)"'
    return {one for text in sources for one in re.findall(known, text)}


def test_the_catalogue_is_that_of_the_declarations() -> None:
    assert kpi_catalogue() in TEXT, "run: python -m tests.docs_kpis --write"


def test_every_kpi_is_there_in_both_languages() -> None:
    for kpi in KPIS:
        _, _, rest = TEXT.partition(f"\n### {kpi.number}. {kpi.name.en}\n")
        section = rest.partition("\n### ")[0]
        assert f"`{kpi.slug}`:" in section
        words = (kpi.definition, kpi.formula, *(one.formula for one in kpi.variants.values()))
        assert all(one.en in section and one.fr in section for one in words), kpi.slug
        assert f"**{kpi.name.fr}.**" in section
        assert all(alias in section for alias in kpi.aliases)
        assert kpi.source in section


def test_how_many_there_are() -> None:
    assert f"{len(KPIS)} figures" in HEAD
    assert {kpi.number for kpi in KPIS} == set(range(1, 77)) - {64}
    assert "Number 64 is no KPI" in HEAD


def test_every_reason_for_not_knowing_is_explained() -> None:
    section = HEAD.partition("**Not known")[2].partition("**How sure")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert told == reasons()


def test_periods_and_dimensions_can_be_asked_as_written() -> None:
    asked = rows("## Asking")
    periods = re.findall(r"`([^`]+)`", asked["period"])
    assert len(periods) == 11
    for text in periods:
        assert parse_period(text, date(2026, 11, 20)).start_on.year in {2025, 2026}
    assert tuple(re.findall(r"`(\w+)`", asked["by"])) == DIMENSIONS


@pytest.mark.parametrize(
    "said",
    [
        f"once it is {Rules().maturity_days} days old",
        f"in time within {Rules().follow_up_days} days",
        f"up to {statistics.FEW} values ({statistics.DRAWS:,} draws",
        f"of {100 * statistics.LEVEL:.0f} %",
    ],
)
def test_numbers_are_those_of_the_program(said: str) -> None:
    assert said in HEAD


def test_slugs_named_in_the_opening_are_known() -> None:
    known = {kpi.slug for kpi in KPIS}
    choices = HEAD.partition("## Where the sources disagree")[2].partition("## As files")[0]
    variants = {name for kpi in KPIS for name in kpi.variants}
    named = set(re.findall(r"`([a-z_]+)`", choices))
    assert named - variants <= known


def test_every_kind_of_file_is_explained() -> None:
    section = HEAD.partition("## As files")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(FORMATS)
