"""Everything is killed at every point of a call's life, and nothing is lost, nothing twice."""

import pytest

from tests.faults.points import POINTS, VICTIMS, lines_of, measure


def _check(runs: int) -> None:
    table, crowd = measure(runs)
    told = "\n".join(lines_of(table))
    print(told, crowd.line(), sep="\n")  # noqa: T201 (CI's log keeps the figures)
    assert len(table) == len(POINTS) * len(VICTIMS)
    assert {one.runs for one in table.values()} == {runs}
    assert not any(one.lost or one.doubled for one in table.values()), told
    assert (crowd.lost, crowd.doubled, crowd.left, crowd.refused) == (0, 0, 0, 0), crowd


def test_whatever_is_killed_wherever_nothing_is_lost_and_nothing_is_there_twice() -> None:
    """Every point and every victim once; the slow test does it five times."""
    _check(1)


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_is_there_twice_five_times() -> None:
    _check(5)
