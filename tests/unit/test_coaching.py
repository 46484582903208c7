from dataclasses import replace

import pytest

from analyzer.agenda import Coverage, ItemCoverage
from analyzer.call_type import CallType
from analyzer.coaching import Coaching, Evidence, coach
from analyzer.metrics import Metric, Source
from analyzer.playbook import Condition, Playbook, TipRule
from analyzer.recording import AgendaItem
from tests.builders import moment, talk

SELLER, BUYER = "S1", "S2"
LINES = [
    (SELLER, "How do you plan your routes today?"),
    (BUYER, "By hand, and it takes us two hours."),
    (SELLER, "Is it slow when somebody is ill?"),
]


def rule(name, area="open_questions", *, above=0, strength=False, **more):
    return TipRule(
        id=name,
        area=area,
        is_strength=strength,
        conditions=(Condition("questions", above=above),),
        evidence=more.pop("evidence", ("questions",)),
        finding=more.pop("finding", {"en": name, "fr": f"{name} en français"}),
        try_next={} if strength else {"en": "Try.", "fr": "Essayez."},
        **more,
    )


def evidence(*rules, language="en", call_type=None, weights=None, **more):
    playbook = Playbook(tips=rules, weights=weights or {})
    call = talk(LINES, language, playbook=playbook)
    asked = [
        moment(call, "question", text, is_open=n == 0) for n, (_, text) in enumerate(LINES[::2])
    ]
    told = Evidence(call, {}, asked, Coverage(), CallType(call_type))
    return replace(told, **more)


def areas(coaching):
    return [tip.area for tip in coaching.improve]


def test_the_two_that_matter_most_are_advised_and_one_is_praised():
    rules = [
        rule("a", "clarity", weight=1.0),
        rule("b", "rapport", weight=3.0),
        rule("c", "next_steps", weight=2.0),
        rule("d", "preparation", strength=True),
        rule("e", "agenda_control", strength=True, weight=2.0),
    ]
    told = coach(evidence(*rules))
    assert areas(told) == ["rapport", "next_steps"]
    assert told.best.area == "agenda_control"
    assert told.best.try_next is None
    assert told.improve[0].try_next == "Try."


def test_being_further_beyond_a_bound_matters_more():
    told = coach(evidence(rule("a", "clarity", above=1.9), rule("b", "rapport", above=0)))
    assert areas(told) == ["rapport", "clarity"]


def test_ties_go_to_the_order_of_the_playbook():
    rules = [rule("a", "clarity"), rule("b", "rapport"), rule("c", "next_steps")]
    assert areas(coach(evidence(*rules))) == ["clarity", "rapport"]
    assert areas(coach(evidence(*rules[::-1]))) == ["next_steps", "rapport"]


def test_no_area_comes_twice():
    rules = [
        rule("a", "clarity"),
        rule("b", "clarity"),
        rule("c", "rapport"),
        rule("d", "rapport", strength=True),
    ]
    told = coach(evidence(*rules))
    assert (told.best.rule, [tip.rule for tip in told.improve]) == ("d", ["a"])


def test_a_rule_counts_for_its_own_kinds_of_calls():
    own = rule("a", call_types=("demo",))
    assert areas(coach(evidence(own, call_type="demo"))) == ["open_questions"]
    assert coach(evidence(own, call_type="discovery")) == Coaching()
    assert coach(evidence(own)) == Coaching()


def test_a_team_weighs_areas():
    rules = (rule("a", "clarity"), rule("b", "rapport"))
    assert areas(coach(evidence(*rules, weights={"clarity": 0.5}))) == ["rapport", "clarity"]
    assert areas(coach(evidence(*rules, weights={"clarity": 0.0}))) == ["rapport"]


@pytest.mark.parametrize("kinds", [("objections",), ()])
def test_without_a_quote_there_is_no_tip(kinds):
    assert coach(evidence(rule("a", evidence=kinds))) == Coaching()


def test_the_first_kind_of_evidence_there_is_is_quoted():
    told = coach(evidence(rule("a", evidence=("objections", "questions.open", "questions"))))
    assert [one.text for one in told.improve[0].quotes] == [LINES[0][1]]


def test_two_tips_quote_different_words_where_there_are():
    rules = [
        rule("a", "clarity", weight=2.0, evidence=("questions.open",)),
        rule("b", "rapport", evidence=("questions.open", "questions.closed")),
    ]
    first, second = coach(evidence(*rules)).improve
    assert [one.text for one in first.quotes] == [LINES[0][1]]
    assert [one.text for one in second.quotes] == [LINES[2][1]]
    (alone,) = coach(evidence(rules[1])).improve
    assert [one.text for one in alone.quotes] == [LINES[0][1]]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{questions} asked", "2 asked"),
        ("{open_question_share}%", "50%"),
        ("{questions|one question|# questions}", "2 questions"),
        ("{questions.open|one question|# questions}", "one question"),
        ("{objections|no objection|1|#}", "no objection"),
        ("{objections|1|# objections}", "0 objections"),
        ("{talk_ratio} stays, so does {this}", "{talk_ratio} stays, so does {this}"),
        ("<b>{questions}</b>", "<b>2</b>"),
    ],
)
def test_blanks_are_filled_with_measures(text, filled):
    told = coach(evidence(rule("a", finding={"en": text})))
    assert told.improve[0].finding == filled


def test_items_that_were_missed_are_named():
    items = tuple(ItemCoverage(AgendaItem(n, n), "not_found") for n in ("Price", "Dates", "A", "B"))
    told = evidence(rule("a", finding={"en": "Missed: {agenda.missed_titles}"}))
    told = replace(told, coverage=Coverage(items, share=0.0))
    assert coach(told).improve[0].finding == "Missed: “Price”, “Dates”, “A” and …"


@pytest.mark.parametrize(
    ("language", "finding"),
    [("en", "a"), ("fr", "a en français"), ("fr-CA", "a en français"), ("de", "a")],
)
def test_tips_are_in_the_language_of_the_call(language, finding):
    assert coach(evidence(rule("a"), language=language)).improve[0].finding == finding


def test_the_sellers_usual_value_is_said_and_kept():
    metric = Metric("talk_ratio", 0.8, "share", 1, "", Source.STEREO)
    own = replace(rule("a"), conditions=(Condition("talk_ratio", above=0.6),))
    told = replace(evidence(own), metrics={"talk_ratio": metric})
    tip = coach(told, {"talk_ratio": 0.55}).improve[0]
    assert (tip.metric, tip.baseline) == ("talk_ratio", 0.55)
    assert tip.finding == "a Your usual is 55%."
    assert coach(told).improve[0].baseline is None
    counted = coach(evidence(rule("a")), {"questions": 8.2}).improve[0]
    assert (counted.metric, counted.finding) == (None, "a Your usual is 8.")


def test_an_empty_call_is_not_coached():
    call = talk([], playbook=Playbook(tips=(rule("a"),)))
    assert coach(Evidence(call, {}, (), Coverage(), CallType())) == Coaching()
