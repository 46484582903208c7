"""How long something takes, whatever else the machine does."""

import gc
from collections.abc import Callable
from time import thread_time
from typing import TypeVar

Answer = TypeVar("Answer")


def seconds_of(act: Callable[[], Answer], runs: int = 3) -> tuple[float, Answer]:
    """Fewest processor seconds of this thread over some runs, and what the last one gave.

    What other processes and threads use does not count, nor garbage that others left.
    """
    gc.collect()
    taken = []
    for _ in range(runs):
        since = thread_time()
        answer = act()
        taken.append(thread_time() - since)
    return min(taken), answer
