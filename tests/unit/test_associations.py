"""What won deals' calls have that lost ones' have not: arithmetic, silence, and truth by chance."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from math import inf, isfinite, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.associations import (
    BEHAVIOURS,
    LEAST_DEALS,
    LEAST_EACH,
    RATE,
    Association,
    Behaviour,
    Difference,
    Lack,
    ObservedCall,
    associate,
)
from analyzer.contrast import Rows, code, contrast, mean_rows
from tests.accuracy.associations import OURS, simulate
from tests.accuracy.companies import SOME, Company

ONE = (Behaviour("talk_ratio", "share"),)
Row = tuple[int, int, str, bool, float]
"""Deal, rep, kind of call, won, value."""


def answer(rows: Sequence[Row]) -> Association:
    (found,) = associate([ObservedCall(*row[:4], [row[4]]) for row in rows], ONE).found
    return found


def difference(rows: Sequence[Row]) -> Difference:
    found = answer(rows).difference
    assert found
    return found


def rows_of(rows: Sequence[Row]) -> Rows:
    deals, reps, kinds, won, values = zip(*rows, strict=True)
    return mean_rows(
        code(deals),
        code(reps),
        code(zip(reps, kinds, strict=True)),
        np.array(won),
        np.array(values)[:, np.newaxis],
    )


def deals(
    value: Callable[[int, bool], float], *, won: int = 60, lost: int = 60, reps: int = 4
) -> list[Row]:
    """Deals of one call each, of the reps in turn; `value` is of a deal's number and outcome."""
    outcomes = [True] * won + [False] * lost
    return [(n, n % reps, "demo", is_won, value(n, is_won)) for n, is_won in enumerate(outcomes)]


def scattered(n: int) -> float:
    """Between 0 and 1, in no order that a test would know of."""
    return (n * 0.6180339887) % 1.0


def plain_effect(rows: Sequence[Row]) -> float | None:
    """The pooled difference, the slow way."""
    weights = total = 0.0
    for stratum in {row[1:3] for row in rows}:
        ends = []
        for outcome in (True, False):
            mine = [row for row in rows if row[1:3] == stratum and row[3] is outcome]
            by_deal = {row[0]: [one[4] for one in mine if one[0] == row[0]] for row in mine}
            ends.append([sum(values) / len(values) for values in by_deal.values()])
        if all(ends):
            won, lost = ends
            weight = len(won) * len(lost) / (len(won) + len(lost))
            weights += weight
            total += weight * (sum(won) / len(won) - sum(lost) / len(lost))
    return total / weights if weights else None


def plain_error(rows: Sequence[Row], part: int) -> float:
    """The standard error from leaving out each value of a column in turn, the slow way."""
    told = [row for row in rows if len({r[3] for r in rows if r[1:3] == row[1:3]}) == 2]
    whole, parts = plain_effect(told), {row[part] for row in told}
    left = (plain_effect([row for row in told if row[part] != one]) for one in parts)
    moved = [one - whole for one in left if one is not None and whole is not None]
    return sqrt((len(parts) - 1) / len(parts) * sum(one**2 for one in moved))


def test_strata_are_pooled_by_how_much_they_tell() -> None:
    rows = [
        # Weight 2 * 2 / 4 = 1, won 0.4, lost 0.6.
        *((1, 1, "demo", True, 0.3), (2, 1, "demo", True, 0.5)),
        *((3, 1, "demo", False, 0.5), (4, 1, "demo", False, 0.7)),
        # Weight 1 * 1 / 2 = 0.5, won 0.9, lost 0.5.
        *((5, 2, "demo", True, 0.9), (6, 2, "demo", False, 0.5)),
        # All won: tells nothing.
        (7, 3, "demo", True, 0.1),
    ]
    found = contrast(rows_of(rows))
    assert found.effect[0] == pytest.approx((1 * -0.2 + 0.5 * 0.4) / 1.5)
    lost, won = found.mean[:, 0]
    assert (won, lost) == (pytest.approx((0.4 + 0.45) / 1.5), pytest.approx((0.6 + 0.25) / 1.5))
    assert (found.n.tolist(), found.strata[0], found.reps[0]) == ([[3], [3]], 2, 2)
    squares = 2 * (0.2**2) + 2 * 0.0 + 2 * 0.2**2  # around 0.5 and 0.7
    assert found.deviation[0] == pytest.approx(sqrt(squares / (6 - 2)))


calls = st.tuples(
    st.integers(0, 11),
    st.integers(0, 2),
    st.sampled_from(["demo", "closing"]),
    st.just(value=True),
    st.floats(0, 1).map(lambda value: round(value, 3)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(calls, min_size=4, max_size=40), st.sets(st.integers(0, 11), min_size=1))
def test_effect_and_error_are_what_leaving_out_gives(rows: list[Row], won: set[int]) -> None:
    rows = [(deal, rep, kind, deal in won, value) for deal, rep, kind, _, value in rows]
    found = contrast(rows_of(rows))
    effect = plain_effect(rows)
    if effect is None:
        assert found.strata[0] == 0
        return
    assert found.effect[0] == pytest.approx(effect, abs=1e-9)
    slow = max(plain_error(rows, 0), plain_error(rows, 1))
    assert found.error[0] == pytest.approx(slow, abs=1e-9)


@pytest.mark.parametrize(
    ("won", "lost", "lacks"),
    [
        (30, 12, (Lack("deals", 42, LEAST_DEALS), Lack("lost", 12, LEAST_EACH))),
        (85, 15, (Lack("lost", 15, LEAST_EACH),)),
        (19, 81, (Lack("won", 19, LEAST_EACH),)),
        (0, 0, (Lack("deals", 0, 100), Lack("won", 0, 20), Lack("lost", 0, 20))),
        (20, 80, ()),
    ],
)
def test_too_few_deals_are_silent_and_say_what_lacks(
    won: int, lost: int, lacks: tuple[Lack, ...]
) -> None:
    rows = deals(lambda n, is_won: 0.9 * is_won + scattered(n), won=won, lost=lost)
    found = associate([ObservedCall(*row[:4], [row[4]]) for row in rows], ONE)
    assert (found.won, found.lost, found.lacks) == (won, lost, lacks)
    assert bool(found.found) is not bool(lacks)


def test_a_difference_within_reps_is_told() -> None:
    found = answer(deals(lambda n, is_won: 0.4 + 0.2 * scattered(n) - 0.1 * is_won))
    assert (found.verdict, found.n_won, found.n_lost, found.reps) == ("differs", 60, 60, 4)
    told = found.difference
    assert told
    assert told.low < told.effect < told.high < 0
    assert told.low < -0.1 < told.high
    assert told.mean_won - told.mean_lost == pytest.approx(told.effect)
    assert told.standardised / told.standardised_low == pytest.approx(told.effect / told.low)


def test_a_call_counts_no_more_when_it_is_there_twice() -> None:
    rows = deals(lambda n, is_won: scattered(n) + 0.05 * is_won)
    again = difference([*rows, *rows[:70] * 9])
    assert astuple(again) == pytest.approx(astuple(difference(rows)))


def test_what_most_call_often_does_not_weigh_more() -> None:
    rows = deals(lambda n, is_won: scattered(n))
    talkative = [(0, 0, "demo", True, 1.0 + 0.01 * n) for n in range(40)]
    once = [(0, 0, "demo", True, 1.195)]
    assert astuple(difference([*rows[1:], *talkative])) == pytest.approx(
        astuple(difference([*rows[1:], *once]))
    )


def test_the_order_of_calls_does_not_matter() -> None:
    rows = deals(lambda n, is_won: scattered(n) + 0.1 * is_won)
    assert astuple(difference(rows[::-1])) == pytest.approx(astuple(difference(rows)))


def test_two_kinds_of_calls_of_a_deal_are_one_deal() -> None:
    rows = deals(lambda n, is_won: scattered(n))
    again = [(deal, rep, "closing", is_won, value) for deal, rep, _, is_won, value in rows]
    found, twice = answer(rows), answer([*rows, *again])
    assert (twice.n_won, twice.n_lost, twice.strata) == (60, 60, 2 * found.strata)
    assert twice.difference
    assert found.difference
    # The same values once more tell nothing new.
    assert twice.difference.high == pytest.approx(found.difference.high)


@pytest.mark.parametrize("unknown", [nan, inf, -inf])
def test_unknown_values_are_left_out(unknown: float) -> None:
    rows = deals(lambda n, is_won: scattered(n), reps=3)
    more = [(deal, rep, "demo", is_won, unknown) for deal, rep, _, is_won, _ in rows]
    others = [(1000 + deal, *rest) for deal, *rest in more]
    assert answer([*rows, *more, *others]) == answer(rows)


def test_a_behaviour_few_deals_tell_of_is_not_told() -> None:
    found = answer(deals(lambda n, is_won: nan if n < 41 else scattered(n) + is_won))
    assert (found.verdict, found.n_won, found.difference) == ("few", 19, None)


def test_deals_of_reps_who_won_all_are_not_compared() -> None:
    rows = [(n, n, "demo", n < 60, scattered(n)) for n in range(120)]
    assert (answer(rows).verdict, answer(rows).n_won) == ("few", 0)


@pytest.mark.parametrize(
    "value",
    [
        lambda n, is_won: 0.1,
        lambda n, is_won: 0.0,
        lambda n, is_won: 0.1 + n % 4,  # each rep always the same
        lambda n, is_won: float(n < 4),  # next to nobody
    ],
)
def test_what_is_always_the_same_is_not_compared(value: Callable[[int, bool], float]) -> None:
    rows = deals(value)
    found = answer([*rows, *rows, *rows])
    assert (found.verdict, found.difference) == ("alike", None)


def test_what_only_won_deals_have_is_told_in_finite_figures() -> None:
    rows = deals(lambda n, is_won: float(is_won))
    assert answer(rows).verdict == "differs"
    assert all(isfinite(figure) for figure in astuple(difference(rows)))


def test_one_rep_alone_can_be_compared() -> None:
    found = answer(deals(lambda n, is_won: scattered(n) + 0.5 * is_won, reps=1))
    assert (found.verdict, found.reps, found.strata) == ("differs", 1, 1)


def test_a_single_rep_does_not_speak_for_all() -> None:
    """One rep of six with a huge difference leaves the interval wide."""
    one = difference(deals(lambda n, w: scattered(n) + 3.0 * (w and n % 6 == 0), reps=6))
    everybody = difference(deals(lambda n, w: scattered(n) + 0.5 * w, reps=6))
    assert one.effect == pytest.approx(everybody.effect, abs=0.01)
    assert one.low < 0 < everybody.low


def test_all_that_is_told_is_corrected_together() -> None:
    values = [[scattered(n * k) + 0.1 * (n < 60) for k in range(1, 7)] for n in range(120)]
    company = [ObservedCall(n, n % 4, "demo", n < 60, values[n]) for n in range(120)]
    found = associate(company, BEHAVIOURS[:6]).found
    p = [one.difference.p for one in found if one.difference]
    ranks = {value: rank for rank, value in enumerate(sorted(p), start=1)}
    for one in found:
        assert one.difference
        expected = min(6 * value / ranks[value] for value in p if value >= one.difference.p)
        assert one.difference.q == pytest.approx(min(expected, 1.0))
        assert (one.verdict == "differs") is (one.difference.q <= RATE)


@pytest.mark.parametrize("values", [[], [0.1, 0.2]])
def test_calls_without_a_value_for_each_behaviour_are_refused(values: list[float]) -> None:
    company = [ObservedCall(n, n % 3, None, n < 60, values) for n in range(120)]
    with pytest.raises(ValueError, match="each call needs 1 values"):
        associate(company, ONE)


MANY = 150


def at_most(rate: float) -> float:
    """What a rate may come to in as many companies by chance, 1 time of 1000."""
    return rate + 3.1 * sqrt(rate * (1 - rate) / MANY)


@pytest.mark.parametrize(
    "company",
    [
        Company(),
        Company(reps=6, deals=110),
        Company(deals=300, odds=-1.8),
        Company(together=0.8),
        Company(luck=2.0),
        Company(stages=0.8),
    ],
    ids=["usual", "small", "few won", "calls alike", "good reps differ", "won see other calls"],
)
def test_where_nothing_is_planted_next_to_nothing_is_told(company: Company) -> None:
    found = simulate(company, MANY, compared=False)[OURS]
    assert found.companies > 0.8 * MANY
    assert found.any_false <= at_most(RATE)
    assert 0.94 < found.coverage < 0.985


def test_what_is_planted_is_found_and_the_interval_holds_it() -> None:
    company = Company(reps=10, deals=300, effects=SOME)
    found = simulate(company, MANY, compared=False)[OURS]
    assert found.power
    assert found.power > 0.75
    assert found.false_rate <= at_most(RATE)
    assert 0.94 < found.coverage < 0.985


def test_without_strata_good_reps_would_make_associations() -> None:
    """What the tests above would say of a comparison that does not mind who calls."""
    found = simulate(Company(luck=2.0), 20)
    assert found["no strata (Welch)"].any_false > 0.6
    assert found[OURS].any_false <= 0.2
