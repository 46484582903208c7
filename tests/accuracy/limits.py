"""What is required of each group of recordings, and whether it is met."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.accuracy.cases import Case, Group
from tests.accuracy.score import Score, pool

Whole = Literal["words", "runs", "reports", "requests"]
Unit = Literal[Whole, "share", "times", "seconds", "ms", "GiB", "MiB", "kB"]
Scores = Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Check:
    """A requirement beside what was measured; what is not known is neither met nor failed."""

    what: str
    value: float | None
    limit: float | None
    unit: Unit = "share"
    is_floor: bool = False

    @property
    def passed(self) -> bool | None:
        """None when either side is not known."""
        if self.value is None or self.limit is None:
            return None
        return self.value >= self.limit if self.is_floor else self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` of a rate, pooled, per language, or in every call.

    `beside_stock` adds the stock pipeline's own rate to the limit.
    """

    rate: str
    over: Literal["all", "language", "each"]
    limit: float
    beside_stock: bool = False


_WORDS = Rule("WER", "language", 0.003, beside_stock=True)
_CALLS = (
    _WORDS,
    Rule("swap", "all", 0.025),
    Rule("swap", "each", 0.06),
    Rule("conf", "all", 0.02),
    Rule("count", "each", 0.0),
    Rule("talk", "each", 0.02),
    Rule("ratio", "each", 0.02),
)
_DEGRADED = (Rule("swap", "each", 0.05),)
RULES: Mapping[str, Sequence[Rule]] = {
    "fixtures": _CALLS,
    "calls": _CALLS,
    "stereo": (Rule("conf", "each", 0.005),),
    "tel8k": _DEGRADED,
    "noisy10db": _DEGRADED,
    "ami": (Rule("DER", "all", 0.0, beside_stock=True),),
    "fleurs": (_WORDS,),
}
"""By group slug; where a requirement says neither all nor each, every call must meet it."""


def checks(group: Group, ours: Scores, stock: Scores) -> Iterator[Check]:
    """Hold a group's scores to the rules it has."""
    for rule in RULES.get(group.slug, ()):
        if rule.over == "each":
            yield _worst(group, rule, ours)
        elif rule.over == "all":
            yield _pooled(rule, f"{group.slug}: {rule.rate}", group.scored, ours, stock)
        else:
            for language in group.languages:
                cases = [case for case in group.scored if case.language == language]
                what = f"{group.slug}: {rule.rate}, {language}"
                yield _pooled(rule, what, cases, ours, stock)


def has_language_rule(group: Group) -> bool:
    """Whether the group's languages are judged apart."""
    return any(rule.over == "language" for rule in RULES.get(group.slug, ()))


def _pooled(rule: Rule, what: str, cases: Sequence[Case], ours: Scores, stock: Scores) -> Check:
    """Both programs must have heard every case, or the comparison would not be fair."""
    value = _rate(rule.rate, cases, ours)
    if not rule.beside_stock:
        return Check(f"{what}, all", value, rule.limit)
    peer = _rate(rule.rate, cases, stock)
    return Check(f"{what}, beside stock", value, None if peer is None else peer + rule.limit)


def _rate(rate: str, cases: Sequence[Case], scores: Scores) -> float | None:
    if not cases or any(case.id not in scores for case in cases):
        return None
    return pool([scores[case.id] for case in cases], "").rates[rate]


def _worst(group: Group, rule: Rule, ours: Scores) -> Check:
    known = {name: rate for name, one in ours.items() if (rate := one.rates[rule.rate]) is not None}
    worst = max(known, key=lambda name: known[name], default=None)
    what = f"{group.slug}: {rule.rate}, every call"
    if worst is None:
        return Check(what, None, rule.limit)
    shown = f"{what} (worst: {worst})" if known[worst] else what
    return Check(shown, known[worst], rule.limit)
