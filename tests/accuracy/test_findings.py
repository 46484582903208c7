from typing import Any

import pytest

from tests.accuracy.findings import Count, Findings, stems

TRUTH: dict[str, Any] = {
    "turns": [
        {"speaker": "Ann", "start": 0.0, "end": 4.0, "text": "What broke?", "acts": ["question"]},
        {"speaker": "Bo", "start": 5.0, "end": 9.0, "text": "I'll send it.", "acts": ["next_step"]},
        {"speaker": "Bo", "start": 20.0, "end": 30.0, "text": "Fine.", "acts": ["commitment"]},
    ],
    "speakers": [{"name": "Ann", "internal": True}, {"name": "Bo", "internal": False}],
    "agenda": [
        {"id": "a1", "title": "Today", "covered": True},
        {"id": "a2", "title": "Price", "covered": False},
    ],
    "expected": {
        "key_topics": ["route planning"],
        "competitors": ["Acme"],
        "prices": [{"amount": 100}],
        "other_amounts": [{"amount": 7}],
        "best": "rapport",
        "improve": ["clarity", "next_steps"],
    },
}


def moment(kind: str, start: float, end: float, **more: object) -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": end, "quote": {"text": "..."}, **more}


def scored(**report: object) -> Findings:
    findings = Findings()
    findings.score(TRUTH, {"turns": [], "speakers": [], **report})
    return findings


def test_a_moment_counts_within_a_second_of_its_turn() -> None:
    near = scored(moments=[moment("question", 4.9, 5.5)])
    far = scored(moments=[moment("question", 5.1, 5.5)])
    assert (near.count("question").f1, far.count("question").f1) == (1.0, 0.0)


def test_a_next_step_may_be_found_at_a_commitment() -> None:
    found = scored(moments=[moment("next_step", 6, 8), moment("next_step", 21, 25)])
    assert found.count("next_step").f1 == 1.0


def test_touched_is_missed() -> None:
    agenda = [{"id": "a1", "status": "touched"}, {"id": "a2", "status": "touched"}]
    rates = scored(agenda=agenda).rates()
    assert rates["agenda_covered_f1"] == 0.0
    assert rates["agenda_missed_f1"] == pytest.approx(2 / 3)


def test_other_amounts_are_neither_wrong_nor_asked_for() -> None:
    both = scored(moments=[moment("pricing", 0, 1, amount=a) for a in (100, 7)])
    wrong = scored(moments=[moment("pricing", 0, 1, amount=a) for a in (100, 62)])
    assert both.count("pricing").f1 == 1.0
    assert wrong.count("pricing").f1 == pytest.approx(2 / 3)


def test_a_topic_is_found_by_half_of_its_words_among_the_first_eight() -> None:
    names = [f"thing {n}" for n in "abcdefgh"]
    assert scored(topics=[{"name": "planning a route"}]).rates()["topics_recall"] == 1.0
    late = [{"name": name} for name in [*names, "route planning"]]
    assert scored(topics=late).rates()["topics_recall"] == 0.0
    assert stems("Planning of the routes") == {"plann", "route"}


def test_tips_count_the_best_and_two_to_improve() -> None:
    tips = {"best": {"area": "rapport"}, "improve": [{"area": "clarity"}, {"area": "preparation"}]}
    assert scored(tips=tips).rates()["tips_right"] == pytest.approx(2 / 3)


def test_nothing_found_where_nothing_is_labelled_is_right() -> None:
    assert Count().f1 == 1.0
