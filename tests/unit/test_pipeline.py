import wave
from pathlib import Path

import pytest

from analyzer import EngineFailed, Meeting, Playbook, Recording, hear
from analyzer.engines.scripted import ScriptedEngines, ScriptedTranscriber
from analyzer.playbook import Competitor
from analyzer.speech import Diarization, Speech
from tests.builders import conversation


def silence(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 16_000))
    return path


class Broken:
    """A diarizer whose weights vanish, its transcriber never asked."""

    name = "broken 1"

    def __init__(self, error: Exception) -> None:
        self._error = error

    @property
    def diarizer(self) -> "Broken":
        return self

    @property
    def transcriber(self) -> ScriptedTranscriber:
        return ScriptedEngines(conversation([("A", "Hello.")])).transcriber

    def diarize(self, _tracks: object, **_options: object) -> Diarization:
        raise self._error


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("gone"), MemoryError()])
def test_an_engine_that_raises_is_named(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(EngineFailed, match="broken 1 failed"):
        hear(Recording(silence(tmp_path / "call.wav")), Broken(error))


class Listening:
    """Engines that note what they are told to listen for."""

    def __init__(self) -> None:
        self._scripted = ScriptedEngines(conversation([("A", "Hello.")]))
        self.diarizer = self._scripted.diarizer
        self.transcriber = self
        self.name = "listening"
        self.hotwords: tuple[str, ...] = ()

    def transcribe(self, *tracks: object, hotwords: tuple[str, ...], **options: object) -> Speech:
        self.hotwords = hotwords
        return self._scripted.transcriber.transcribe(*tracks, **options)


def test_names_of_the_meeting_then_of_the_playbook_are_listened_for(tmp_path: Path) -> None:
    meeting = Meeting(competitors=("Kestrel",), vocabulary=("Rotago",))
    playbook = Playbook(
        competitors=(Competitor("Optima", ("Optima Suite",)), Competitor("Kestrel")),
        products=("Rotapay",),
    )
    engines = Listening()
    recording = Recording(silence(tmp_path / "call.wav"), meeting)
    hear(recording, engines, playbook=playbook)
    assert engines.hotwords == ("Rotago", "Kestrel", "Optima", "Optima Suite", "Rotapay")
    hear(recording, engines)
    assert engines.hotwords == ("Rotago", "Kestrel")
