"""What goes with winning: how calls of won deals differ from calls of lost ones.

Won and lost are compared only within the calls of one kind that one rep held, so that neither a
rep's habits and luck nor the kind of call makes a difference. docs/associations.md explains it.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analyzer.contrast import Contrast, Floats, Rows, code, contrast, mean_rows

RATE = 0.05
"""Of the behaviours told to differ, as many at most are expected to be chance."""
LEVEL = 0.95
LEAST_DEALS = 100
"""Fewer closed deals with calls say nothing of any behaviour."""
LEAST_EACH = 20
"""As many won and as many lost deals are needed, of all and for each behaviour."""
LEAST_ODD = 5
"""As many deals must differ from what is usual: of what next to nobody does, nothing is said."""

Unit = Literal["share", "seconds", "per_minute", "per_hour", "count", "yes"]
Verdict = Literal["differs", "unsaid", "few", "alike"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Something that a call has more or less of; of unit `yes`, 1 where it was so and 0 where not.

    A share lies between 0 and 1.
    """

    slug: str
    unit: Unit


BEHAVIOURS = (
    Behaviour("talk_ratio", "share"),
    Behaviour("open_question_share", "share"),
    Behaviour("questions_per_hour", "per_hour"),
    Behaviour("buyer_questions_per_hour", "per_hour"),
    Behaviour("longest_monologue_s", "seconds"),
    Behaviour("longest_customer_story_s", "seconds"),
    Behaviour("switches_per_min", "per_minute"),
    Behaviour("patience_s", "seconds"),
    Behaviour("words_per_min", "per_minute"),
    Behaviour("fillers_per_min", "per_minute"),
    Behaviour("agenda_coverage", "share"),
    Behaviour("next_step_dated", "yes"),
    Behaviour("next_steps", "count"),
    Behaviour("competitor_named", "yes"),
    Behaviour("competitor_early", "yes"),
    Behaviour("price_early", "yes"),
    Behaviour("objections_per_hour", "per_hour"),
    Behaviour("duration_s", "seconds"),
)


@dataclass(frozen=True, slots=True)
class ObservedCall:
    """A recorded call of a deal that is won or lost; `values` by behaviour, None is not known."""

    deal: Hashable
    rep: Hashable
    call_type: str | None
    is_won: bool
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Won minus lost, in the behaviour's own unit, with its 95 % interval.

    `standardised` is the difference in deviations within a rep's calls of one kind. `p` is the
    chance of as much where there is no difference, `q` that adjusted for all behaviours asked.
    """

    mean_won: float
    mean_lost: float
    effect: float
    low: float
    high: float
    standardised: float
    standardised_low: float
    standardised_high: float
    p: float
    q: float


@dataclass(frozen=True, slots=True)
class Association:
    """What is known of one behaviour: deals compared, within how many strata and of how many reps.

    `differs`: at odds with chance; `unsaid`: the calls do not say; `few`: too few deals to
    compare; `alike`: the same in all calls. Only the first two have a difference.
    """

    behaviour: Behaviour
    n_won: int
    n_lost: int
    strata: int
    reps: int
    verdict: Verdict
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """What there is too little of: closed deals with calls, or the won or lost ones of them."""

    what: Literal["deals", "won", "lost"]
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Associations:
    """The closed deals with calls, and what they say; nothing as long as anything lacks."""

    calls: int
    won: int
    lost: int
    reps: int
    lacks: tuple[Lack, ...]
    found: tuple[Association, ...]


def associate(
    calls: Iterable[ObservedCall], behaviours: Sequence[Behaviour] = BEHAVIOURS
) -> Associations:
    """Compare the calls of won and lost deals, behaviour by behaviour.

    Each call has a value for every behaviour, in their order. The same calls give the same
    answer. Raises ValueError where values are missing or too many.
    """
    kept = list(calls)
    deals = {one.deal: one.is_won for one in kept}
    won = sum(deals.values())
    lacks = tuple(_lacks(won, len(deals) - won))
    return Associations(
        calls=len(kept),
        won=won,
        lost=len(deals) - won,
        reps=len({one.rep for one in kept}),
        lacks=lacks,
        found=() if lacks else _compare(_averaged(kept, len(behaviours)), behaviours),
    )


def _lacks(won: int, lost: int) -> Iterator[Lack]:
    if won + lost < LEAST_DEALS:
        yield Lack("deals", won + lost, LEAST_DEALS)
    if won < LEAST_EACH:
        yield Lack("won", won, LEAST_EACH)
    if lost < LEAST_EACH:
        yield Lack("lost", lost, LEAST_EACH)


def _averaged(calls: Sequence[ObservedCall], width: int) -> Rows:
    """A row for each deal, rep and kind of call."""
    values = np.array([one.values for one in calls], dtype=np.float64)
    if values.shape != (len(calls), width):
        raise ValueError(f"each call needs {width} values, one for each behaviour")
    return mean_rows(
        deal=code(one.deal for one in calls),
        rep=code(one.rep for one in calls),
        stratum=code((one.rep, one.call_type) for one in calls),
        is_won=np.array([one.is_won for one in calls]),
        values=values,
    )


def _compare(rows: Rows, behaviours: Sequence[Behaviour]) -> tuple[Association, ...]:
    from scipy.stats import false_discovery_control  # takes long to load

    found = contrast(rows)
    verdicts: list[Verdict] = [_verdict(found, k) for k in range(len(behaviours))]
    told = [k for k, verdict in enumerate(verdicts) if verdict == "unsaid"]
    p = _chances(found)
    q = dict(zip(told, false_discovery_control(p[told]) if told else (), strict=True))
    return tuple(
        Association(
            behaviour=behaviour,
            n_won=int(found.n[1, k]),
            n_lost=int(found.n[0, k]),
            strata=int(found.strata[k]),
            reps=int(found.reps[k]),
            verdict="differs" if q.get(k, 1.0) <= RATE else verdicts[k],
            difference=_difference(found, k, float(p[k]), float(q[k])) if k in q else None,
        )
        for k, behaviour in enumerate(behaviours)
    )


def _verdict(found: Contrast, k: int) -> Verdict:
    """What can be said before looking at the difference."""
    if found.n[:, k].min() < LEAST_EACH:
        return "few"
    return "alike" if found.odd[k] < LEAST_ODD else "unsaid"


def _difference(found: Contrast, k: int, p: float, q: float) -> Difference:
    from scipy.special import stdtrit  # takes long to load

    lost, won = (float(mean) for mean in found.mean[:, k])
    effect, deviation = float(found.effect[k]), float(found.deviation[k])
    half = float(found.error[k] * stdtrit(_freedom(found)[k], 0.5 + LEVEL / 2))
    low, high = effect - half, effect + half
    standard = (effect / deviation, low / deviation, high / deviation)
    return Difference(won, lost, effect, low, high, *standard, p, q)


def _chances(found: Contrast) -> Floats:
    """By Student's t, the chance of such a difference where there is none."""
    from scipy.special import stdtr  # takes long to load

    far = np.abs(found.effect) / np.maximum(found.error, np.finfo(float).tiny)
    chances: Floats = 2.0 * stdtr(_freedom(found), -far)
    return chances


def _freedom(found: Contrast) -> Floats:
    """The scarcer outcome tells how well the errors are known."""
    freedom: Floats = np.maximum(found.n.min(axis=0) - 1.0, 1.0)
    return freedom
