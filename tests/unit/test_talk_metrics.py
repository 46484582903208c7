import pytest

from analyzer.formats.wording import wording
from analyzer.metrics import Source
from analyzer.moments import find_moments
from analyzer.talk_metrics import TALK_DEFINITIONS, measure_talk
from tests.builders import talk


def measured(said, language="en"):
    call = talk(said, language)
    return measure_talk(call, find_moments(call), Source.STEREO)


def test_the_sellers_questions_are_counted_with_the_open_ones():
    metrics = measured([("S1", "How do you plan? Is it slow?"), ("S2", "Who asks?")])
    assert (metrics["questions"].value, metrics["questions"].n) == (2, 1)
    assert metrics["open_question_share"].value == 0.5


def test_fillers_are_per_minute_of_the_sellers_talk():
    metrics = measured([("S1", "So, um, we plan by, uh, hand."), ("S2", "Um, no.")])
    talk_min = (7 / 3 - 0.2 / 3) / 60
    assert metrics["fillers_per_min"].value == pytest.approx(2 / talk_min)


@pytest.mark.parametrize(
    ("said", "language", "slug", "why"),
    [
        ([("S2", "How do you plan?")], "en", "questions", "no_seller"),
        ([("S1", "We plan.")], "en", "open_question_share", "nothing_to_measure"),
        ([("S1", "Wir planen, äh, viel.")], "xx", "fillers_per_min", "nothing_to_measure"),
        ([], "en", "questions", "no_seller"),
    ],
)
def test_what_is_not_known_is_hidden(said, language, slug, why):
    metric = measured(said, language)[slug]
    assert (metric.value, metric.why_hidden) == (None, why)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_metric_is_worded(language):
    for one in TALK_DEFINITIONS:
        assert wording(language).metric_name(one.slug) != one.slug
        assert wording(language).metric_formula(one.slug)
