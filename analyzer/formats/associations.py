"""What won deals' calls have that lost ones' have not, as one plain sentence for each behaviour."""

from analyzer.associations import LEAST_EACH, Association, Associations, Difference, Unit
from analyzer.formats.wording import Wording

_MINUS = "\N{MINUS SIGN}"
_NARROW = 5.0
"""An interval of so few points is told with a decimal."""


def told(found: Association, t: Wording) -> str:
    """One sentence on a behaviour, with what it rests on."""
    slug, counts = found.behaviour.slug, {"n_won": found.n_won, "n_lost": found.n_lost}
    name = t(f"behaviour.{slug}.name")
    if found.difference is None:
        return t(f"association.{found.verdict}", name=name, need=LEAST_EACH, **counts)
    unit, difference = found.behaviour.unit, found.difference
    won, lost = _amount(difference.mean_won, unit, t), _amount(difference.mean_lost, unit, t)
    between = _between(difference, unit, t, counts)
    if found.verdict == "unsaid":
        return t("association.unsaid", name=name, won=won, lost=lost, between=between)
    said = t(f"behaviour.{slug}.said", value=won)
    return t("association.differs", said=said, lost=lost, between=between)


def silence(found: Associations, t: Wording) -> tuple[str, ...]:
    """What there is too little of, a sentence each; nothing where the calls may speak."""
    return tuple(
        t.count(f"association.lack.{lack.what}", lack.have, need=lack.need) for lack in found.lacks
    )


def _between(difference: Difference, unit: Unit, t: Wording, counts: dict[str, int]) -> str:
    """The difference with its interval and how many deals it is of."""
    ends = (difference.effect, difference.low, difference.high)
    if unit in {"share", "yes"}:
        digits = 1 if 100 * (difference.high - difference.low) < _NARROW else 0
        effect, low, high = (_signed(t.number(abs(100 * one), digits), one) for one in ends)
        return t("association.points", difference=effect, low=low, high=high, **counts)
    effect, low, high = (_signed(_amount(abs(one), unit, t), one) for one in ends)
    return t("association.between", difference=effect, low=low, high=high, **counts)


def _amount(value: float, unit: Unit, t: Wording) -> str:
    if unit in {"share", "yes"}:
        return t.percent(value)
    if unit == "seconds":
        return t.duration(value)
    return t.number(value, 0 if value >= 100 else 1)


def _signed(amount: str, value: float) -> str:
    """An amount with its sign; what is shown as nothing has none."""
    if not any(letter in "123456789" for letter in amount):
        return amount
    return f"{_MINUS if value < 0 else '+'}{amount}"
