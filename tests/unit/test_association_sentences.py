"""The sentences of what winning calls do here, in English and French."""

import re
from dataclasses import replace
from typing import Any

import pytest

from analyzer.associations import (
    BEHAVIOURS,
    Association,
    Associations,
    Difference,
    Lack,
    Verdict,
)
from analyzer.formats.associations import silence, told
from analyzer.formats.wording import wording


def of(slug: str, **columns: Any) -> Association:
    (behaviour,) = (one for one in BEHAVIOURS if one.slug == slug)
    return Association(behaviour, **{**_COUNTS, **columns})


_COUNTS: dict[str, Any] = {"n_won": 61, "n_lost": 74, "strata": 9, "reps": 6, "verdict": "differs"}
LESS = Difference(0.47, 0.55, -0.08, -0.12, -0.04, -0.5, -0.75, -0.25, 0.0004, 0.004)
LONGER = Difference(100.0, 95.0, 5.0, -10.0, 20.0, 0.1, -0.2, 0.4, 0.5, 0.8)


@pytest.mark.parametrize(
    ("found", "language", "expected"),
    [
        (
            of("talk_ratio", difference=LESS),
            "en",
            "In deals that were won, reps did 47% of the talking; in lost ones, 55% (difference "
            "\u22128 points, between \u221212 and \u22124; 61 won, 74 lost "
            "deals). An association, not a cause.",
        ),
        (
            of("talk_ratio", difference=LESS),
            "fr",
            "Dans les affaires gagnées, les vendeurs ont tenu 47\u202f% de la parole\u202f; dans "
            "les affaires perdues, 55\u202f% (écart \u22128 points, entre \u221212 et "
            "\u22124\u202f; 61 affaires gagnées, 74 perdues). Une association, pas une cause.",
        ),
        (
            of("longest_monologue_s", verdict="unsaid", difference=LONGER),
            "en",
            "Reps' longest monologue: the calls do not say whether it goes with winning (won "
            "1\xa0min\xa040\xa0s, lost 1\xa0min\xa035\xa0s; difference +5.0\xa0s, between "
            "\u221210\xa0s and +20\xa0s; 61 won, 74 lost deals).",
        ),
        (
            of("patience_s", verdict="few", n_won=12),
            "en",
            "Pause before replying: too few deals to compare (12 won, 74 lost; this needs 20 of "
            "each).",
        ),
        (
            of("fillers_per_min", verdict="alike"),
            "en",
            "Reps' filler words: next to the same in all calls, so there is nothing to compare.",
        ),
    ],
)
def test_a_behaviour_is_one_plain_sentence(
    found: Association, language: str, expected: str
) -> None:
    assert told(found, wording(language)) == expected


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("verdict", ["differs", "unsaid"])
@pytest.mark.parametrize("slug", [one.slug for one in BEHAVIOURS])
def test_every_behaviour_has_its_sentence(slug: str, verdict: Verdict, language: str) -> None:
    sentence = told(of(slug, verdict=verdict, difference=LESS), wording(language))
    assert sentence.endswith(".")
    assert not re.search(r"[{}]|None|\bnan\b", sentence)
    assert ("cause" in sentence) is (verdict == "differs")


def test_silence_says_what_it_waits_for() -> None:
    found = Associations(60, 41, 1, 3, (Lack("deals", 42, 100), Lack("lost", 1, 20)), ())
    assert silence(found, wording("en")) == (
        "42 closed deals with calls; this needs about 100.",
        "1 lost deal with calls; this needs 20.",
    )
    assert silence(found, wording("fr"))[0] == (
        "42 affaires closes avec des appels\u202f; il en faut environ 100."
    )


def test_a_difference_too_small_to_show_has_no_sign() -> None:
    tiny = replace(LESS, effect=-0.0001, low=-0.02, high=0.021)
    assert "difference 0.0 points, between \u22122.0 and +2.1;" in told(
        of("agenda_coverage", verdict="unsaid", difference=tiny), wording("en")
    )
