"""Workers in the test's own process, with engines that replay a stored hearing."""

import asyncio
import io
import math
import struct
import wave
from collections.abc import Callable, Sequence
from uuid import UUID

from procrastinate import App
from sqlalchemy import Engine, text

from analyzer import Engines, Hearing
from analyzer.engines.scripted import ScriptedEngines
from api.engine_lease import EngineLease
from api.observing import observe_job
from api.settings import Settings
from api.worker import make_queue_app
from api.workshop import Workshop
from models.database import keyed, session_scope
from models.files import Files
from models.new_calls import File, NewCall, add_call, give_recording
from models.queue import QUEUES
from models.tables import User
from tests.builders import conversation

__all__ = ["conversation", "new_recording", "sound", "work", "workshop_of"]

SAID = (
    ("A", "Hello Jim, this is Tom from Beacon. What takes most of your time today?"),
    ("B", "Planning the shifts. It is too expensive as it is, and we also look at Kestrel."),
    ("A", "It costs 400 pounds a month. Shall I send you a proposal by Friday?"),
    ("B", "Yes, please do that."),
)


def sound(seconds: float = 2.0, pitch_hz: float = 440.0) -> bytes:
    """A tone as a WAV file."""
    rate = 16_000
    samples = (
        int(9_000 * math.sin(2 * math.pi * pitch_hz * n / rate)) for n in range(int(rate * seconds))
    )
    written = io.BytesIO()
    with wave.open(written, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(struct.pack("<h", one) for one in samples))
    return written.getvalue()


def workshop_of(
    settings: Settings,
    engine: Engine,
    files: Files,
    load: Callable[[], Engines] | None = None,
) -> Workshop:
    """What jobs work with; the engines say what SAID says, whatever the sound."""
    hearing: Hearing = conversation(SAID)
    knowing = keyed(engine, settings.signing_key())
    return Workshop(
        settings, knowing, files, EngineLease(load or (lambda: ScriptedEngines(hearing)), 60)
    )


def work(workshop: Workshop, queues: Sequence[str] = QUEUES) -> None:
    """Do every job that is due, and those they defer, then end."""
    while _due(workshop.engine, queues):
        asyncio.run(_work(make_queue_app(workshop), queues))
    workshop.engines.close()


def _due(engine: Engine, queues: Sequence[str]) -> int:
    with engine.connect() as connection:
        counted = connection.execute(
            text(
                "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' "
                "AND queue_name = ANY(:queues) AND (scheduled_at IS NULL OR scheduled_at <= now())"
            ),
            {"queues": list(queues)},
        )
        return int(counted.scalar_one())


async def _work(app: App, queues: Sequence[str]) -> None:
    async with app.open_async():
        await app.run_worker_async(
            queues=list(queues),
            wait=False,
            install_signal_handlers=False,
            concurrency=2,
            delete_jobs="successful",
            worker_middleware=[observe_job],
        )


def new_recording(
    engine: Engine, files: Files, user: User, content: bytes | None = None, name: str = "call.wav"
) -> UUID:
    """A call with a recording, waiting to be heard."""
    stored = files.put([content or sound()])
    with session_scope(engine) as session:
        call = add_call(session, user, NewCall(), name=name)
        give_recording(session, files, call, File(stored, name, "audio/wav"))
        return call.id
