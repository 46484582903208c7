"""The real program with engines that take as long as they are told, and ways to die on demand.

`python -m tests.faults.program serve WORKERS` and `... worker AT_ONCE`; settings as ever.
`FAULTS_FOLDER` holds `pace.json`, what each engine takes, `said`, a line for each thing an engine
began or ended, and `stops`, where it is to stand still.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analyzer import Hearing
from analyzer.audio import Track
from analyzer.engines import Engines
from analyzer.engines.scripted import ScriptedDiarizer, ScriptedTranscriber
from analyzer.speech import Diarization, OnFraction, Speech
from api.serving import end_with_input, serve, work
from api.settings import Settings
from models.queue import QUEUES
from tests.api.working import SAID, conversation
from tests.faults import clock, stops

_STEP_S = 0.05


def _pass_time(stage: str, on_fraction: OnFraction) -> None:
    """Take as long as `pace.json` says now; a quiet engine tells nobody how far it is."""
    folder = Path(os.environ["FAULTS_FOLDER"])  # noqa: TID251
    _say(folder, f"{stage} begins in {os.getpid()}")
    stops.stand(stage)
    pace = json.loads((folder / "pace.json").read_text())
    began = time.monotonic()
    while (gone := time.monotonic() - began) < pace[stage]:
        if not pace["quiet"]:
            on_fraction(min(1.0, gone / pace[stage]))
        time.sleep(_STEP_S)
    _say(folder, f"{stage} ends in {os.getpid()}")


def _say(folder: Path, line: str) -> None:
    with (folder / "said").open("a") as said:
        said.write(f"{line}\n")


class Diarizer:
    """Finds the turns of the hearing after a while."""

    def __init__(self, hearing: Hearing) -> None:
        self._real = ScriptedDiarizer(hearing)
        self.name = self._real.name

    def diarize(
        self, tracks: Sequence[Track], *, on_fraction: OnFraction, **options: object
    ) -> Diarization:
        _pass_time("diarizing", on_fraction)
        return self._real.diarize(tracks, on_fraction=on_fraction)


class Transcriber:
    """Recognises the words of the hearing after a while."""

    def __init__(self, hearing: Hearing) -> None:
        self._real = ScriptedTranscriber(hearing)
        self.name = self._real.name

    def transcribe(
        self,
        tracks: Sequence[Track],
        speech: Sequence[object],
        *,
        on_fraction: OnFraction,
        **options: object,
    ) -> Speech:
        _pass_time("transcribing", on_fraction)
        return self._real.transcribe(tracks, (), on_fraction=on_fraction)


class SlowEngines:
    """Both engines; nothing reads or compares by meaning."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self.reader = self.embedder = None

    @property
    def diarizer(self) -> Diarizer:
        return Diarizer(self._hearing)

    @property
    def transcriber(self) -> Transcriber:
        return Transcriber(self._hearing)


def load() -> Engines:
    return SlowEngines(conversation(SAID))


def mortal(app: ASGIApp) -> ASGIApp:
    """Dies when a request asks for it with `X-Die`, once all is done and nothing is answered."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def die(message: Message) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        asked = any(name == b"x-die" for name, _value in scope.get("headers", ()))
        await app(scope, receive, die if asked else send)

    return run


def _around(app: ASGIApp) -> ASGIApp:
    stops.install(is_web=True)
    return stops.answering(mortal(app))


def _work(settings: Settings, at_once: int) -> None:
    stops.install(is_web=False)
    work(settings, QUEUES, at_once, load=load)


def main(kind: str, number: str = "") -> None:
    settings = Settings.read()
    clock.install()
    commands: dict[str, Callable[[], None]] = {
        "serve": lambda: serve(settings, int(number or 0), worker=_WORKER, around=_around),
        "worker": lambda: _work(settings, int(number or 1)),
    }
    end_with_input()  # none of them outlives the test
    commands[kind]()


_WORKER = (sys.executable, "-m", "tests.faults.program", "worker")

if __name__ == "__main__":
    main(*sys.argv[1:])
