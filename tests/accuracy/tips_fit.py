"""Fits the weights of tips and says what share of them is accepted on calls they have not seen.

`python -m tests.accuracy.tips_fit CORPUS` holds each call out in turn, prints the share per set
with today's weights and with the fitted ones, and the weights fitted on all calls for
`analyzer/playbooks/standard.toml`.

A weight is the geometric mean of how grave a tip is and of how often its area is labelled where
the tip could be given. Few calls hold each tip, so its share leans on that of its area, and that
of its area on all. Searching factors of areas on top did better on calls seen, not on others.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import typer

from analyzer.coaching import Draft, choose, drafts
from analyzer.exchanges import Facts
from analyzer.playbook import TipRule
from analyzer.playbook_file import standard_playbook
from analyzer.understanding import Readers, converse, understand_with
from tests.accuracy.understanding import readers
from tests.accuracy.written import WrittenCall, corpus_calls, script_calls, unseen_calls

RULE = 8.0
"""As many calls of its area speak for a tip beside its own."""
AREA = 4.0
"""As many calls of any area speak for an area beside its own."""
USUAL = 0.5
"""A tip whose area is labelled this often weighs 1, as a team's own does."""
MILD = 0.5
"""How grave it is to lack what makes a good call better; anything else is 1."""
MILD_TIPS = frozenset(
    {
        "more_of_their_words",
        "more_open_questions",
        "more_people",
        "more_room",
        "more_value",
        "plan_not_checked",
        "price_kept_for_later",
        "straight_to_business",
        "tells_of_customers",
    }
)

Weigh = Callable[[TipRule], float]


@dataclass(frozen=True)
class Case:
    """A call's tips that could be given, and the areas its labels accept."""

    set: str
    language: str
    found: tuple[Draft, ...]
    best: frozenset[str]
    improve: frozenset[str]

    def accepts(self, rule: TipRule) -> bool:
        """Whether the labels name the area of a tip."""
        return rule.area in (self.best if rule.is_strength else self.improve)

    def chosen(self, weigh: Weigh) -> tuple[TipRule, ...]:
        """The tips that some weights choose, the best first."""
        weighed = [replace(one, weight=weigh(one.rule)) for one in self.found]
        best, improve = choose(weighed)
        return tuple(one.rule for one in (best, *improve) if one)


def case_of(name: str, call: WrittenCall, models: Readers) -> Case:
    """What the product could say of a call, and what it should."""
    playbook = standard_playbook()
    report = understand_with(call.hearing, call.meeting, playbook, models)
    talk = converse(call.hearing, report.meeting, playbook, Readers(models.reader))
    talk = replace(talk, speakers=report.speakers)
    facts = Facts(talk, report.moments, report.metrics, report.coverage)
    expected = call.truth["expected"]
    return Case(
        name,
        call.language,
        tuple(drafts(facts, report.call_type.value)),
        frozenset({expected["best"], *(expected.get("best_also") or ())}),
        frozenset({*expected["improve"], *(expected.get("improve_also") or ())}),
    )


def fit(cases: Sequence[Case]) -> Weigh:
    """The weight of every tip after some calls."""
    given = [(case, one.rule) for case in cases for one in case.found]
    areas = {(id(case), rule.area, rule.is_strength): case.accepts(rule) for case, rule in given}
    of_rule = Counter(rule.id for _, rule in given)
    right_rule = Counter(rule.id for case, rule in given if case.accepts(rule))
    of_area = Counter(key[1:] for key in areas)
    right_area = Counter(key[1:] for key, right in areas.items() if right)

    def chance(rule: TipRule) -> float:
        key = (rule.area, rule.is_strength)
        same = [one for one in of_area if one[1] == rule.is_strength]
        usual = sum(right_area[one] for one in same) / max(1, sum(of_area[one] for one in same))
        area = (right_area[key] + AREA * usual) / (of_area[key] + AREA)
        return (right_rule[rule.id] + RULE * area) / (of_rule[rule.id] + RULE)

    return lambda rule: sqrt(chance(rule) / USUAL * (MILD if rule.id in MILD_TIPS else 1.0))


def rows(cases: Sequence[Case], weigh: Callable[[Case], Weigh]) -> Iterator[str]:
    """The accepted share per set and language, and over all."""
    chosen = {id(case): case.chosen(weigh(case)) for case in cases}
    groups = sorted({(case.set, case.language) for case in cases})
    for group in (*groups, None):
        own = [case for case in cases if group in (None, (case.set, case.language))]
        right = sum(case.accepts(rule) for case in own for rule in chosen[id(case)])
        name = " ".join(group) if group else "all"
        yield f"  {name:12} {len(own):3} calls  {right / (3 * len(own)):.3f}"
    areas = {tuple(rule.area for rule in one) for one in chosen.values()}
    yield f"  {len(areas)} different choices of areas"


def main(corpus: Path) -> None:
    """Print the shares and the weights."""
    sets = {"corpus": corpus_calls(corpus), "scripts": script_calls(), "unseen": unseen_calls()}
    cases = [case_of(name, call, readers()) for name, calls in sets.items() for call in calls]
    apart = {id(case): fit([one for one in cases if one is not case]) for case in cases}
    found = fit(cases)
    lines = [
        "with the weights of the playbook",
        *rows(cases, lambda _: lambda rule: rule.weight),
        "each call held out",
        *rows(cases, lambda case: apart[id(case)]),
        "fitted on all calls",
        *rows(cases, lambda _: found),
        *(f"  {rule.id:30} {found(rule):.2f}" for rule in standard_playbook().tips),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    typer.run(main)
