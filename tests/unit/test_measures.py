import pytest

from analyzer.agenda import Coverage, ItemCoverage
from analyzer.exchanges import Facts
from analyzer.measures import CAP, MEASURES, excess, value_of
from analyzer.metrics import Metric, Source
from analyzer.playbook import Condition
from analyzer.recording import AgendaItem
from tests.builders import moment, talk

SELLER, BUYER = "S1", "S2"


def facts(*kinds, metrics=None, coverage=None):
    call = talk([(SELLER, "How do you plan?"), (BUYER, "By hand."), (SELLER, "Is it slow?")])
    found = [
        moment(call, "question", "How do you plan?", is_open=True),
        moment(call, "question", "Is it slow?", is_open=False),
    ]
    return Facts(call, [m for m in found if m.kind in kinds], metrics or {}, coverage or Coverage())


def metric(slug, value):
    return Metric(slug, value, "share", 1, "", Source.STEREO)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("questions", 2),
        ("questions.open", 1),
        ("questions.closed", 1),
        ("open_question_share", 0.5),
        ("objections.unanswered_share", None),
        ("listening.share", 0.0),
        ("buyers", 1),
        ("sentence_words", 3.5),
        ("talk_ratio", None),
        ("agenda.items_missed", None),
        ("no_such_measure", None),
    ],
)
def test_measures(name, value):
    assert value_of(facts("question"), name) == value


def test_counts_are_also_told_per_ten_minutes():
    known = facts("question")
    seconds = known.conversation.transcript.duration_s
    assert value_of(known, "questions.per_10_min") == pytest.approx(2 * 600 / seconds)


def test_planned_items_are_counted():
    items = [AgendaItem(name, name) for name in "abc"]
    told = zip(items, ("covered", "touched", "not_found"), strict=True)
    known = facts(coverage=Coverage(tuple(ItemCoverage(*one) for one in told), share=1 / 3))
    assert value_of(known, "agenda.items") == 3
    assert value_of(known, "agenda.items_covered") == 1
    assert value_of(known, "agenda.items_missed") == 2
    assert value_of(known, "agenda.share") == 1 / 3


@pytest.mark.parametrize(
    ("condition", "beyond"),
    [
        (Condition("talk_ratio", above=0.6), 1.0),
        (Condition("talk_ratio", above=0.7), None),
        (Condition("talk_ratio", above=0.1), CAP),
        (Condition("talk_ratio", below=0.75), 0.5),
        (Condition("talk_ratio", above=0.6, below=0.75), 0.5),
        (Condition("talk_ratio", above=0.72, below=0.75), None),
        (Condition("words_per_min", above=1), None),
        (Condition("talk_ratio"), None),
    ],
)
def test_how_far_beyond_its_bounds_a_measure_lies(condition, beyond):
    known = facts(metrics={"talk_ratio": metric("talk_ratio", 0.7)})
    assert excess(known, condition) == (beyond if beyond is None else pytest.approx(beyond))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_measure_stands_an_empty_call(name, language):
    value = value_of(Facts(talk([], language)), name)
    assert value is None or value < 0.1
