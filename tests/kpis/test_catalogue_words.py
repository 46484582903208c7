"""What the catalogue says of each KPI: complete, in both languages, and true to how it counts."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from models.importing.shapes import SHAPES
from models.kpis import KPIS
from models.kpis.figure import (
    Aim,
    Count,
    Distinct,
    Figure,
    Formula,
    Growth,
    Mean,
    Median,
    Quotient,
    Share,
    Total,
)
from models.kpis.kpi import Family, Kpi, Unit, Words

FAMILIES: dict[Family, range] = {
    "revenue": range(1, 14),
    "pipeline": range(14, 30),
    "activity": range(30, 43),
    "customers": range(43, 55),
    "costs": range(55, 64),
    "calls": range(65, 77),
}
BY_SLUG = {kpi.slug: kpi for kpi in KPIS}


def counted(kpi: Kpi) -> Iterator[tuple[str, Figure, Unit]]:
    """A KPI and its variants, each with its figure and its unit."""
    yield kpi.slug, kpi.figure, kpi.unit
    for slug, variant in kpi.variants.items():
        yield f"{kpi.slug}:{slug}", variant.figure, variant.unit or kpi.unit


COUNTED = [each for kpi in KPIS for each in counted(kpi)]


def texts(kpi: Kpi) -> Iterator[Words]:
    """All that a KPI says of itself."""
    yield from (kpi.name, kpi.definition, kpi.formula)
    yield from (variant.formula for variant in kpi.variants.values())


def is_money(figure: Figure) -> bool | None:
    """Whether a figure is a sum of money; None where its function alone can tell."""
    match figure:
        case Total(of) | Mean(of) | Median(of):
            return of.currency is not None
        case Quotient(top, bottom):
            over, under = is_money(top), is_money(bottom)
            return None if over is None or under is None else over and not under
        case Aim(kpi):
            return BY_SLUG[kpi].unit == "money"
        case Formula():
            return None if any(is_money(part) for part in figure.parts.values()) else False
    return False


def repeated(values: Sequence[str | int]) -> set[str | int]:
    """Those that are there more than once."""
    return {value for value, many in Counter(values).items() if many > 1}


def test_every_number_of_a_family_is_declared_once() -> None:
    assert not repeated([kpi.number for kpi in KPIS])
    for family, numbers in FAMILIES.items():
        assert {kpi.number for kpi in KPIS if kpi.family == family} == {*numbers}, family


def test_no_two_kpis_share_a_slug_or_a_name() -> None:
    assert not repeated([kpi.slug for kpi in KPIS])
    assert not repeated([kpi.name.en.casefold() for kpi in KPIS])
    assert not repeated([kpi.name.fr.casefold() for kpi in KPIS])


def test_slugs_can_stand_in_an_address() -> None:
    for kpi in KPIS:
        for slug in (kpi.slug, *kpi.variants):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", slug), slug


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_text_is_written_in_both_languages(kpi: Kpi) -> None:
    for words in texts(kpi):
        for text in (words.en, words.fr):
            assert text, kpi.slug
            assert text == " ".join(text.split()), text
            assert text.count("(") == text.count(")"), text
            assert "'" not in text, f"{text}: not the typewriter's apostrophe"
    for words in (kpi.definition, kpi.formula):
        assert words.en != words.fr, words
    assert kpi.name.en != kpi.name.fr or kpi.slug == "nps"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_definitions_are_a_few_sentences_and_formulas_none(kpi: Kpi) -> None:
    for text in (kpi.definition.en, kpi.definition.fr):
        assert text[0].isupper(), text
        assert text.endswith("."), text
        assert 1 <= len(re.findall(r"[.!?](?= |$)", text)) <= 3, text
    for formula in (kpi.formula, *(variant.formula for variant in kpi.variants.values())):
        assert not formula.en.endswith("."), formula
        assert not formula.fr.endswith("."), formula


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_french_has_its_spaces(kpi: Kpi) -> None:
    for words in texts(kpi):
        assert not re.search(r"\S[;:!?»]", words.fr), words.fr


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_aliases_add_to_the_names(kpi: Kpi) -> None:
    folded = [alias.casefold() for alias in kpi.aliases]
    assert all(folded)
    assert not repeated(folded)
    assert not {kpi.name.en.casefold(), kpi.name.fr.casefold()} & set(folded)


@pytest.mark.parametrize(("name", "figure", "unit"), COUNTED, ids=[each[0] for each in COUNTED])
def test_units_are_what_the_figures_are(name: str, figure: Figure, unit: Unit) -> None:
    if isinstance(figure, Share | Growth):
        assert unit == "share", name
    if isinstance(figure, Count | Distinct):
        assert unit == "count", name
    found = is_money(figure)
    assert found is None or found == (unit == "money"), name


def test_rates_that_are_told_as_odds_are_shares() -> None:
    assert BY_SLUG["win_rate"].as_odds
    for kpi in KPIS:
        assert not kpi.as_odds or isinstance(kpi.figure, Share), kpi.slug


def test_what_is_needed_can_be_imported() -> None:
    """Files, or calls that were recorded."""
    for kpi in KPIS:
        assert set(kpi.needs) <= {*SHAPES, "calls"}, kpi.slug


def test_companions_are_other_kpis() -> None:
    for kpi in KPIS:
        assert set(kpi.companions) <= set(BY_SLUG) - {kpi.slug}, kpi.slug


def test_sources_are_named() -> None:
    for kpi in KPIS:
        cited = r"S[0-4] (#|l\.)\d" if kpi.family != "calls" else "Talktrack$"
        assert re.match(cited, kpi.source), f"{kpi.slug}: {kpi.source}"
