"""Jobs in the hands of a process: lost answers, other hands, and what kills its workers."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import procrastinate
import pytest
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from api.claims import Claims
from api.housekeeping import revive
from api.settings import Settings
from api.worker import make_queue_app
from api.workshop import Workshop
from models.database import session_scope
from models.files import Files
from models.tables import Call, Recording
from tests.api.conftest import People
from tests.api.working import new_recording, work, workshop_of

HEAR = ["hear"]


@pytest.fixture
def workshop(settings: Settings, engine: Engine, files: Files) -> Workshop:
    quick = settings.model_copy(update={"heartbeat_s": 0.05, "stalled_after_s": 2.0})
    return workshop_of(quick, engine, files)


def _run(workshop: Workshop, what: Callable[[procrastinate.App, Claims], Awaitable[None]]) -> None:
    async def run() -> None:
        app = make_queue_app(workshop)
        claims = app.job_manager
        assert isinstance(claims, Claims)
        async with app.open_async():
            await what(app, claims)

    asyncio.run(run())


def _jobs(engine: Engine, task: str = "hear_call") -> list[tuple[str, int | None, int, int]]:
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT status, worker_id, attempts, priority FROM procrastinate_jobs "
                "WHERE task_name = :task ORDER BY id"
            ),
            {"task": task},
        )
        return [(one[0], one[1], one[2], one[3]) for one in found]


def _say(engine: Engine, statement: str, **told: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), told)


def _left_by_the_dead(engine: Engine, attempts: int = 0, task: str = "hear_call") -> None:
    _say(
        engine,
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) "
        "VALUES (now() - interval '9 min') RETURNING id) "
        "UPDATE procrastinate_jobs SET status = 'doing', attempts = :attempts, "
        "worker_id = (SELECT id FROM dead) WHERE task_name = :task",
        attempts=attempts,
        task=task,
    )


def _call(engine: Engine, call_id: UUID) -> Call:
    with Session(engine) as session:
        return session.get_one(Call, call_id)


def test_a_job_that_went_to_another_worker_is_left_to_it(
    workshop: Workshop, people: People
) -> None:
    engine = workshop.engine
    new_recording(engine, workshop.files, people.rep)

    async def do(_app: procrastinate.App, claims: Claims) -> None:
        mine, other = await claims.register_worker(), await claims.register_worker()
        job = await claims.fetch_job(HEAR, mine)
        assert job is not None
        _say(engine, "UPDATE procrastinate_jobs SET worker_id = :id", id=other)
        await claims.finish_job(job, Status.SUCCEEDED, delete_job=True)
        assert _jobs(engine)[0][:2] == ("doing", other)
        await claims.retry_job(job)
        assert _jobs(engine)[0][:2] == ("doing", other)
        await claims.finish_job(job.evolve(worker_id=other), Status.SUCCEEDED, delete_job=True)
        assert _jobs(engine) == []

    _run(workshop, do)


def test_a_job_that_was_taken_and_never_heard_of_is_taken_again(
    workshop: Workshop, people: People
) -> None:
    """The connection broke after the job was given and before anybody was told."""
    new_recording(workshop.engine, workshop.files, people.rep)

    async def do(_app: procrastinate.App, claims: Claims) -> None:
        mine = await claims.register_worker()
        lost = await JobManager.fetch_job(claims, HEAR, mine)
        assert lost is not None
        assert await claims.fetch_job(HEAR, mine) is None
        claims._unsure.add(mine)
        again = await claims.fetch_job(HEAR, mine)
        assert again is not None
        assert again.id == lost.id
        claims._unsure.add(mine)
        assert await claims.fetch_job(HEAR, mine) is None  # this one is known, and at work

    _run(workshop, do)


def test_a_worker_that_was_taken_for_dead_comes_back_with_its_heartbeat(
    workshop: Workshop, people: People
) -> None:
    new_recording(workshop.engine, workshop.files, people.rep)

    async def do(_app: procrastinate.App, claims: Claims) -> None:
        mine = await claims.register_worker()
        _say(workshop.engine, "DELETE FROM procrastinate_workers")
        assert await claims.fetch_job(HEAR, mine) is None
        await claims.update_heartbeat(mine)
        assert await claims.fetch_job(HEAR, mine) is not None

    _run(workshop, do)


def test_nobody_is_taken_for_dead_who_speaks_when_the_house_is_kept(
    workshop: Workshop, people: People
) -> None:
    """As after a sleep of the whole machine: all were silent, and all live."""
    engine = workshop.engine
    new_recording(engine, workshop.files, people.rep)
    _left_by_the_dead(engine)

    async def do(app: procrastinate.App, claims: Claims) -> None:
        (worker,) = {one[1] for one in _jobs(engine)}
        assert worker is not None
        keeping = asyncio.create_task(revive(app, workshop))
        await asyncio.sleep(0)
        await claims.update_heartbeat(worker)
        await keeping
        assert _jobs(engine)[0][:3] == ("doing", worker, 0)

    _run(workshop, do)


def test_a_clock_that_was_put_back_leaves_no_job_with_the_dead_nor_for_hours(
    workshop: Workshop, people: People
) -> None:
    """The dead spoke last in a time to come, and a try that failed then waits for it."""
    engine = workshop.engine
    new_recording(engine, workshop.files, people.rep)
    _left_by_the_dead(engine)
    new_recording(engine, workshop.files, people.rep)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = now() + interval '3 hours'")
        )
        connection.execute(
            text(
                "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '3 hours' "
                "WHERE status = 'todo'"
            )
        )

    async def do(app: procrastinate.App, _claims: Claims) -> None:
        await revive(app, workshop)
        await asyncio.sleep(2.1)  # what the dead are given to speak
        await revive(app, workshop)

    _run(workshop, do)
    with engine.connect() as connection:
        asked = "SELECT status, coalesce(scheduled_at, now()) <= now() FROM procrastinate_jobs"
        rows = connection.execute(text(asked + " WHERE queue_name = 'hear'")).all()
    assert [tuple(one) for one in rows] == [("todo", True)] * 2


@pytest.mark.parametrize(("attempts", "behind"), [(0, False), (2, True)])
def test_a_job_that_was_left_often_goes_behind_the_others(
    workshop: Workshop, people: People, attempts: int, behind: bool
) -> None:
    new_recording(workshop.engine, workshop.files, people.rep)
    _left_by_the_dead(workshop.engine, attempts)

    async def do(app: procrastinate.App, _claims: Claims) -> None:
        await revive(app, workshop)

    _run(workshop, do)
    ((status, _worker, tries, priority),) = _jobs(workshop.engine)
    assert (status, tries) == ("todo", attempts + 1)
    assert (priority < -5_000) is behind


def test_a_call_that_kills_its_workers_is_given_up_in_words(
    workshop: Workshop, people: People
) -> None:
    engine = workshop.engine
    call_id = new_recording(engine, workshop.files, people.rep)
    _say(engine, "UPDATE call SET state = 'hearing'")
    _left_by_the_dead(engine, attempts=9)
    _left_by_the_dead(engine, attempts=9, task="make_playable")

    async def do(app: procrastinate.App, _claims: Claims) -> None:
        await revive(app, workshop)

    _run(workshop, do)
    call = _call(engine, call_id)
    assert (call.state, call.failure_kind) == ("failed", "EngineFailed")
    assert call.failure is not None
    assert "memory" in call.failure
    with Session(engine) as session:
        assert session.exec(select(Recording.unplayable)).one() is not None
    assert {one[0] for one in _jobs(engine)} == {"failed"}


def test_housekeeping_that_died_comes_round_again_by_itself(
    workshop: Workshop, people: People
) -> None:
    """Two that wait would be one too many for the queue, and would stop the rounds."""
    engine = workshop.engine
    call_id = new_recording(engine, workshop.files, people.rep)
    for status in ("doing", "todo"):
        _say(
            engine,
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status, args) "
            "VALUES ('housekeeping', 'keep_house', 'keep_house', :status, '{\"timestamp\": 1}')",
            status=status,
        )
    _left_by_the_dead(engine)

    async def do(app: procrastinate.App, _claims: Claims) -> None:
        await revive(app, workshop)

    _run(workshop, do)
    assert [one[0] for one in _jobs(engine, "keep_house")] == ["todo"]
    work(workshop)
    assert _call(engine, call_id).state == "ready"


def test_a_job_that_is_not_its_calls_any_more_does_nothing(
    workshop: Workshop, people: People
) -> None:
    engine = workshop.engine
    call_id = new_recording(engine, workshop.files, people.rep)
    with session_scope(engine) as session:
        session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, priority) "
                "SELECT queue_name, task_name, args, 999 FROM procrastinate_jobs "
                "WHERE task_name = 'hear_call'"
            )
        )
    work(workshop)
    call = _call(engine, call_id)
    assert (call.state, call.attempts) == ("ready", 2)  # heard once, understood once
