"""Workers that are killed, freeze or are asked to end, whatever they are doing."""

import os
import random
import signal
import time

import pytest
from sqlalchemy import Engine, text

from tests.faults.running import (
    ENDS_S,
    Place,
    Web,
    beating,
    check_sound,
    end,
    locked,
    state_of,
    until,
    wait_blocked,
    wait_ready,
)

_LONG_S = 60.0
_KILLS, _CALLS = 10, 6
_STAGES = ("diarizing", "transcribing")


@pytest.mark.parametrize(("stage", "begins"), [("diarizing", (2, 1)), ("transcribing", (1, 2))])
def test_only_the_stage_in_which_a_worker_is_killed_begins_again(
    place: Place, shared_web: Web, shared_engine: Engine, stage: str, begins: tuple[int, int]
) -> None:
    diarizing, transcribing = (_LONG_S if one == stage else 0.0 for one in _STAGES)
    place.pace(diarizing, transcribing)
    place.crew(2)
    call_id = place.upload(shared_web.client)
    until(lambda: place.said(f"{stage} begins"))
    end(place.at_work())
    place.pace()
    wait_ready(shared_engine, call_id)
    check_sound(shared_engine, call_id)
    assert tuple(len(place.said(f"{one} begins")) for one in _STAGES) == begins


@pytest.mark.parametrize("table", ["hearing", "utterance"])
def test_a_worker_killed_while_it_saves_leaves_nothing_half(
    place: Place, shared_web: Web, shared_engine: Engine, table: str
) -> None:
    """The last of what is saved is held up, so that the rest is written and not yet kept."""
    place.crew(2)
    with locked(shared_engine, table):
        call_id = place.upload(shared_web.client)
        wait_blocked(shared_engine)
        for worker in place.workers:  # either may have it
            end(worker)
    place.crew(2)
    wait_ready(shared_engine, call_id)
    check_sound(shared_engine, call_id)


def test_calls_become_ready_whenever_workers_are_killed(
    place: Place, shared_web: Web, shared_engine: Engine
) -> None:
    dice = random.Random(os.getpid())  # noqa: S311
    place.pace(diarizing=0.3, transcribing=0.5)
    call_ids = [place.upload(shared_web.client) for _one in range(_CALLS)]
    for _kill in range(_KILLS):
        victim = dice.choice(place.crew(2))
        time.sleep(dice.uniform(0.1, 2.0))
        end(victim)
    place.crew(2)
    wait_ready(shared_engine, *call_ids)
    check_sound(shared_engine, *call_ids)


def test_of_a_frozen_worker_and_its_successor_the_later_counts(
    place: Place, shared_web: Web, shared_engine: Engine
) -> None:
    place.pace(transcribing=1.0)
    place.crew(2)
    until(lambda: beating(shared_engine) >= 2)
    call_id = place.upload(shared_web.client)
    until(lambda: place.said("transcribing begins"))
    frozen = place.at_work()
    frozen.send_signal(signal.SIGSTOP)
    place.pace(transcribing=4.0)
    until(lambda: len(place.said("transcribing begins")) == 2)
    frozen.send_signal(signal.SIGCONT)  # it is done long before the other
    wait_ready(shared_engine, call_id)
    check_sound(shared_engine, call_id)
    assert len(place.said("transcribing begins")) == 2
    assert str(frozen.pid) not in place.said("transcribing ends")[-1]
    place.pace()
    later = [place.upload(shared_web.client) for _one in range(2)]
    wait_ready(shared_engine, *later)
    assert frozen.poll() is None


def test_a_worker_that_is_asked_to_end_puts_its_call_back(
    place: Place, shared_web: Web, shared_engine: Engine
) -> None:
    """Even when its engine does not listen."""
    place.end_workers()
    place.pace(transcribing=_LONG_S, quiet=True)
    call_id = place.upload(shared_web.client)
    (worker,) = place.crew(1)
    until(lambda: place.said("transcribing begins"))
    asked = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(ENDS_S) == 0
    assert time.monotonic() - asked < ENDS_S
    assert state_of(shared_engine, call_id) == "hearing"
    with shared_engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT status FROM procrastinate_jobs job "
                "JOIN call ON call.job_id = job.id WHERE call.id = :id"
            ),
            {"id": call_id},
        )
        assert found.scalar_one() == "todo"
    place.pace()
    place.crew(1)
    wait_ready(shared_engine, call_id)
    check_sound(shared_engine, call_id)
    assert len(place.said("diarizing begins")) == 1


def test_a_worker_ends_with_whoever_started_it(place: Place, shared_engine: Engine) -> None:
    worker = place.worker()
    until(lambda: beating(shared_engine) >= 1)
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(ENDS_S) == 0
    assert not os.path.exists(f"/proc/{worker.pid}")  # noqa: PTH110
