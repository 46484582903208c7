"""Coaching: the two things to improve most and what was done best, each with its evidence."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.agenda import Coverage
from analyzer.call_type import CallType
from analyzer.conversation import Conversation, Quote
from analyzer.exchanges import Facts
from analyzer.measures import MEASURES, excess, value_of
from analyzer.metrics import Metric
from analyzer.moments import Moment
from analyzer.passages import SAID, passage
from analyzer.playbook import Texts, TipRule, text_in

QUOTES = 3
"""The most that is quoted for one tip."""
IMPROVE = 2
TITLES = 3
"""The most items named in one sentence."""
BASE = 3.0
"""What it counts that a rule applies at all, in the scales by which its bounds are exceeded."""

_BLANK = re.compile(r"\{([a-z_0-9.]+)((?:\|[^|{}]*)*)\}")


@dataclass(frozen=True, slots=True)
class Tip:
    """One piece of coaching in the language of the call.

    `metric` is the slug of the metric behind it, if there is one; `baseline` the seller's own
    usual value of it, when known.
    """

    rule: str
    area: str
    finding: str
    try_next: str | None
    quotes: tuple[Quote, ...]
    metric: str | None = None
    baseline: float | None = None


@dataclass(frozen=True, slots=True)
class Coaching:
    """At most one best thing and two to improve; fewer where the evidence is missing."""

    best: Tip | None = None
    improve: tuple[Tip, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that tips are drawn from."""

    conversation: Conversation
    metrics: Mapping[str, Metric]
    moments: Sequence[Moment]
    coverage: Coverage
    call_type: CallType


def coach(evidence: Evidence, baseline: Mapping[str, float] | None = None) -> Coaching:
    """Choose the tips of a call; `baseline` holds the seller's usual measures by name.

    What was done best is chosen first; then what to improve, each in another area.
    """
    facts = Facts(evidence.conversation, evidence.moments, evidence.metrics, evidence.coverage)
    best, improve = choose(list(drafts(facts, evidence.call_type.value)))
    tips: list[Tip] = []
    for draft in (best, *improve) if best else improve:
        told = [one for tip in tips for one in tip.quotes]
        quotes = _evidence(facts, draft.rule, told)
        tips.append(_tip(facts, replace(draft, quotes=quotes), baseline or {}))
    return Coaching(tips[0], tuple(tips[1:])) if best else Coaching(None, tuple(tips))


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that applies and what proves it; `matters` before any weight."""

    rule: TipRule
    matters: float
    quotes: tuple[Quote, ...]
    weight: float = 1.0

    @property
    def severity(self) -> float:
        """What drafts are ranked by."""
        return self.matters * self.weight


def drafts(facts: Facts, call_type: str | None) -> Iterator[Draft]:
    """Every rule that applies and can be quoted, in the playbook's order."""
    playbook = facts.conversation.playbook
    for rule in playbook.tips:
        if rule.call_types and call_type not in rule.call_types:
            continue
        beyond = [excess(facts, condition) for condition in rule.conditions]
        known = [one for one in beyond if one is not None]
        quotes = _evidence(facts, rule) if len(known) == len(beyond) else ()
        weight = rule.weight * playbook.weights.get(rule.area, 1.0)
        if quotes and weight > 0:
            yield Draft(rule, BASE + sum(known) / max(1, len(known)), quotes, weight)


def choose(found: Sequence[Draft]) -> tuple[Draft | None, tuple[Draft, ...]]:
    """The best thing of some drafts, and what to improve most in other areas."""
    ranked = sorted(found, key=lambda draft: -draft.severity)
    best = next((draft for draft in ranked if draft.rule.is_strength), None)
    improve: dict[str, Draft] = {}
    for draft in ranked:
        if not draft.rule.is_strength and (best is None or draft.rule.area != best.rule.area):
            improve.setdefault(draft.rule.area, draft)
    return best, tuple(improve.values())[:IMPROVE]


def _evidence(facts: Facts, rule: TipRule, told: Collection[Quote] = ()) -> tuple[Quote, ...]:
    """The first quotes, of more than a few words where there are, of the first evidence.

    What another tip told is quoted again only where there is nothing else.
    """
    found = [passage(facts, name) or () for name in rule.evidence]
    fresh = (tuple(one for one in quotes if one not in told) for quotes in found)
    quotes = next((quotes for quotes in (*fresh, *found) if quotes), ())
    telling = tuple(one for one in quotes if len(one.text.split()) > SAID)
    return (telling or quotes)[:QUOTES]


def _tip(facts: Facts, draft: Draft, usual: Mapping[str, float]) -> Tip:
    rule = draft.rule
    measure = next((one.measure for one in rule.conditions), "")
    baseline = usual.get(measure)
    finding = _filled(facts, rule.finding)
    if baseline is not None:
        finding = f"{finding} {_usual(facts, measure, baseline)}"
    return Tip(
        rule.id,
        rule.area,
        finding,
        _filled(facts, rule.try_next) or None,
        draft.quotes,
        metric=measure if measure in facts.metrics else None,
        baseline=baseline,
    )


def _usual(facts: Facts, measure: str, baseline: float) -> str:
    key = "usual_share" if measure in MEASURES and MEASURES[measure].is_share else "usual"
    return facts.conversation.lexicon.why(key, value=_number(measure, baseline))


def _filled(facts: Facts, texts: Texts) -> str:
    """A text of a rule in the language of the call, its blanks filled."""
    language = facts.conversation.transcript.language.split("-")[0].lower()

    def fill(blank: re.Match[str]) -> str:
        name, forms = blank[1], blank[2].split("|")[1:]
        if name in WORDINGS:
            return WORDINGS[name](facts)
        value = value_of(facts, name)
        return blank[0] if value is None else _worded(_number(name, value), forms)

    return _BLANK.sub(fill, text_in(texts, language))


def _worded(number: str, forms: Sequence[str]) -> str:
    """The words for none, one or several; # is the number."""
    if not forms:
        return number
    none, one, many = ("", "", "", *forms)[-3:]
    none = none if len(forms) > 2 else many
    return {"0": none, "1": one}.get(number, many).replace("#", number)


def _number(measure: str, value: float) -> str:
    is_share = measure in MEASURES and MEASURES[measure].is_share
    return str(round(100 * value if is_share else value))


def _missed_titles(facts: Facts) -> str:
    lexicon = facts.conversation.lexicon
    missed = [one.item.title for one in facts.coverage.items if one.status != "covered"]
    named = [lexicon.quoted(title) for title in missed[:TITLES]]
    more = ["…"] if len(missed) > TITLES else []
    return lexicon.listed([*named, *more]) if named else ""


WORDINGS: Mapping[str, Callable[[Facts], str]] = {"agenda.missed_titles": _missed_titles}
"""Blanks of texts that are words instead of a measure."""
