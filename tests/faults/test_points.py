"""Everything is killed at every point of a call's life, and nothing is lost, nothing twice."""

from collections.abc import Sequence

import pytest

from tests.faults.points import POINTS, VICTIMS, lines_of, measure


def _check(runs: int, victims: Sequence[str]) -> None:
    table, crowd = measure(runs, victims)
    told = "\n".join(lines_of(table))
    print(told, crowd.line(), sep="\n")  # noqa: T201 (CI's log keeps the figures)
    assert len(table) == len(POINTS) * len(victims)
    assert {one.runs for one in table.values()} == {runs}
    assert not any(one.lost or one.doubled for one in table.values()), told
    assert (crowd.lost, crowd.doubled, crowd.left, crowd.refused) == (0, 0, 0, 0), crowd


def test_of_what_workers_have_in_hand_nothing_is_lost_and_nothing_is_there_twice() -> None:
    """At every point once; the slow test kills web and database too, and all five times."""
    _check(1, ["worker"])


@pytest.mark.slow
def test_whatever_is_killed_wherever_nothing_is_lost_and_nothing_is_there_twice() -> None:
    _check(5, VICTIMS)
