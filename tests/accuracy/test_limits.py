"""Requirements are met, failed, or not known."""

from pathlib import Path

import pytest

from tests.accuracy.cases import Case, Group
from tests.accuracy.limits import Check, checks
from tests.accuracy.reference import Reference
from tests.accuracy.score import Score, Tally


def group(slug: str, **languages: str) -> Group:
    cases = (
        Case(name, Path(name), language, Reference(name)) for name, language in languages.items()
    )
    return Group(slug, slug, tuple(cases))


def found(one: Group, ours: dict[str, Score], stock: dict[str, Score]) -> dict[str, Check]:
    return {check.what: check for check in checks(one, ours, stock)}


def spoken(name: str, wrong: float, swapped: float = 0) -> Score:
    return Score(name, "en", Tally(wrong, 1000), Tally(wrong + swapped, 1000))


@pytest.mark.parametrize(("wrong", "passed"), [(103, True), (104, False)])
def test_words_may_be_three_tenths_of_a_point_worse_than_stock(wrong: int, passed: bool) -> None:
    got = found(group("fleurs", a="en"), {"a": spoken("a", wrong)}, {"a": spoken("a", 100)})
    assert got["fleurs: WER, en, beside stock"].passed is passed


def test_languages_are_not_pooled_together() -> None:
    ours = {"a": spoken("a", 50), "b": spoken("b", 300)}
    stock = {"a": spoken("a", 150), "b": spoken("b", 250)}
    got = found(group("fleurs", a="en", b="fr"), ours, stock)
    assert [check.passed for check in got.values()] == [True, False]


def test_nothing_is_claimed_about_stock_when_it_did_not_hear_every_call() -> None:
    ours = {"a": spoken("a", 50), "b": spoken("b", 50)}
    got = found(group("fleurs", a="en", b="en"), ours, {"a": spoken("a", 100)})
    assert [check.passed for check in got.values()] == [None]


def test_every_call_is_judged_by_the_worst() -> None:
    ours = {"a": spoken("a", 0, swapped=10), "b": spoken("b", 0, swapped=51)}
    got = found(group("tel8k", a="en", b="en"), ours, {})
    assert {what: check.passed for what, check in got.items()} == {
        "tel8k: swap, every call (worst: b)": False
    }


def test_calls_are_judged_over_all_and_one_by_one() -> None:
    ours = {"a": spoken("a", 0, swapped=50), "b": spoken("b", 0)}
    got = found(group("calls", a="en", b="en"), ours, {})
    assert got["calls: swap, all"].passed
    assert got["calls: swap, every call (worst: a)"].passed
    assert got["calls: conf, all"].passed is None


def test_a_floor_is_met_from_above() -> None:
    assert Check("speed", 2.6, 2.5, "times", is_floor=True).passed
    assert not Check("speed", 2.4, 2.5, "times", is_floor=True).passed
