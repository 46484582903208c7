"""Before its first request, the server leaves what is loaded alone, and its threads to requests."""

import gc
from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from api.serving import settle


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """What is frozen in a process of tests would never go."""
    yield
    gc.unfreeze()


def test_arithmetic_keeps_to_the_thread_of_its_request() -> None:
    with threadpool_limits(2, user_api="blas"):
        assert 2 in _threads()
        settle()
        assert _threads() == {1}


def test_garbage_is_looked_for_again() -> None:
    gc.disable()
    settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def _threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}
