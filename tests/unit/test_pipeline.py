import wave
from pathlib import Path

import pytest

from analyzer import EngineFailed, Recording, hear
from analyzer.engines.scripted import ScriptedEngines, ScriptedTranscriber
from analyzer.speech import Diarization
from tests.builders import conversation


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
    with wave.open(str(tmp_path / "call.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 16_000))
    with pytest.raises(EngineFailed, match="broken 1 failed"):
        hear(Recording(tmp_path / "call.wav"), Broken(error))
