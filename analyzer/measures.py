"""Numbers that conditions name: metrics by slug, how many passages there are, and shares.

None is not zero: what cannot be known meets no condition.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from analyzer.exchanges import Facts
from analyzer.metrics import DEFINITIONS
from analyzer.passages import PASSAGES, passage
from analyzer.playbook import Condition
from analyzer.recording import Side

CAP = 2.0
"""Being further beyond a bound than this many scales does not matter more."""

Compute = Callable[[Facts], float | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a call; `scale` is a step of it that a listener would notice.

    Shares are from 0 to 1, and written as percentages without their sign.
    """

    compute: Compute
    scale: float = 1.0
    is_share: bool = False


def value_of(facts: Facts, name: str) -> float | None:
    """A measure by name; None when it is not known, or not a measure."""
    measure = MEASURES.get(name)
    return measure.compute(facts) if measure else None


def excess(facts: Facts, condition: Condition) -> float | None:
    """How far beyond its bounds a measure lies, in scales from 0 to `CAP`; None when it is not."""
    value = value_of(facts, condition.measure)
    if value is None:
        return None
    scale = MEASURES[condition.measure].scale
    beyond = []
    if condition.above is not None:
        beyond.append((value - condition.above) / scale)
    if condition.below is not None:
        beyond.append((condition.below - value) / scale)
    return min(*beyond, CAP) if beyond and min(beyond) > 0 else None


def _metric(facts: Facts, slug: str) -> float | None:
    metric = facts.metrics.get(slug)
    return metric.value if metric else None


def _count(facts: Facts, name: str) -> float | None:
    found = passage(facts, name)
    return None if found is None else float(len(found))


def _per_10_min(facts: Facts, name: str) -> float | None:
    count, seconds = _count(facts, name), facts.conversation.transcript.duration_s
    return None if count is None or seconds <= 0 else count / (seconds / 600)


def _part(facts: Facts, name: str, whole: str) -> float | None:
    part, total = _count(facts, name), _count(facts, whole)
    return part / total if part is not None and total else None


def _listening(facts: Facts) -> float | None:
    """The share of the seller's answers that take up what the buyer said."""
    heard = passage(facts, "listening")
    return len(heard) / len(facts.exchanges) if heard is not None and facts.exchanges else None


def _items(facts: Facts, *, is_covered: bool) -> float | None:
    """How many planned items were covered, or were not."""
    items = facts.coverage.items
    found = sum((one.status == "covered") == is_covered for one in items)
    return float(found) if items else None


def _people(facts: Facts, side: Side) -> float:
    """How many people of a side are heard."""
    return float(len({s.speaker for s in facts.by(side)}))


def _sentence_words(facts: Facts) -> float | None:
    """Words of the seller's usual sentence."""
    lengths = [len(sentence.words) for sentence in facts.by(Side.SELLER)]
    return sum(lengths) / len(lengths) if lengths else None


def _share_of_words(facts: Facts, name: str) -> float | None:
    """A passage per hundred words of the seller."""
    count, words = _count(facts, name), sum(len(s.words) for s in facts.by(Side.SELLER))
    return 100 * count / words if count is not None and words else None


_SCALES = {
    "talk_ratio": 0.1,
    "talk_share_of_call": 0.1,
    "longest_monologue": 30.0,
    "longest_customer_story": 20.0,
    "switches_per_min": 2.0,
    "patience_s": 0.5,
    "words_per_min": 20.0,
    "buyer_words_per_min": 20.0,
    "questions": 3.0,
    "questions.open": 2.0,
    "follow_ups": 2.0,
    "pains.left": 2.0,
    "answers.sure": 3.0,
    "rapport": 2.0,
    "prices": 3.0,
    "prices.hedged": 2.0,
    "discounts.given": 2.0,
    "value": 2.0,
    "ticks": 3.0,
}
"""Steps of the measures that one more or less hardly changes."""

MEASURES: Mapping[str, Measure] = {
    **{
        one.slug: Measure(
            partial(_metric, slug=one.slug), _SCALES.get(one.slug, 1.0), one.unit == "share"
        )
        for one in DEFINITIONS
    },
    **{name: Measure(partial(_count, name=name), _SCALES.get(name, 1.0)) for name in PASSAGES},
    **{
        f"{name}.per_10_min": Measure(partial(_per_10_min, name=name), scale=4.0)
        for name in PASSAGES
    },
    "open_question_share": Measure(
        partial(_part, name="questions.open", whole="questions"), 0.15, is_share=True
    ),
    "objections.unanswered_share": Measure(
        partial(_part, name="objections.unanswered", whole="objections"), 0.3, is_share=True
    ),
    "objections.explored_share": Measure(
        partial(_part, name="objections.explored", whole="objections"), 0.3, is_share=True
    ),
    "objections.won_share": Measure(
        partial(_part, name="objections.won", whole="objections"), 0.3, is_share=True
    ),
    "listening.share": Measure(_listening, 0.15, is_share=True),
    "agenda.items": Measure(lambda facts: float(len(facts.coverage.items))),
    "agenda.items_covered": Measure(partial(_items, is_covered=True)),
    "agenda.items_missed": Measure(partial(_items, is_covered=False), 2.0),
    "agenda.share": Measure(lambda facts: facts.coverage.share, 0.3, is_share=True),
    "buyers": Measure(partial(_people, side=Side.BUYER)),
    "sellers": Measure(partial(_people, side=Side.SELLER)),
    "sentence_words": Measure(_sentence_words, 4.0),
    "ticks.per_100_words": Measure(partial(_share_of_words, name="ticks"), 1.0),
    "minutes": Measure(lambda facts: facts.conversation.transcript.duration_s / 60, 5.0),
}
"""Every measure by name: a new one is one line here, and a new passage makes two."""
