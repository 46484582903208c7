import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import analyzer.formats
from analyzer.agenda import Status
from analyzer.associations import BEHAVIOURS, Lack, Verdict
from analyzer.formats.moments_page import LISTED, MARKED
from analyzer.formats.rendering import shown
from analyzer.formats.wording import LANGUAGES, Wording, clock, wording
from analyzer.metrics import DEFINITIONS, Source, Unit, WhyHidden
from analyzer.moments.moment import ObjectionAbout
from analyzer.playbook_file import standard_playbook
from analyzer.recording import Side
from analyzer.report import Notice
from analyzer.summary import SectionKey
from analyzer.talk_metrics import TALK_DEFINITIONS
from tests.rendered import metric

FOLDER = Path(analyzer.formats.__file__).parent


def keys_of(language: str) -> set[str]:
    table = tomllib.loads((FOLDER / "wording" / f"{language}.toml").read_text("utf-8"))
    return set(flat(table))


def flat(table: Mapping[str, object], prefix: str = "") -> list[str]:
    keys = []
    for name, value in table.items():
        inner = flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
        keys += inner
    return keys


def used_keys() -> set[str]:
    """Keys named in templates and code, and those made of a value."""
    sources = [*FOLDER.glob("*.py"), *FOLDER.glob("*/*.py"), *FOLDER.glob("templates/*.html")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    named = set(re.findall(r"""(?:\bt|self)\(\s*["']([a-z_.]*[a-z_])["']""", text))
    for counted in re.findall(r"""\.count\(["']([a-z_.]+)["']""", text):
        named |= {f"{counted}.one", f"{counted}.other"}
    made = {f"side.{side}" for side in Side} | {f"source.{source}" for source in Source}
    made |= {f"notice.{notice}" for notice in get_args(Notice)}
    made |= {f"why_hidden.{why}" for why in get_args(WhyHidden)}
    made |= {f"agenda.{status}" for status in get_args(Status)}
    made |= {f"note.{section}" for section in get_args(SectionKey)}
    made |= {f"moments.{kind}" for kind in LISTED} | {f"moment.{kind}" for kind in MARKED}
    made |= {f"amount.{length}" for length in ("seconds", "minutes", "hours", "days", "years")}
    made |= {f"about.objection.{about}" for about in get_args(ObjectionAbout)}
    made |= {f"about.decision.{about}" for about in ("maker", "process", "made")}
    made |= {f"association.{verdict}" for verdict in get_args(Verdict)}
    made |= {
        f"association.lack.{what}.{number}"
        for what in get_args(get_type_hints(Lack)["what"])
        for number in ("one", "other")
    }
    made |= {f"behaviour.{one.slug}.{part}" for one in BEHAVIOURS for part in ("name", "said")}
    return named | made | {f"month.{month}" for month in range(1, 13)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_and_used(language: str) -> None:
    open_ended = ("metric.", "language.", "area.")
    looked_up = {key for key in keys_of(language) if not key.startswith(open_ended)}
    assert looked_up == used_keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_area_of_the_standard_tips_has_a_name(language: str) -> None:
    areas = {key for key in wording(language).phrases if key.startswith("area.")}
    assert areas == {f"area.{tip.area}" for tip in standard_playbook().tips}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_standard_playbook_names_what_it_adds_in_every_language(language: str) -> None:
    titles = standard_playbook().titles
    assert {key.partition(".")[0] for key in titles} == {"call_type", "tracker"}
    assert all(name[language] for name in titles.values())


def test_what_a_team_adds_goes_by_its_slug() -> None:
    assert wording("fr").named("area", "pitch_au_client") == "Pitch au client"
    assert wording("en").named("area", "rapport") == "Rapport"


@pytest.mark.parametrize(
    ("language", "amount", "currency", "expected"),
    [
        ("en", 48_000, "GBP", "£48,000"),
        ("en", 4.5, "USD", "$4.50"),
        ("en", 8, "%", "8%"),
        ("en", 2.5, "%", "2.5%"),
        ("en", 400, "CHF", "CHF\xa0400"),
        ("en", 1_200_000, None, "1,200,000"),
        ("fr", 18_500, "EUR", "18\u202f500\xa0€"),
        ("fr", 18.5, "EUR", "18,50\xa0€"),
        ("fr", 400, "CHF", "400\xa0CHF"),
        ("fr", 8, "%", "8\u202f%"),
    ],
)
def test_money(language: str, amount: float, currency: str | None, expected: str) -> None:
    assert wording(language).money(amount, currency) == expected


def test_languages_have_the_same_words_with_the_same_blanks() -> None:
    english, french = wording("en").phrases, wording("fr").phrases
    assert blanks(english) == blanks(french)


def blanks(phrases: Mapping[str, str]) -> Mapping[str, set[str]]:
    return {key: set(re.findall(r"\{+\w*", phrase)) for key, phrase in phrases.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_metric_has_a_name_a_meaning_and_a_formula(language: str) -> None:
    assert {key for key in keys_of(language) if key.startswith("metric.")} == {
        f"metric.{one.slug}.{part}"
        for one in (*DEFINITIONS, *TALK_DEFINITIONS)
        for part in ("name", "means", "formula")
    }


def test_french_spaces_do_not_break() -> None:
    for key, phrase in wording("fr").phrases.items():
        assert not re.search(r" [:;!?%»]|« |'", phrase), (key, phrase)


@pytest.mark.parametrize(
    ("t", "value", "unit", "expected"),
    [
        (wording("en"), 0.47, "share", "47%"),
        (wording("fr"), 0.47, "share", "47\u202f%"),
        (wording("fr"), 0.015, "share", "1,5\u202f%"),
        (wording("en"), 0.0, "share", "0%"),
        (wording("en"), 72.4, "seconds", "1\xa0min\xa012\xa0s"),
        (wording("en"), 59.7, "seconds", "1\xa0min"),
        (wording("fr"), 0.62, "seconds", "0,6\xa0s"),
        (wording("en"), 9.97, "seconds", "10\xa0s"),
        (wording("en"), 3929.0, "seconds", "1\xa0h\xa005\xa0min"),
        (wording("en"), 3.72, "per_minute", "3.7 / min"),
        (wording("en"), 163.7, "per_minute", "164 / min"),
        (wording("en"), 12.0, "count", "12"),
        (wording("en"), None, "count", "\u2013"),
    ],
)
def test_values_are_written_as_readers_write_them(
    t: Wording, value: float | None, unit: Unit, expected: str
) -> None:
    assert shown(metric("any", value, unit), value, t) == expected


@pytest.mark.parametrize(
    ("language", "n", "expected"),
    [
        ("en", 0, "0 observations"),
        ("en", 1, "1 observation"),
        ("fr", 1, "1 observation"),
        ("fr", 2, "2 observations"),
    ],
)
def test_phrases_agree_with_their_number(language: str, n: int, expected: str) -> None:
    assert wording(language).count("metrics.observations", n) == expected


def test_unknown_languages_get_english() -> None:
    assert wording("de").language == "en"
    assert wording("fr-CA").language == "fr"


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        (0.0, False, "00:00"),
        (61.9, False, "01:01"),
        (61.9, True, "0:01:01"),
        (3661, False, "1:01:01"),
    ],
)
def test_clock(at: float, hours: bool, expected: str) -> None:
    assert clock(at, hours=hours) == expected
