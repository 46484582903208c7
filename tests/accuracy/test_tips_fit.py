from analyzer.coaching import Draft
from analyzer.playbook import TipRule
from tests.accuracy.tips_fit import Case, fit


def rule(name, area):
    return TipRule(name, area, is_strength=False, conditions=(), evidence=(), finding={})


RIGHT, WRONG, MILD = rule("a", "clarity"), rule("b", "rapport"), rule("more_value", "clarity")


def cases(times):
    found = tuple(Draft(one, 1.0, ()) for one in (WRONG, RIGHT, MILD))
    one = Case("s", "en", found, frozenset(), frozenset({"clarity"}))
    return [Case(str(n), *(one.language, one.found, one.best, one.improve)) for n in range(times)]


def test_a_tip_that_labels_accept_weighs_more():
    weigh = fit(cases(10))
    assert weigh(RIGHT) > 1 > weigh(WRONG)


def test_few_calls_move_a_weight_little():
    assert fit(cases(20))(WRONG) < fit(cases(1))(WRONG)


def test_what_only_betters_a_good_call_weighs_less():
    weigh = fit(cases(10))
    assert weigh(MILD) < weigh(RIGHT)


def test_the_graver_tip_is_chosen_first():
    case = cases(1)[0]
    chosen = case.chosen(fit(cases(10)))
    assert [one.id for one in chosen] == ["a", "b"]
    assert [case.accepts(one) for one in chosen] == [True, False]
