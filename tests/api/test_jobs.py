"""From upload to report in the background, and what happens on the way."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from analyzer import EngineFailed
from analyzer.engines.scripted import ScriptedDiarizer, ScriptedEngines
from analyzer.speech import Diarization
from api.housekeeping import revive
from api.settings import Settings
from api.worker import make_queue_app
from models import lifecycle
from models.database import session_scope
from models.files import Files
from models.lifecycle import Stopped
from models.tables import (
    Call,
    CallFacts,
    Moment,
    NextStep,
    Progress,
    Recording,
    Report,
    StageResult,
    Utterance,
)
from models.tables.columns import now
from tests.api.conftest import People
from tests.api.working import SAID, conversation, new_recording, sound, work, workshop_of


@pytest.fixture
def state_of(engine: Engine) -> Callable[[object], Call]:
    def read(call_id: object) -> Call:
        with Session(engine) as session:
            return session.get_one(Call, call_id)

    return read


def test_a_recording_becomes_a_report(
    engine: Engine, settings: Settings, files: Files, people: People
) -> None:
    call_id = new_recording(engine, files, people.rep)
    work(workshop_of(settings, engine, files))
    with Session(engine) as session:
        call = session.get_one(Call, call_id)
        assert (call.state, call.failure, call.job_id) == ("ready", None, None)
        said = session.exec(select(Utterance).where(Utterance.call_id == call_id)).all()
        assert len(said) == len(SAID)
        kinds = set(session.exec(select(Moment.kind).where(Moment.call_id == call_id)))
        assert {"objection", "pricing", "next_step"} <= kinds
        assert session.exec(select(NextStep).where(NextStep.call_id == call_id)).all()
        assert session.get_one(CallFacts, call_id).objections == 1
        assert session.get_one(Report, call_id).report["schema"] == "talktrack/report/1"
        recording = session.exec(select(Recording)).one()
        assert recording.playable_key is not None
        assert recording.duration_s == pytest.approx(2.0, abs=0.1)
        assert session.get(Progress, call_id) is None
        assert session.exec(select(StageResult)).all() == []
        left = session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one()
    assert left <= 1  # the next round of housekeeping


def test_what_is_no_recording_fails_in_words(
    engine: Engine, settings: Settings, files: Files, people: People, state_of: Callable[..., Call]
) -> None:
    call_id = new_recording(engine, files, people.rep, b"not sound at all" * 99, "call.wav")
    work(workshop_of(settings, engine, files))
    call = state_of(call_id)
    assert (call.state, call.failure_kind) == ("failed", "BadRecording")
    assert call.failure is not None
    assert "call.wav" in call.failure
    with Session(engine) as session:
        assert session.exec(select(Recording.unplayable)).one() is not None


def test_an_engine_that_fails_is_tried_again_then_told(
    engine: Engine, settings: Settings, files: Files, people: People, state_of: Callable[..., Call]
) -> None:
    def broken() -> ScriptedEngines:
        raise EngineFailed("the engine failed: no reason; try again")

    call_id = new_recording(engine, files, people.rep)
    workshop = workshop_of(settings, engine, files, broken)
    work(workshop)
    assert state_of(call_id).state == "hearing"  # it will be tried again
    for _try in range(4):
        with session_scope(engine) as session:
            session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
        work(workshop)
    call = state_of(call_id)
    assert (call.state, call.failure_kind) == ("failed", "EngineFailed")
    with session_scope(engine) as session:
        lifecycle.retry(session, session.get_one(Call, call_id))
    work(workshop_of(settings, engine, files))
    assert state_of(call_id).state == "ready"


def test_who_spoke_when_is_not_found_twice(
    engine: Engine, settings: Settings, files: Files, people: People, state_of: Callable[..., Call]
) -> None:
    hearing = conversation(SAID)
    diarized = []

    class Counting(ScriptedDiarizer):
        def diarize(self, *tracks: object, **options: object) -> Diarization:
            diarized.append(1)
            return self.hearing.diarization

    class Dying(ScriptedEngines):
        @property
        def diarizer(self) -> ScriptedDiarizer:
            return Counting(self.hearing)

        @property
        def transcriber(self):  # type: ignore[no-untyped-def]
            if len(diarized) == 1 and not hasattr(Dying, "died"):
                Dying.died = True
                raise EngineFailed("killed while transcribing; try again")
            return super().transcriber

    call_id = new_recording(engine, files, people.rep)
    workshop = workshop_of(settings, engine, files, lambda: Dying(hearing))
    work(workshop)
    with session_scope(engine) as session:
        assert session.exec(select(StageResult.stage)).all() == ["diarizing"]
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
    work(workshop)
    assert state_of(call_id).state == "ready"
    assert len(diarized) == 1


def test_a_cancelled_call_stops_and_can_be_taken_up_again(
    engine: Engine, settings: Settings, files: Files, people: People, state_of: Callable[..., Call]
) -> None:
    call_id = new_recording(engine, files, people.rep)
    with session_scope(engine) as session:
        lifecycle.cancel_call(session, session.get_one(Call, call_id))
    work(workshop_of(settings, engine, files))
    assert state_of(call_id).state == "cancelled"
    with session_scope(engine) as session:
        lifecycle.retry(session, session.get_one(Call, call_id))
    work(workshop_of(settings, engine, files))
    assert state_of(call_id).state == "ready"


def test_a_call_cancelled_while_it_is_heard_keeps_nothing(
    engine: Engine, settings: Settings, files: Files, people: People, state_of: Callable[..., Call]
) -> None:
    hearing = conversation(SAID)
    call_id = new_recording(engine, files, people.rep)

    class Slow(ScriptedDiarizer):
        def diarize(self, *tracks: object, **options: object) -> Diarization:
            with session_scope(engine) as session:
                lifecycle.cancel_call(session, session.get_one(Call, call_id))
            return self.hearing.diarization

    class Engines(ScriptedEngines):
        @property
        def diarizer(self) -> ScriptedDiarizer:
            return Slow(self.hearing)

    work(workshop_of(settings, engine, files, lambda: Engines(hearing)))
    call = state_of(call_id)
    assert (call.state, call.failure) == ("cancelled", None)
    with Session(engine) as session:
        assert session.get(Report, call_id) is None


def test_of_two_workers_with_one_call_the_later_counts(
    engine: Engine, files: Files, people: People
) -> None:
    call_id = new_recording(engine, files, people.rep)
    with session_scope(engine) as session:
        first = lifecycle.begin(session, call_id, "hearing")
    with session_scope(engine) as session:
        second = lifecycle.begin(session, call_id, "hearing")
    with Session(engine) as session:
        with pytest.raises(Stopped):
            lifecycle.still_mine(session, first)
        assert lifecycle.still_mine(session, second).id == call_id
        with pytest.raises(Stopped):
            lifecycle.tell_progress(session, first, "transcribing", 0.5, 10.0)


def test_a_short_call_goes_before_a_long_one(
    engine: Engine, settings: Settings, files: Files, people: People
) -> None:
    long = new_recording(engine, files, people.rep, sound(60.0, 300.0), "long.wav")
    short = new_recording(engine, files, people.rep, sound(1.0), "short.wav")
    assert long != short
    with Session(engine) as session:
        order = session.execute(
            text(
                "SELECT args->>'call_id' FROM procrastinate_jobs WHERE task_name = 'hear_call' "
                "ORDER BY priority DESC, id"
            )
        ).scalars()
        assert list(order) == [str(short), str(long)]


def test_the_work_of_a_silent_worker_goes_to_another(
    engine: Engine, settings: Settings, files: Files, people: People, state_of: Callable[..., Call]
) -> None:
    call_id = new_recording(engine, files, people.rep)
    with session_scope(engine) as session:
        session.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat) "
                "VALUES (now() - interval '9 min')"
            )
        )
        session.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'doing', "
                "worker_id = (SELECT max(id) FROM procrastinate_workers)"
            )
        )
        lifecycle.begin(session, call_id, "hearing")
    quick = settings.model_copy(update={"heartbeat_s": 0.05})
    workshop = workshop_of(quick, engine, files)
    work(workshop)
    assert state_of(call_id).state == "hearing"
    app = make_queue_app(workshop)

    async def tend() -> None:
        async with app.open_async():
            await revive(app, workshop)

    asyncio.run(tend())
    work(workshop)
    assert state_of(call_id).state == "ready"


def test_a_call_whose_job_is_gone_gets_a_new_one(
    engine: Engine, settings: Settings, files: Files, people: People, state_of: Callable[..., Call]
) -> None:
    call_id = new_recording(engine, files, people.rep)
    with session_scope(engine) as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    workshop = workshop_of(settings, engine, files)
    app = make_queue_app(workshop)

    async def tend() -> None:
        async with app.open_async():
            await revive(app, workshop)

    asyncio.run(tend())
    work(workshop)
    assert state_of(call_id).state == "ready"


def test_engines_are_loaded_once_and_let_go_when_idle(
    engine: Engine, settings: Settings, files: Files
) -> None:
    loaded = []

    def load() -> ScriptedEngines:
        loaded.append(1)
        return ScriptedEngines(conversation(SAID))

    lease = workshop_of(settings, engine, files, load).engines
    lease._idle_s = 0.05
    barrier = threading.Barrier(4)

    def borrow() -> None:
        with lease.borrow():
            barrier.wait(5)

    threads = [threading.Thread(target=borrow) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 1
    deadline = time.monotonic() + 5
    while lease.is_loaded and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not lease.is_loaded
    with lease.borrow():
        assert len(loaded) == 2
    lease.close()


def test_how_far_a_call_is_can_be_read_meanwhile(
    engine: Engine, settings: Settings, files: Files, people: People
) -> None:
    call_id = new_recording(engine, files, people.rep)
    seen: list[tuple[str, float]] = []
    hearing = conversation(SAID)

    class Looking(ScriptedEngines):
        @property
        def transcriber(self):  # type: ignore[no-untyped-def]
            with Session(engine) as session:
                progress = session.get_one(Progress, call_id)
                seen.append((progress.stage, progress.fraction))
                assert progress.updated_at > now() - timedelta(minutes=1)
            return super().transcriber

    work(workshop_of(settings, engine, files, lambda: Looking(hearing)))
    assert seen[0][0] in {"decoding", "diarizing"}
    assert 0 <= seen[0][1] < 0.5
